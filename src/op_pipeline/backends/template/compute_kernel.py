"""Prints a compiled program as the body of a compute kernel: lines of C++ that a template wraps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from op_pipeline.backends.template.program import Program, tile_op
from op_pipeline.backends.template.schedule import Section, Step

INDENT = "    "
LINE_LENGTH = 120
TRANSPOSED = "TRANSPOSED"
"""In place of a BroadcastType: rows and columns of the tile change places."""


@dataclass(frozen=True)
class BufferNames:
    """Kernel names of circular buffers and the formats each may have, by input name, intermediate or "output".

    `broadcasts`: BroadcastType of inputs whose tiles hold one row, one column or one value for all, or TRANSPOSED.
    """

    names: Mapping[str | int, str]
    formats: Mapping[str | int, tuple[str, ...]]
    broadcasts: Mapping[str, str] = field(default_factory=dict)

    def may_differ(self, buffers: list[str | int]) -> bool:
        """Whether two of these buffers can hold different formats in some call."""
        formats = {self.formats[buffer] for buffer in buffers}
        return len(formats) > 1 or any(len(options) > 1 for options in formats if len(buffers) > 1)


@dataclass(frozen=True)
class ComputeBody:
    """Lines before the loop, lines of the loop over tiles, and the headers they need."""

    setup: tuple[str, ...]
    loop: tuple[str, ...]
    headers: tuple[str, ...]
    first_source: str | int


class _Printer:
    """Tracks which init is in force while lines are written."""

    def __init__(self, program: Program, buffers: BufferNames, inputs: tuple[str, ...]) -> None:
        self.program, self.buffers, self.inputs = program, buffers, inputs
        sections = program.schedule.sections
        self.sources = list(dict.fromkeys(source for section in sections for source in section.sources()))
        self.targets = list(dict.fromkeys(target for section in sections for _, target in section.packs))
        self.inits = list(dict.fromkeys(op.init.format(format=program.dst_format) for op in program.operations()))
        self.unpack_changes = self.buffers.may_differ(self.sources)
        self.pack_changes = self.buffers.may_differ(self.targets)
        self.copy_from: str | int | None = None
        self.sfpu_init = ""
        self.lines: list[tuple[str, str]] = []

    # --- pieces --------------------------------------------------------------------------------------------------
    def emit(self, text: str, comment: str = "") -> None:
        self.lines.append((f"{INDENT * 2}{text}" if text else "", comment))

    def name(self, buffer: str | int) -> str:
        return self.buffers.names[buffer]

    def setup(self) -> list[str]:
        """Inits that hold for the whole kernel: those that nothing in the loop replaces."""
        lines = []
        if len(self.sources) == 1 and str(self.sources[0]) not in self.buffers.broadcasts:
            self.copy_from = self.sources[0]
            lines.append(f"copy_init({self.name(self.sources[0])}_id);")
        if len(self.inits) == 1:
            self.sfpu_init = self.inits[0]
            lines.append(f"{self.inits[0]};")
        return lines

    def copy(self, step: Step) -> None:
        source = step.buffer
        assert source is not None
        spread = self.buffers.broadcasts.get(str(source))
        if spread:
            self.spread(step, source, spread)
            return
        if self.copy_from != source:
            if self.unpack_changes:
                self.emit(f"reconfig_data_format_srca({self.name(source)}_id);")
            self.emit(f"copy_init({self.name(source)}_id);")
            self.copy_from = source
        node = self.program.graph[step.node]
        self.emit(
            f"copy_tile({self.name(source)}_id, 0, {step.tiles[0]});", node.text if isinstance(source, int) else ""
        )

    def spread(self, step: Step, source: str | int, kind: str) -> None:
        name = f"{self.name(source)}_id"
        call = "transpose" if kind == TRANSPOSED else "unary_bcast"
        options = "" if kind == TRANSPOSED else f"<BroadcastType::{kind}>"
        if self.copy_from != source:
            if self.unpack_changes:
                self.emit(f"reconfig_data_format({name}, {name});")
            self.emit(f"{call}_init{options}({name});")
            self.copy_from = source
        self.emit(f"{call}{'_tile' if kind == TRANSPOSED else options}({name}, 0, {step.tiles[0]});")

    def operation(self, step: Step) -> None:
        op = tile_op(step.op)
        init = op.init.format(format=self.program.dst_format)
        if init != self.sfpu_init:
            self.emit(f"{init};")
            self.sfpu_init = init
        node = self.program.graph[step.node]
        values = [] if step.op == "move" else [self.program.argument_of[scalar] for scalar in node.scalars]
        arguments = [*map(str, step.tiles), *values, *([op.trailing] if op.trailing else [])]
        call = op.call.format(format=self.program.dst_format)
        self.emit(f"{call}({', '.join(arguments)});", "" if step.op == "move" else node.text)

    # --- sections ------------------------------------------------------------------------------------------------
    def section(self, section: Section, *, last: bool) -> None:
        unused = [name for name in self.inputs if name not in self.sources] if last else []
        for source in [*section.waits, *unused]:
            self.emit(f"{self.name(source)}.wait_front(1);")
        self.emit("")
        self.emit("tile_regs_acquire();")
        for step in section.steps:
            if step.op == "copy":
                self.copy(step)
            else:
                self.operation(step)
        self.emit("tile_regs_commit();")
        self.emit("")
        for _, target in section.packs:
            self.emit(f"{self.name(target)}.reserve_back(1);")
        self.emit("tile_regs_wait();")
        for tile, target in section.packs:
            if self.pack_changes:
                self.emit(f"pack_reconfig_data_format({self.name(target)}_id);")
            self.emit(f"pack_tile({tile}, {self.name(target)}_id);")
        self.emit("tile_regs_release();")
        self.emit("")
        for _, target in section.packs:
            self.emit(f"{self.name(target)}.push_back(1);")
        for source in [*section.pops, *unused]:
            self.emit(f"{self.name(source)}.pop_front(1);")

    def loop(self) -> list[str]:
        sections = self.program.schedule.sections
        for index, section in enumerate(sections):
            if index:
                self.emit("")
                values = ", ".join(self.program.graph[node].text for node in self._returning(section))
                line = f"// DST is full: the rest continues from {values}"
                fits = values and len(line) + len(INDENT) * 2 <= LINE_LENGTH
                self.emit(line if fits else "// DST is full: the rest continues from the values packed above")
            self.section(section, last=section is sections[-1])
        return _with_comments(self.lines)

    def _returning(self, section: Section) -> list[int]:
        return list(dict.fromkeys(step.node for step in section.steps if isinstance(step.buffer, int)))


def _with_comments(lines: list[tuple[str, str]]) -> list[str]:
    """Lines with their trailing comments; those of neighbouring lines stand in one column."""
    done: list[str] = []
    for commented, run in groupby(lines, key=lambda line: bool(line[1])):
        block = list(run)
        column = max(len(text) for text, _ in block)
        for text, comment in block:
            full = f"{text:<{column}}  // {comment}" if commented else text
            done.append(full if len(full) <= LINE_LENGTH else text)
    return done


def compute_body(program: Program, buffers: BufferNames, inputs: tuple[str, ...]) -> ComputeBody:
    """Body of the kernel that runs `program` once per tile; every input is waited for and popped, used or not."""
    printer = _Printer(program, buffers, inputs)
    setup = printer.setup()
    loop = printer.loop()
    headers = {"api/compute/common.h", "api/dataflow/circular_buffer.h", *(op.header for op in program.operations())}
    if any(str(source) not in buffers.broadcasts for source in printer.sources):
        headers.add("api/compute/tile_move_copy.h")
    kinds = set(buffers.broadcasts.values())
    if kinds:
        headers.add("api/compute/reconfig_data_format.h")
    if kinds - {TRANSPOSED}:
        headers.add("api/compute/bcast.h")
    if TRANSPOSED in kinds:
        headers.add("api/compute/transpose.h")
    first = printer.sources[0] if printer.sources else inputs[0]
    return ComputeBody(tuple(setup), tuple(loop), tuple(sorted(headers)), first)
