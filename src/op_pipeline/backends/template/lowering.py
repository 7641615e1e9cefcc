"""Lowers the formula's functions to tile operations: which call computes what, and how the rest is composed.

Semantics are NumPy's on floats; comparisons give 0 and 1. A call that exists but is less accurate than a composition
is not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from op_pipeline.backends.template import scalars
from op_pipeline.backends.template.graph import ATOM, Graph, Node, Scalar, number
from op_pipeline.backends.template.tile_ops import COMPARISONS, zero_compare
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec.expression import REDUCTIONS, Expr, Input, Number, Parameter

Value: TypeAlias = int | Scalar
"""Index of a tile node, or a scalar."""

_DIRECT = {
    name: name
    for name in (
        *("exp", "log", "log1p", "expm1", "sqrt", "rsqrt", "abs", "sign", "floor", "ceil", "round"),
        *("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"),
        *("erf", "sigmoid", "relu", "gelu", "silu", "square", "negative"),
    )
} | {"reciprocal": "recip"}
_COMPARE = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge", "equal": "eq", "not_equal": "ne"}
_MIRRORED = {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le", "eq": "eq", "ne": "ne"}
_MOVEMENT = frozenset({"transpose", "concat", "pad", "slice"})
SOFTPLUS_LIMIT = 20.0
"""Beyond it log1p(exp(x)) equals x in float32."""
MAX_UNROLLED_POWER = 8
"""Integer powers up to here are multiplied out: exact signs, and fewer roundings than exp(n log x)."""


@dataclass(frozen=True)
class ParameterKind:
    """How a parameter reaches the host expression: its C++ member and type."""

    member: str
    type: str

    def scalar(self, name: str) -> Scalar:
        """Scalar that reads the parameter from the operation's attributes."""
        read = f"attributes.{self.member}"
        cpp = read if self.type == "float" else f"static_cast<float>({read})"
        return Scalar(name, cpp, None, ATOM, name)


class ScalarSource(Protocol):
    """Where a name of the formula gets its scalar from: a parameter, or what the host knows of shapes."""

    def scalar(self, name: str) -> Scalar:
        """The scalar of this name."""


class Lowering:
    """One formula on its way into a graph."""

    def __init__(self, parameters: Mapping[str, ScalarSource]) -> None:
        """`parameters` by the name they have in the formula."""
        self.graph = Graph()
        self._parameters = parameters
        self._rules: dict[str, Callable[[list[Value], str, int], Value]] = {
            "add": self._add,
            "subtract": self._subtract,
            "multiply": self._multiply,
            "divide": self._divide,
            "power": self._power,
            "pow": self._power,
            "maximum": self._maximum,
            "minimum": self._minimum,
            "where": self._where,
            "clip": self._clip,
            "softplus": self._softplus,
        }

    # --- the walk ------------------------------------------------------------------------------------------------
    def lower(self, expression: Expr) -> Value:
        """Value of `expression`. Raises UnsupportedSpecError for what is not elementwise."""
        match expression:
            case Number():
                return number(float(expression.value))
            case Parameter():
                return self._parameters[expression.name].scalar(expression.name)
            case Input():
                return self.graph.add(Node("load", source=expression.name, text=expression.name))
        self._refuse_unknown(expression.function)
        return self.call(expression.function, [self.lower(argument) for argument in expression.arguments])

    def call(self, function: str, operands: list[Value]) -> Value:
        """Value of one call. All-scalar calls stay scalars."""
        if all(isinstance(operand, Scalar) for operand in operands):
            return scalars.apply(function, [operand for operand in operands if isinstance(operand, Scalar)])
        text, precedence = scalars.formula_text(function, [self._text(operand) for operand in operands])
        if function in _DIRECT:
            return self._op(_DIRECT[function], operands, (), text, precedence)
        if function in _COMPARE:
            return self._compare(_COMPARE[function], operands, text, precedence)
        return self._rules[function](operands, text, precedence)

    def tile(self, value: Value) -> int:
        """Node of `value`; a scalar becomes a constant tile."""
        if isinstance(value, Scalar):
            return self.graph.add(Node("fill", scalars=(value,), text=value.text, precedence=value.precedence))
        return value

    def _refuse_unknown(self, function: str) -> None:
        if function in REDUCTIONS:
            raise UnsupportedSpecError(f"the reduction {function}(…)", "it writes elementwise operations only")
        if function == "matmul":
            raise UnsupportedSpecError("matmul(…)", "it writes elementwise operations only")
        if function in _MOVEMENT:
            raise UnsupportedSpecError(f"the data movement {function}(…)", "it writes elementwise operations only")
        if function not in _DIRECT and function not in _COMPARE and function not in self._rules:
            raise UnsupportedSpecError(f"the function {function}(…)", "it has no rule for it")

    def _text(self, value: Value) -> tuple[str, int]:
        if isinstance(value, Scalar):
            return value.text, value.precedence
        node = self.graph[value]
        return node.text, node.precedence

    def _op(self, op: str, operands: list[Value], values: tuple[Scalar, ...], text: str, precedence: int = ATOM) -> int:
        tiles = tuple(self.tile(operand) for operand in operands)
        return self.graph.add(Node(op, tiles, values, text=text, precedence=precedence))

    # --- rules ---------------------------------------------------------------------------------------------------
    def _add(self, operands: list[Value], text: str, precedence: int) -> Value:
        left, right = operands
        if isinstance(left, Scalar):
            left, right = right, left
        if isinstance(right, Scalar):
            return self._op("add_unary", [left], (right,), text, precedence)
        return self._op("add_binary", [left, right], (), text, precedence)

    def _subtract(self, operands: list[Value], text: str, precedence: int) -> Value:
        left, right = operands
        if isinstance(right, Scalar):
            return self._op("sub_unary", [left], (right,), text, precedence)
        if isinstance(left, Scalar):
            return self._op("rsub_unary", [right], (left,), text, precedence)
        return self._op("sub_binary", [left, right], (), text, precedence)

    def _multiply(self, operands: list[Value], text: str, precedence: int) -> Value:
        left, right = operands
        if isinstance(left, Scalar):
            left, right = right, left
        if isinstance(right, Scalar):
            return self._scale(left, right, text, precedence)
        if left == right:
            return self._op("square", [left], (), text, precedence)
        return self._op("mul_binary", [left, right], (), text, precedence)

    def _scale(self, tile: Value, factor: Scalar, text: str, precedence: int) -> Value:
        if factor.value == 1.0:
            return tile
        if factor.value == -1.0:
            return self._op("negative", [tile], (), text, precedence)
        return self._op("mul_unary", [tile], (factor,), text, precedence)

    def _divide(self, operands: list[Value], text: str, precedence: int) -> Value:
        left, right = operands
        if isinstance(right, Scalar):
            # The scalar division of the API multiplies by a reciprocal as well; the host inverts more exactly.
            return self._scale(left, scalars.reciprocal(right), text, precedence)
        if isinstance(left, Scalar):
            if left.value == 1.0:
                return self._op("recip", [right], (), text, precedence)
            return self._op("rdiv", [right], (left,), text, precedence)
        return self._op("div_binary", [left, right], (), text, precedence)

    def _compare(self, name: str, operands: list[Value], text: str, precedence: int) -> Value:
        left, right = operands
        if isinstance(left, Scalar):
            left, right, name = right, left, _MIRRORED[name]
        if isinstance(right, Scalar):
            if right.value == 0.0:
                return self._op(zero_compare(name), [left], (), text, precedence)
            return self._op(f"unary_{name}", [left], (right,), text, precedence)
        return self._op(f"{name}_binary", [left, right], (), text, precedence)

    def _extreme(self, kind: str, operands: list[Value], text: str) -> Value:
        left, right = operands
        if isinstance(left, Scalar):
            left, right = right, left
        if isinstance(right, Scalar):
            return self._op(f"unary_{kind}", [left], (right,), text)
        return self._op(f"binary_{kind}", [left, right], (), text)

    def _maximum(self, operands: list[Value], text: str, _: int) -> Value:
        return self._extreme("max", operands, text)

    def _minimum(self, operands: list[Value], text: str, _: int) -> Value:
        return self._extreme("min", operands, text)

    def _clip(self, operands: list[Value], text: str, _: int) -> Value:
        value, low, high = operands
        if isinstance(low, Scalar) and isinstance(high, Scalar):
            return self._op("clamp", [value], (low, high), text)
        return self.call("minimum", [self.call("maximum", [value, low]), high])

    def _softplus(self, operands: list[Value], text: str, _: int) -> Value:
        one = number(1.0)  # beta and its reciprocal
        return self._op("softplus", operands, (one, one, number(SOFTPLUS_LIMIT)), text)

    def _where(self, operands: list[Value], text: str, _: int) -> Value:
        condition, chosen, other = operands
        if isinstance(condition, Scalar) and condition.value is not None:
            return chosen if condition.value else other
        if not isinstance(condition, Scalar) and self.graph[condition].op not in COMPARISONS:
            # where_tile tests the bits of the condition, for which -0.0 is not zero
            condition = self.call("not_equal", [condition, number(0.0)])
        return self._op("where", [condition, chosen, other], (), text)

    def _power(self, operands: list[Value], text: str, precedence: int) -> Value:
        base, exponent = operands
        if isinstance(base, Scalar):
            if base.value == 2.0:
                return self._op("exp2", [exponent], (), text, precedence)
            return self._op("rpow", [exponent], (base,), text, precedence)
        if not isinstance(exponent, Scalar):
            return self._op("power_binary", [base, exponent], (), text, precedence)
        if exponent.value is None:
            return self._op("power", [base], (exponent,), text, precedence)
        return self._literal_power(base, exponent, text, precedence)

    def _literal_power(self, base: int, exponent: Scalar, text: str, precedence: int) -> Value:
        value = exponent.value
        if value == 0.0:
            return number(1.0)
        for special, function in ((0.5, "sqrt"), (-0.5, "rsqrt")):
            if value == special:
                return self._op(function, [base], (), text, precedence)
        if value is not None and value == int(value) and abs(value) <= MAX_UNROLLED_POWER:
            product = self._integer_power(base, abs(int(value)))
            return product if value > 0 else self._op("recip", [product], (), text, precedence)
        return self._op("power", [base], (exponent,), text, precedence)

    def _integer_power(self, base: int, count: int) -> int:
        """base**count by repeated squaring."""
        if count == 1:
            return base
        half = self._integer_power(base, count // 2)
        even = self._op("square", [half], (), self._power_text(base, count - count % 2), 90)
        return even if count % 2 == 0 else self._op("mul_binary", [even, base], (), self._power_text(base, count), 90)

    def _power_text(self, base: int, count: int) -> str:
        return scalars.formula_text("power", [self._text(base), (str(count), ATOM)])[0]
