"""C++ expressions of a design as Python: names, arithmetic, conditions, calls of tensors and shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.static_checks.syntax import children, text

if TYPE_CHECKING:
    from tree_sitter import Node

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
}
_FUNCTIONS |= {
    f"std::{name}": f"math.{name}"
    for name in (
        *("exp", "log", "log1p", "expm1", "sqrt", "erf"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
    )
}
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


class Expressions:
    """Translates expressions. `floats` are names of float values: a division by or of one is no integer division."""

    def __init__(self, floats: Sequence[str] = ()) -> None:
        self.floats = set(floats)

    def value(self, node: Node | None) -> Text:
        """An expression and its precedence."""
        if node is None:
            raise UnsupportedSpecError("host code", "an expression is missing")
        handler = self._VALUES.get(node.type)
        if handler is None:
            raise unknown(node)
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
            raise unknown(node)
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
        return self.value(inside(node))

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
        given = [self.initial("", item) for item in children(node.child_by_field_name("arguments"))]
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
        if bare == "tt::align":
            return f"-(-({given[0]}) // {given[1]}) * {given[1]}", _PRECEDENCE["*"]
        if bare in _FUNCTIONS:
            known = _FUNCTIONS[bare]
            return (f"{known}({', '.join(given)})" if known else given[0]), _ATOM
        if "::" in bare:
            raise unknown(node)
        return f"{bare}({', '.join(given)})", _ATOM

    def _method(self, function: Node, given: list[str]) -> str:
        base, name = function.child_by_field_name("argument"), text(function.child_by_field_name("field"))
        if base is not None and base.type == "call_expression" and text(base).endswith(".buffer()"):
            tensor = self.value(first(first(base)))[0]
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

    _VALUES: ClassVar[dict[str, Callable[[Expressions, Node], Text]]] = {
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

    def initial(self, kind: str, value: Node) -> str:
        """An initialiser: an expression, a list of them, or the fields of a struct called `kind`."""
        if value.type != "initializer_list":
            return self.value(value)[0]
        items = children(value)
        if items and all(item.type == "initializer_pair" for item in items):
            return f"{kind}({', '.join(self._field_of(item) for item in items)})"
        return f"({', '.join(self.initial('', item) for item in items)})"

    def _field_of(self, pair: Node) -> str:
        name = text(pair.child_by_field_name("designator")).lstrip(".")
        return f"{name}={self.value(pair.child_by_field_name('value'))[0]}"


def first(node: Node) -> Node:
    """The first thing in a node."""
    return children(node)[0]


def inside(node: Node | None) -> Node:
    """What stands between parentheses."""
    assert node is not None
    while node.type in {"parenthesized_expression", "condition_clause"}:
        node = node.child_by_field_name("value") or first(node)
    return node


def unknown(node: Node) -> UnsupportedSpecError:
    """What to raise for a construct without a translation."""
    return UnsupportedSpecError(f"host code {text(node)[:120]!r}", f"it has no Python for it ({node.type})")
