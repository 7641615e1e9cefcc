"""What the genuine ttnn library says of a described call: on a mock device, and its headers of the kernels."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from op_pipeline import mock
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.gates.kit.failure import GateFailure, first_line
from op_pipeline.gates.kit.operation import Operation
from op_pipeline.mock.library import VERSION
from op_pipeline.models import FailureClass

# Stands for a kernel that no stage has written yet, where kernels are not compiled.
_EMPTY_KERNEL = "void kernel_main() {}\n"
_NO_KERNEL = "Cannot open kernel source file"
# Numbers of tt::DataFormat by name.
_FORMATS = {
    "Float32": 0, "Float16_b": 5, "Bfp8_b": 6, "Bfp4_b": 7, "Int32": 8, "UInt16": 9, "UInt32": 24, "UInt8": 30
}  # fmt: skip


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
        image = launch.image
        if image is None and level == "host" and _NO_KERNEL in str(launch.error) and launch.program is not None:
            image = _of_description(launch.program)
        if image is None:
            missing = _NO_KERNEL in str(launch.error)
            kind = FailureClass.COMPILE_ERROR if missing else FailureClass.PROTOCOL_ERROR
            raise GateFailure(kind, f"a program that cannot be lowered: {first_line(RuntimeError(launch.error))}")
        if not image["kernels"]:
            raise GateFailure(FailureClass.NOT_IMPLEMENTED, "the program has no kernel")
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


def _of_description(program: Mapping[str, Any]) -> dict[str, Any]:
    """A described program in the form of a lowered one, with empty kernels: what is there before any is written."""
    kernels = [
        {
            "source": _EMPTY_KERNEL,
            "is_source_text": True,
            "risc": kernel["risc"],
            "noc": 1 if kernel["risc"] == "BRISC" else 0,
            "compute": _compute(kernel["config"]),
            "cores": kernel["cores"],
            "compile_time_args": kernel["compile_time_args"],
            "named_compile_time_args": kernel["named_compile_time_args"],
            "defines": [list(pair) for pair in dict(kernel["defines"]).items()],
            "runtime_args": [{"core": core, "values": values} for core, values in _pairs(kernel["runtime_args"])],
            "common_runtime_args": kernel["common_runtime_args"],
        }
        for kernel in program["kernels"]
    ]
    buffers = [
        {**item, "format": _FORMATS[item["format"]], "tile_height": 32, "tile_width": 32}
        for item in program["circular_buffers"]
    ]
    return {"kernels": kernels, "circular_buffers": buffers, "semaphores": program["semaphores"]}


def _pairs(arguments: Any) -> list[tuple[Any, Any]]:
    """Items of a mapping, which JSON may have made a list of pairs."""
    found = arguments.items() if isinstance(arguments, Mapping) else arguments
    return [(core, values) for core, values in found]


def _compute(config: Mapping[str, Any]) -> dict[str, Any]:
    names = {"LoFi": 0, "HiFi2": 2, "HiFi3": 3, "HiFi4": 4}
    return {
        "math_fidelity": names.get(str(config.get("math_fidelity", "HiFi4")), 4),
        "math_approx_mode": bool(config.get("math_approx_mode", False)),
        "fp32_dest_acc_en": bool(config.get("fp32_dest_acc_en", False)),
        "dst_full_sync_en": bool(config.get("dst_full_sync_en", False)),
        "unpack_to_dest_fp32": ["Fp32" in str(mode) for mode in config.get("unpack_to_dest_mode", ())],
    }
