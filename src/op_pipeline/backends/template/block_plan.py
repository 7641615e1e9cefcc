"""Compiles a formula with reductions and broadcasts to passes over a unit's tiles.

A unit is what the reduced axes span: a row of tiles, a column, a plane. Each reduction is one pass over the unit's
tiles that leaves one tile; values that do not change within the unit are computed once from it and wait in buffers of
their own; the last pass computes the result tile by tile. Passes read their inputs anew, so a unit may have any length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from op_pipeline.backends.template.block_rewrite import COUNT, axes_of, count_name, normalised, reductions, rewrite
from op_pipeline.backends.template.block_shapes import (
    HEIGHT,
    WIDTH,
    Axes,
    Geometry,
    axes_of_inputs,
    geometry,
    show_axes,
)
from op_pipeline.backends.template.graph import Graph, Node, Scalar, number
from op_pipeline.backends.template.lowering import Lowering, ParameterKind, Value
from op_pipeline.backends.template.program import DST_TILES
from op_pipeline.backends.template.requirements import host_name
from op_pipeline.backends.template.schedule import Section, place_waits, schedule
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import REDUCTIONS, Call, Expr, Input

RUNNING, PARTIAL, MASK_ROWS, MASK_COLUMNS, ONES = "running", "partial", "mask_rows", "mask_columns", "ones"
"""Keys of buffers: what a pass has gathered so far, one tile of that to reduce, masks of edges, weights of sums."""
LOWEST = float("-inf")


@dataclass(frozen=True)
class CountKind:
    """One over the number of elements that a mean is taken of: known to the host from the shape."""

    cpp: str
    name: str

    def scalar(self, name: str) -> Scalar:
        """Scalar that the host computes."""
        return Scalar(name, self.cpp, None, 70, self.name)


@dataclass(frozen=True)
class Statistic:
    """A value that is the same for the whole unit: its buffer's key and name, its formula for comments."""

    key: str
    name: str
    text: str


@dataclass(frozen=True)
class Chunk:
    """Sections that compute one value and pack it to `target`."""

    graph: Graph
    root: int
    sections: tuple[Section, ...]
    target: str
    text: str


@dataclass(frozen=True)
class Pass:
    """One walk over the unit's tiles.

    With a reduction, `chunk` computes what one tile adds; `held`: the sum or maximum stays in DST throughout, in tile
    `total`, else in the buffer `running`. `after`: what is computed from it once. Without a reduction it is the result.
    """

    chunk: Chunk
    reduction: Call | None
    held: bool
    total: int
    after: tuple[Chunk, ...] = ()

    @property
    def maximum(self) -> bool:
        """Whether the greatest value is kept, else the sum."""
        return self.reduction is not None and self.reduction.function == "max"


@dataclass(frozen=True)
class Plan:
    """The compiled formula. `result`: the last pass, or the chunk that makes the unit's only tile."""

    geometry: Geometry
    passes: tuple[Pass, ...]
    statistics: tuple[Statistic, ...]
    fp32_dest_acc_en: bool
    intermediates: int
    constants_of_unit: tuple[str, ...] = field(default=())  # inputs that do not change within a unit

    @property
    def chunks(self) -> list[Chunk]:
        """All of them in order."""
        return [chunk for item in self.passes for chunk in (item.chunk, *item.after)]


class _Compiler:
    """One formula on its way to passes."""

    def __init__(self, spec: Spec, expression: Expr, parameters: dict[str, ParameterKind], *, float32: bool) -> None:
        self.spec = spec
        self.spans = axes_of_inputs(spec)
        self.root = normalised(spec, expression)
        self.reduced = self._reduced()
        self.root = rewrite(self.root, self._reciprocal_once)
        self.order = reductions(self.root)
        output = self.axes(self.root)
        self.geometry = geometry(spec, self.spans, self.reduced, output)
        self._refuse_output()
        self.kinds: dict[str, ParameterKind | CountKind] = {**parameters}
        for call in self.order:
            self.kinds[count_name(axes_of(call))] = self._count(axes_of(call))
        self.known: dict[Expr, Statistic] = {}
        self.intermediates = 0
        self.wide = bool(self.order) or float32 or self._rounds()
        self.capacity = DST_TILES[self.wide]

    # --- what depends on what ------------------------------------------------------------------------------------
    def axes(self, expression: Expr) -> Axes:
        """Axes along which a value changes."""
        if isinstance(expression, Input):
            return self.spans[expression.name]
        if not isinstance(expression, Call):
            return frozenset()
        found = frozenset[int]().union(*(self.axes(argument) for argument in expression.arguments))
        return found - axes_of(expression) if expression.function in REDUCTIONS else found

    def of_unit(self, expression: Expr) -> bool:
        """Whether the value comes of a reduction and is the same for the whole unit."""
        return bool(reductions(expression)) and not self.axes(expression) & self.reduced

    def level(self, expression: Expr) -> int:
        """The pass after which the value can be computed; 0 without a reduction."""
        return max((self.order.index(call) + 1 for call in reductions(expression)), default=0)

    def _reduced(self) -> Axes:
        kinds = {axes_of(call): call for call in reductions(self.root)}
        if len(kinds) > 1:
            shown = " and ".join(f"{call.function}(…, axis={show_axes(axes)})" for axes, call in kinds.items())
            raise UnsupportedSpecError(f"{shown} in one formula", "all reductions must be along the same axes")
        return next(iter(kinds), frozenset())

    def _reciprocal_once(self, node: Expr, original: Expr) -> Expr:  # noqa: ARG002 - the signature of a rewriting
        """Turn x / s, with s of the unit, into x * (1 / s): the reciprocal is taken once."""
        if not (isinstance(node, Call) and node.function == "divide"):
            return node
        left, right = node.arguments
        if self.of_unit(right) and self.axes(left) & self.reduced:
            return Call("multiply", (left, Call("reciprocal", (right,))))
        return node

    def _count(self, axes: Axes) -> CountKind:
        owner = host_name(next(name for name, spans in self.spans.items() if axes & spans == axes & self._present()))
        shape = f"{owner}.logical_shape()"
        sides = [
            f"{shape}[{axis}]" if axis >= HEIGHT else f"({shape}.rank() > {-axis - 1} ? {shape}[{axis}] : 1)"
            for axis in sorted(axes)
        ]
        everything = len(axes) == self.geometry.rank
        cpp = (
            f"{shape}.volume()"
            if everything
            else " * ".join(sides)
            if len(sides) > 1
            else sides[0].removeprefix("(").removesuffix(")")
        )
        stem = {frozenset({WIDTH}): "width", frozenset({HEIGHT}): "height"}.get(axes, "count")
        return CountKind(f"1.0f / static_cast<float>({cpp})", f"inv_{stem}")

    def _present(self) -> Axes:
        return frozenset[int]().union(*self.spans.values())

    def _refuse_output(self) -> None:
        for call in self.order:
            missing = self.reduced & self._present() - self.axes(call.arguments[0])
            if missing:
                raise UnsupportedSpecError(
                    f"{call.function}(…, axis={show_axes(self.reduced)}) of a value that is broadcast along "
                    f"{show_axes(missing)}",
                    "the reduced value must span its axes",
                )

    def _rounds(self) -> bool:
        lowering = self._lowering(stage=0, whole=True)
        root = lowering.tile(lowering.lower(self.root))
        return lowering.graph.rounding_operations(root) > 1

    # --- pieces --------------------------------------------------------------------------------------------------
    def _lowering(self, *, stage: int, whole: bool) -> _BlockLowering:
        current = self.order[stage - 1] if stage and not whole else None
        return _BlockLowering(self, current, whole=whole)

    def _chunk(self, lowering: _BlockLowering, root: int, target: str, text: str, capacity: int) -> Chunk:
        plan = schedule(lowering.graph, root, capacity)
        for section in plan.sections:
            section.packs[:] = [(tile, target if name == "output" else name) for tile, name in section.packs]
        self.intermediates = max(self.intermediates, plan.intermediates)
        return Chunk(lowering.graph, root, plan.sections, target, text)

    def _gather(self, stage: int) -> Pass:
        """The pass of reduction number `stage`."""
        call = self.order[stage - 1]
        lowering = self._lowering(stage=stage - 1, whole=True)
        value = lowering.tile(lowering.lower(call.arguments[0]))
        identity = number(LOWEST if call.function == "max" else 0.0)
        for axis, mask in ((WIDTH, MASK_COLUMNS), (HEIGHT, MASK_ROWS)):
            if axis in self.reduced:
                text, precedence = lowering.graph[value].text, lowering.graph[value].precedence
                value = lowering.graph.add(Node(mask, (value,), (identity,), text=text, precedence=precedence))
        text = lowering.graph[value].text
        total = self.capacity - 1
        chunk = self._chunk(lowering, value, PARTIAL, f"{call.function} of {text}", total)
        after = tuple(self._after(stage))
        if len(chunk.sections) == 1:
            return Pass(chunk, call, held=True, total=total, after=after)
        gathered = lowering.graph.add(Node("load", source=RUNNING, text=RUNNING))
        operation = "binary_max" if call.function == "max" else "add_binary"
        root = lowering.graph.add(Node(operation, (gathered, value), text=text))
        chunk = self._chunk(lowering, root, RUNNING, f"{call.function} of {text}", self.capacity)
        return Pass(chunk, call, held=False, total=0, after=after)

    def _after(self, stage: int) -> list[Chunk]:
        """Values of the unit that this pass completes and that a later one, or the result, needs."""
        chunks = []
        for expression in self._wanted(stage):
            lowering = self._lowering(stage=stage, whole=False)
            root = lowering.tile(lowering.lower(expression))
            text = lowering.graph[root].text
            if expression == self.root:
                chunks.append(self._chunk(lowering, root, "output", text, self.capacity))
                continue
            found = self._statistic(expression, text)
            chunks.append(self._chunk(lowering, root, found.key, text, self.capacity))
        return chunks

    def _wanted(self, stage: int) -> list[Expr]:
        wanted: dict[Expr, None] = {}

        def visit(node: Expr, user: Expr | None) -> None:
            if self.of_unit(node) and self.level(node) == stage:
                later = user is None or not self.of_unit(user) or self.level(user) > stage
                if later:
                    wanted[node] = None
            if isinstance(node, Call):
                for argument in node.arguments:
                    visit(argument, node)

        visit(self.root, None)
        return list(wanted)

    def _statistic(self, expression: Expr, text: str) -> Statistic:
        assert isinstance(expression, Call)
        taken = {found.name for found in self.known.values()} | set(self.spec.input_names)
        stem = _stem(expression)
        name = next(
            name for count in range(len(taken) + 1) if (name := stem if not count else f"{stem}_{count}") not in taken
        )
        self.known[expression] = Statistic(f"statistic {len(self.known)}", name, text)
        return self.known[expression]

    def compile(self) -> Plan:
        passes = [self._gather(stage) for stage in range(1, len(self.order) + 1)]
        if not self.of_unit(self.root):
            lowering = self._lowering(stage=len(self.order), whole=True)
            root = lowering.tile(lowering.lower(self.root))
            chunk = self._chunk(lowering, root, "output", lowering.graph[root].text, self.capacity)
            passes.append(Pass(chunk, None, held=False, total=0))
        constants = tuple(name for name, spans in self.spans.items() if self.reduced and not spans & self.reduced)
        held = {*constants, *(found.key for found in self.known.values()), MASK_ROWS, MASK_COLUMNS, ONES}
        for item in passes:
            place_waits(item.chunk.sections, held)
            place_waits([section for chunk in item.after for section in chunk.sections], held)
        return Plan(self.geometry, tuple(passes), tuple(self.known.values()), self.wide, self.intermediates, constants)


class _BlockLowering(Lowering):
    """Lowers within a unit: whole tiles of a pass, or the one tile of a value of the unit."""

    def __init__(self, compiler: _Compiler, current: Call | None, *, whole: bool) -> None:
        super().__init__(compiler.kinds)
        self.compiler, self.current, self.whole = compiler, current, whole

    def lower(self, expression: Expr) -> Value:
        known: Mapping[Expr, Statistic] = self.compiler.known
        if expression in known:
            found = known[expression]
            axes = self.compiler.axes(expression)
            return self.graph.add(Node("load", source=found.key, mode=self._mode(axes, found=True), text=found.name))
        if isinstance(expression, Input):
            mode = self._mode(self.compiler.spans[expression.name], found=False)
            return self.graph.add(Node("load", source=expression.name, mode=mode, text=expression.name))
        if isinstance(expression, Call) and expression == self.current:
            inner = self.compiler.reduced & {WIDTH, HEIGHT}
            text = f"{expression.function}({PARTIAL})" if inner else PARTIAL
            return self.graph.add(Node("load", source=PARTIAL, mode="reduce" if inner else "", text=text))
        return super().lower(expression)

    def _mode(self, spans: Axes, *, found: bool) -> str:
        """How a tile is spread: along the axes in a tile that it does not span and that are computed on here."""
        needed = {WIDTH, HEIGHT} if self.whole else {WIDTH, HEIGHT} - self.compiler.reduced
        own = spans if not found else spans | ({WIDTH, HEIGHT} - self.compiler.reduced)
        missing = needed - own
        if missing == {WIDTH, HEIGHT}:
            return "scalar"
        return "cols" if WIDTH in missing else "rows" if HEIGHT in missing else ""


def _stem(expression: Call) -> str:
    """What to call a value of the unit: sum, max, mean, inverse_sum, or its outermost function."""
    if expression.function in REDUCTIONS:
        return expression.function
    inner = expression.arguments[0]
    if expression.function == "multiply" and COUNT in repr(expression.arguments[1])[:40]:
        return "mean"
    if expression.function == "negative" and isinstance(inner, Call) and inner.function == "max":
        return "min"
    if expression.function == "reciprocal" and isinstance(inner, Call):
        return f"inverse_{_stem(inner)}"
    return {"divide": "quotient", "multiply": "product", "add": "shifted", "subtract": "difference"}.get(
        expression.function, expression.function
    )


def compile_blocks(spec: Spec, expression: Expr, parameters: dict[str, ParameterKind], *, float32: bool) -> Plan:
    """Passes of a formula with reductions or broadcasts. Raises UnsupportedSpecError."""
    return _Compiler(spec, expression, parameters, float32=float32).compile()
