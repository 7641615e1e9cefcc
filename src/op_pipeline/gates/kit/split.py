"""The division of the output among the cores: units that a design may count in, and whether ranges cover each once."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from op_pipeline.gates.kit.contract import Case, tiles_of
from op_pipeline.gates.kit.failure import GateFailure, require
from op_pipeline.models import FailureClass

PROTOCOL = FailureClass.PROTOCOL_ERROR
TILE = 32
# Units of the output. A page is a tile, or a row of a row_major tensor; what a block is, only the design knows.
UNITS = ("tile", "row", "page", "tile_row", "tile_column", "plane", "tensor", "block")
OBSERVED = "observed"

Core = tuple[int, int]


def expression_value(text: int | str, case: Case) -> int | None:
    """Value of a whole number, or of an expression over input dimensions as in `output.shape`; None when it is neither.

    `(x.shape[-1] + 31) // 32` is the number of tiles in a row of x.
    """
    from op_pipeline.spec.shapes import ShapeError, evaluate_output_shape  # noqa: PLC0415 - only designs that use one

    if isinstance(text, int):
        return text
    try:
        return evaluate_output_shape(f"[{text}]", case.shapes)[0]
    except ShapeError:
        return None


def units_of_output(unit: str, total: Any, case: Case, layout: str) -> int:
    """How many units of work a case has. ValueError for blocks without a total that can be worked out."""
    shape = case.output_shape
    height, width = (1, 1, *shape)[-2:]
    batch = math.prod(shape[:-2])
    rows = math.prod(shape[:-1])
    if unit == "page":
        unit = "tile" if layout == "tile" else "row"
    if unit == "block":
        value = expression_value(total, case)
        if value is None:
            raise ValueError(f"work_split.total {total!r} is no expression over dimensions of the inputs")
        return value
    return {
        "tile": tiles_of(shape),
        "row": rows,
        "tile_row": batch * -(-height // TILE),
        "tile_column": batch * -(-width // TILE),
        "plane": batch,
        "tensor": 1,
    }[unit]


@dataclass(frozen=True)
class Share:
    """The units of one core: `count` of them from `start` on, each `stride` after the last."""

    start: int
    count: int
    stride: int = 1

    @property
    def units(self) -> range:
        """The numbers of the units."""
        return range(self.start, self.start + self.count * self.stride, self.stride) if self.count else range(0)

    def __str__(self) -> str:
        text = f"{self.start}…{self.units[-1] if self.count else self.start}"
        return text if self.stride == 1 else f"{text} in steps of {self.stride}"


def require_partition(shares: Mapping[Core, Share], total: int, unit: str, grid: str) -> None:
    """GateFailure protocol_error unless the shares hold every unit exactly once, on cores of the grid."""
    across, down = (int(word) for word in grid.split("x"))
    seen = [0] * total
    for core, share in sorted(shares.items()):
        require(core[0] < across and core[1] < down, PROTOCOL, f"core {core} is outside the {grid} grid")
        require(share.stride > 0, PROTOCOL, f"core {core} goes on in steps of {share.stride}")
        inside = not share.count or share.units[-1] < total
        require(inside, PROTOCOL, f"core {core} works on {share} of {total} {unit}s")
        for number in share.units:
            seen[number] += 1
    wrong = [number for number, times in enumerate(seen) if times != 1]
    if wrong:
        times = "not written" if not seen[wrong[0]] else f"written {seen[wrong[0]]} times"
        message = f"grid {grid}: {len(wrong)} of {total} output {unit}s are not covered exactly once"
        raise GateFailure(PROTOCOL, f"{message}; {unit} {wrong[0]} is {times}")
