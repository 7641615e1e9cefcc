"""Words of the kernel API in both of its forms: methods (`cb.wait_front(1)`) and functions (`cb_wait_front(id, 1)`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from op_pipeline.certify.source import Call, Source, within
from op_pipeline.certify.zoo.base import Candidate, NotApplicable
from op_pipeline.static_checks.syntax import enclosing

RESERVE = ("reserve_back", "cb_reserve_back")
PUSH = ("push_back", "cb_push_back")
WAIT = ("wait_front", "cb_wait_front")
POP = ("pop_front", "cb_pop_front")
READ = ("async_read", "noc_async_read", "noc_async_read_page", "noc_async_read_tile", "noc_async_read_one_packet")
WRITE = ("async_write", "noc_async_write", "noc_async_write_page", "noc_async_write_tile", "noc_async_write_one_packet")
READ_BARRIER = ("async_read_barrier", "noc_async_read_barrier")
WRITE_BARRIER = ("async_write_barrier", "noc_async_write_barrier", "async_writes_flushed", "noc_async_writes_flushed")
STARTUP = ("compute_kernel_hw_startup",)
ARGUMENT = ("get_arg_val",)
RECONFIGURE = (
    "reconfig_data_format", "reconfig_data_format_srca", "reconfig_data_format_srcb", "pack_reconfig_data_format",
)  # fmt: skip


@dataclass(frozen=True)
class Buffer:
    """A call of a circular buffer: `id` is the expression of its index."""

    call: Call
    statement: Any
    id: str


def buffer_calls(source: Source, verbs: tuple[str, ...]) -> list[Buffer]:
    """Calls of these verbs that are statements, with the index of their buffer."""
    named = buffer_objects(source)
    found = []
    for call, statement in source.statements_of(*verbs):
        if call.receiver:
            found.append(Buffer(call, statement, named.get(call.receiver, call.receiver)))
        elif call.arguments:
            found.append(Buffer(call, statement, source.of(call.arguments[0])))
    return found


def buffer_objects(source: Source) -> dict[str, str]:
    """Variables of type CircularBuffer and the index each was made with."""
    found = {}
    for node in source.nodes("declaration"):
        kind = node.child_by_field_name("type")
        if kind is None or source.of(kind) != "CircularBuffer":
            continue
        for declared in source.nodes("init_declarator", "function_declarator", under=node):
            name = declared.child_by_field_name("declarator")
            value = declared.child_by_field_name("value") or declared.child_by_field_name("parameters")
            if name is not None and value is not None:
                found[source.of(name)] = source.of(value).strip("(){} ")
    return found


@dataclass(frozen=True, eq=False)
class Region:
    """The part of a compute kernel between acquire and commit of DST."""

    acquire: Any
    commit: Any
    statements: tuple[Any, ...]
    result: str  # DST index that is packed


def regions(source: Source) -> list[Region]:
    """All regions whose acquire and commit stand in one block. Raises NotApplicable when there is none."""
    found = []
    for acquire in source.calls_of("tile_regs_acquire"):
        block = acquire.statement.parent if acquire.statement is not None else None
        if block is None:
            continue
        following = [child for child in block.named_children if child.start_byte > acquire.node.start_byte]
        commits = [call.statement for call in source.calls_of("tile_regs_commit", under=block) if call.statement]
        commit = next((child for child in following if child in commits), None)
        if commit is None:
            continue
        inner = tuple(c for c in following if c.end_byte <= commit.start_byte and c.type != "comment")
        packs = [call for call in source.calls_of("pack_tile", under=block) if call.node.start_byte > commit.start_byte]
        if packs and packs[0].arguments:
            found.append(Region(acquire.statement, commit, inner, source.of(packs[0].arguments[0])))
    if not found:
        raise NotApplicable("no block holds tile_regs_acquire, tile_regs_commit and pack_tile")
    return found


def is_math(call: Call) -> bool:
    """Whether a call of a compute kernel computes: not a copy, pack, initialisation or synchronisation."""
    name = call.verb
    if name in {"copy_tile", "pack_tile"} or "init" in name or name.startswith("get_"):
        return False
    return name.endswith(("_tile", "_tiles")) or "_tiles_" in name


def math_calls(source: Source) -> list[tuple[Call, Any]]:
    """Computing calls that are statements, with the statement."""
    return source.statements_of(*{call.verb for call in source.calls if is_math(call)})


@dataclass(frozen=True, eq=False)
class Loop:
    """`for (T i = first; i < bound; ++i)` around work on tiles."""

    node: Any
    variable: str
    first: str
    bound: Any
    body: Any


def tile_loops(source: Source) -> list[Loop]:
    """Counting loops that hold calls of circular buffers, outermost first. Raises NotApplicable."""
    found = []
    calls = source.calls_of(*RESERVE, *PUSH, *WAIT, *POP)
    for node in source.nodes("for_statement"):
        if not any(within(call.node, node) for call in calls):
            continue
        condition = node.child_by_field_name("condition")
        start = node.child_by_field_name("initializer")
        body = node.child_by_field_name("body")
        if condition is None or start is None or body is None or condition.type != "binary_expression":
            continue
        operator = condition.child_by_field_name("operator")
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        declared = next((item for item in source.nodes("init_declarator", under=start)), None)
        if declared is None or operator is None or left is None or right is None or source.of(operator) not in "<!=":
            continue
        name, value = declared.child_by_field_name("declarator"), declared.child_by_field_name("value")
        if name is None or value is None or source.of(left) != source.of(name):
            continue
        found.append(Loop(node, source.of(name), source.of(value), right, body))
    if not found:
        raise NotApplicable(f"{source.path} has no counting loop over tiles")
    return found


def include(source: Source, header: str) -> list[tuple[int, int, str]]:
    """The edit that includes a header, on the line of the first include; () when it is there."""
    if f'"{header}"' in source.text:
        return []
    first = next(iter(source.nodes("preproc_include")), None)
    if first is None:
        raise NotApplicable(f"{source.path} includes nothing")
    # On a line of its own, then the count goes back: faults still name the original's lines.
    line = first.start_point[0] + 1
    return [(first.start_byte, first.start_byte, f'#include "{header}"\n#line {line}\n')]


def waited(candidate: Candidate) -> list[str]:
    """Indices of the buffers the compute kernel reads, in order of their first wait."""
    found = dict.fromkeys(item.id for item in buffer_calls(candidate.kernel("compute"), WAIT))
    if not found:
        raise NotApplicable("the compute kernel waits for no circular buffer")
    return list(found)


def in_loop(node: Any) -> bool:
    """Whether a node stands in a loop."""
    return enclosing(node, "for_statement", "while_statement", "do_statement") is not None
