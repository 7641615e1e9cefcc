"""Whether a launch's description, which gate 5 looks at, and its image, which runs, are one program.

Both come from the process that candidate code lives in, so neither vouches for the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.workers.described import Launch
from op_pipeline.models import FailureClass

SOURCE_TEXT = "<source text>"  # the name of a kernel that is given as text
# Numbers of the formats in an image, as ttnn 0.81.1 counts them (tt::DataFormat).
_FORMATS = {0: "float32", 5: "float16_b", 6: "bfp8_b", 7: "bfp4_b", 8: "int32", 9: "uint16", 24: "uint32", 30: "uint8"}
_Part = tuple[str, dict[str, Any]]  # what it is, for the message; what the two must agree on


def require_agreement(launch: Launch, tree: Path) -> None:
    """GateFailure protocol_error when description and image of `launch` differ in kernels or circular buffers.

    Compared are, in order: of kernels source file, processor, cores and all arguments; of circular buffers index, total
    size, page size, format and cores. A launch without an image runs nothing; one without a description is refused.
    """
    if launch.image is None:
        return
    if launch.program is None:
        raise _differ(launch, "there is no description")
    try:
        described, image = _parts(launch.program, tree), _parts(launch.image, tree)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        message = f"what the call described is no program that can run: {type(error).__name__}: {str(error)[:200]}"
        raise GateFailure(FailureClass.PROTOCOL_ERROR, message) from error
    if len(described) != len(image):
        raise _differ(launch, f"{len(described)} kernels and circular buffers are described, {len(image)} would run")
    for (name, one), (_, other) in zip(described, image, strict=True):
        for what, value in one.items():
            if other.get(what) != value:
                raise _differ(launch, f"{name}: {what} {_short(value)} described, {_short(other.get(what))} would run")


def _parts(program: Mapping[str, Any], tree: Path) -> list[_Part]:
    kernels = [_kernel(kernel, tree) for kernel in program["kernels"]]
    return kernels + [_buffer(buffer) for buffer in program["circular_buffers"]]


def _kernel(kernel: Mapping[str, Any], tree: Path) -> _Part:
    given = kernel["runtime_args"]
    if not isinstance(given, Mapping):  # pairs in a description that was JSON, objects in an image
        given = {_core(item["core"] if isinstance(item, Mapping) else item[0]): _values(item) for item in given}
    return str(kernel["name"]), {
        "source": _source(kernel, tree),
        "processor": kernel.get("risc"),
        "cores": [_core(core) for core in kernel["cores"]],
        "runtime arguments": {_core(core): list(values) for core, values in given.items()},
        "compile-time arguments": list(kernel["compile_time_args"]),
        "named compile-time arguments": [list(pair) for pair in kernel.get("named_compile_time_args", ())],
        "common runtime arguments": list(kernel["common_runtime_args"]),
        "bound names": json.dumps(kernel.get("names"), sort_keys=True),
    }


def _source(kernel: Mapping[str, Any], tree: Path) -> str:
    """The file that is compiled. An image has its path, a description the name by which it was asked for."""
    if kernel.get("is_source_text") or kernel["name"] == SOURCE_TEXT:
        return SOURCE_TEXT
    return str((tree / str(kernel.get("source", kernel["name"]))).resolve())


def _buffer(buffer: Mapping[str, Any]) -> _Part:
    told = buffer["format"]
    shown = _FORMATS.get(told, told) if isinstance(told, int) else str(told).rpartition("::")[2].lower()
    return f"circular buffer c_{buffer['index']}", {
        "index": buffer["index"],
        "total size": buffer["total_size"],
        "page size": buffer["page_size"],
        "format": shown,
        "cores": [_core(core) for core in buffer["cores"]],
    }


def _values(item: Any) -> list[int]:
    return list(item["values"] if isinstance(item, Mapping) else item[1])


def _core(value: Any) -> tuple[int, int]:
    return int(value[0]), int(value[1])


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:160]}…"


def _differ(launch: Launch, what: str) -> GateFailure:
    message = f"{launch.operation}: the description and the program that would run differ: {what}"
    return GateFailure(FailureClass.PROTOCOL_ERROR, message)
