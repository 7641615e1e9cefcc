"""Shapes without values: what shape a formula has for given input shapes, and what `output.shape` says it should be.

Both follow NumPy's rules. A shape is a tuple of ints, a scalar's is ().
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from op_pipeline.errors import did_you_mean
from op_pipeline.spec.expression import ELEMENTWISE, REDUCTIONS, Call, Expr, Input, walk

Shape = tuple[int, ...]
MAX_CHARACTERS = 1000
MAX_DIMENSION = 2**31


class ShapeError(ValueError):
    """Shapes that do not go together; the message says which and why."""


def broadcast(shapes: Sequence[Shape]) -> Shape:
    """NumPy broadcasting of any number of shapes. Raises ShapeError."""
    rank = max((len(shape) for shape in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for position, size in enumerate(shape, rank - len(shape)):
            if size != 1 and result[position] not in {1, size}:
                raise ShapeError(f"shapes {' and '.join(map(show, shapes))} do not broadcast together")
            result[position] = size if result[position] == 1 else result[position]
    return tuple(result)


def show(shape: Shape) -> str:
    """[1, 32] as in the spec, not (1, 32)."""
    return str(list(shape))


def infer_shape(expr: Expr, inputs: Mapping[str, Shape]) -> Shape:
    """Shape of a formula's value. Raises ShapeError for shapes that the formula cannot work on."""
    known: dict[int, Shape] = {}
    for node in walk(expr):
        if isinstance(node, Input):
            known[id(node)] = inputs[node.name]
        elif isinstance(node, Call):
            known[id(node)] = _call_shape(node, [known[id(argument)] for argument in node.arguments])
        else:
            known[id(node)] = ()
    return known[id(expr)]


def _call_shape(node: Call, shapes: list[Shape]) -> Shape:
    if node.function in ELEMENTWISE:
        try:
            return broadcast(shapes)
        except ShapeError as error:
            raise ShapeError(f"{error} (in {node.function})") from None
    if node.function in REDUCTIONS:
        axes = cast("tuple[int, ...] | None", node.option("axis"))
        return _reduced(node.function, shapes[0], axes, keep=bool(node.option("keepdims")))
    return _SHAPE_OF[node.function](node, shapes)


def _axis(function: str, axis: int, rank: int) -> int:
    if not -rank <= axis < rank:
        raise ShapeError(f"{function}: axis {axis} is out of range for rank {rank}")
    return axis % rank


def _reduced(function: str, shape: Shape, axes: tuple[int, ...] | None, *, keep: bool) -> Shape:
    chosen = set(range(len(shape))) if axes is None else {_axis(function, axis, len(shape)) for axis in axes}
    if axes is not None and len(chosen) != len(axes):
        raise ShapeError(f"{function}: an axis stands twice in {axes}")
    return tuple(1 if i in chosen else size for i, size in enumerate(shape) if keep or i not in chosen)


def _matmul(node: Call, shapes: list[Shape]) -> Shape:
    del node
    a, b = shapes
    if len(a) < 2 or len(b) < 2:
        raise ShapeError(f"matmul needs rank 2 or more, got {show(a)} and {show(b)}")
    if a[-1] != b[-2]:
        raise ShapeError(f"matmul: inner dimensions {a[-1]} and {b[-2]} of {show(a)} and {show(b)} differ")
    return (*broadcast([a[:-2], b[:-2]]), a[-2], b[-1])


def _transpose(node: Call, shapes: list[Shape]) -> Shape:
    sizes = list(shapes[0])
    i, j = (_axis("transpose", cast("int", node.option(name)), len(sizes)) for name in ("i", "j"))
    sizes[i], sizes[j] = sizes[j], sizes[i]
    return tuple(sizes)


def _concat(node: Call, shapes: list[Shape]) -> Shape:
    first = shapes[0]
    axis = _axis("concat", cast("int", node.option("axis")), len(first))
    for shape in shapes[1:]:
        if len(shape) != len(first) or any(
            s != f for i, (s, f) in enumerate(zip(shape, first, strict=True)) if i != axis
        ):
            raise ShapeError(f"concat: shapes {' and '.join(map(show, shapes))} differ beside axis {axis}")
    return (*first[:axis], sum(shape[axis] for shape in shapes), *first[axis + 1 :])


def _pad(node: Call, shapes: list[Shape]) -> Shape:
    widths = cast("tuple[tuple[int, int], ...]", node.option("widths"))
    if len(widths) != len(shapes[0]):
        raise ShapeError(f"pad: {len(widths)} pairs of widths for rank {len(shapes[0])}")
    return tuple(before + size + after for size, (before, after) in zip(shapes[0], widths, strict=True))


def _slice(node: Call, shapes: list[Shape]) -> Shape:
    shape = shapes[0]
    slices = slice_index(cast("tuple[object, ...]", node.option("index")), len(shape))
    return tuple(len(range(*part.indices(size))) for part, size in zip(slices, shape, strict=True))


_SHAPE_OF: dict[str, Callable[[Call, list[Shape]], Shape]] = {
    "matmul": _matmul,
    "transpose": _transpose,
    "concat": _concat,
    "pad": _pad,
    "slice": _slice,
}


def slice_index(index: tuple[object, ...], rank: int) -> tuple[slice, ...]:
    """One Python slice a dimension for the `index` option of a slice call, "..." filled in. Raises ShapeError."""
    given = [part for part in index if part != "..."]
    if len(given) > rank:
        raise ShapeError(f"{len(given)} slices for rank {rank}")
    at = index.index("...") if "..." in index else len(index)
    parts = [slice(*cast("tuple[int | None, int | None, int]", part)) for part in given]
    return (*parts[:at], *[slice(None)] * (rank - len(parts)), *parts[at:])


def evaluate_output_shape(text: str, inputs: Mapping[str, Shape]) -> Shape:
    """`output.shape` for given input shapes: `x.shape`, or a list of integer expressions over `x.shape[i]`.

    Raises ShapeError. Integer + - * // %, unary minus, max, min and input dimensions; nothing else.
    """
    if len(text) > MAX_CHARACTERS:
        raise ShapeError(f"longer than {MAX_CHARACTERS} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
        if isinstance(tree, (ast.List, ast.Tuple)):
            sizes = tuple(_size(item, inputs) for item in tree.elts)
        else:
            sizes = _whole_shape(tree, inputs)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, ShapeError):
            raise
        raise ShapeError(f"{text!r} is not x.shape or a list of integer expressions") from None
    if not sizes or any(not 0 < size <= MAX_DIMENSION for size in sizes):
        raise ShapeError(f"{text!r} gives {show(sizes)}, and every dimension must be positive")
    return sizes


def _whole_shape(node: ast.expr, inputs: Mapping[str, Shape]) -> Shape:
    if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.attr == "shape"):
        raise ShapeError(f"{ast.unparse(node)!r} is not x.shape or a list of integer expressions")
    name = node.value.id
    if name not in inputs:
        raise ShapeError(f"unknown input {name!r}{did_you_mean(name, inputs)}")
    return inputs[name]


def _size(node: ast.expr, inputs: Mapping[str, Shape]) -> int:
    match node:
        case ast.Constant(value=int() as value) if not isinstance(value, bool):
            return _bounded(value)
        case ast.UnaryOp(op=ast.USub()):
            return -_size(node.operand, inputs)
        case ast.Subscript():
            shape, index = _whole_shape(node.value, inputs), _size(node.slice, inputs)
            if not -len(shape) <= index < len(shape):
                raise ShapeError(f"{ast.unparse(node)} is out of range for {show(shape)}")
            return shape[index]
        case ast.Call(func=ast.Name(id="max" | "min" as which), args=[_, *_] as items, keywords=[]):
            values = [_size(item, inputs) for item in items]
            return max(values) if which == "max" else min(values)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.FloorDiv() | ast.Mod()):
            return _bounded(_arithmetic(node.op, _size(node.left, inputs), _size(node.right, inputs)))
    raise ShapeError(f"{ast.unparse(node)!r} is not an integer expression over input dimensions")


def _arithmetic(operator: ast.operator, left: int, right: int) -> int:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    if right == 0:
        raise ShapeError("division by zero")
    return left // right if isinstance(operator, ast.FloorDiv) else left % right


def _bounded(value: int) -> int:
    if abs(value) > MAX_DIMENSION:
        raise ShapeError(f"{value if abs(value) < 10**20 else 'a number'} is too large for a dimension")
    return value
