"""Which axes tensors span, and the loops over tiles that follow: dimensions, their sizes on the host, pages of a tile.

Axes are counted from the end (-1 is the width), so that a formula serves every rank. The pattern is taken from the
spec's cases: along an axis a tensor has either the full extent in all of them or extent 1 wherever the full one is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from op_pipeline.backends.template.requirements import Requirement, host_name
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.shapes import Shape

WIDTH, HEIGHT = -1, -2
Axes = frozenset[int]
MAX_SEPARATE_RANK = 4
"""Leading dimensions are walked one by one only up to this rank; beyond, all tensors must share or lack them all."""


def extent(shape: Shape, axis: int) -> int:
    """Extent along an axis from the end; 1 for one that the shape does not have."""
    return shape[axis] if -axis <= len(shape) else 1


def show_axes(axes: Iterable[int]) -> str:
    """(-2, -1) as in a formula, or -1 alone."""
    ordered = sorted(axes)
    return str(ordered[0]) if len(ordered) == 1 else f"({', '.join(map(str, ordered))})"


@dataclass(frozen=True)
class Dimension:
    """One loop over tiles: neighbouring axes that every tensor spans alike. `inner`: reduced, so within one unit."""

    name: str
    size: str
    axes: Axes
    inner: bool


@dataclass(frozen=True)
class Geometry:
    """How the tensors of an operation lie to each other.

    `spans`: axes along which an input has the full extent. `reduced`: axes of the reductions, none for a broadcast
    alone. `output`: axes that the output spans. `unit`: what one round of the kernels works on, in names.
    """

    spec: Spec
    rank: int
    spans: dict[str, Axes]
    reduced: Axes
    output: Axes
    dimensions: tuple[Dimension, ...]
    unit: str

    @property
    def outer(self) -> tuple[Dimension, ...]:
        """Dimensions that are dealt out to the cores."""
        return tuple(item for item in self.dimensions if not item.inner)

    @property
    def inner(self) -> tuple[Dimension, ...]:
        """Dimensions that one unit walks through."""
        return tuple(item for item in self.dimensions if item.inner)

    @property
    def tile_axes(self) -> Axes:
        """Reduced axes that lie within a tile."""
        return self.reduced & {WIDTH, HEIGHT}

    def owner(self, axes: Axes) -> str:
        """The first input that spans all of these axes."""
        return next(name for name, spans in self.spans.items() if axes <= spans)

    def page(self, spans: Axes) -> str:
        """Page of the tile at the loops' position in a tensor that spans these axes: row-major over its tiles."""
        text = ""
        for item in self.dimensions:
            if item.axes <= spans:
                factor = f"({text})" if " + " in text else text
                text = f"{factor} * {item.size} + {item.name}" if text else item.name
        return text or "0"

    def sizes_of_page(self, spans: Axes) -> list[str]:
        """Sizes that `page` multiplies by."""
        return [item.size for item in self.dimensions if item.axes <= spans][1:]

    def decode(self) -> list[str]:
        """C++ that takes a unit's number apart into the outer dimensions' coordinates."""
        outer = self.outer
        if len(outer) < 2:
            return []
        lines, rest = [], self.unit
        for position in range(len(outer) - 1, 0, -1):
            lines.append(f"const uint32_t {outer[position].name} = {rest} % {outer[position].size};")
            rest = f"{rest} / {outer[position].size}"
        return [*lines, f"const uint32_t {outer[0].name} = {rest};"]


def axes_of_inputs(spec: Spec) -> dict[str, Axes]:
    """Axes that each input spans. Raises UnsupportedSpecError where the pattern differs between cases."""
    greatest = max(item.rank[1] for item in spec.inputs)
    for position, item in enumerate(spec.inputs):
        if item.rank[0] < 2:
            rank = f"inputs[{position}].rank: {list(item.rank)}"
            raise UnsupportedSpecError(rank, "its kernels work on rank 2 or more")
    return {
        item.name: frozenset(
            axis
            for axis in range(-greatest, 0)
            if _spans(spec, item.name, axis, [case[position] for case in spec.shapes])
        )
        for position, item in enumerate(spec.inputs)
    }


def _spans(spec: Spec, name: str, axis: int, shapes: Sequence[Shape]) -> bool:
    own = [extent(shape, axis) for shape in shapes]
    full = [max(extent(shape, axis) for shape in case) for case in spec.shapes]
    if own == full:
        return True
    if any(size != 1 for size in own):
        raise UnsupportedSpecError(
            f"the broadcast of {name} along axis {axis} in some cases only", "whether an input is broadcast is fixed"
        )
    return False


def geometry(spec: Spec, spans: dict[str, Axes], reduced: Axes, output: Axes) -> Geometry:
    """Loops and names for tensors that span these axes. Raises UnsupportedSpecError."""
    rank = max(item.rank[1] for item in spec.inputs)
    tensors = [*spans.values(), output]
    groups: list[Axes] = []
    for axis in range(-rank, 0):
        last = groups[-1] if groups else frozenset()
        alike = bool(last) and (max(last) in reduced) == (axis in reduced)
        alike = alike and all((max(last) in tensor) == (axis in tensor) for tensor in tensors)
        # A reduced height or width has an edge of its own.
        if alike and not (axis in reduced and axis >= HEIGHT):
            groups[-1] = last | {axis}
        else:
            groups.append(frozenset({axis}))
    leading = frozenset(range(-rank, HEIGHT))
    if rank > MAX_SEPARATE_RANK and leading and not any(leading <= group for group in groups):
        raise UnsupportedSpecError(
            f"leading dimensions that tensors do not share at rank {rank}", f"it does so up to rank {MAX_SEPARATE_RANK}"
        )
    made = tuple(_dimension(group, leading, inner=bool(group & reduced)) for group in groups)
    outer = [item for item in made if not item.inner]
    unit = _unit(reduced)
    names = {unit: {"tile": "position", "row": "line"}.get(unit, unit)}  # of a part of the unit's number
    if len(outer) == 1:
        names = {outer[0].name: unit}
    made = tuple(item if item.inner else replace(item, name=names.get(item.name, item.name)) for item in made)
    return Geometry(spec, rank, spans, reduced, output, made, unit)


def _dimension(axes: Axes, leading: Axes, *, inner: bool) -> Dimension:
    batch, height, width = bool(axes & leading), HEIGHT in axes, WIDTH in axes
    name, size = {
        (False, False, True): ("w", "width_tiles"),
        (False, True, False): ("h", "height_tiles"),
        (False, True, True): ("tile", "plane_tiles"),
        (True, True, False): ("row", "rows"),
        (True, True, True): ("tile", "tiles"),
        (True, False, False): ("c", "channels") if axes == {-3} and axes != leading else ("batch", "batches"),
    }[batch, height, width]
    return Dimension(name, size, axes, inner)


def _unit(reduced: Axes) -> str:
    if not reduced:
        return "tile"
    kinds = {frozenset({WIDTH}): "row", frozenset({HEIGHT}): "column", frozenset({HEIGHT, WIDTH}): "plane"}
    return kinds.get(reduced, "block")


# --- the host's side ---------------------------------------------------------------------------------------------
def host_size(found: Geometry, item: Dimension) -> str:
    """C++ expression of a dimension's size in tiles, from the first input that spans it."""
    tensor = host_name(found.owner(item.axes))
    leading = frozenset(range(-found.rank, HEIGHT))
    rows, columns = f"{tensor}.padded_shape()[-2]", f"{tensor}.padded_shape()[-1]"
    height, width = HEIGHT in item.axes, WIDTH in item.axes
    if leading <= item.axes and leading:
        volume = f"{tensor}.physical_volume()"
        return {
            (False, False): f"{volume} / ({rows} * {columns})",
            (True, False): f"{volume} / ({columns} * tt::constants::TILE_HEIGHT)",
            (True, True): f"{volume} / tt::constants::TILE_HW",
        }[height, width]
    shape = f"{tensor}.logical_shape()"
    factors = [f"({shape}.rank() > {-axis - 1} ? {shape}[{axis}] : 1)" for axis in sorted(item.axes & leading)]
    if height and width:
        factors.append(f"({rows} * {columns} / tt::constants::TILE_HW)")
    elif height or width:
        side = f"{rows} / tt::constants::TILE_HEIGHT" if height else f"{columns} / tt::constants::TILE_WIDTH"
        factors.append(f"({side})" if factors else side)
    text = " * ".join(factors)
    return text.removeprefix("(").removesuffix(")") if len(factors) == 1 and text.startswith("(") else text


def shape_requirements(found: Geometry) -> dict[str, list[Requirement]]:
    """What is asked of each input's shape: extents of the axes it spans as their owner has them, 1 along the others."""
    rows = {name: _of_input(found, name) for name in found.spans}
    return {name: [row] for name, row in rows.items() if row is not None}


def _of_input(found: Geometry, name: str) -> Requirement | None:
    own, sides = f"{host_name(name)}.logical_shape()", []
    conditions = []
    for axis in range(-found.rank, 0):
        owner = found.owner(frozenset({axis}))
        if owner == name:
            sides.append("any")
            continue
        wanted = "1"
        if axis in found.spans[name]:
            wanted = _extent(f"{host_name(owner)}.logical_shape()", axis)
        sides.append(f"{owner}[{axis}]" if axis in found.spans[name] else "1")
        conditions.append(f"{_extent(own, axis)} == {wanted}")
    if not conditions:
        return None
    return Requirement(
        f"{name}.shape",
        f"input {name} has the shape [{', '.join(sides)}], leading ones may be missing",
        f"input '{name}' must have shape [{', '.join(sides)}]",
        " && ".join(conditions),
        (own,),
    )


def _extent(shape: str, axis: int) -> str:
    return f"{shape}[{axis}]" if axis >= HEIGHT else f"extent({shape}, {axis})"
