"""Which core writes which page, from what comes out when some of the cores run.

Cores are numbered. For each bit of the numbers the program is run twice, on the cores that have the bit and on those
that do not, over a pattern in the output's memory. A page that two cores write is written in both runs of a bit in
which they differ; one that a single core writes is written in one of the two runs of every bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from op_pipeline.gates.kit.contract import Array
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.gates.kit.inputs import Sample
from op_pipeline.gates.kit.running import placed, watermark
from op_pipeline.models import FailureClass

if TYPE_CHECKING:
    from op_pipeline.gates.kit.operation import Operation

TILE = 32
Core = tuple[int, int]


def require_one_writer(operation: Operation, drawn: Sample, grid: str) -> None:
    """GateFailure protocol_error unless every page of the output is written by exactly one core.

    Nothing is said of programs whose cores wait for one another, nor of several launches: parts of them do not run.
    """
    call = operation.describe(drawn, grid=grid)
    output, inputs = placed(operation, drawn, call)
    programs = operation.surroundings.programs
    launches = call.reply.launches
    if len(launches) != 1 or (launches[0].image or {}).get("semaphores"):
        return
    compiled = programs.compiled(launches[0])
    cores = sorted({_core(core) for kernel in compiled["image"]["kernels"] for core in kernel["cores"]})
    mark = watermark(output.shape, output.dtype, operation.surroundings.seed)

    def written(chosen: Sequence[Core]) -> Array:
        part = _restricted(compiled, set(chosen))
        after = programs.run(grid, [part], [*inputs, (output, mark)], output)
        return pages_changed(after, mark, operation.contract.output["layout"])

    everywhere = written(cores)
    require(everywhere.all(), FailureClass.PROTOCOL_ERROR, f"grid {grid}: {_pages(~everywhere)} not written")
    for bit in range((len(cores) - 1).bit_length()):
        halves = [[core for number, core in enumerate(cores) if (number >> bit & 1) == value] for value in (0, 1)]
        both = written(halves[0]) & written(halves[1])
        if both.any():
            message = f"grid {grid}: {_pages(both)} written by several cores"
            raise GateFailure(FailureClass.PROTOCOL_ERROR, message)


def pages_changed(after: Array, before: Array, layout: str) -> Array:
    """By page (tiles, or rows of a row_major tensor) whether any element differs."""
    differs = np.atleast_2d(after != before)
    if layout != "tile":
        rows: Array = differs.any(axis=-1).reshape(-1)
        return rows
    height, width = differs.shape[-2:]
    padded = np.pad(differs, [(0, 0)] * (differs.ndim - 2) + [(0, -height % TILE), (0, -width % TILE)])
    tiles = padded.reshape(-1, padded.shape[-2] // TILE, TILE, padded.shape[-1] // TILE, TILE)
    found: Array = tiles.any(axis=(2, 4)).reshape(-1)
    return found


def _pages(wrong: Array) -> str:
    first, count = int(np.argmax(wrong)), int(wrong.sum())
    return f"{count} of {wrong.size} pages of the output, page {first} the first, are"


def _restricted(compiled: Mapping[str, Any], cores: set[Core]) -> dict[str, Any]:
    """The compiled program on some of its cores; a kernel that is on none of them is left out with its library."""
    image = compiled["image"]
    kernels = [_on(kernel, cores) for kernel in image["kernels"]]
    buffers = [_on(buffer, cores) for buffer in image["circular_buffers"]]
    kept = {
        **image,
        "kernels": [kernel for kernel in kernels if kernel["cores"]],
        "circular_buffers": [buffer for buffer in buffers if buffer["cores"]],
    }
    libraries = zip(kernels, compiled["libraries"], strict=True)
    return {**compiled, "image": kept, "libraries": [library for kernel, library in libraries if kernel["cores"]]}


def _on(item: Mapping[str, Any], cores: set[Core]) -> dict[str, Any]:
    kept = {**item, "cores": [core for core in item["cores"] if _core(core) in cores]}
    if "runtime_args" in item:
        kept["runtime_args"] = [entry for entry in item["runtime_args"] if _core(entry["core"]) in cores]
    return kept


def _core(value: Any) -> Core:
    return int(value[0]), int(value[1])
