"""Prints the passes of a plan as lines of C++, with each init and reconfiguration where it is needed and not again.

What unpacker, maths and packer are set up for is followed while lines are written. A loop is written twice: the first
time to see what it asks for; what it asks for only once is set up in front of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from op_pipeline.backends.template.block_plan import ONES, PARTIAL, RUNNING, Chunk, Pass, Plan
from op_pipeline.backends.template.compute_kernel import INDENT, LINE_LENGTH, BufferNames
from op_pipeline.backends.template.graph import Scalar
from op_pipeline.backends.template.program import tile_op
from op_pipeline.backends.template.schedule import Section, Step
from op_pipeline.backends.template.tile_ops import FILL

COMPONENTS = ("srca", "srcb", "unpack", "sfpu", "pack")
_RECONFIGURE = {
    "srca": "reconfig_data_format_srca",
    "srcb": "reconfig_data_format_srcb",
    "pack": "pack_reconfig_data_format",
}
_SPREAD = {"rows": "ROW", "cols": "COL", "scalar": "SCALAR"}
_REDUCE = {frozenset({-1}): "REDUCE_ROW", frozenset({-2}): "REDUCE_COL", frozenset({-2, -1}): "REDUCE_SCALAR"}


@dataclass
class Printer:
    """Lines of one compute kernel. `argument_of`: kernel variable of each scalar."""

    plan: Plan
    buffers: BufferNames
    argument_of: Mapping[Scalar, str]
    depth: int = 1
    lines: list[str] = field(default_factory=list)
    state: dict[str, str | int | None] = field(default_factory=lambda: dict.fromkeys(COMPONENTS))
    asked: list[tuple[str, str | int]] = field(default_factory=list)
    line_of: dict[tuple[str, str | int], str] = field(default_factory=dict)

    # --- writing -------------------------------------------------------------------------------------------------
    def emit(self, text: str = "", comment: str = "") -> None:
        """One line at the present depth; a comment that does not fit is left out."""
        line = f"{INDENT * self.depth}{text}" if text else ""
        full = f"{line}  // {comment}"
        self.lines.append(full if comment and len(full) <= LINE_LENGTH else line)

    def note(self, text: str) -> None:
        """A comment of its own line."""
        line = f"// {text}"
        if len(line) + len(INDENT) * self.depth <= LINE_LENGTH:
            self.emit(line)

    @contextmanager
    def braces(self, head: str) -> Iterator[None]:
        """A block in braces, one level deeper."""
        self.emit(f"{head} {{")
        self.depth += 1
        yield
        self.depth -= 1
        self.emit("}")

    def name(self, buffer: str | int) -> str:
        """Kernel name of a buffer."""
        return self.buffers.names[buffer]

    # --- what is set up ------------------------------------------------------------------------------------------
    def ask(self, component: str, value: str | int, line: str) -> None:
        """Emit `line` unless the component is set up for `value` already."""
        self.asked.append((component, value))
        self.line_of[component, value] = line
        if self.state[component] != value:
            self.emit(line)
            self.state[component] = value

    def _format(self, component: str, buffer: str | int) -> None:
        """The component is set up for the buffer's format; nothing to write when it is sure to be the same."""
        present = self.state[component]
        same = present is not None and not self.buffers.may_differ([present, buffer])
        if same:
            assert present is not None
            self.asked.append((component, present))
            return
        self.ask(component, buffer, f"{_RECONFIGURE[component]}({self.name(buffer)}_id);")

    def _set_up(self, component: str, value: str | int) -> None:
        """As it was asked for before."""
        if component in _RECONFIGURE:
            self._format(component, value)
        else:
            self.ask(component, str(value), self.line_of[component, value])

    def loop(self, heads: list[str], body: Callable[[], None]) -> None:
        """Nested loops around `body`, in front of them what it sets up once only."""
        before = dict(self.state)
        kept = len(self.lines), len(self.asked)
        self.state = dict.fromkeys(COMPONENTS)
        body()
        wanted = self.asked[kept[1] :]
        del self.lines[kept[0] :], self.asked[kept[1] :]
        self.state = before
        for component in COMPONENTS:
            asked = {value for name, value in wanted if name == component}
            if len(asked) == 1:
                self._set_up(component, *asked)
            elif asked:
                self.state[component] = None
        for head in heads:
            self.emit(f"{head} {{")
            self.depth += 1
        body()
        for _ in heads:
            self.depth -= 1
            self.emit("}")

    # --- steps ---------------------------------------------------------------------------------------------------
    def load(self, chunk: Chunk, step: Step) -> None:
        """A tile into DST: as it is, spread, or reduced."""
        assert step.buffer is not None
        node, buffer, tile = chunk.graph[step.node], self.name(step.buffer), step.tiles[-1]
        mode = node.mode if node.op == "load" and node.source == step.buffer else ""
        if mode == "reduce":
            self.reduce(chunk, tile)
            return
        if not mode:
            self._format("srca", step.buffer)
            self.ask("unpack", f"copy {buffer}", f"copy_init({buffer}_id);")
            self.emit(f"copy_tile({buffer}_id, 0, {tile});", node.text)
            return
        # bfloat16 goes through srcB, float32 as a copy does.
        self._format("srca", step.buffer)
        self._format("srcb", step.buffer)
        spread = f"<BroadcastType::{_SPREAD[mode]}>"
        self.ask("unpack", f"{spread} {buffer}", f"unary_bcast_init{spread}({buffer}_id);")
        self.emit(f"unary_bcast{spread}({buffer}_id, 0, {tile});", node.text)

    def reduce(self, chunk: Chunk, tile: int) -> None:
        """Sum or maximum within the gathered tile."""
        item = next(found for found in self.plan.passes if chunk in found.after)
        kind = f"<PoolType::{'MAX' if item.maximum else 'SUM'}, ReduceDim::{_REDUCE[self.plan.geometry.tile_axes]}>"
        data, ones = self.name(PARTIAL), self.name(ONES)
        for component in ("srca", "srcb"):
            self._format(component, PARTIAL)
        self.ask("unpack", f"reduce {kind}", f"reduce_init{kind}({data}_id, {ones}_id, {self.name(chunk.target)}_id);")
        self.emit(f"reduce_tile{kind}({data}_id, {ones}_id, 0, 0, {tile});")
        self.emit(f"reduce_uninit({data}_id);")
        self.state["unpack"] = None

    def step(self, chunk: Chunk, step: Step) -> None:
        """One call on DST tiles."""
        if step.op == "copy":
            self.load(chunk, step)
        elif step.op.startswith("mask_"):
            self.mask(chunk, step)
        else:
            node = chunk.graph[step.node]
            scalars = [] if step.op == "move" else [self.argument_of[scalar] for scalar in node.scalars]
            self.call(step.op, [*map(str, step.tiles), *scalars], "" if step.op == "move" else node.text)

    def call(self, name: str, arguments: list[str], comment: str = "") -> None:
        """A call of the vector unit, after its init."""
        op = tile_op(name)
        dst = "Float32" if self.plan.fp32_dest_acc_en else "Float16_b"
        init = op.init.format(format=dst)
        self.ask("sfpu", init, f"{init};")
        trailing = [op.trailing] if op.trailing else []
        self.emit(f"{op.call.format(format=dst)}({', '.join([*arguments, *trailing])});", comment)

    def mask(self, chunk: Chunk, step: Step) -> None:
        """In the last tile of a ragged extent, what lies beyond it gets a value that does not count."""
        mask, other, value = step.tiles
        rows = step.op == "mask_rows"
        (scalar,) = chunk.graph[step.node].scalars
        before, kept = dict(self.state), len(self.asked)
        with self.braces("if (h == ragged_h)" if rows else "if (w == ragged_w)"):
            self.note(f"{'Rows below the last' if rows else 'Columns beyond the last'} do not count.")
            self._format("srca", step.op)
            buffer = self.name(step.op)
            self.ask("unpack", f"copy {buffer}", f"copy_init({buffer}_id);")
            self.emit(f"copy_tile({buffer}_id, 0, {mask});")
            self.call("fill", [str(other), self.argument_of[scalar]])
            self.call(step.op, list(map(str, (mask, value, other, value))))
            for component, known in before.items():
                if known is not None:
                    self._set_up(component, known)
        self.state = before
        del self.asked[kept:]

    # --- sections ------------------------------------------------------------------------------------------------
    def section(self, chunk: Chunk, section: Section) -> None:
        """From acquire to release, with waits before and pops after."""
        for source in section.waits:
            self.emit(f"{self.name(source)}.wait_front(1);")
        self.emit("tile_regs_acquire();")
        for step in section.steps:
            self.step(chunk, step)
        self.emit("tile_regs_commit();")
        self.pack([(tile, target) for tile, target in section.packs])
        for source in section.pops:
            self.emit(f"{self.name(source)}.pop_front(1);")

    def pack(self, packs: list[tuple[int, str | int]]) -> None:
        """DST tiles to buffers, from wait to release."""
        for _, target in packs:
            self.emit(f"{self.name(target)}.reserve_back(1);")
        self.emit("tile_regs_wait();")
        for tile, target in packs:
            self._format("pack", target)
            self.emit(f"pack_tile({tile}, {self.name(target)}_id);")
        self.emit("tile_regs_release();")
        for _, target in packs:
            self.emit(f"{self.name(target)}.push_back(1);")

    def chunk(self, chunk: Chunk) -> None:
        """All sections of one value."""
        for index, section in enumerate(chunk.sections):
            if index:
                self.emit()
                self.note("DST is full: the rest continues from the values packed above.")
            self.section(chunk, section)

    # --- passes --------------------------------------------------------------------------------------------------
    def heads(self) -> list[str]:
        """Heads of the loops over the unit's tiles."""
        return [
            f"for (uint32_t {item.name} = 0; {item.name} < {item.size}; ++{item.name})"
            for item in self.plan.geometry.inner
        ]

    def walk(self, item: Pass) -> None:
        """One pass and what is computed after it."""
        if item.reduction is None:
            self.loop(self.heads(), lambda: self.chunk(item.chunk))
            return
        self.note(f"{item.chunk.text[:1].upper()}{item.chunk.text[1:]} over the {self.plan.geometry.unit}.")
        if item.held:
            self.gather_in_dst(item)
        else:
            self.gather_in_buffer(item)
        for chunk in item.after:
            self.emit()
            target = self.name(chunk.target)
            self.note(f"{target.removeprefix('cb_')} = {chunk.text}")
            self.chunk(chunk)
            if chunk.target != "output":  # it is read by this kernel until the unit ends
                self.emit(f"{target}.wait_front(1);")

    def gather_in_dst(self, item: Pass) -> None:
        """The sum or maximum stays in one DST tile while the unit's tiles go by."""
        (section,) = item.chunk.sections
        (value, _), total = section.packs[0], str(item.total)
        operation = "binary_max" if item.maximum else "add_binary"

        def body() -> None:
            for source in section.waits:
                self.emit(f"{self.name(source)}.wait_front(1);")
            for step in section.steps:
                self.step(item.chunk, step)
            self.call(operation, [total, str(value), total])
            for source in section.pops:
                self.emit(f"{self.name(source)}.pop_front(1);")

        self.emit("tile_regs_acquire();")
        self.fill(item, total)
        self.loop(self.heads(), body)
        self.emit("tile_regs_commit();")
        self.pack([(item.total, PARTIAL)])

    def fill(self, item: Pass, tile: str) -> None:
        """The value that neither a sum nor a maximum changes by."""
        self.call("fill", [tile, "f32_minf" if item.maximum else "f32_0"])

    def gather_in_buffer(self, item: Pass) -> None:
        """The sum or maximum waits in a buffer while DST is needed for a tile's value."""
        self.emit("tile_regs_acquire();")
        self.fill(item, "0")
        self.emit("tile_regs_commit();")
        self.pack([(0, RUNNING)])
        self.loop(self.heads(), lambda: self.chunk(item.chunk))
        self.emit(f"{self.name(RUNNING)}.wait_front(1);")
        self.emit("tile_regs_acquire();")
        self._format("srca", RUNNING)
        self.ask("unpack", f"copy {self.name(RUNNING)}", f"copy_init({self.name(RUNNING)}_id);")
        self.emit(f"copy_tile({self.name(RUNNING)}_id, 0, 0);")
        self.emit("tile_regs_commit();")
        self.pack([(0, PARTIAL)])
        self.emit(f"{self.name(RUNNING)}.pop_front(1);")

    def ones(self) -> None:
        """The tile of weights that sums and maxima within a tile are taken with."""
        self.emit("tile_regs_acquire();")
        self.call("fill", ["0", "f32_1"])
        self.emit("tile_regs_commit();")
        self.pack([(0, ONES)])
        self.emit(f"{self.name(ONES)}.wait_front(1);")

    def unit(self) -> None:
        """All that one unit takes, its inputs and statistics held until it ends."""
        for name in self.plan.constants_of_unit:
            self.emit(f"{self.name(name)}.wait_front(1);")
        for position, item in enumerate(self.plan.passes):
            if position:
                self.emit()
            self.walk(item)
        for key in (*self.plan.constants_of_unit, *(found.key for found in self.plan.statistics)):
            self.emit(f"{self.name(key)}.pop_front(1);")


def headers_of(plan: Plan) -> list[str]:
    """Headers that the printed calls need."""
    found = {"api/compute/common.h", "api/dataflow/circular_buffer.h", "api/compute/tile_move_copy.h"}
    modes = {node.mode for chunk in plan.chunks for node in chunk.graph.nodes if node.op == "load"}
    if modes & set(_SPREAD):
        found.add("api/compute/bcast.h")
    if "reduce" in modes:
        found |= {"api/compute/reduce.h", FILL.header}
    for item in plan.passes:
        if item.reduction is not None:
            found |= {tile_op("binary_max" if item.maximum else "add_binary").header, FILL.header}
    steps = [step for chunk in plan.chunks for section in chunk.sections for step in section.steps]
    found |= {tile_op(step.op).header for step in steps if step.op != "copy"}
    return sorted(found)
