"""C++ sources as syntax trees, and edits of them. Lines are kept: an edit adds no line and removes none.

A file that does not parse everywhere is still usable: mutations look at the parts they know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from op_pipeline.static_checks import syntax

if TYPE_CHECKING:
    from tree_sitter import Node

Edit = tuple[int, int, str]  # first byte, byte after the last, what stands there instead


@dataclass(frozen=True, eq=False)
class Call:
    """A call: `noc.async_read(a, b)` has verb async_read and receiver noc; `ns::f<T>(x)` has verb f."""

    node: Node
    verb: str
    receiver: str
    arguments: tuple[Node, ...]

    @property
    def statement(self) -> Node | None:
        """The expression statement that is nothing but this call."""
        parent = self.node.parent
        return parent if parent is not None and parent.type == "expression_statement" else None


class Source:
    """One file. Positions are bytes of its UTF-8 text."""

    def __init__(self, path: str, text: str) -> None:
        self.path, self.text = path, text
        self.data = text.encode("utf-8")

    @cached_property
    def root(self) -> Node:
        """The syntax tree."""
        return syntax.parse(self.path, self.data).root

    def of(self, node: Node) -> str:
        """The text of a node."""
        return self.data[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def nodes(self, *kinds: str, under: Node | None = None) -> Iterator[Node]:
        """All nodes of these kinds in the order of the text."""
        stack = [under or self.root]
        while stack:
            node = stack.pop()
            if node.type in kinds:
                yield node
            stack.extend(reversed(node.children))

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """All calls in the order of the text."""
        return tuple(self._call(node) for node in self.nodes("call_expression"))

    def calls_of(self, *verbs: str, under: Node | None = None) -> list[Call]:
        """Calls with one of these verbs, below a node when one is given."""
        return [call for call in self.calls if call.verb in verbs and (under is None or within(call.node, under))]

    def statements_of(self, *verbs: str, under: Node | None = None) -> list[tuple[Call, Node]]:
        """Calls with one of these verbs that are statements of their own, with the statement."""
        found = self.calls_of(*verbs, under=under)
        return [(call, call.statement) for call in found if call.statement is not None]

    def _call(self, node: Node) -> Call:
        holder = syntax.receiver(node)
        name = self.of(holder) if holder is not None else ""
        return Call(node, syntax.called(node), name, tuple(syntax.arguments(node)))

    def tokens(self) -> tuple[str, ...]:
        """The text without comments and white space."""
        found: list[str] = []
        stack = [self.root]
        while stack:
            node = stack.pop()
            if node.type == "comment":
                continue
            if node.child_count and node.type not in {"string_literal", "raw_string_literal", "char_literal"}:
                stack.extend(reversed(node.children))
            elif node.end_byte > node.start_byte:
                found.append(self.of(node))
        return tuple(found)

    def edited(self, edits: Iterable[Edit]) -> str:
        """The text with all edits made. ValueError when two overlap."""
        data, end = self.data, len(self.data) + 1
        for start, stop, text in sorted(edits, key=lambda edit: (edit[0], edit[1]), reverse=True):
            if stop > end:
                raise ValueError(f"{self.path}: edits overlap at byte {start}")
            data, end = data[:start] + text.encode("utf-8") + data[stop:], start
        return data.decode("utf-8")

    def at(self, node: Node) -> str:
        """`file:line` of a node."""
        return f"{self.path.rpartition('/')[2]}:{node.start_point[0] + 1}"


def within(node: Node, outer: Node) -> bool:
    """Whether `node` lies in `outer`."""
    return bool(outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte)


def replace(node: Node, text: str) -> Edit:
    """`text` in place of a node; line breaks of the node are kept."""
    return node.start_byte, node.end_byte, text


def remove(source: Source, statement: Node) -> Edit:
    """An empty statement in place of a statement, of as many lines."""
    return statement.start_byte, statement.end_byte, ";" + "\n" * source.of(statement).count("\n")


def before(node: Node, text: str) -> Edit:
    """Insert in front of a node."""
    return node.start_byte, node.start_byte, f"{text} "


def after(node: Node, text: str) -> Edit:
    """Insert behind a node."""
    return node.end_byte, node.end_byte, f" {text}"
