"""Checks that gate tests call by one name: golden and tolerance, refusals, output specification, values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Case, Contract, Input, Parameter
from op_pipeline.gates.kit.design import Design
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.inputs import Sample, hidden_case, sample
from op_pipeline.gates.kit.operation import POISON, Operation, expect_refusal, plain_name
from op_pipeline.gates.kit.program import Program
from op_pipeline.models import FailureClass

# The whole device, one core, and two uneven ones.
GRID_OF_KIND = {"randn": "8x8", "row_affine": "1x1", "heavy_tailed": "3x5", "edge": "7x1"}


def check_golden(contract: Contract, case: str, dtype: str, kind: str, seed: str) -> None:
    """The golden runs, has the contract's output shape, and is finite on every value a test may draw."""
    drawn = sample(contract, contract.cases[case], contract.dtypes[dtype], kind, seed)
    expected = contract.expected(drawn.arrays, drawn.parameters)
    shape = drawn.case.output_shape
    message = f"the golden has shape {expected.shape}, output.shape says {shape}"
    require(expected.shape == shape, FailureClass.SHAPE_MISMATCH, message)
    bad = int((~np.isfinite(expected)).sum())
    message = f"the golden is not finite at {bad} of {expected.size} {kind} values: give the input a domain"
    require(not bad, FailureClass.NAN_OR_INF, message)


def check_refusal(operation: Operation, requirement: str) -> None:
    """The violation of one requirement is refused with subject and word in the message; a legal call is not."""
    contract = operation.contract
    wanted = next(item for item in contract.requirements if item["id"] == requirement)
    subject, word = wanted["subject"], wanted["word"]
    parameter = next((item for item in contract.parameters if item.name == subject), None)
    if parameter is not None:
        calls: Sequence[Callable[[], Any]] = _out_of_range(operation, parameter)
    elif subject == "memory_config":
        calls = [_sharded_output(operation)]
    else:
        calls = _violations(operation, subject, word)
    for call in calls:
        expect_refusal(call, (subject, word))
    case, dtype = next(iter(contract.cases)), next(iter(contract.dtypes))
    usual = operation.sample(case, dtype)
    operation.inspect(usual).require("validate")
    if parameter is not None and parameter.range is not None:  # the bounds themselves are legal
        for value in parameter.range:
            if abs(value) < 2**31:
                operation.inspect(usual, parameters={subject: _of_type(parameter, value)}).require("validate")
    if word == "rank":
        for shape in _bounding_ranks(contract, subject):
            legal = Case("x".join(map(str, shape)), dict.fromkeys(contract.input_names, shape), shape)
            drawn = sample(contract, legal, contract.dtypes[dtype], "randn", operation.surroundings.seed)
            operation.inspect(drawn).require("validate")


def _sharded_output(operation: Operation) -> Callable[[], Any]:
    usual = operation.sample(next(iter(operation.contract.cases)), next(iter(operation.contract.dtypes)))
    return lambda: operation.call(usual, parameters={"memory_config": operation.sharded(usual.case.output_shape)})


def _out_of_range(operation: Operation, parameter: Parameter) -> Sequence[Callable[[], Any]]:
    assert parameter.range is not None
    low, high = parameter.range
    step: float | int = 1 if parameter.type == "int" else max(1e-3, 0.01 * (high - low))
    usual = operation.sample(next(iter(operation.contract.cases)), next(iter(operation.contract.dtypes)))
    return [
        partial(operation.call, usual, parameters={parameter.name: _of_type(parameter, value)})
        for value in (low - step, high + step)
        if abs(value) < 2**31
    ]


def _of_type(parameter: Parameter, value: float) -> float | int:
    return int(value) if parameter.type == "int" else value


def _violations(operation: Operation, subject: str, word: str) -> Sequence[Callable[[], Any]]:
    """Calls in which input `subject` violates the requirement `word` and all else is legal."""
    contract = operation.contract
    item = next(entry for entry in contract.inputs if entry.name == subject)
    usual = operation.sample(next(iter(contract.cases)), next(iter(contract.dtypes)))
    array, dtype = usual.arrays[subject], usual.dtypes.inputs[subject]
    ttnn = operation.ttnn

    def call(*arguments: Any, **changes: Any) -> Callable[[], Any]:
        return lambda: operation.call(usual, replace={subject: operation.tensor(*arguments, **changes)})

    if word == "dtype":
        others = [name for name in ("float32", "bfloat16", "uint32") if name not in item.dtypes]
        return [call(numerics.round_to(np.abs(array), name), name, item) for name in others]
    if word == "layout":
        return [call(array, dtype, item, layout=ttnn.ROW_MAJOR_LAYOUT if item.layout == "tile" else ttnn.TILE_LAYOUT)]
    if word == "device":
        return [call(array, dtype, item, device=None)]
    if word == "rank":
        return [call(numerics.round_to(np.ones(shape), dtype), dtype, item) for shape in _wrong_ranks(item)]
    if word == "shape":
        wider = (*array.shape[:-1], array.shape[-1] + 32)
        return [call(numerics.round_to(np.ones(wider), dtype), dtype, item)]
    raise ValueError(f"no violation known for requirement {word!r}")


def _bounding_ranks(contract: Contract, subject: str) -> list[tuple[int, ...]]:
    """A shape of the least and of the greatest rank, where all inputs and the output share one shape."""
    if any(shape != case.output_shape for case in contract.cases.values() for shape in case.shapes.values()):
        return []
    low, high = next(item for item in contract.inputs if item.name == subject).rank
    shared = [rank for rank in (low, high) if all(item.rank[0] <= rank <= item.rank[1] for item in contract.inputs)]
    return [(1,) * (rank - 2) + (32, 32) for rank in dict.fromkeys(shared) if rank >= 2]


def _wrong_ranks(item: Input) -> list[tuple[int, ...]]:
    low, high = item.rank
    ranks = [rank for rank in (low - 1, high + 1) if 1 <= rank <= 8]
    return [(1,) * max(0, rank - 2) + (32, 32)[: min(rank, 2)] for rank in ranks]


def check_attributes(operation: Operation) -> None:
    """A call reaches the operation's own device operation, with the values of the parameters it was given."""
    contract = operation.contract
    drawn = operation.sample(next(iter(contract.cases)), next(iter(contract.dtypes)), "row_affine")
    found = operation.inspect(drawn)
    message = f"ttnn.{contract.operation} launches no {contract.pascal}DeviceOperation"
    require(found.launch is not None, FailureClass.NOT_IMPLEMENTED, message)
    given = {str(name): str(value) for name, value in found.launch.attributes}
    for name, value in drawn.parameters.items():
        if name in given:  # an attributes struct need not name its fields
            _same_attribute(name, given[name], value)


def _same_attribute(name: str, text: str, value: Any) -> None:
    if isinstance(value, bool):
        same = text.lower() in {str(value).lower(), str(int(value))}
    else:
        try:
            same = abs(float(text) - value) <= 1e-5 * max(abs(value), 1e-30)
        except ValueError:
            same = False
    message = f"the device operation gets {name}={text}, the call said {value!r}"
    require(same, FailureClass.SIGNATURE_MISMATCH, message)


def check_output_spec(operation: Operation, case: str, dtype: str, memory: str) -> None:
    """Shape, dtype, layout and memory of the output that the device operation specifies."""
    contract = operation.contract
    drawn = operation.sample(case, dtype)
    chosen = None if memory == "default" else operation.memory(memory)
    found = operation.inspect(drawn, memory_config=chosen)
    found.require("output_specs")
    specs = list(found.launch.output_specs)
    require(len(specs) == 1, FailureClass.SHAPE_MISMATCH, f"{len(specs)} outputs are specified, expected 1")
    spec = specs[0]
    shape = tuple(int(extent) for extent in spec["shape"])
    wanted = drawn.case.output_shape
    require(shape == wanted, FailureClass.SHAPE_MISMATCH, f"output specified with shape {shape}, expected {wanted}")
    have = plain_name(spec["dtype"])
    message = f"output specified with dtype {have}, expected {drawn.dtypes.output}"
    require(have == drawn.dtypes.output, FailureClass.DTYPE_MISMATCH, message)
    layout = plain_name(spec["layout"])
    message = f"output specified with layout {layout}, expected {contract.output['layout']}"
    require(contract.output["layout"].split("_")[0] in layout, FailureClass.SHAPE_MISMATCH, message)
    place = (contract.output["memory"] if memory == "default" else memory).split("_")[0]
    message = f"output specified in {spec['memory']}, expected {place.upper()} (memory_config: {memory})"
    require(place in str(spec["memory"]).lower(), FailureClass.SHAPE_MISMATCH, message)


def recorded_program(operation: Operation, design: Design, case: str, dtype: str, grid: str = "8x8") -> Program:
    """The program that a call describes on a device with that worker grid; no kernel is compiled or run."""
    found = operation.inspect(operation.sample(case, dtype), grid=grid)
    found.require("descriptor")
    message = "the call ended without a program description"
    require(found.launch.program is not None, FailureClass.NOT_IMPLEMENTED, message)
    return Program(found.launch.program, design, operation.contract)


def check_values(operation: Operation, case: str, dtype: str, kind: str) -> str:
    """Run on fresh inputs and judge; the padding of the inputs is poisoned, so that it cannot leak unseen.

    Each kind has a worker grid of its own: on many cores a small tensor is one tile a core, and a kernel that gets
    only its first tile right would pass.
    """
    return _judged(operation, operation.sample(case, dtype, kind))


def check_hidden_shape(operation: Operation, dtype: str) -> str:
    """Values on a shape that is drawn anew in each run: code that knows the listed shapes only is wrong here."""
    contract, seed = operation.contract, operation.surroundings.seed
    case = hidden_case(contract, seed)
    shape = f"shape {'x'.join(map(str, case.output_shape))}"
    try:
        figures = _judged(operation, sample(contract, case, contract.dtypes[dtype], "row_affine", seed))
    except GateFailure as error:
        message = f"{shape}: {error.message}"
        raise GateFailure(error.kind, message, file=error.file, line=error.line, excerpt=error.excerpt) from error
    return f"{shape}: {figures}"


def _judged(operation: Operation, drawn: Sample) -> str:
    floats = drawn.dtypes.output in {"bfloat16", "float32"}
    poison = POISON[0 if drawn.kind == "randn" else 1] if floats else None
    return operation.judge(drawn, operation.run(drawn, grid=GRID_OF_KIND[drawn.kind], pad_value=poison))


def fail(kind: FailureClass, message: str) -> GateFailure:
    """The failure to raise, for tests that find something no check here covers."""
    return GateFailure(kind, message)
