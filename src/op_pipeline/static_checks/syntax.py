"""The one place that knows the C++ parser: trees of files, and what is asked of a node."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter
import tree_sitter_cpp
from tree_sitter import Node

# Macros of the device's headers that stand where C++ has no word; blanked out, so that lines and columns stay.
_QUALIFIERS = (b"tt_l1_ptr", b"tt_reg_ptr", b"FORCE_INLINE", b"ALWI", b"TT_ALWAYS_INLINE")
_FUNCTIONS = frozenset({"function_definition"})


@functools.lru_cache(maxsize=1)
def _parser() -> tree_sitter.Parser:
    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_cpp.language()))


@dataclass(frozen=True)
class Source:
    """One parsed file. `path` is what findings call it."""

    path: str
    root: Node


def parse(path: str, content: bytes) -> Source:
    """Tree of a C++ file; what is no C++ becomes ERROR nodes."""
    for word in _QUALIFIERS:
        content = content.replace(b" " + word + b" ", b" " * (len(word) + 2))
        content = content.replace(b"\n" + word + b" ", b"\n" + b" " * (len(word) + 1))
        content = content.replace(b"<" + word + b" ", b"<" + b" " * (len(word) + 1))
    return Source(path, _parser().parse(content).root_node)


def text(node: Node | None) -> str:
    """Source text of a node; "" for none."""
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def walk(node: Node, *kinds: str) -> Iterator[Node]:
    """The node and all below it in source order; of the given kinds only, when there are any. Named nodes only."""
    pending = [node]
    while pending:
        here = pending.pop()
        if not kinds or here.type in kinds:
            yield here
        pending.extend(reversed(here.named_children))


def children(node: Node | None) -> list[Node]:
    """Named children without comments."""
    return [child for child in node.named_children if child.type != "comment"] if node is not None else []


def place(node: Node) -> tuple[int, int]:
    """Line and column, from 1."""
    return node.start_point[0] + 1, node.start_point[1] + 1


def last_name(node: Node | None) -> str:
    """The name at the end of a possibly qualified, possibly templated name or member access."""
    while node is not None:
        if node.type in {"qualified_identifier", "template_function", "template_method", "template_type"}:
            node = node.child_by_field_name("name")
        elif node.type == "field_expression":
            node = node.child_by_field_name("field")
        elif node.type == "dependent_name":
            node = next(iter(node.named_children), None)
        else:
            return text(node)
    return ""


def receiver(call: Node) -> Node | None:
    """What a method is called on; None for a function."""
    function = call.child_by_field_name("function")
    return (
        function.child_by_field_name("argument")
        if function is not None and function.type == "field_expression"
        else None
    )


def template_arguments(call: Node) -> list[Node]:
    """Arguments between < and > of a call or a name; [] for none."""
    node = call.child_by_field_name("function") or call
    while node.type in {"qualified_identifier", "field_expression"}:
        inner = node.child_by_field_name("name") or node.child_by_field_name("field")
        if inner is None:
            return []
        node = inner
    return children(node.child_by_field_name("arguments")) if node.type.startswith("template_") else []


def arguments(call: Node) -> list[Node]:
    """Arguments between ( and )."""
    return children(call.child_by_field_name("arguments"))


def called(call: Node) -> str:
    """Name of the function or method a call_expression calls, without scope and template arguments."""
    return last_name(call.child_by_field_name("function"))


def functions(root: Node) -> dict[str, Node]:
    """Function definitions of a file by their last name; of several with one name the last."""
    found = {}
    for node in walk(root, *_FUNCTIONS):
        declarator = node.child_by_field_name("declarator")
        while declarator is not None and declarator.type != "function_declarator":
            declarator = declarator.child_by_field_name("declarator") or next(iter(declarator.named_children), None)
        if declarator is not None:
            found[last_name(declarator.child_by_field_name("declarator"))] = node
    return found


def enclosing(node: Node, *kinds: str) -> Node | None:
    """The nearest node above of one of the kinds."""
    above = node.parent
    while above is not None and above.type not in kinds:
        above = above.parent
    return above


def string(node: Node | None) -> str | None:
    """Value of a string literal (adjacent ones joined); None for anything else."""
    if node is None:
        return None
    if node.type == "concatenated_string":
        parts = [string(part) for part in children(node)]
        return None if None in parts else "".join(part for part in parts if part)
    if node.type != "string_literal":
        return None
    return text(node)[1:-1]


def designated(initializer: Node | None) -> dict[str, Node]:
    """Fields of `{.name = value, ...}`; {} for any other list."""
    fields = {}
    for pair in children(initializer):
        if pair.type == "initializer_pair":
            designator, value = pair.child_by_field_name("designator"), pair.child_by_field_name("value")
            if designator is not None and value is not None:
                fields[text(designator).lstrip(".").strip()] = value
    return fields
