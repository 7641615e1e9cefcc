"""Checks that gate tests call by one name: golden and tolerance, refusals, output specification, values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.contract import PYTHON_FLOW
from op_pipeline.gates.kit.contract import Case, Contract, Input, Parameter
from op_pipeline.gates.kit.design import Design
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.inputs import Sample, hidden_case, sample
from op_pipeline.gates.kit.observed import require_one_writer
from op_pipeline.gates.kit.operation import POISON, Operation, expect_refusal, plain_name
from op_pipeline.gates.kit.program import Program, Programs
from op_pipeline.gates.shapes import Shapes, of_rank
from op_pipeline.models import FailureClass

WHOLE_POISON = 77  # in every integer format
# The whole device, one core, and two uneven ones.
# A C++ operation refuses by TT_FATAL, one in Python by an exception of its own.
REFUSALS: dict[bool, tuple[type[Exception], ...]] = {
    False: (RuntimeError,),
    True: (RuntimeError, ValueError, TypeError),
}
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
        calls = _violations(operation, wanted)
    for call in calls:
        expect_refusal(call, (subject, word), kinds=REFUSALS[contract.flow == PYTHON_FLOW])
    case, dtype = next(iter(contract.cases)), next(iter(contract.dtypes))
    usual = operation.sample(case, dtype)
    _require_legal(operation, usual)
    if parameter is not None and parameter.range is not None:  # the bounds themselves are legal
        for value in parameter.range:
            if abs(value) < 2**31:
                _require_legal(operation, usual, parameters={subject: _of_type(parameter, value)})
    neighbours = {"rank": _bounding_ranks, "shape": _unlisted}.get(word)
    for legal in neighbours(operation, subject) if neighbours else ():
        drawn = sample(contract, legal, contract.dtypes[dtype], "randn", operation.surroundings.seed)
        _require_legal(operation, drawn)


def _require_legal(operation: Operation, drawn: Sample, **changes: Any) -> None:
    """A legal call gets past validation; one in Python may say after it that the rest is not implemented yet."""
    found = operation.inspect(drawn, **changes)
    unfinished = found.launch is None and isinstance(found.error, NotImplementedError)
    if not (unfinished and operation.contract.flow == PYTHON_FLOW):
        found.require("validate")


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


def _violations(operation: Operation, wanted: Mapping[str, Any]) -> Sequence[Callable[[], Any]]:
    """Calls in which an input violates the requirement `wanted` and all else is legal."""
    contract, subject, word = operation.contract, wanted["subject"], wanted["word"]
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
        return [call(numerics.round_to(np.ones(shape), dtype), dtype, item) for shape in wanted["illegal"]]
    raise ValueError(f"no violation known for requirement {word!r}")


def _bounding_ranks(operation: Operation, subject: str) -> list[Case]:
    """Cases in which an input has its least and its greatest rank, as far as the contract tells the other shapes."""
    contract = operation.contract
    item = next(entry for entry in contract.inputs if entry.name == subject)
    cases = [case.shapes for case in contract.cases.values()]
    mixed = any(len({*case.shapes.values(), case.output_shape}) > 1 for case in contract.cases.values())
    if contract.expression is None and mixed:
        return []  # which shapes go together is known to the golden only
    found = [of_rank(contract.rules, cases, subject, rank) for rank in dict.fromkeys(item.rank) if rank >= 2]
    return [_case(contract, shapes) for shapes in found if shapes is not None]


def _unlisted(operation: Operation, subject: str) -> list[Case]:
    del subject
    case = hidden_case(operation.contract, operation.surroundings.seed)
    return [] if isinstance(case, str) or operation.contract.expression is None else [case]


def _case(contract: Contract, shapes: Shapes) -> Case:
    output = contract.rules.output(shapes)
    assert output is not None
    return Case("_".join("x".join(map(str, shape)) for shape in shapes.values()), shapes, output)


def _wrong_ranks(item: Input) -> list[tuple[int, ...]]:
    low, high = item.rank
    ranks = [rank for rank in (low - 1, high + 1) if 1 <= rank <= 8]
    return [(1,) * max(0, rank - 2) + (32, 32)[: min(rank, 2)] for rank in ranks]


def check_attributes(operation: Operation) -> None:
    """A call reaches the operation's own device operation, with the values of the parameters it was given."""
    contract = operation.contract
    drawn = operation.sample(next(iter(contract.cases)), next(iter(contract.dtypes)), "row_affine")
    found = operation.inspect(drawn)
    message = f"ttnn.{contract.operation} launches no {contract.launches}"
    require(found.launch is not None, FailureClass.NOT_IMPLEMENTED, message)
    for launch in found.launches:
        given = {str(name): str(value) for name, value in launch.attributes}
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


def recorded_program(operation: Operation, design: Design, case: str, dtype: str, grid: str = "8x8") -> Programs:
    """The programs that a call describes on a device with that worker grid; no kernel is compiled or run.

    Each launch of the own device operation is held to the design, its work to what it specifies as its output.
    """
    drawn = operation.sample(case, dtype)
    found = operation.inspect(drawn, grid=grid)
    found.require("descriptor")
    programs = []
    for launch in found.launches:
        message = "the call ended without a program description"
        require(launch.program is not None, FailureClass.NOT_IMPLEMENTED, message)
        specified = [tuple(int(extent) for extent in spec["shape"]) for spec in launch.output_specs]
        output = specified[0] if specified else drawn.case.output_shape
        programs.append(Program(launch.program, design, operation.contract, replace(drawn.case, output_shape=output)))
    return Programs(programs)


def check_run(operation: Operation, design: Design, case: str, dtype: str, grid: str) -> None:
    """Kernels compile and run to their end.

    Where the design leaves the division of the work to be observed, every page of the output is written by one core.
    """
    drawn = operation.sample(case, dtype)
    operation.run(drawn, grid=grid)
    if design.observed:
        require_one_writer(operation, drawn, grid)


def check_values(operation: Operation, case: str, dtype: str, kind: str) -> str:
    """Run on fresh inputs and judge; the padding of the inputs is poisoned, so that it cannot leak unseen.

    Each kind has a worker grid of its own: on many cores a small tensor is one tile a core, and a kernel that gets
    only its first tile right would pass.
    """
    return _judged(operation, operation.sample(case, dtype, kind))


def check_hidden_shape(operation: Operation, dtype: str) -> str:
    """Values on shapes that are drawn anew in each run: code that knows the listed shapes only is wrong here.

    Where the contract implies no other shapes, the figures say so and why.
    """
    contract, seed = operation.contract, operation.surroundings.seed
    case = hidden_case(contract, seed)
    if not isinstance(case, str) and contract.expression is None:
        case = _held(contract, case, dtype, seed)
    if isinstance(case, str):
        return f"no shape but the listed ones was run: {case}"
    words = [f"{name} {'x'.join(map(str, shape))}" for name, shape in case.shapes.items()]
    shape = f"shape {', '.join(words)}"
    try:
        figures = _judged(operation, sample(contract, case, contract.dtypes[dtype], "row_affine", seed))
    except GateFailure as error:
        message = f"{shape}: {error.message}"
        raise GateFailure(error.kind, message, file=error.file, line=error.line, excerpt=error.excerpt) from error
    return f"{shape}: {figures}"


def _held(contract: Contract, case: Case, dtype: str, seed: str) -> Case | str:
    """The case, when a golden in Python takes its shapes, of which no formula tells."""
    drawn = sample(contract, case, contract.dtypes[dtype], "randn", seed)
    try:
        shape = contract.expected(drawn.arrays, drawn.parameters).shape
    except GateFailure as failure:
        return f"the golden does not take shapes that output.shape allows ({failure.message})"
    wanted = case.output_shape
    return case if shape == wanted else f"the golden gives {shape} where output.shape says {wanted}"


def _judged(operation: Operation, drawn: Sample) -> str:
    poison: float | None = POISON[0 if drawn.kind == "randn" else 1]
    if any(dtype in numerics.INTEGER_RANGE for dtype in drawn.dtypes.inputs.values()):
        poison = WHOLE_POISON
    elif not {drawn.dtypes.output, *drawn.dtypes.inputs.values()} <= {"bfloat16", "float32"}:
        poison = None  # block floats: padding shares an exponent with what stands beside it
    return operation.judge(drawn, operation.run(drawn, grid=GRID_OF_KIND[drawn.kind], pad_value=poison))


def fail(kind: FailureClass, message: str) -> GateFailure:
    """The failure to raise, for tests that find something no check here covers."""
    return GateFailure(kind, message)
