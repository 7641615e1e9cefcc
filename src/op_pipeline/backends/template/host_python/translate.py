"""The host's C++ of a design, as Python: declarations, arithmetic, conditions, loops, plain functions and structs.

It reads what this backend writes, not C++ at large: anything else is an error, never a guess. Unsigned arithmetic that
would wrap is not imitated; the design's counts do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from op_pipeline.backends.template.host_python.expressions import Expressions, first, inside, unknown
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.static_checks.syntax import children, parse, text

if TYPE_CHECKING:
    from tree_sitter import Node

INDENT = "    "


class Translator(Expressions):
    """Turns snippets into Python; see Expressions for `floats`."""

    def expression(self, code: str) -> str:
        """One expression."""
        return self.value(first(_body(f"return {code};")))[0]

    def statements(self, lines: Sequence[str]) -> list[str]:
        """Statements, one per line or over several; comments stay."""
        found: list[str] = []
        for node in _body("\n".join(lines)).named_children:
            found += self.statement(node)
        return found

    def definitions(self, code: str) -> list[str]:
        """Functions and structs of a namespace, two blank lines before each."""
        root = parse("host", code.encode()).root
        found: list[str] = []
        comments: list[str] = []
        for node in root.named_children:
            if node.type == "comment":
                comments += _comment(node)
                continue
            found += ["", "", *comments, *self.definition(node)]
            comments = []
        return found

    def definition(self, node: Node) -> list[str]:
        """A struct becomes a dataclass, a function a function."""
        if node.type == "struct_specifier":
            body = children(node.child_by_field_name("body"))
            names = [text(item.child_by_field_name("declarator")) for item in body if item.type == "field_declaration"]
            head = f"class {text(node.child_by_field_name('name'))}:"
            return ["@dataclass", head, *(f"{INDENT}{name}: int" for name in names)]
        if node.type == "function_definition":
            declarator = node.child_by_field_name("declarator")
            assert declarator is not None
            names = [_declared(item) for item in children(declarator.child_by_field_name("parameters"))]
            head = f"def {text(declarator.child_by_field_name('declarator'))}({', '.join(names)}):"
            return [head, *self.block(node.child_by_field_name("body"))]
        if node.type in {"declaration", "expression_statement"} and not text(node).strip("; \n"):
            return []
        raise unknown(node)

    def block(self, node: Node | None) -> list[str]:
        """The statements of a body, indented."""
        assert node is not None
        inner = node.named_children if node.type == "compound_statement" else [node]
        lines = [line for child in inner for line in self.statement(child)]
        return [f"{INDENT}{line}" if line else line for line in lines or ["pass"]]

    def statement(self, node: Node) -> list[str]:
        """One statement, as lines."""
        handler = self._STATEMENTS.get(node.type)
        if handler is None:
            raise unknown(node)
        return handler(self, node)

    def _declaration(self, node: Node) -> list[str]:
        found = []
        for item in node.children_by_field_name("declarator"):
            if item.type != "init_declarator":
                raise unknown(node)
            name, value = item.child_by_field_name("declarator"), item.child_by_field_name("value")
            kind = text(node.child_by_field_name("type"))
            if name is None or value is None:
                raise unknown(node)
            if kind == "float":
                self.floats.add(_declared(name))
            found.append(f"{_bound(name)} = {self.initial(kind, value)}")
        return found

    def _if(self, node: Node) -> list[str]:
        condition = self.value(inside(node.child_by_field_name("condition")))[0]
        lines = [f"if {condition}:", *self.block(node.child_by_field_name("consequence"))]
        other = node.child_by_field_name("alternative")
        if other is None:
            return lines
        inner = first(other)
        if inner.type == "if_statement":
            nested = self._if(inner)
            return [*lines, f"el{nested[0]}", *nested[1:]]
        return [*lines, "else:", *self.block(inner)]

    def _while(self, node: Node) -> list[str]:
        condition = self.value(inside(node.child_by_field_name("condition")))[0]
        return [f"while {condition}:", *self.block(node.child_by_field_name("body"))]

    def _for_each(self, node: Node) -> list[str]:
        name = _bound(node.child_by_field_name("declarator"))
        over = self.value(node.child_by_field_name("right"))[0]
        return [f"for {name} in {over}:", *self.block(node.child_by_field_name("body"))]

    def _for(self, node: Node) -> list[str]:
        """`for (T i = 0; i < n; ++i)` only."""
        start = node.child_by_field_name("initializer")
        condition, update = node.child_by_field_name("condition"), node.child_by_field_name("update")
        first = self._declaration(start)[0] if start is not None and start.type == "declaration" else ""
        name, _, begin = first.partition(" = ")
        if condition is None or update is None or text(update) not in {f"++{name}", f"{name}++"}:
            raise unknown(node)
        limit = condition.child_by_field_name("right")
        compared = (text(condition.child_by_field_name("left")), text(condition.child_by_field_name("operator")))
        if compared != (name, "<"):
            raise unknown(node)
        end = self.value(limit)[0]
        over = f"range({end})" if begin == "0" else f"range({begin}, {end})"
        return [f"for {name} in {over}:", *self.block(node.child_by_field_name("body"))]

    def _return(self, node: Node) -> list[str]:
        values = children(node)
        if not values:
            return ["return"]
        return [f"return {self.initial('', values[0])}"]

    def _expression_statement(self, node: Node) -> list[str]:
        inner = first(node)
        if inner.type == "assignment_expression":
            left = self.value(inner.child_by_field_name("left"))[0]
            right = self.value(inner.child_by_field_name("right"))[0]
            operator = text(inner.child_by_field_name("operator"))
            return [f"{left} {'//=' if operator == '/=' else operator} {right}"]
        if inner.type == "update_expression":
            sign = "+=" if "++" in text(inner) else "-="
            return [f"{self.value(inner.child_by_field_name('argument'))[0]} {sign} 1"]
        return [self.value(inner)[0]]

    _STATEMENTS: ClassVar[dict[str, Callable[[Translator, Node], list[str]]]] = {
        "declaration": _declaration,
        "if_statement": _if,
        "while_statement": _while,
        "for_statement": _for,
        "for_range_loop": _for_each,
        "return_statement": _return,
        "expression_statement": _expression_statement,
        "break_statement": lambda _, __: ["break"],
        "continue_statement": lambda _, __: ["continue"],
        "comment": lambda _, node: _comment(node),
    }


def _body(code: str) -> Node:
    """The body of a function that holds `code`."""
    root = parse("host", f"auto host() {{\n{code}\n}}".encode()).root
    if root.has_error:
        raise UnsupportedSpecError("host code", f"it is not understood: {code.strip()[:120]}")
    function = next(node for node in root.named_children if node.type == "function_definition")
    body = function.child_by_field_name("body")
    assert body is not None
    return first(body) if code.startswith("return ") and len(children(body)) == 1 else body


def _declared(node: Node | None) -> str:
    """The name that a declarator or parameter introduces."""
    assert node is not None
    while node.type != "identifier":
        following = node.child_by_field_name("declarator") or next(
            (child for child in reversed(node.named_children) if child.type in _DECLARATORS), None
        )
        if following is None:
            raise unknown(node)
        node = following
    return text(node)


_DECLARATORS = {
    "identifier", "reference_declarator", "pointer_declarator", "array_declarator", "structured_binding_declarator",
}  # fmt: skip


def _bound(node: Node | None) -> str:
    """The name, or the names of a structured binding."""
    assert node is not None
    for inner in _nested(node):
        if inner.type == "structured_binding_declarator":
            return ", ".join(text(name) for name in children(inner))
    return _declared(node)


def _nested(node: Node) -> Iterator[Node]:
    yield node
    for child in node.named_children:
        if child.type in _DECLARATORS:
            yield from _nested(child)


def _comment(node: Node) -> list[str]:
    return [f"# {line.strip().removeprefix('//').strip()}" for line in text(node).splitlines()]
