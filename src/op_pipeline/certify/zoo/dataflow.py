"""Mutations of reader, writer and the buffers between the kernels: order, barriers, counts, indices, addresses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Call, Source, after, before, remove, replace, within
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation, NotApplicable
from op_pipeline.certify.zoo.kernels import (
    ARGUMENT,
    POP,
    PUSH,
    READ,
    READ_BARRIER,
    RESERVE,
    WAIT,
    WRITE,
    WRITE_BARRIER,
    Buffer,
    buffer_calls,
    buffer_objects,
    in_loop,
    tile_loops,
)

# Kernel, calls to move, beside which calls, whether behind them.
MOVES = (
    ("push before read", "reader", PUSH, READ, False),
    ("reserve after read", "reader", RESERVE, READ, True),
    ("wait after write", "writer", WAIT, WRITE, True),
    ("pop before write", "writer", POP, WRITE, False),
    ("reserve after pack", "compute", RESERVE, ("pack_tile",), True),
    ("push before pack", "compute", PUSH, ("pack_tile",), False),
    ("pop before copy", "compute", POP, ("copy_tile",), False),
    ("wait after copy", "compute", WAIT, ("copy_tile",), True),
)


def buffer_call_left_out(candidate: Candidate) -> list[Mutant]:
    """Each reserve, push, wait and pop of each kernel left out in turn."""
    made = Made()
    for role, source in candidate.kernels.items():
        for item in buffer_calls(source, RESERVE + PUSH + WAIT + POP):
            edits = [remove(source, item.statement)]
            made.add(source, f"{role} {item.call.verb}", item.statement, edits, f"-{item.call.verb} {item.id}")
    return made.all("no kernel calls a circular buffer")


def buffer_call_twice(candidate: Candidate) -> list[Mutant]:
    """Each push and pop made twice."""
    made = Made()
    for role, source in candidate.kernels.items():
        for item in buffer_calls(source, PUSH + POP):
            edits = [after(item.statement, source.of(item.statement))]
            made.add(source, f"{role} {item.call.verb}", item.statement, edits, f"{item.call.verb} {item.id} twice")
    return made.all("no kernel pushes or pops")


def _partner(source: Source, item: Buffer, verbs: tuple[str, ...]) -> Any:
    """The first transfer in the same block that names the buffer."""
    for call, statement in source.statements_of(*verbs):
        words = " ".join(source.of(argument) for argument in call.arguments)
        named = item.id in words or (item.call.receiver and item.call.receiver in words)
        if named and statement.parent == item.statement.parent:
            return statement
    return None


def calls_out_of_order(candidate: Candidate) -> list[Mutant]:
    """A push before the read that fills the page, a wait after the write that empties it, and so on."""
    made = Made()
    for what, role, verbs, transfers, behind in MOVES:
        source = candidate.kernels.get(role)
        if source is None:
            continue
        for item in buffer_calls(source, verbs):
            partner = _partner(source, item, transfers)
            if partner is not None:
                text = source.of(item.statement)
                moved = after(partner, text) if behind else before(partner, text)
                made.add(source, what, item.statement, [remove(source, item.statement), moved], item.id)
    return made.all("no transfer stands beside its circular buffer's calls")


def barrier_left_out(candidate: Candidate) -> list[Mutant]:
    """Each barrier of reads and writes left out."""
    made = Made()
    for role, source in candidate.kernels.items():
        for call, statement in source.statements_of(*READ_BARRIER, *WRITE_BARRIER):
            where = "" if in_loop(statement) else " at the end"
            made.add(source, f"{role} {call.verb}{where}", statement, [remove(source, statement)], f"-{call.verb}")
    return made.all("no kernel has a barrier")


def wrong_argument_index(candidate: Candidate) -> list[Mutant]:
    """Each runtime argument read from the next place; the last one from the first."""
    made = Made()
    for role, source in candidate.kernels.items():
        found = [
            (call, int(source.of(call.arguments[0])))
            for call in source.calls_of(*ARGUMENT)
            if call.arguments and source.of(call.arguments[0]).isdigit()
        ]
        count = max((index + 1 for _, index in found), default=0)
        for call, index in found:
            other = (index + 1) % count if count > 1 else 1
            edits = [replace(call.arguments[0], str(other))]
            made.add(source, f"{role} argument {index} of {count}", call.node, edits, f"{index} → {other}")
    return made.all("no kernel reads runtime arguments by literal index")


def wrong_accessor_offset(candidate: Candidate) -> list[Mutant]:
    """A literal offset of an accessor's compile-time arguments that was not moved with the host's list."""
    made = Made()
    for role, source in candidate.kernels.items():
        for call in source.calls_of("TensorAccessorArgs"):
            function = call.node.child_by_field_name("function")
            offsets = list(source.nodes("number_literal", under=function)) if function is not None else []
            for offset in offsets[:1]:
                edits = [replace(offset, str(int(source.of(offset)) + 1))]
                made.add(source, role, call.node, edits, f"offset {int(source.of(offset)) + 1}")
    return made.all("no accessor has a literal offset")


def wrong_buffer_index(candidate: Candidate) -> list[Mutant]:
    """Each circular buffer index of each kernel replaced by one that nobody configures."""
    made = Made()
    for role, source in candidate.kernels.items():
        for node in source.nodes("qualified_identifier"):
            if source.of(node).startswith("tt::CBIndex::c_"):
                made.add(source, role, node, [replace(node, "tt::CBIndex::c_31")], f"{source.of(node)} → c_31")
    return made.all("no kernel names an index of tt::CBIndex")


def _pages(source: Source, verbs: tuple[str, ...], variable: str, loop: Any) -> list[tuple[Call, list[Any]]]:
    """Transfers in a loop and the places where its counter is their page."""
    found = []
    for call in source.calls_of(*verbs, under=loop):
        places = [node for argument in call.arguments for node in source.nodes("identifier", under=argument)]
        named = [node for node in places if source.of(node) == variable]
        if named:
            found.append((call, named))
    return found


def wrong_page(candidate: Candidate) -> list[Mutant]:
    """Pages of each transfer: one place off within a core's range, one place further, always the first."""
    made = Made()
    for role, verbs in (("reader", READ), ("writer", WRITE)):
        source = candidate.kernel(role)
        for loop in tile_loops(source):
            i = loop.variable
            for call, places in _pages(source, verbs, i, loop.node):
                for what, text in (
                    ("one tile off", f"({i} == ({loop.first}) ? ({source.of(loop.bound)}) - 1 : {i} - 1)"),
                    ("the next tile", f"({i} + 1)"),
                    ("every tile is the core's first", f"({loop.first})"),
                    ("every tile is the first", f"({i} * 0)"),
                ):
                    edits = [replace(place, text) for place in places]
                    made.add(source, f"{role}: {what}", call.node, edits, f"page {text}")
    return made.all("no transfer takes its page from the loop's counter")


def last_tile_stale(candidate: Candidate) -> list[Mutant]:
    """The writer leaves its last tile out when it has several."""
    source, made = candidate.kernel("writer"), Made()
    for loop in tile_loops(source):
        for _, statement in source.statements_of(*WRITE, under=loop.node):
            bound = source.of(loop.bound)
            test = f"if ({loop.variable} + 1 < {bound} || ({bound}) - ({loop.first}) == 1)"
            made.add(source, "", statement, [before(statement, test)], test)
    return made.all("the writer writes in no counting loop")


def padding_leaked(candidate: Candidate) -> list[Mutant]:
    """The last word of each tile, which is padding in partly filled tiles, takes the place of the first."""
    if not candidate.padded:
        raise NotApplicable("no case of the contract has padding")
    source, made = candidate.kernel("reader"), Made()
    for item in buffer_calls(source, PUSH):
        data = f"reinterpret_cast<volatile tt_l1_ptr uint32_t*>(::get_write_ptr({item.id}))"
        text = f"{{ auto* leaked = {data}; leaked[0] = leaked[get_tile_size({item.id}) / 4 - 1]; }}"
        made.add(
            source, item.id, item.statement, [before(item.statement, text)], f"last word of {item.id} to the first"
        )
    return made.all("the reader pushes no tile")


def one_input_after_the_other(candidate: Candidate) -> list[Mutant]:
    """The reader brings all tiles of one input, then all of the next, where the consumer needs them in turn."""
    source, made = candidate.kernel("reader"), Made()
    items = buffer_calls(source, RESERVE + PUSH)
    for loop in tile_loops(source):
        own = list(dict.fromkeys(item.id for item in items if within(item.statement, loop.node)))
        if len(own) < 2 or loop.body.type != "compound_statement":
            continue
        statements = [child for child in loop.body.named_children if child.type != "comment"]
        owners = [_owner(source, statement, own) for statement in statements]
        head = source.data[loop.node.start_byte : loop.body.start_byte].decode()
        parts = []
        for index in own:
            kept = [source.of(s) for s, owner in zip(statements, owners, strict=True) if owner in {None, index}]
            parts.append(f"{head}{{ {' '.join(kept)} }}")
        lines = "\n" * source.of(loop.node).count("\n")
        made.add(source, "", loop.node, [replace(loop.node, " ".join(parts) + lines)], f"{len(own)} loops")
    return made.all("the reader fills one circular buffer")


def _owner(source: Source, statement: Any, indices: list[str]) -> str | None:
    """The buffer a statement is about; None for all of them."""
    words = {source.of(node) for node in source.nodes("identifier", under=statement)}
    names = {name: index for name, index in buffer_objects(source).items() if index in indices}
    named = [index for name, index in names.items() if name in words]
    return next(iter(named), None) or next((index for index in indices if index in words), None)


def _row(
    name: str, kind: str, origin: str, make: Callable[[Candidate], list[Mutant]], *, compiles: bool = True
) -> Mutation:
    return Mutation(name, Level.KERNEL, kind, origin, make, stages=(7, 6, 5, 4, 2, 3, 1), compiles=compiles)


DATAFLOW: tuple[Mutation, ...] = (
    _row("left out", "buffer call missing", "catalogue 1", buffer_call_left_out),
    _row("twice", "pops or pushes twice", "catalogue 1", buffer_call_twice),
    _row("moved", "push before read, wait after use", "catalogue 6", calls_out_of_order),
    _row("left out", "missing barrier", "catalogue 15", barrier_left_out),
    _row("index", "wrong argument index", "catalogue 14", wrong_argument_index),
    _row("offset", "wrong accessor offset", "catalogue 14", wrong_accessor_offset, compiles=False),
    _row("index", "wrong circular buffer", "catalogue 2", wrong_buffer_index),
    _row("page", "off-by-one tile, wrong broadcast", "design", wrong_page),
    _row("last tile", "last tile stale", "design", last_tile_stale),
    _row("padding", "padding leaked", "design", padding_leaked),
    _row("order", "one input after the other", "catalogue 6", one_input_after_the_other),
)
