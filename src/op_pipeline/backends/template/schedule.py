"""From a graph to DST sections: order of evaluation, DST tile allocation, spills through circular buffers.

DST is lost when a section is released, so a spill ends the section: every value still needed that cannot be had again
from an input or a constant is packed into an intermediate circular buffer and copied back where it is used.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass, field

from op_pipeline.backends.template.graph import Graph
from op_pipeline.backends.template.tile_ops import TILE_OPS
from op_pipeline.backends.template.unsupported import UnsupportedSpecError

MAX_INTERMEDIATES = 15
"""Circular buffers that neither an input nor the output takes: c_17 … c_31."""


@dataclass(frozen=True)
class Step:
    """One call inside a DST section: `copy` from a buffer, `fill`, `move` or a tile operation.

    `tiles` are DST indices in the order of the call; the last one is written. `buffer` is the source of a copy: an
    input name or the number of an intermediate.
    """

    op: str
    node: int
    tiles: tuple[int, ...]
    buffer: str | int | None = None


@dataclass
class Section:
    """Between tile_regs_acquire and tile_regs_release. `packs` are (DST index, intermediate or "output")."""

    steps: list[Step] = field(default_factory=list)
    packs: list[tuple[int, str | int]] = field(default_factory=list)
    waits: list[str | int] = field(default_factory=list)
    pops: list[str | int] = field(default_factory=list)

    def sources(self) -> list[str | int]:
        """Buffers copied from, in order of first use."""
        return list(dict.fromkeys(step.buffer for step in self.steps if step.buffer is not None))


@dataclass(frozen=True)
class Schedule:
    """Sections of one tile's work, and how many intermediate buffers they need."""

    sections: tuple[Section, ...]
    intermediates: int
    capacity: int


def evaluation_order(graph: Graph, root: int) -> list[int]:
    """Operations below `root`, operands first; the one that needs more DST tiles first (Sethi, Ullman 1970)."""
    need: dict[int, int] = {}
    for index in graph.reachable(root):
        needs = sorted((need[operand] for operand in graph[index].operands), reverse=True)
        need[index] = max((count + position for position, count in enumerate(needs)), default=1)
    order: list[int] = []
    done: set[int] = set()

    def visit(index: int) -> None:
        if index in done:
            return
        done.add(index)
        for operand in sorted(graph[index].operands, key=lambda other: -need[other]):
            visit(operand)
        if not graph.is_rebuildable(index):
            order.append(index)

    visit(root)
    return order


_SCRATCH = -1
"""In place of a node: a DST tile whose value nobody needs later."""


class _NoFreeTileError(Exception):
    """The section must end before this operation."""


class _Allocator:
    """State of the walk: what each DST tile holds, what still has to be computed."""

    def __init__(self, graph: Graph, root: int, order: list[int], capacity: int) -> None:
        self.graph, self.root, self.capacity = graph, root, capacity
        self.order = order
        self.position = 0
        self.tiles: list[int | None] = [None] * capacity
        self.uses: dict[int, list[int]] = {}  # node → positions of its remaining consumers
        for position, index in enumerate(order):
            for operand in dict.fromkeys(graph[index].operands):
                self.uses.setdefault(operand, []).append(position)
        self.spilled: dict[int, int] = {}  # node → intermediate
        self.free_intermediates = list(range(MAX_INTERMEDIATES))
        self.most_intermediates = 0
        self.section = Section()
        self.sections: list[Section] = []

    # --- tiles ---------------------------------------------------------------------------------------------------
    def _rebuildable(self, index: int) -> bool:
        return self.graph.is_rebuildable(index) or index in self.spilled

    def _remaining(self, index: int) -> int:
        return sum(1 for position in self.uses.get(index, ()) if position > self.position)

    def _take(self, pinned: set[int]) -> int:
        """A DST tile to write; evicts the rebuildable value that is needed last."""
        if None in self.tiles:
            return self.tiles.index(None)
        candidates = [
            (self._next_use(index), tile)
            for tile, index in enumerate(self.tiles)
            if tile not in pinned and index is not None and index != _SCRATCH and self._rebuildable(index)
        ]
        if not candidates:
            raise _NoFreeTileError
        return max(candidates)[1]

    def _next_use(self, index: int) -> int:
        later = [position for position in self.uses.get(index, ()) if position >= self.position]
        return min(later, default=len(self.order))

    def _bring(self, index: int, pinned: set[int]) -> int:
        """DST tile that holds node `index`, copied or filled when it is not there."""
        if index in self.tiles:
            return self.tiles.index(index)
        tile = self._take(pinned)
        self.tiles[tile] = index
        node = self.graph[index]
        if index in self.spilled:
            self.section.steps.append(Step("copy", index, (tile,), self.spilled[index]))
        elif node.op == "load":
            self.section.steps.append(Step("copy", index, (tile,), node.source))
        else:
            self.section.steps.append(Step("fill", index, (tile,)))
        return tile

    # --- one operation -------------------------------------------------------------------------------------------
    def _compute(self, index: int) -> None:
        node = self.graph[index]
        pinned: set[int] = set()
        for operand in sorted(dict.fromkeys(node.operands), key=lambda other: other not in self.tiles):
            pinned.add(self._bring(operand, pinned))
        places = [self.tiles.index(operand) for operand in node.operands]
        target = self._target(node.operands, places, pinned)
        scratch = self._scratch(TILE_OPS[node.op].scratch, {*pinned, *places, target})
        if TILE_OPS[node.op].operands == 1:
            if target != places[0]:
                self.section.steps.append(Step("move", node.operands[0], (places[0], target)))
            self.section.steps.append(Step(node.op, index, (*scratch, target)))
        else:
            self.section.steps.append(Step(node.op, index, (*places, target)))
        self.tiles[target] = index
        for operand in node.operands:
            if operand in self.tiles and not self._remaining(operand):
                self.tiles[self.tiles.index(operand)] = None

    def _scratch(self, count: int, pinned: set[int]) -> tuple[int, ...]:
        """DST tiles that hold nothing before and after the operation."""
        found: list[int] = []
        for _ in range(count):
            tile = self._take(pinned | set(found))
            self.tiles[tile] = _SCRATCH
            found.append(tile)
        for tile in found:
            self.tiles[tile] = None
        return tuple(found)

    def _target(self, operands: tuple[int, ...], places: list[int], pinned: set[int]) -> int:
        """Tile of the result: that of an operand not needed any more, else a free one, else a rebuildable operand's."""
        finished = [place for operand, place in zip(operands, places, strict=True) if not self._remaining(operand)]
        if finished:
            return min(finished)
        rebuildable = [place for operand, place in zip(operands, places, strict=True) if self._rebuildable(operand)]
        if rebuildable and (None not in self.tiles or len(operands) == 1):
            return rebuildable[0]
        return self._take(pinned)

    # --- sections ------------------------------------------------------------------------------------------------
    def _end_section(self) -> None:
        """Packs what later operations need, and closes the section."""
        for tile, index in enumerate(self.tiles):
            if index is None or self._rebuildable(index) or self._next_use(index) == len(self.order):
                continue
            if not self.free_intermediates:
                raise UnsupportedSpecError(
                    "this formula", f"it needs more than {MAX_INTERMEDIATES} intermediate circular buffers"
                )
            intermediate = self.free_intermediates.pop(0)
            self.spilled[index] = intermediate
            self.section.packs.append((tile, intermediate))
        self.most_intermediates = max(self.most_intermediates, MAX_INTERMEDIATES - len(self.free_intermediates))
        self._close()
        self._free_finished()

    def _free_finished(self) -> None:
        for index, intermediate in list(self.spilled.items()):
            if self._next_use(index) == len(self.order):
                del self.spilled[index]
                self.free_intermediates.append(intermediate)
        self.free_intermediates.sort()

    def _close(self) -> None:
        self.sections.append(self.section)
        self.section = Section()
        self.tiles = [None] * self.capacity

    def run(self) -> Schedule:
        while self.position < len(self.order):
            kept_tiles, kept_steps = list(self.tiles), len(self.section.steps)
            try:
                self._compute(self.order[self.position])
                self.position += 1
            except _NoFreeTileError:
                self.tiles = kept_tiles
                del self.section.steps[kept_steps:]
                assert self.section.steps, "an operation needs more tiles than DST has"
                self._end_section()
        result = self._bring(self.root, set())
        self.section.packs.append((result, "output"))
        self._close()
        place_waits(self.sections)
        return Schedule(tuple(self.sections), self.most_intermediates, self.capacity)


def place_waits(sections: Sequence[Section], held: Container[str | int] = ()) -> None:
    """Wait for a buffer in the section that reads it first, pop it in the one that reads it last.

    An intermediate that is packed again later starts a new life with that pack. Buffers in `held` are waited for and
    popped elsewhere.
    """
    for section in sections:
        section.waits, section.pops = [], []
    last: dict[tuple[str | int, int], Section] = {}
    life: dict[str | int, int] = {}
    for section in sections:
        for source in section.sources():
            if source in held:
                continue
            key = (source, life.get(source, 0))
            if key not in last:
                section.waits.append(source)
            last[key] = section
        for _, target in section.packs:
            life[target] = life.get(target, 0) + 1
    for (source, _), section in last.items():
        section.pops.append(source)


def schedule(graph: Graph, root: int, capacity: int) -> Schedule:
    """Sections that compute `root` for one tile with `capacity` DST tiles (8 of 16 bit, 4 of 32 bit)."""
    return _Allocator(graph, root, evaluation_order(graph, root), capacity).run()
