"""Data movement in a formula: which part of it moves, and where an element of the output comes from.

All tensors are looked at as four dimensions n, c, h, w, the leading ones 1 where a tensor has fewer. A formula is split
into movements, each over inputs alone, and what is computed on their results element by element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import ELEMENTWISE, Call, Expr, Input, Number, Parameter, input_names, walk
from op_pipeline.spec.shapes import ShapeError, infer_shape, slice_index

MOVES = frozenset({"transpose", "slice", "concat", "pad"})
RANK = 4
NAMES = ("n", "c", "h", "w")
TILE = 32

SizeOf = Callable[[str, int], str]
"""Name or C++ expression of an input's size along one of the four dimensions."""


@dataclass(frozen=True)
class Movement:
    """One movement of the formula. `name` is what stands for its result in the rest.

    `by_tiles`, `by_rows`: whole tiles, whole rows change places. `transposed`: rows of the result are columns of the
    inputs, so tiles are brought as they are, and turned by the compute kernel.
    """

    name: str
    expression: Expr
    inputs: tuple[str, ...]
    by_tiles: bool
    by_rows: bool
    transposed: bool


class Axes:
    """Axes of a formula as dimensions 0 to 3, by the ranks of its inputs."""

    def __init__(self, spec: Spec) -> None:
        """Raises UnsupportedSpecError for an input of more than four dimensions."""
        self.ranks = {item.name: item.rank for item in spec.inputs}
        for position, item in enumerate(spec.inputs):
            if item.rank[1] > RANK:
                raise UnsupportedSpecError(f"inputs[{position}].rank: {list(item.rank)}", "it moves up to rank 4")

    def rank(self, expression: Expr) -> int:
        """Rank of a movement's result. Raises UnsupportedSpecError where the inputs leave it open."""
        name = min(input_names(expression))
        low, high = self.ranks[name]
        if low != high:
            raise UnsupportedSpecError(
                f"rank {low} to {high} of {name!r}", "what it moves along axes must have one rank: give rank: [n, n]"
            )
        return high

    def dimension(self, expression: Expr, axis: int) -> int:
        """One of 0 to 3 for an axis of a movement's result."""
        rank = self.rank(expression)
        return axis % rank + RANK - rank

    def slices(self, call: Call) -> list[slice]:
        """A slice for each of the four dimensions."""
        rank = self.rank(call)
        return [slice(None)] * (RANK - rank) + list(slice_index(cast("tuple[object, ...]", call.option("index")), rank))

    def widths(self, call: Call) -> list[tuple[int, int]]:
        """What a pad adds before and after, for each of the four dimensions."""
        widths = cast("tuple[tuple[int, int], ...]", call.option("widths"))
        return [(0, 0)] * (RANK - len(widths)) + list(widths)


def split(spec: Spec, expression: Expr) -> tuple[Expr, list[Movement]]:
    """The formula over the names of its movements, and these. Raises UnsupportedSpecError."""
    axes = Axes(spec)
    found: dict[int, Movement] = {}
    taken: set[str] = set()

    def rest_of(node: Expr) -> Expr:
        if isinstance(node, Call) and node.function in ELEMENTWISE:
            return Call(node.function, tuple(rest_of(argument) for argument in node.arguments), node.options)
        if isinstance(node, (Number, Parameter)):
            return node
        if id(node) not in found:
            found[id(node)] = _movement(node, axes, spec, taken)
        return Input(found[id(node)].name)

    rest = rest_of(_inwards(expression, spec))
    return rest, list(found.values())


def _movement(node: Expr, axes: Axes, spec: Spec, taken: set[str]) -> Movement:
    for call in walk(node):
        if isinstance(call, Call) and call.function not in MOVES:
            raise UnsupportedSpecError(
                f"{call.function}(…) inside of a movement", "its reader moves inputs as they are"
            )
    inputs = tuple(name for name in spec.input_names if name in input_names(node))
    stem = inputs[0] if len(inputs) == 1 else "moved"
    name = next(
        text
        for text in (stem, *(f"{stem}_{number}" for number in range(1, 16)))
        if text not in taken and (text == stem or text not in spec.input_names)
    )
    taken.add(name)
    routes = list(_routes(node, axes, _Route([0, 1, 2, 3])))
    transposed = all(route.order[3] == 2 for route in routes)
    turned = {2: 3, 3: 2} if transposed else {2: 2, 3: 3}
    tiles = all(route.by_tiles and {d: route.order[d] for d in (2, 3)} == turned for route in routes)
    rows = all(route.by_rows and route.order[3] == 3 for route in routes)
    return Movement(name, node, inputs, tiles, rows, transposed)


@dataclass(frozen=True)
class _Route:
    order: list[int]  # for each dimension of the input, the one of the output that runs along it
    by_tiles: bool = True  # nothing shifts within a tile
    by_rows: bool = True  # nothing shifts within a row


def _routes(node: Expr, axes: Axes, route: _Route) -> list[_Route]:
    """A route for each occurrence of an input. `route` is the one of the node's own dimensions."""
    if not isinstance(node, Call):
        return [route]
    if node.function == "transpose":
        i, j = (axes.dimension(node, cast("int", node.option(part))) for part in ("i", "j"))
        order = list(route.order)
        order[i], order[j] = order[j], order[i]
        rows = route.by_rows and 3 not in {i, j}
        return _routes(node.arguments[0], axes, _Route(order, route.by_tiles, rows))
    if node.function == "slice":
        parts = axes.slices(node)
        plain = [part.step in {None, 1} and _tile_start(part.start) for part in parts]
        rows = (parts[3].start or 0, parts[3].stop, parts[3].step or 1) == (0, None, 1)
    elif node.function == "pad":
        plain = [pair == (0, 0) for pair in axes.widths(node)]
        rows = plain[3]
    else:
        dimension = axes.dimension(node, cast("int", node.option("axis")))
        plain = [dimension != other for other in range(RANK)]
        rows = plain[3]
    inner = _Route(route.order, route.by_tiles and all(plain[2:]), route.by_rows and rows)
    return [found for argument in node.arguments for found in _routes(argument, axes, inner)]


def _tile_start(start: int | None) -> bool:
    return start is None or (start >= 0 and start % TILE == 0)


def _inwards(node: Expr, spec: Spec) -> Expr:
    """The same formula with transpositions and slices of an elementwise result moved to its operands."""
    if not isinstance(node, Call):
        return node
    arguments = tuple(_inwards(argument, spec) for argument in node.arguments)
    inner = arguments[0]
    if isinstance(inner, Call) and inner.function in ELEMENTWISE and node.function in {"transpose", "slice"}:
        _same_shapes(inner, spec)
        moved = (
            item if not input_names(item) else _inwards(Call(node.function, (item,), node.options), spec)
            for item in inner.arguments
        )
        return Call(inner.function, tuple(moved), inner.options)
    return Call(node.function, arguments, node.options)


def _same_shapes(call: Call, spec: Spec) -> None:
    for case in spec.shapes:
        inputs = dict(zip(spec.input_names, case, strict=True))
        shapes = {infer_shape(item, inputs) for item in call.arguments if input_names(item)}
        if len(shapes) > 1:
            raise UnsupportedSpecError(
                f"the broadcast in {call.function}(…) inside of a movement", "operands there must have one shape"
            )


# --- sizes -------------------------------------------------------------------------------------------------------
def size(node: Expr, dimension: int, axes: Axes, of: SizeOf) -> str:
    """C++ expression of a movement's size along a dimension."""
    if not isinstance(node, Call):
        return of(cast("Input", node).name, dimension)
    inner = node.arguments[0]
    if node.function in ELEMENTWISE:  # operands have one shape
        return size(next(item for item in node.arguments if input_names(item)), dimension, axes, of)
    if node.function == "transpose":
        i, j = (axes.dimension(node, cast("int", node.option(part))) for part in ("i", "j"))
        return size(inner, {i: j, j: i}.get(dimension, dimension), axes, of)
    if node.function == "slice":
        return _sliced(axes.slices(node)[dimension], size(inner, dimension, axes, of))
    if node.function == "pad":
        before, after = axes.widths(node)[dimension]
        extent = size(inner, dimension, axes, of)
        return f"({extent} + {before + after})" if before + after else extent
    if axes.dimension(node, cast("int", node.option("axis"))) != dimension:
        return size(inner, dimension, axes, of)
    return f"({' + '.join(size(item, dimension, axes, of) for item in node.arguments)})"


def _sliced(part: slice, whole: str) -> str:
    start, stop, step = part.start or 0, part.stop, part.step or 1
    if start == 0 and stop is None and step == 1:
        return whole
    if start < 0 <= (stop if stop is not None else -1):
        raise UnsupportedSpecError(f"the slice {start}:{stop}", "one end counts from the end, the other from the start")
    if stop is None:
        length = str(-start) if start < 0 else f"{whole} - {start}" if start else whole
    elif start >= 0 and stop >= 0:
        length = str(max(stop - start, 0))
    elif start < 0:
        length = str(stop - start)
    else:
        length = f"{whole} - {start - stop}"
    if step == 1:
        return length if length.isdigit() else f"({length})"
    return str(-(-int(length) // step)) if length.isdigit() else f"(({length} + {step - 1}) / {step})"


def reach(part: slice) -> int:
    """The least size of a dimension for which a slice is not empty and has the length its numbers say; 0 for any."""
    start, stop = part.start or 0, part.stop
    if start < 0 or (stop is not None and stop >= 0):
        return max(-start, stop or 0)
    return 0 if start == 0 and stop is None else start - (stop or 0) + 1


def reaches(spec: Spec, expression: Expr, axes: Axes) -> list[tuple[Call, int, int]]:
    """Slices that fail `output.shape` on inputs they are too long for: the call, the dimension, the least size."""
    found = []
    for node in walk(expression):
        if not isinstance(node, Call) or node.function != "slice":
            continue
        for dimension, part in enumerate(axes.slices(node)):
            if reach(part) and _depends(spec, expression):
                found.append((node, dimension, reach(part)))
    return found


def _depends(spec: Spec, expression: Expr) -> bool:
    """Whether `output.shape` and the formula part ways on inputs of one element."""
    inputs = {item.name: (1,) * item.rank[1] for item in spec.inputs}
    try:
        return infer_shape(expression, inputs) != spec.output_shape(tuple(inputs.values()))
    except ShapeError:
        return True


# --- where an element comes from ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Coordinate:
    text: str
    is_sum: bool = False

    def shifted(self, by: str, sign: str = "+") -> _Coordinate:
        return self if by == "0" else _Coordinate(f"{self.text} {sign} {by}", is_sum=True)

    def scaled(self, factor: int) -> _Coordinate:
        return self if factor == 1 else _Coordinate(f"{factor} * {f'({self.text})' if self.is_sum else self.text}")


@dataclass(frozen=True)
class Sources:
    """Inputs as the reader kernel knows them: number of each, and how its sizes are called."""

    axes: Axes
    index: Mapping[str, int]
    size_of: SizeOf

    def size(self, node: Expr, dimension: int) -> str:
        """Size of a movement along a dimension, as C++."""
        return size(node, dimension, self.axes, self.size_of)


def locate(movement: Movement, sources: Sources) -> list[str]:
    """Body of the C++ function that finds the place of output element (n, c, h, w) in an input.

    For a movement by tiles h and w count tiles.
    """
    return _located(movement.expression, [_Coordinate(name) for name in NAMES], sources, tiles=movement.by_tiles)


def _located(node: Expr, at: list[_Coordinate], sources: Sources, *, tiles: bool) -> list[str]:
    if not isinstance(node, Call):
        name = cast("Input", node).name
        return [f"return {{{sources.index[name]}, {', '.join(item.text for item in at)}}};"]
    if node.function == "pad":
        return _padded(node, at, sources, tiles=tiles)
    if node.function == "concat":
        return _concatenated(node, at, sources, tiles=tiles)
    inner, moved = node.arguments[0], list(at)
    if node.function == "transpose":
        i, j = (sources.axes.dimension(node, cast("int", node.option(part))) for part in ("i", "j"))
        moved[i], moved[j] = at[j], at[i]
    else:
        for dimension, part in enumerate(sources.axes.slices(node)):
            begin = part.start or 0
            if begin < 0:
                first = f"{sources.size(inner, dimension)} - {-begin}"
            else:
                first = str(begin // TILE if tiles and dimension >= 2 else begin)
            moved[dimension] = at[dimension].scaled(part.step or 1).shifted(first)
    return _located(inner, moved, sources, tiles=tiles)


def _padded(node: Call, at: list[_Coordinate], sources: Sources, *, tiles: bool) -> list[str]:
    inner, tests, moved = node.arguments[0], [], list(at)
    for dimension, (before, after) in enumerate(sources.axes.widths(node)):
        text, extent = at[dimension].text, sources.size(inner, dimension)
        if before:
            tests.append(f"{text} < {before}")
        if after:
            tests.append(f"{text} >= {f'{before} + ' if before else ''}{extent}")
        moved[dimension] = at[dimension].shifted(str(before), "-")
    lines = _located(inner, moved, sources, tiles=tiles)
    return [f"if ({' || '.join(tests)}) {{", "    return PADDING;", "}", *lines] if tests else lines


def _concatenated(node: Call, at: list[_Coordinate], sources: Sources, *, tiles: bool) -> list[str]:
    dimension = sources.axes.dimension(node, cast("int", node.option("axis")))
    lines: list[str] = []
    passed: list[str] = []
    for position, item in enumerate(node.arguments):
        moved = list(at)
        for extent in passed:
            moved[dimension] = moved[dimension].shifted(extent, "-")
        inside = _located(item, moved, sources, tiles=tiles)
        passed.append(sources.size(item, dimension))
        if position == len(node.arguments) - 1:
            lines += inside
        else:
            lines += [f"if ({at[dimension].text} < {' + '.join(passed)}) {{", *(f"    {line}" for line in inside), "}"]
    return lines
