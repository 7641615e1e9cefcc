"""The host's C++ of a design, as Python: declarations, arithmetic, conditions, loops, plain functions and structs.

It reads what this backend writes, not C++ at large: anything else is an error, never a guess. Unsigned arithmetic that
would wrap is not imitated; the design's counts do not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from tree_sitter import Node

from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.static_checks.syntax import children, parse, text

INDENT = "    "
# Names of the C++ side and what they are in Python. TILE_HEIGHT and TILE_WIDTH are one number there.
_NAMES = {
    "true": "True",
    "false": "False",
    "nullptr": "None",
    "tt::constants::TILE_HEIGHT": "ttnn.TILE_SIZE",
    "tt::constants::TILE_WIDTH": "ttnn.TILE_SIZE",
    "tt::constants::TILE_HW": "ttnn.TILE_SIZE * ttnn.TILE_SIZE",
    "TILE_HEIGHT": "ttnn.TILE_SIZE",
    "TILE_WIDTH": "ttnn.TILE_SIZE",
    "std::numeric_limits<float>::infinity": "float('inf')",
    "std::numeric_limits<float>::quiet_NaN": "float('nan')",
}
_FUNCTIONS = {
    "std::max": "max",
    "std::min": "min",
    "std::abs": "abs",
    "std::pow": "pow",
    "std::floor": "math.floor",
    "std::ceil": "math.ceil",
    "std::nearbyint": "round",
    "std::bit_cast": "float_bits",
    "tt::tile_size": "ttnn.tile_size",
    "tt::div_up": "div_up",
    "datatype_to_dataformat_converter": "",
    **{f"std::{name}": f"math.{name}" for name in (
        "exp", "log", "log1p", "expm1", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf",
    )},
}  # fmt: skip
# Methods without arguments: of tensors, shapes and devices.
_ATTRIBUTES = {
    "logical_shape": "shape",
    "padded_shape": "padded_shape",
    "dtype": "dtype",
    "layout": "layout",
    "rank": "rank",
}
_METHODS = {
    "physical_volume": "volume()",
    "logical_volume": "logical_volume()",
    "device": "device()",
    "memory_config": "memory_config()",
    "memory_layout": "memory_layout",
    "buffer_type": "buffer_type",
    "storage_type": "storage_type()",
    "is_sharded": "is_sharded()",
    "compute_with_storage_grid_size": "compute_with_storage_grid_size()",
    "element_size": "element_size()",
}
_ENUMS = ("DataType", "Layout", "TensorMemoryLayout", "BufferType", "StorageType", "DataFormat")
_FORMATS = {"Float32": "float32", "Float16_b": "bfloat16"}
_FLOAT = re.compile(r"\d\.\d*f?\b|\bmath\.|float\(")
_PRECEDENCE = {
    "||": 1, "&&": 2, "==": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "|": 5, "^": 6, "&": 7, "<<": 8, ">>": 8,
    "+": 9, "-": 9, "*": 10, "/": 10, "%": 10,
}  # fmt: skip
_WORDS = {"||": "or", "&&": "and"}
_ATOM, _UNARY, _TERNARY = 20, 11, 0
Text = tuple[str, int]


class Translator:
    """Turns snippets into Python. `floats` are names of float values: division by or of one is not integer division."""

    def __init__(self, floats: Sequence[str] = ()) -> None:
        self.floats = set(floats)

    def expression(self, code: str) -> str:
        """One expression."""
        return self.value(_first(_body(f"return {code};")))[0]

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
            fields = [field for field in children(node.child_by_field_name("body")) if field.type == "field_declaration"]
            names = [text(field.child_by_field_name("declarator")) for field in fields]
            return ["@dataclass", f"class {text(node.child_by_field_name('name'))}:", *(f"{INDENT}{name}: int" for name in names)]
        if node.type == "function_definition":
            declarator = node.child_by_field_name("declarator")
            assert declarator is not None
            names = [_declared(item) for item in children(declarator.child_by_field_name("parameters"))]
            head = f"def {text(declarator.child_by_field_name('declarator'))}({', '.join(names)}):"
            return [head, *self.block(node.child_by_field_name("body"))]
        if node.type in {"declaration", "expression_statement"} and not text(node).strip("; \n"):
            return []
        raise _unknown(node)

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
            raise _unknown(node)
        return handler(self, node)

    def _declaration(self, node: Node) -> list[str]:
        found = []
        for item in node.children_by_field_name("declarator"):
            if item.type != "init_declarator":
                raise _unknown(node)
            name, value = item.child_by_field_name("declarator"), item.child_by_field_name("value")
            kind = text(node.child_by_field_name("type"))
            if name is None or value is None:
                raise _unknown(node)
            if kind == "float":
                self.floats.add(_declared(name))
            found.append(f"{_bound(name)} = {self._initial(kind, value)}")
        return found

    def _initial(self, kind: str, value: Node) -> str:
        if value.type != "initializer_list":
            return self.value(value)[0]
        items = children(value)
        if items and all(item.type == "initializer_pair" for item in items):
            fields = (
                f"{text(item.child_by_field_name('designator')).lstrip('.')}={self.value(item.child_by_field_name('value'))[0]}"
                for item in items
            )
            return f"{kind}({', '.join(fields)})"
        return f"({', '.join(self._initial('', item) for item in items)})"

    def _if(self, node: Node) -> list[str]:
        condition = self.value(_inside(node.child_by_field_name("condition")))[0]
        lines = [f"if {condition}:", *self.block(node.child_by_field_name("consequence"))]
        other = node.child_by_field_name("alternative")
        if other is None:
            return lines
        inner = _first(other)
        if inner.type == "if_statement":
            nested = self._if(inner)
            return [*lines, f"el{nested[0]}", *nested[1:]]
        return [*lines, "else:", *self.block(inner)]

    def _while(self, node: Node) -> list[str]:
        condition = self.value(_inside(node.child_by_field_name("condition")))[0]
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
            raise _unknown(node)
        limit = condition.child_by_field_name("right")
        if text(condition.child_by_field_name("operator")) != "<" or text(condition.child_by_field_name("left")) != name:
            raise _unknown(node)
        end = self.value(limit)[0]
        over = f"range({end})" if begin == "0" else f"range({begin}, {end})"
        return [f"for {name} in {over}:", *self.block(node.child_by_field_name("body"))]

    def _return(self, node: Node) -> list[str]:
        values = children(node)
        if not values:
            return ["return"]
        return [f"return {self._initial('', values[0])}"]

    def _expression_statement(self, node: Node) -> list[str]:
        inner = _first(node)
        if inner.type == "assignment_expression":
            left = self.value(inner.child_by_field_name("left"))[0]
            right = self.value(inner.child_by_field_name("right"))[0]
            operator = text(inner.child_by_field_name("operator"))
            return [f"{left} {'//=' if operator == '/=' else operator} {right}"]
        if inner.type == "update_expression":
            sign = "+=" if "++" in text(inner) else "-="
            return [f"{self.value(inner.child_by_field_name('argument'))[0]} {sign} 1"]
        return [self.value(inner)[0]]

    _STATEMENTS: dict[str, Callable[[Translator, Node], list[str]]] = {
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

    def value(self, node: Node | None) -> Text:
        """An expression and its precedence."""
        if node is None:
            raise UnsupportedSpecError("host code", "an expression is missing")
        handler = self._VALUES.get(node.type)
        if handler is None:
            raise _unknown(node)
        return handler(self, node)

    def _name(self, node: Node) -> Text:
        name = text(node)
        scope, _, last = name.rpartition("::")
        if name in _NAMES:
            known = _NAMES[name]
            return known, _PRECEDENCE["*"] if " * " in known else _ATOM
        kind = scope.rpartition("::")[2]
        if kind == "DataFormat":
            return f"ttnn.{_FORMATS[last]}", _ATOM
        if kind == "CBIndex":
            return last.removeprefix("c_"), _ATOM
        if kind in _ENUMS:
            return f"ttnn.{kind}.{last}", _ATOM
        if scope:
            raise _unknown(node)
        return name, _ATOM

    def _number(self, node: Node) -> Text:
        literal = text(node).replace("'", "").lower()
        if literal.startswith("0x"):
            return literal.rstrip("ul"), _ATOM
        return literal.rstrip("ful"), _ATOM

    def _binary(self, node: Node) -> Text:
        operator = text(node.child_by_field_name("operator"))
        precedence = _PRECEDENCE[operator]
        left, right = (self.value(node.child_by_field_name(side)) for side in ("left", "right"))
        if text(node.child_by_field_name("right")) == "nullptr" and left[0].endswith(".buffer_address()"):
            return left[0].replace(".buffer_address()", ".is_allocated()"), _ATOM
        if operator == "/" and not self._is_float(left[0]) and not self._is_float(right[0]):
            operator = "//"
        left_text = left[0] if left[1] > precedence or (left[1] == precedence and precedence != 4) else f"({left[0]})"
        right_text = right[0] if right[1] > precedence else f"({right[0]})"
        return f"{left_text} {_WORDS.get(operator, operator)} {right_text}", precedence

    def _is_float(self, code: str) -> bool:
        return bool(_FLOAT.search(code)) or bool(self.floats & set(re.findall(r"[A-Za-z_]\w*", code)))

    def _unary(self, node: Node) -> Text:
        operator = text(node.child_by_field_name("operator"))
        inner = self.value(node.child_by_field_name("argument"))
        argument = inner[0] if inner[1] >= _UNARY else f"({inner[0]})"
        return (f"not {argument}", 3) if operator == "!" else (f"{operator}{argument}", _UNARY)

    def _ternary(self, node: Node) -> Text:
        parts = [
            self.value(node.child_by_field_name(part)) for part in ("consequence", "condition", "alternative")
        ]
        then, condition, other = (part[0] if part[1] > _TERNARY else f"({part[0]})" for part in parts)
        return f"{then} if {condition} else {other}", _TERNARY

    def _inner(self, node: Node) -> Text:
        return self.value(_inside(node))

    def _subscript(self, node: Node) -> Text:
        base = self.value(node.child_by_field_name("argument"))[0]
        index = children(node.child_by_field_name("indices"))[0]
        return f"{base}[{self.value(index)[0]}]", _ATOM

    def _field(self, node: Node) -> Text:
        base, name = node.child_by_field_name("argument"), text(node.child_by_field_name("field"))
        if text(base) == "attributes":
            return name, _ATOM
        if text(base) == "tensor_args":
            return name, _ATOM
        return f"{self.value(base)[0]}.{name}", _ATOM

    def _call(self, node: Node) -> Text:
        function = node.child_by_field_name("function")
        given = [self._initial("", item) for item in children(node.child_by_field_name("arguments"))]
        assert function is not None
        if function.type == "field_expression":
            return self._method(function, given), _ATOM
        name = text(function)
        bare = re.sub(r"<.*>$", "", name)
        if bare == "static_cast":
            kind = name[len(bare) + 1 : -1]
            return f"{'float' if kind == 'float' else 'int'}({given[0]})", _ATOM
        if name in _NAMES:
            return _NAMES[name], _ATOM
        if bare in _FUNCTIONS:
            known = _FUNCTIONS[bare]
            return (f"{known}({', '.join(given)})" if known else given[0]), _ATOM
        if "::" in bare:
            raise _unknown(node)
        return f"{bare}({', '.join(given)})", _ATOM

    def _method(self, function: Node, given: list[str]) -> str:
        base, name = function.child_by_field_name("argument"), text(function.child_by_field_name("field"))
        if base is not None and base.type == "call_expression" and text(base).endswith(".buffer()"):
            tensor = self.value(_first(_first(base)))[0]
            return {"address": f"{tensor}.buffer_address()", "num_pages": f"{tensor}.buffer_num_pages()"}[name]
        if name == "rank":
            return f"len({self.value(base)[0]})"
        if name == "buffer":
            return f"{self.value(base)[0]}.buffer_address()"
        if not given and name in _ATTRIBUTES:
            return f"{self.value(base)[0]}.{_ATTRIBUTES[name]}"
        if not given and name in _METHODS:
            return f"{self.value(base)[0]}.{_METHODS[name]}"
        return f"{self.value(base)[0]}.{name}({', '.join(given)})"

    _VALUES: dict[str, Callable[[Translator, Node], Text]] = {
        "identifier": _name,
        "qualified_identifier": _name,
        "true": _name,
        "false": _name,
        "null": _name,
        "nullptr": _name,
        "number_literal": _number,
        "binary_expression": _binary,
        "unary_expression": _unary,
        "pointer_expression": lambda self, node: self.value(node.child_by_field_name("argument")),
        "conditional_expression": _ternary,
        "parenthesized_expression": _inner,
        "condition_clause": _inner,
        "subscript_expression": _subscript,
        "field_expression": _field,
        "call_expression": _call,
    }


def _body(code: str) -> Node:
    """The body of a function that holds `code`."""
    root = parse("host", f"auto host() {{\n{code}\n}}".encode()).root
    if root.has_error:
        raise UnsupportedSpecError("host code", f"it is not understood: {code.strip()[:120]}")
    function = next(node for node in root.named_children if node.type == "function_definition")
    body = function.child_by_field_name("body")
    assert body is not None
    return _first(body) if code.startswith("return ") and len(children(body)) == 1 else body


def _first(node: Node) -> Node:
    return children(node)[0]


def _inside(node: Node | None) -> Node:
    """What stands between parentheses."""
    assert node is not None
    while node.type in {"parenthesized_expression", "condition_clause"}:
        node = node.child_by_field_name("value") or _first(node)
    return node


def _declared(node: Node | None) -> str:
    """The name that a declarator or parameter introduces."""
    assert node is not None
    while node.type != "identifier":
        following = node.child_by_field_name("declarator") or next(
            (child for child in reversed(node.named_children) if child.type in _DECLARATORS), None
        )
        if following is None:
            raise _unknown(node)
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


def _unknown(node: Node) -> UnsupportedSpecError:
    return UnsupportedSpecError(f"host code {text(node)[:120]!r}", f"it has no Python for it ({node.type})")
