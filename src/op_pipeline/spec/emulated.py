"""A formula computed as the device would: every step rounded to what its register or buffer holds.

The one honest implementation that costs nothing: what it cannot reach, no kernel can. Modelled are the formats of
tensors, the 16 or 32 bits of DST after every step, the packer, the source registers that sums and products of the
matrix unit read through, and the order in which these add up (docs/emulator-numerics.md has the sources). Functions are
as accurate as float32 allows; silicon's polynomials are worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from op_pipeline import numerics
from op_pipeline.spec.evaluate import Array, Scalar, apply
from op_pipeline.spec.expression import (
    ELEMENTWISE,
    REDUCTIONS,
    Call,
    Expr,
    Input,
    Number,
    Parameter,
    needs_matrix_unit,
    walk,
)

# The matrix unit multiplies faces of 16×16, so a product of tiles reaches DST in two steps of 16 terms each.
FACE = 16


@dataclass(frozen=True)
class Emulated:
    """`values` as the output tensor would hold them; `ordinary` where no step came near the end of float32's range."""

    values: Array
    ordinary: npt.NDArray[np.bool_]


def emulate(
    expr: Expr,
    inputs: Mapping[str, npt.ArrayLike],
    parameters: Mapping[str, Scalar],
    *,
    output_dtype: str,
    wide: bool = True,
) -> Emulated:
    """Value of `expr` on inputs as their tensors hold them. `wide`: DST has 32 bits (`fp32_dest_acc_en`), else 16."""
    known: dict[int, Array] = {}
    ordinary: npt.NDArray[np.bool_] = np.ones((), dtype=bool)
    elementwise, matrix = True, needs_matrix_unit(expr)
    with np.errstate(all="ignore"):
        for node in walk(expr):
            value = _value(node, known, inputs, parameters, wide, matrix)
            known[id(node)] = value
            elementwise = elementwise and (not isinstance(node, Call) or node.function in ELEMENTWISE)
            if isinstance(node, Call) and elementwise:
                ordinary = ordinary & (np.abs(value) < numerics.LARGEST_FINITE["float32"] / 4)
        values = store(known[id(expr)], output_dtype)
    known_ordinary = ordinary if elementwise else np.ones((), dtype=bool)
    return Emulated(values, np.broadcast_to(known_ordinary, values.shape))


def store(values: Array, dtype: str) -> Array:
    """What a tensor of `dtype` holds after the packer: bfloat16 with ties away from zero; denormals are zero."""
    if dtype == "bfloat16":
        return _flushed(numerics.pack_bfloat16(values))
    return np.asarray(numerics.round_to(np.rint(values) if dtype in numerics.INTEGER_RANGE else values, dtype))


def _value(  # noqa: PLR0917 - a node and all that it may stand for
    node: Expr,
    known: Mapping[int, Array],
    inputs: Mapping[str, npt.ArrayLike],
    parameters: Mapping[str, Scalar],
    wide: bool,
    matrix: bool,
) -> Array:
    match node:
        case Input():
            return np.asarray(inputs[node.name], dtype=np.float64)
        case Parameter():
            return _single(np.asarray(float(parameters[node.name])))
        case Number():
            return _single(np.asarray(node.value))
    arguments = [known[id(argument)] for argument in node.arguments]
    if node.function == "matmul":
        return _matmul(_source(arguments[0], wide), _source(arguments[1], wide), wide)
    if node.function in REDUCTIONS:
        return _reduce(node, _source(arguments[0], wide), wide)
    if matrix and _broadcasts(node, arguments):
        arguments = [_source(argument, wide) for argument in arguments]
    value = np.asarray(apply(node, arguments), dtype=np.float64)
    return _register(value, wide) if node.function in ELEMENTWISE else value  # moving data rounds nothing


def _broadcasts(node: Call, arguments: list[Array]) -> bool:
    """Whether a statistic meets the tiles that it is of: that is the matrix unit's work, on what its registers hold."""
    shapes = {argument.shape for argument in arguments if argument.size > 1}
    return node.function in {"add", "subtract", "multiply"} and len(shapes) > 1


def _single(values: Array) -> Array:
    return np.asarray(values.astype(np.float32), dtype=np.float64)


def _flushed(values: npt.NDArray[Any]) -> Array:
    return np.asarray(np.where(np.abs(values) < numerics.SMALLEST_NORMAL, 0.0, values), dtype=np.float64)


def _register(values: Array, wide: bool) -> Array:
    return _flushed(_single(values) if wide else numerics.round_bfloat16(values))


def _source(values: Array, wide: bool) -> Array:
    """As a source register of the matrix unit holds it: cut, not rounded."""
    return np.asarray(numerics.cut_tf32(values) if wide else numerics.cut_bfloat16(values), dtype=np.float64)


def _matmul(left: Array, right: Array, wide: bool) -> Array:
    if left.ndim < 2 or right.ndim < 2:
        return _register(np.asarray(np.matmul(left, right)), wide)
    total = np.zeros(())
    for start in range(0, left.shape[-1], FACE):
        end = start + FACE
        total = _register(total + np.matmul(left[..., start:end], right[..., start:end, :]), wide)
    return np.asarray(total)


def _reduce(node: Call, values: Array, wide: bool) -> Array:
    """Tile by tile along the reduced extent: each tile's 32 terms at once, then added to what DST holds."""
    if node.function in {"max", "min"}:
        return np.asarray(apply(node, [values]), dtype=np.float64)
    axes = cast("tuple[int, ...] | None", node.option("axis"))
    chosen = tuple(range(values.ndim)) if axes is None else tuple(axis % values.ndim for axis in axes)
    kept = [axis for axis in range(values.ndim) if axis not in chosen]
    rows = values.transpose(*kept, *chosen).reshape(*(values.shape[axis] for axis in kept), -1)
    count = rows.shape[-1]
    rows = np.pad(rows, [(0, 0)] * len(kept) + [(0, -count % numerics.TILE)])
    total = np.zeros(rows.shape[:-1])
    for start in range(0, rows.shape[-1], numerics.TILE):
        total = _register(total + rows[..., start : start + numerics.TILE].sum(axis=-1), wide)
    if node.function == "mean":
        total = _register(total * _single(np.asarray(1.0 / count)), wide)
    return np.expand_dims(total, chosen) if node.option("keepdims") else total
