"""Accuracy arithmetic: number formats, limits by dtype, and the verdict on two arrays."""

from __future__ import annotations

from op_pipeline.numerics.compare import SCALE_FLOOR, TILE_SLACK, Comparison, compare, pcc, rel_l2
from op_pipeline.numerics.formats import (
    BLOCK_FLOATS,
    DTYPES,
    FLOATS,
    INTEGER_RANGE,
    LARGEST_FINITE,
    SMALLEST_NORMAL,
    TILE,
    Array,
    cut_bfloat16,
    cut_tf32,
    pack_bfloat16,
    round_bfloat16,
    round_block_float,
    round_tf32,
    round_to,
)
from op_pipeline.numerics.limits import (
    EXACT,
    LOOSEST,
    Limits,
    block_float_limits,
    default_limits,
    pcc_for,
    round_up,
)

__all__ = [
    "BLOCK_FLOATS",
    "DTYPES",
    "EXACT",
    "FLOATS",
    "INTEGER_RANGE",
    "LARGEST_FINITE",
    "LOOSEST",
    "SCALE_FLOOR",
    "SMALLEST_NORMAL",
    "TILE",
    "TILE_SLACK",
    "Array",
    "Comparison",
    "Limits",
    "block_float_limits",
    "compare",
    "cut_bfloat16",
    "cut_tf32",
    "default_limits",
    "pack_bfloat16",
    "pcc",
    "pcc_for",
    "rel_l2",
    "round_bfloat16",
    "round_block_float",
    "round_tf32",
    "round_to",
    "round_up",
]
