"""What the genuine ttnn library says of a described call: on a mock device, and its headers of the kernels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from op_pipeline import mock
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.operation import Operation
from op_pipeline.mock.library import VERSION
from op_pipeline.models import FailureClass

# Stands for a kernel that no stage has written yet, where kernels are not compiled.
_EMPTY_KERNEL = "void kernel_main() {}\n"


def check_with_library(operation: Operation, case: str, dtype: str, *, level: str, board: str) -> str:
    """The library takes the call's program; at level `compile` it compiles for all five processors. Figures of it.

    Raises GateFailure with the first refusal. Nothing is computed, so this says nothing about values.
    """
    library = _library()
    drawn = operation.sample(case, dtype)
    call = operation.describe(drawn)
    call.inspection.require("descriptor")
    contract, tree = operation.contract, operation.surroundings.tree
    inputs = [_tensor(drawn.case.shapes[item.name], drawn.dtypes.inputs[item.name], item) for item in contract.inputs]
    decided = contract.output
    output = mock.Tensor(drawn.case.output_shape, drawn.dtypes.output, decided["layout"], decided["memory"])
    said = []
    for launch in call.reply.launches:
        if launch.image is None:
            raise GateFailure(FailureClass.PROTOCOL_ERROR, f"a program that cannot be lowered: {launch.error}")
        image = launch.image if level == "compile" else _without_missing_kernels(launch.image)
        subject = mock.Program(image, (*inputs, output))
        checked = mock.check(library, subject, tree, level=level, board=board, cache=cache_folder())  # type: ignore[arg-type]
        if not checked:
            raise _failure(checked, board)
        said.append(f"{checked.verdict} on {board} in {checked.seconds:.1f} s")
    return "; ".join(said)


def check_allocation(operation: Operation, case: str, dtype: str, *, board: str) -> str:
    """The library can hold the call's tensors: inputs as the contract has them, the output as the operation decided."""
    library = _library()
    drawn = operation.sample(case, dtype)
    found = operation.inspect(drawn)
    found.require("output_specs")
    contract = operation.contract
    tensors = [_tensor(drawn.case.shapes[item.name], drawn.dtypes.inputs[item.name], item) for item in contract.inputs]
    for spec in found.launch.output_specs:
        kind = "l1_interleaved" if spec["memory"]["buffer_type"] == "L1" else "dram_interleaved"
        tensors.append(mock.Tensor(tuple(spec["shape"]), str(spec["dtype"]).lower(), str(spec["layout"]).lower(), kind))
    subject = mock.Program({"kernels": [], "circular_buffers": [], "semaphores": []}, tuple(tensors))
    checked = mock.check(library, subject, operation.surroundings.tree, level="host", board=board, cache=cache_folder())
    if not checked:
        raise _failure(checked, board)
    return f"{checked.verdict} on {board} in {checked.seconds:.1f} s"


@lru_cache(maxsize=1)
def _library() -> mock.Library:
    found = mock.find_library(cache_folder(), os.environ)
    if isinstance(found, mock.Absent):
        raise GateFailure(FailureClass.ENV_ERROR, f"the real ttnn is not here: {found.reason} ({found.remedy})")
    if found.version != VERSION:
        message = f"ttnn {found.version} is installed, this program knows {VERSION} (pipeline target install mock)"
        raise GateFailure(FailureClass.ENV_ERROR, message)
    if found.zig is None:
        raise GateFailure(FailureClass.ENV_ERROR, f"{found.python} has no ziglang (pipeline target install mock)")
    return found


def _failure(checked: mock.Checked, board: str) -> GateFailure:
    first = checked.failures[0]
    text = f"{board}: {first.message}"
    return GateFailure(first.kind, text, file=first.file, line=first.line, excerpt=first.excerpt)


def _tensor(shape: tuple[int, ...], dtype: str, item: Any) -> mock.Tensor:
    return mock.Tensor(tuple(shape), dtype, item.layout, item.memory)


def _without_missing_kernels(image: Mapping[str, Any]) -> Mapping[str, Any]:
    """The program with empty kernels where none is written yet: at this level their text does not matter."""
    kernels = [
        kernel
        if kernel["is_source_text"] or Path(kernel["source"]).is_file()
        else {**kernel, "source": _EMPTY_KERNEL, "is_source_text": True}
        for kernel in image["kernels"]
    ]
    return {**image, "kernels": kernels}
