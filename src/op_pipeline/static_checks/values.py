"""What an expression is worth, as far as text tells: a polynomial over arguments that nobody knows yet.

A value that the text does not decide is None, and a rule that meets None is silent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tree_sitter import Node

from op_pipeline.static_checks.syntax import (
    arguments,
    called,
    children,
    last_name,
    string,
    template_arguments,
    text,
    walk,
)

_CB_BASE = {"c_in": 0, "c_out": 16, "c_intermed": 24, "c_": 0}
_AROUND_A_NAME = frozenset({
    "init_declarator", "reference_declarator", "pointer_declarator", "function_declarator", "array_declarator",
})  # fmt: skip
_CASTS = frozenset({"static_cast", "uint32_t", "int", "size_t", "unsigned"})
_ARGUMENTS = {
    "get_arg_val": "rt", "get_common_arg_val": "crt", "get_compile_time_arg_val": "ct",
    "get_named_compile_time_arg_val": "named",
}  # fmt: skip


@dataclass(frozen=True)
class Poly:
    """A polynomial: coefficients by the sorted names of a monomial; () is the constant."""

    terms: Mapping[tuple[str, ...], int]

    def __hash__(self) -> int:
        return hash(frozenset(self.terms.items()))

    def __add__(self, other: Poly) -> Poly:
        out = dict(self.terms)
        for names, coefficient in other.terms.items():
            out[names] = out.get(names, 0) + coefficient
        return Poly({names: value for names, value in out.items() if value})

    def __neg__(self) -> Poly:
        return Poly({names: -value for names, value in self.terms.items()})

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def __mul__(self, other: Poly) -> Poly:
        out = Poly({})
        for names, value in self.terms.items():
            out += Poly({tuple(sorted(names + more)): value * factor for more, factor in other.terms.items()})
        return out

    @property
    def constant(self) -> int | None:
        """The number, when it is one."""
        return self.terms.get((), 0) if set(self.terms) <= {()} else None

    @property
    def symbols(self) -> frozenset[str]:
        """Names in it."""
        return frozenset(name for names in self.terms for name in names)

    def sign(self) -> int:
        """1 or -1 when it is above or below zero for all symbols >= 1; 0 when it is zero or depends."""
        values = list(self.terms.values())
        if values and all(value > 0 for value in values):
            return 1
        return -1 if values and all(value < 0 for value in values) else 0

    def over(self, other: Poly) -> Poly | None:
        """Quotient when `other` is one term that divides each term exactly; else None."""
        if len(other.terms) != 1:
            return None
        (names, factor), out = next(iter(other.terms.items())), {}
        for term, value in self.terms.items():
            rest = list(term)
            for name in names:
                if name not in rest:
                    return None
                rest.remove(name)
            if value % factor:
                return None
            out[tuple(rest)] = value // factor
        return Poly(out)

    def replaced(self, values: Mapping[str, Poly | None]) -> Poly | None:
        """With symbols replaced; a symbol that `values` maps to None makes it None."""
        out = Poly({})
        for names, coefficient in self.terms.items():
            term = number(coefficient)
            for name in names:
                value = values.get(name, symbol(name))
                if value is None:
                    return None
                term *= value
            out += term
        return out

    def at(self, value: int) -> int:
        """Its value with every symbol set to `value`."""
        return sum(coefficient * value ** len(names) for names, coefficient in self.terms.items())

    def __str__(self) -> str:
        parts = []
        for names, value in sorted(self.terms.items(), reverse=True):
            words = " * ".join(name.rsplit("/", 1)[-1].split("@")[0] for name in names)
            parts.append(str(value) if not words else words if value == 1 else f"{value} * {words}")
        return " + ".join(parts).replace("+ -", "- ") or "0"


def number(value: int) -> Poly:
    """A constant."""
    return Poly({(): value} if value else {})


def symbol(name: str) -> Poly:
    """Something unknown that has a name."""
    return Poly({(name,): 1})


@dataclass
class Scope:
    """Names of one file or function that keep one value: declared once, assigned never.

    `prefix` keeps symbols of different files apart. `opaque`: names without a known value are symbols, not None.
    """

    values: dict[str, Node] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    opaque: bool = False
    outer: Scope | None = None
    stable: frozenset[str] = frozenset()
    memo: dict[str, Poly | None] = field(default_factory=dict)

    def node(self, name: str) -> Node | None:
        """The expression a name stands for."""
        found = self.values.get(name)
        return found if found is not None or self.outer is None else self.outer.node(name)

    def value(self, node: Node | None) -> Poly | None:
        """Worth of an expression; None when the text does not tell."""
        if node is None:
            return None
        handler = _HANDLERS.get(node.type)
        return handler(self, node) if handler else None

    def constant(self, node: Node | None) -> int | None:
        """Its number, when it is one."""
        value = self.value(node)
        return value.constant if value is not None else None

    def string(self, node: Node | None) -> str | None:
        """Text of a string expression: a literal, or a name that stands for one."""
        for _ in range(4):
            if node is not None and node.type == "identifier":
                node = self.node(text(node))
        return string(node)

    def name(self, name: str) -> Poly | None:
        """Worth of a name."""
        if name not in self.memo:
            self.memo[name] = None  # a name that stands for itself
            found = self.values.get(name)
            worth = self.value(found) if found is not None else None
            if worth is None and self.outer is not None and found is None and name not in self.stable:
                worth = self.outer.name(name)
            if worth is None and self.opaque and name in self.stable:
                worth = symbol(f"{self.prefix}{name}")
            self.memo[name] = worth
        return self.memo[name]


def scope_of(root: Node, prefix: str = "", *, opaque: bool = False, outer: Scope | None = None) -> Scope:
    """Declarations of all depths below `root` that hold: a name declared twice or assigned again is left out."""
    declared: dict[str, list[Node | None]] = {}
    types: dict[str, str] = {}
    for node in walk(root, "declaration", "for_range_loop", "parameter_declaration", "optional_parameter_declaration"):
        kind = last_name(node.child_by_field_name("type"))
        for item in node.children_by_field_name("declarator"):
            value = item.child_by_field_name("value")
            inner: Node | None = item
            if item.type == "function_declarator":  # `Type name(other);` reads like a function
                value = item.child_by_field_name("parameters")
            while inner is not None and inner.type in _AROUND_A_NAME:
                inner = inner.child_by_field_name("declarator") or next(iter(inner.named_children), None)
            names = children(inner) if inner is not None and inner.type == "structured_binding_declarator" else [inner]
            for name in names:
                declared.setdefault(text(name), []).append(value if len(names) == 1 else None)
                types[text(name)] = kind
    changed = {text(target) for target in _targets(root)}
    values = {
        name: nodes[0] for name, nodes in declared.items() if len(nodes) == 1 and name not in changed and nodes[0]
    }
    stable = frozenset(name for name, nodes in declared.items() if len(nodes) == 1 and name not in changed)
    return Scope(values, types, prefix, opaque, outer, stable)


def _targets(root: Node) -> list[Node | None]:
    out = []
    for node in walk(root, "assignment_expression", "update_expression", "pointer_expression"):
        if node.type == "pointer_expression":  # an address taken may be written through; a dereference harms nothing
            out.append(node.child_by_field_name("argument") if text(node).startswith("&") else None)
        else:
            out.append(node.child_by_field_name("left") or node.child_by_field_name("argument"))
    return out


def _literal(_scope: Scope, node: Node) -> Poly | None:
    digits = text(node).replace("'", "").rstrip("uUlL")
    try:
        return number(int(digits, 0))
    except ValueError:
        return None


def _identifier(scope: Scope, node: Node) -> Poly | None:
    return scope.name(text(node))


def _qualified(scope: Scope, node: Node) -> Poly | None:
    name = last_name(node)
    for head, base in _CB_BASE.items():
        if name.startswith(head) and name[len(head) :].isdigit():
            return number(base + int(name[len(head) :]))
    known = {"TILE_HW": 1024, "TILE_HEIGHT": 32, "TILE_WIDTH": 32}.get(name)
    if known is not None:
        return number(known)
    handle = text(node).startswith("dfb::")
    return symbol(f"{scope.prefix}{text(node)}") if scope.opaque or handle else None


def _inner(scope: Scope, node: Node) -> Poly | None:
    inner = [child for child in children(node) if child.type != "type_descriptor"]
    return scope.value(inner[0]) if len(inner) == 1 else None


def _cast(scope: Scope, node: Node) -> Poly | None:
    return scope.value(node.child_by_field_name("value"))


def _parameter(scope: Scope, node: Node) -> Poly | None:
    """`Type name(other);` keeps `other` where a parameter's type would stand."""
    inner = node.child_by_field_name("type")
    if inner is None:
        return None
    return scope.name(text(inner)) if inner.type == "type_identifier" else scope.value(inner)


def _binary(scope: Scope, node: Node) -> Poly | None:
    left, right = (scope.value(node.child_by_field_name(side)) for side in ("left", "right"))
    if left is None or right is None:
        return None
    operators: dict[str, Callable[[], Poly | None]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: _divided(left, right),
    }
    operator = text(node.child_by_field_name("operator"))
    return operators[operator]() if operator in operators else None


def _divided(left: Poly, right: Poly) -> Poly | None:
    if left.constant is not None and right.constant:
        return number(left.constant // right.constant)
    return None


def _call(scope: Scope, node: Node) -> Poly | None:
    name = called(node)
    given = arguments(node)
    if name in _CASTS and len(given) == 1:
        return scope.value(given[0])
    if name == "get_compile_time_arg_val" or name in _ARGUMENTS:
        given = given or template_arguments(node)
        if len(given) != 1:
            return None
        words = string(given[0])
        index = scope.constant(given[0])
        if words is None and index is None:
            return None
        return symbol(f"{scope.prefix}{_ARGUMENTS[name]}:{words if words is not None else index}")
    if name == "get_arg" and len(given) == 1:
        return symbol(f"{scope.prefix}{text(given[0])}")
    if name in {"get_id", "get_cb_id"}:
        function = node.child_by_field_name("function")
        return scope.value(function.child_by_field_name("argument")) if function is not None else None
    return None


_HANDLERS: dict[str, Callable[[Scope, Node], Poly | None]] = {
    "number_literal": _literal,
    "identifier": _identifier,
    "type_identifier": _identifier,
    "qualified_identifier": _qualified,
    "parenthesized_expression": _inner,
    "argument_list": _inner,
    "initializer_list": _inner,
    "parameter_list": _inner,
    "parameter_declaration": _parameter,
    "cast_expression": _cast,
    "binary_expression": _binary,
    "call_expression": _call,
}
