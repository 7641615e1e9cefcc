"""The parts of a program description, and how they are read from initializer lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tree_sitter import Node

from op_pipeline.static_checks.syntax import called, children, designated, last_name, string, text, walk
from op_pipeline.static_checks.values import Poly


@dataclass(frozen=True)
class Buffer:
    """One circular buffer. `pages` is None when the text does not tell; `backed`: it lies on a tensor's memory."""

    index: int
    pages: Poly | None
    page_size: Poly | None
    format: str
    backed: bool
    node: Node


@dataclass
class Arguments:
    """A list of arguments: expressions, None for an accessor's words; `known` when it is whole."""

    items: list[Node | None] = field(default_factory=list)
    known: bool = True

    @property
    def leading(self) -> int:
        """Number of items before the first accessor."""
        return next((index for index, item in enumerate(self.items) if item is None), len(self.items))

    @property
    def plain(self) -> bool:
        """Whether it is whole and holds no accessor."""
        return self.known and None not in self.items


@dataclass
class Use:
    """One KernelDescriptor: its source, what it is given, and where that stands."""

    path: str
    node: Node
    cores: str = ""
    compile_time: Arguments = field(default_factory=Arguments)
    named: dict[str, Node] | None = field(default_factory=dict)
    runtime: list[tuple[Node, Arguments]] = field(default_factory=list)
    runtime_known: bool = True
    compute: dict[str, Node] = field(default_factory=dict)

    def forget(self) -> None:
        """What it is given is not certain: it is changed somewhere, or only sometimes."""
        self.compile_time.known = self.runtime_known = False
        self.named = None
        self.compute = {}


_LISTS = frozenset({"compile_time_args", "named_compile_time_args", "runtime_args", "common_runtime_args"})
_TAKES = frozenset({"push_back", "emplace_back"})


def escapes(name: Node) -> bool:
    """Whether a mention of a descriptor lets it, or one of its lists, be copied or changed out of sight.

    In sight are its declaration, members, and its being handed to the program's list.
    """
    above = name.parent
    if above is None or above.type in {"declaration", "lambda_capture_specifier", "parameter_declaration"}:
        return False
    if above.type == "init_declarator":
        return above.child_by_field_name("value") == name
    if above.type == "field_expression":
        shown = above.parent
        bound = shown is not None and shown.type in {"init_declarator", "for_range_loop", "initializer_list"}
        return bound and last_name(above) in _LISTS
    if above.type != "argument_list" or above.parent is None:
        return True
    call = above.parent
    outer = call.parent
    if called(call) == "move" and outer is not None and outer.type == "argument_list" and outer.parent is not None:
        call = outer.parent
    return called(call) not in _TAKES


def makes(node: Node | None, kind: str) -> bool:
    """Whether a node makes an object of that type with an initializer list."""
    if node is None:
        return False
    if node.type == "compound_literal_expression":
        return last_name(node.child_by_field_name("type")) == kind
    if node.type == "init_declarator":
        above = node.parent
        value = node.child_by_field_name("value")
        here = above is not None and last_name(above.child_by_field_name("type")) == kind
        return here and value is not None and value.type == "initializer_list"
    return False


def list_of(node: Node) -> Node:
    """The list of a typed initializer, or the node itself."""
    return node.child_by_field_name("value") or node


def objects(node: Node | None, kind: str) -> Iterator[Node]:
    """Objects of a type within a list, or untyped lists of designated fields."""
    for item in walk(node, "compound_literal_expression", "initializer_list") if node is not None else ():
        if makes(item, kind) or (item.type == "initializer_list" and designated(item) and not makes(item.parent, kind)):
            yield item


def declared_names(declaration: Node) -> Iterator[Node]:
    """What a declaration declares."""
    for item in declaration.children_by_field_name("declarator"):
        yield item.child_by_field_name("declarator") or item


def is_initialized(declaration: Node) -> bool:
    """Whether all of it is initialized, and not by a call."""
    return all(
        item.type == "init_declarator" and (value := item.child_by_field_name("value")) is not None
        and value.type != "call_expression"
        for item in declaration.children_by_field_name("declarator")
    )  # fmt: skip


def parameter_names(function: Node) -> list[str]:
    """Names of a function's parameters."""
    declarator = function.child_by_field_name("declarator")
    while declarator is not None and declarator.type != "function_declarator":
        declarator = declarator.child_by_field_name("declarator") or next(iter(declarator.named_children), None)
    names = []
    for parameter in children(declarator.child_by_field_name("parameters")) if declarator is not None else ():
        inner = parameter.child_by_field_name("declarator")
        while inner is not None and inner.type in {"reference_declarator", "pointer_declarator"}:
            inner = next(iter(inner.named_children), None)
        names.append(text(inner))
    return names


def named_values(value: Node) -> dict[str, Node] | None:
    """`{{"name", value}, ...}`; None for anything else."""
    if value.type != "initializer_list":
        return None
    out = {}
    for item in children(value):
        parts = children(item)
        words = string(parts[0]) if len(parts) == 2 else None
        if words is None:
            return None
        out[words] = parts[1]
    return out
