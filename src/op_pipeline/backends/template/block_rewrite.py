"""A formula made ready for blocks: axes from the end, fewer kinds of reductions, reciprocals taken once for a unit."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from op_pipeline.backends.template.block_shapes import HEIGHT, Axes, show_axes
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import REDUCTIONS, Call, Expr, Input, Parameter
from op_pipeline.spec.shapes import infer_shape

COUNT = "1 / "
"""Start of the name of a parameter that no spec can have: one over the number of elements along axes."""


def count_name(axes: Axes) -> str:
    """The parameter that stands for one over the number of elements along these axes."""
    what = {frozenset({-1}): "width", frozenset({-2}): "height", frozenset({-2, -1}): "(height * width)"}
    return COUNT + what.get(axes, "count")


def reductions(expression: Expr) -> list[Call]:
    """Distinct reductions, arguments before those that use them."""
    found: dict[Call, None] = {}

    def visit(node: Expr) -> None:
        if isinstance(node, Call) and node not in found:
            for argument in node.arguments:
                visit(argument)
            if node.function in REDUCTIONS:
                found[node] = None

    visit(expression)
    return list(found)


def axes_of(call: Call) -> Axes:
    """Axes of a reduction that `normalised` has been through."""
    return frozenset(cast("tuple[int, ...]", call.option("axis")))


def normalised(spec: Spec, expression: Expr) -> Expr:
    """The formula with every reduction's axes counted from the end and its dimensions kept; min and mean taken apart.

    min(x) = -max(-x), mean(x) = sum(x) / count. Raises UnsupportedSpecError for dropped dimensions that would change
    which values share a tile.
    """
    case = dict(zip(spec.input_names, spec.shapes[0], strict=True))
    fixed = all(item.rank[0] == item.rank[1] for item in spec.inputs)
    greatest = max(item.rank[1] for item in spec.inputs)
    lone = _meets_no_tensor(expression)

    def change(node: Expr, original: Expr) -> Expr:
        if not (isinstance(node, Call) and isinstance(original, Call) and node.function in REDUCTIONS):
            return node
        axes = cast("tuple[int, ...] | None", node.option("axis"))
        if axes is None:
            axes = tuple(range(-greatest, 0))
        elif any(axis >= 0 for axis in axes):
            if not fixed:
                raise UnsupportedSpecError(
                    f"{node.function}(…) along axis {show_axes(axes)} of tensors of several ranks",
                    "axes have to be counted from the end",
                )
            rank = len(infer_shape(original.arguments[0], case))
            axes = tuple(axis if axis < 0 else axis - rank for axis in axes)
        if not node.option("keepdims") and (original not in lone or max(axes) >= HEIGHT):
            raise UnsupportedSpecError(
                f"{node.function}(…, axis={show_axes(axes)}) without keepdims=True",
                "dropping a dimension would move values to other tiles",
            )
        return _reduction(node.function, node.arguments[0], tuple(sorted(axes)))

    return rewrite(expression, change)


def _reduction(function: str, argument: Expr, axes: tuple[int, ...]) -> Expr:
    options = (("axis", axes), ("keepdims", True))
    if function == "mean":
        total = Call("sum", (argument,), options)
        return Call("multiply", (total, Parameter(count_name(frozenset(axes)))))
    if function == "min":
        return Call("negative", (Call("max", (Call("negative", (argument,)),), options),))
    return Call(function, (argument,), options)


def _meets_no_tensor(expression: Expr) -> set[Expr]:
    """Parts on whose way to the result no other tensor is met: there a leading dimension may be dropped."""
    found: set[Expr] = set()
    node = expression
    while isinstance(node, Call):
        found.add(node)
        tensors = [argument for argument in node.arguments if has_tensor(argument)]
        if len(tensors) != 1:
            break
        node = tensors[0]
    return found


def has_tensor(expression: Expr) -> bool:
    """Whether some input is read."""
    return isinstance(expression, Input) or (
        isinstance(expression, Call) and any(has_tensor(argument) for argument in expression.arguments)
    )


def rewrite(expression: Expr, change: Callable[[Expr, Expr], Expr]) -> Expr:
    """The expression with `change(new node, old node)` applied from the leaves up; equal parts are changed once."""
    done: dict[Expr, Expr] = {}

    def visit(node: Expr) -> Expr:
        if node not in done:
            new = node
            if isinstance(node, Call):
                new = Call(node.function, tuple(visit(argument) for argument in node.arguments), node.options)
            done[node] = change(new, node)
        return done[node]

    return visit(expression)
