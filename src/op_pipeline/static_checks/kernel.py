"""One kernel: its calls, classified, with the buffers and page counts they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tree_sitter import Node

from op_pipeline.static_checks.flow import Call, Event, Opaque, events, flat
from op_pipeline.static_checks.names import load
from op_pipeline.static_checks.syntax import Source, arguments, called, functions, receiver, text, walk
from op_pipeline.static_checks.values import Poly, Scope, scope_of

RESERVE, PUSH, WAIT, POP = "reserve", "push", "wait", "pop"
READ, WRITE, READ_BARRIER, WRITE_BARRIER, FLUSH = "read", "write", "read_barrier", "write_barrier", "flush"
ACQUIRE, COMMIT, REGS_WAIT, RELEASE = "acquire", "commit", "regs_wait", "release"
OTHER, UNKNOWN = "other", "unknown"

_MOVES = {"reserve_back": RESERVE, "push_back": PUSH, "wait_front": WAIT, "pop_front": POP}
_REGISTERS = {"acquire": ACQUIRE, "commit": COMMIT, "wait": REGS_WAIT, "release": RELEASE}
_BUFFER_TYPES = frozenset({"CircularBuffer", "DataflowBuffer"})
_POINTERS = frozenset({"get_write_ptr", "get_read_ptr"})
# Which argument is the local end of a transfer; where none stands here the end is not known.
_LOCAL_END = {
    "noc_async_read": 1, "noc_async_read_tile": 2, "noc_async_read_page": 2, "async_read": 1,
    "noc_async_write": 0, "noc_async_write_tile": 2, "noc_async_write_page": 2, "async_write": 0,
}  # fmt: skip
# These make pages or transfers move in ways that only a run shows.
_UNFOLLOWED = ("trid", "scoped_", "evil_", "finish", "cb_interface", "remote_", "_state")


@dataclass(frozen=True)
class Action:
    """What one call does. `buffer` and `pages` are None where they do not apply or are not known."""

    kind: str
    call: Call
    buffer: Poly | None = None
    pages: Poly | None = None

    @property
    def node(self) -> Node:
        """Where it stands."""
        return self.call.node


@dataclass
class Kernel:
    """A kernel source. `bind` tells it what the host passes; before, arguments are symbols of their own."""

    source: Source
    bound: dict[str, Poly | None] = field(default_factory=dict)
    _known: dict[int, Action] = field(default_factory=dict)  # by the identity of the call, which `events` keeps alive

    @cached_property
    def main(self) -> Node | None:
        """Body of kernel_main."""
        found = functions(self.source.root).get("kernel_main")
        return found.child_by_field_name("body") if found is not None else None

    @cached_property
    def scope(self) -> Scope:
        """Names of the file that keep one value."""
        return scope_of(self.source.root, f"{self.source.path}/")

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Calls of kernel_main in order."""
        return events(self.main, self.scope)

    @cached_property
    def own_functions(self) -> frozenset[str]:
        """Functions that the file itself defines."""
        return frozenset(functions(self.source.root)) - {"kernel_main"}

    @cached_property
    def calls(self) -> list[Call]:
        """Every call, in source order."""
        return [event for event in flat(self.events) if isinstance(event, Call)]

    @cached_property
    def called(self) -> frozenset[str]:
        """Names of all calls."""
        return frozenset(call.name for call in self.calls)

    @cached_property
    def actions(self) -> list[Action]:
        """Every call as an action."""
        return [self.action(call) for call in self.calls]

    @cached_property
    def followed(self) -> bool:
        """Whether every call is one whose effect on pages, transfers and DST is known."""
        if self.main is None or any(isinstance(event, Opaque) for event in flat(self.events)):
            return False
        if self.source.root.has_error and any(True for _ in walk(self.main, "ERROR")):
            return False
        return not any(self.unknown(call) for call in self.calls)

    @property
    def computes(self) -> bool:
        """Whether it is a compute kernel."""
        return any(name.startswith(("tile_regs_", "acquire_dst", "compute_kernel_hw_startup")) for name in self.called)

    def unknown(self, call: Call) -> bool:
        """Whether a call may do anything."""
        if call.name in self.own_functions or call.name not in load().known:
            return True
        if call.owner and call.name in _MOVES and self.scope.types.get(call.owner) not in _BUFFER_TYPES:
            return True
        return any(word in call.name for word in _UNFOLLOWED)

    def bind(self, values: dict[str, Poly | None]) -> None:
        """Arguments by their symbol (`<path>/rt:0`) in the host's terms."""
        self.bound = values
        self._known.clear()
        for name in ("actions", "addresses"):  # what was told before in terms of the kernel alone
            self.__dict__.pop(name, None)

    def resolved(self, value: Poly | None) -> Poly | None:
        """A value in the host's terms, as far as they are known."""
        if value is None:
            return None
        return value.replaced({name: worth for name, worth in self.bound.items() if worth is not None})

    def buffer(self, node: Node | None) -> Poly | None:
        """Id of the buffer an expression names: an id, or an object made of one."""
        return self.resolved(self.scope.value(node))

    def action(self, call: Call) -> Action:
        """What a call does."""
        if id(call) not in self._known:
            self._known[id(call)] = self._action(call)
        return self._known[id(call)]

    def _action(self, call: Call) -> Action:
        name, given = call.name, call.given
        move = _MOVES.get(name.removeprefix("cb_"))
        if move and not call.owner and name.startswith("cb_") and len(given) == 2:
            return Action(move, call, self.buffer(given[0]), self.resolved(self.scope.value(given[1])))
        if move and self.scope.types.get(call.owner) in _BUFFER_TYPES and len(given) == 1:
            owner = receiver(call.node)
            return Action(move, call, self.buffer(owner), self.resolved(self.scope.value(given[0])))
        if self.unknown(call):
            return Action(UNKNOWN, call)
        if name.startswith("tile_regs_"):
            return Action(_REGISTERS.get(name.removeprefix("tile_regs_"), OTHER), call)
        return Action(_transfer(name), call, self.local_end(call))

    def local_end(self, call: Call) -> Poly | None:
        """The buffer whose memory a transfer reads or fills; None when the text does not tell."""
        position = _LOCAL_END.get(call.name)
        given = call.given
        if position is None or position >= len(given):
            return None
        found = set(self._buffers_in(given[position]))
        return next(iter(found)) if len(found) == 1 and None not in found else None

    def _buffers_in(self, node: Node) -> Iterator[Poly | None]:
        for item in walk(node, "identifier", "call_expression"):
            if item.type == "call_expression":
                if called(item) in _POINTERS:
                    yield self._pointed(item)
            elif self.scope.types.get(text(item)) in _BUFFER_TYPES and text(node) == text(item):
                yield self.buffer(item)
            elif text(item) in self.addresses:
                yield from self.addresses[text(item)]

    @cached_property
    def addresses(self) -> dict[str, set[Poly | None]]:
        """Variables that hold an address, by the buffers whose pointer they were given."""
        found: dict[str, set[Poly | None]] = {}
        for node in walk(self.source.root, "init_declarator", "assignment_expression"):
            target = node.child_by_field_name("declarator") or node.child_by_field_name("left")
            value = node.child_by_field_name("value") or node.child_by_field_name("right")
            for item in walk(value, "call_expression") if value is not None else ():
                if called(item) in _POINTERS:
                    found.setdefault(text(target), set()).add(self._pointed(item))
        return found

    def _pointed(self, call: Node) -> Poly | None:
        owner = receiver(call)
        given = arguments(call)
        return self.buffer(owner if owner is not None else given[0] if given else None)


def _transfer(name: str) -> str:
    bare = name.removeprefix("noc_")
    if "full_barrier" in bare:
        return UNKNOWN  # ends whatever is under way
    if bare.startswith("async_read_barrier"):
        return READ_BARRIER
    if bare.startswith("async_write_barrier"):
        return WRITE_BARRIER
    if "flushed" in bare:
        return FLUSH
    if "barrier" in bare:
        return UNKNOWN
    if bare.startswith("async_read"):
        return READ
    return WRITE if bare.startswith("async_write") else OTHER


def constant(value: Poly | None) -> int | None:
    """The number, when it is one."""
    return value.constant if value is not None else None
