"""From a described call to the output of its kernels on the judge's own inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from op_pipeline import numerics
from op_pipeline.gates.kit.contract import Array
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.inputs import Sample, generator
from op_pipeline.gates.kit.launches import Call
from op_pipeline.gates.workers.described import TensorInfo
from op_pipeline.gates.workers.running import Place
from op_pipeline.models import FailureClass

if TYPE_CHECKING:
    from op_pipeline.gates.kit.operation import Operation

SUBSTITUTES = ("noop", "watermark")
SEEN = "watermark seen under empty kernels, written over by the real ones"
_SURVIVORS = 0.01  # share of a watermark that may come out of real kernels by chance


def output_of(operation: Operation, drawn: Sample, call: Call, *, grid: str, pad_value: float | None) -> Array:
    """What the described kernels make of the sample. GateFailure for a call that cannot be run or a wrong output.

    The judge compiles the kernels, so it can put others in their place, unseen by the candidate: see `substituted`.
    """
    surroundings = operation.surroundings
    output, inputs = placed(operation, drawn, call, pad_value)

    def run(*, empty: bool = False, planted: Array | None = None) -> Array:
        launches = [surroundings.programs.compiled(launch, empty=empty) for launch in call.reply.launches]
        before = [] if planted is None else [(output, planted)]
        return surroundings.programs.run(grid, launches, [*inputs, *before], output)

    if surroundings.substitute is None:
        return run()
    return substituted(surroundings.substitute, run, output, surroundings.seed)


def placed(
    operation: Operation, drawn: Sample, call: Call, pad_value: float | None = None
) -> tuple[Place, list[tuple[Place, Array]]]:
    """Where the output of a described call is, and its inputs with their values. GateFailure when it cannot be run."""
    contract = operation.contract
    call.require_described(contract.launches)
    output = _output(call.reply.value, drawn, contract.output["layout"])
    if any(tensor.info.address is None for tensor in call.tensors):
        raise operation.surroundings.host.worker.nonsense("an input on the device has no address")
    inputs = [
        (_input(tensor.info, drawn, item, output, pad_value), drawn.arrays[item.name])
        for item, tensor in zip(contract.inputs, call.tensors, strict=True)
    ]
    return output, inputs


def substituted(kind: str, run: Any, output: Place, seed: str) -> Array:
    """`noop`: the output when every kernel is one that does nothing. `watermark`: proof of what is judged.

    For the latter a pattern of the run's own is put into the output's memory before the kernels run. Real kernels must
    write over it, empty ones must leave it: then the bytes judged are those at the output's address, and the kernels
    wrote them. The test fails in any case, with a message that says which; it is a certificate, not a verdict.
    """
    if kind == "noop":
        array: Array = run(empty=True)
        return array
    mark = watermark(output.shape, output.dtype, seed)
    survived = float(np.mean(run(planted=mark) == mark))
    seen = np.array_equal(run(empty=True, planted=mark), mark)
    if seen and survived <= _SURVIVORS:
        raise GateFailure(FailureClass.UNBOUND_OUTPUT, SEEN)
    what = f"{survived:.1%} of it is left by the real kernels" if seen else "not found under empty kernels"
    raise GateFailure(FailureClass.UNKNOWN, f"watermark lost: {what}")


def watermark(shape: tuple[int, ...], dtype: str, seed: str) -> Array:
    """A pattern that no operation gives by itself: floats near 2^100, any bits for integers."""
    rng = generator(seed, "watermark")
    if dtype in numerics.INTEGER_RANGE:
        low, high = numerics.INTEGER_RANGE[dtype]
        return numerics.round_to(rng.integers(low, high, shape, endpoint=True), dtype)
    return numerics.round_to(2.0**100 * (1 + rng.random(shape)), dtype)


def _output(value: Any, drawn: Sample, layout: str) -> Place:
    """Where the output is and what it must be; the host worker's word counts for the address only."""
    if not isinstance(value, TensorInfo):
        raise GateFailure(FailureClass.SHAPE_MISMATCH, f"the call returned {value!r:.80} instead of a tensor")
    wanted = drawn.case.output_shape
    message = f"output has shape {value.shape}, expected {wanted}"
    require(value.shape == wanted, FailureClass.SHAPE_MISMATCH, message)
    message = f"output has dtype {value.dtype}, expected {drawn.dtypes.output}"
    require(value.dtype == drawn.dtypes.output, FailureClass.DTYPE_MISMATCH, message)
    have = value.layout.upper()
    message = f"output has layout {value.layout}, expected {layout}"
    require(have.startswith(layout.split("_", maxsplit=1)[0].upper()), FailureClass.SHAPE_MISMATCH, message)
    if value.address is None or value.memory not in {"DRAM", "L1"}:
        raise GateFailure(FailureClass.SHAPE_MISMATCH, "the output is not in device memory")
    return Place(wanted, drawn.dtypes.output, have, value.memory, value.address)


def _input(info: TensorInfo, drawn: Sample, item: Any, output: Place, pad_value: float | None) -> Place:
    assert info.address is not None
    memory = "L1" if item.memory.startswith("l1") else "DRAM"
    if (memory, info.address) == (output.memory, output.address):
        raise GateFailure(FailureClass.UNBOUND_OUTPUT, f"the output is the memory of input {item.name!r}")
    layout = "TILE" if item.layout == "tile" else "ROW_MAJOR"
    return Place(drawn.arrays[item.name].shape, drawn.dtypes.inputs[item.name], layout, memory, info.address, pad_value)
