"""Arithmetic on scalars: literals are folded in float64, expressions of parameters become C++ for the host."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

from op_pipeline.backends.template.graph import ATOM, Scalar, number

_OPERATORS = {"add": ("+", 60), "subtract": ("-", 60), "multiply": ("*", 70), "divide": ("/", 70)}
_COMPARE = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
OPERATORS: dict[str, tuple[str, int]] = {
    **_OPERATORS,
    "power": ("**", 90),
    **{name: (symbol, 50) for name, symbol in _COMPARE.items()},
}
"""Function of the formula → its operator and precedence."""

# `{0}` is the operand, already parenthesised where needed.
_HOST: dict[str, str] = {
    "negative": "-{0}",
    "power": "std::pow({0}, {1})",
    "pow": "std::pow({0}, {1})",
    "exp": "std::exp({0})",
    "log": "std::log({0})",
    "log1p": "std::log1p({0})",
    "expm1": "std::expm1({0})",
    "sqrt": "std::sqrt({0})",
    "rsqrt": "1.0f / std::sqrt({0})",
    "abs": "std::abs({0})",
    "sign": "static_cast<float>(({0} > 0.0f) - ({0} < 0.0f))",
    "floor": "std::floor({0})",
    "ceil": "std::ceil({0})",
    "round": "std::nearbyint({0})",
    **{name: f"std::{name}({{0}})" for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")},
    "erf": "std::erf({0})",
    "sigmoid": "1.0f / (1.0f + std::exp(-{0}))",
    "silu": "{0} / (1.0f + std::exp(-{0}))",
    "relu": "std::max({0}, 0.0f)",
    "gelu": "0.5f * {0} * (1.0f + std::erf({0} * 0.70710678f))",
    "softplus": "std::log1p(std::exp({0}))",
    "square": "{0} * {0}",
    "reciprocal": "1.0f / {0}",
    "maximum": "std::max({0}, {1})",
    "minimum": "std::min({0}, {1})",
    "clip": "std::min(std::max({0}, {1}), {2})",
    "where": "{0} != 0.0f ? {1} : {2}",
    **{name: f"{{0}} {symbol} {{1}} ? 1.0f : 0.0f" for name, symbol in _COMPARE.items()},
}


def _divide(left: float, right: float) -> float:
    if right:
        return left / right
    return math.nan if not left or math.isnan(left) else math.copysign(math.inf, left) * math.copysign(1, right)


def _power(left: float, right: float) -> float:
    try:
        result = left**right
    except ZeroDivisionError:
        return math.inf
    except OverflowError:
        return math.inf
    return math.nan if isinstance(result, complex) else result


def _guarded(function: Callable[[float], float], *, below: float = math.nan) -> Callable[[float], float]:
    """`function` with IEEE answers where Python's math module raises."""

    def call(value: float) -> float:
        try:
            return function(value)
        except OverflowError:
            return math.inf
        except ValueError:
            return below

    return call


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    def call(value: float) -> float:
        if value == pole:
            return -math.inf
        return function(value) if value > pole else math.nan

    return call


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


_FOLD: dict[str, Callable[..., float]] = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "power": _power,
    "pow": _power,
    "negative": lambda a: -a,
    "exp": _guarded(math.exp),
    "log": _logarithm(math.log, 0.0),
    "log1p": _logarithm(math.log1p, -1.0),
    "expm1": _guarded(math.expm1),
    "sqrt": _guarded(math.sqrt),
    "rsqrt": lambda a: _divide(1.0, _guarded(math.sqrt)(a)),
    "abs": abs,
    "sign": lambda a: a if math.isnan(a) else float((a > 0) - (a < 0)),
    "floor": lambda a: float(math.floor(a)) if math.isfinite(a) else a,
    "ceil": lambda a: float(math.ceil(a)) if math.isfinite(a) else a,
    "round": lambda a: float(round(a)) if math.isfinite(a) else a,
    **{
        name: _guarded(getattr(math, name))
        for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "erf")
    },
    "sigmoid": _sigmoid,
    "silu": lambda a: a * _sigmoid(a),
    "relu": lambda a: max(a, 0.0),
    "gelu": lambda a: 0.5 * a * (1 + math.erf(a / math.sqrt(2))),
    "softplus": lambda a: max(a, 0.0) + math.log1p(math.exp(-abs(a))),
    "square": lambda a: a * a,
    "reciprocal": lambda a: _divide(1.0, a),
    "maximum": max,
    "minimum": min,
    "clip": lambda a, low, high: min(max(a, low), high),
    "where": lambda c, a, b: a if c else b,
    "less": lambda a, b: float(a < b),
    "less_equal": lambda a, b: float(a <= b),
    "greater": lambda a, b: float(a > b),
    "greater_equal": lambda a, b: float(a >= b),
    "equal": lambda a, b: float(a == b),
    "not_equal": lambda a, b: float(a != b),
}


def formula_text(function: str, operands: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """Formula of a call and its precedence, with only the parentheses that are needed."""
    if function in OPERATORS and len(operands) == 2:
        symbol, precedence = OPERATORS[function]
        (left, left_precedence), (right, right_precedence) = operands
        # Floats do not associate: a + (b + c) keeps its parentheses; ** groups to the right by itself.
        is_power = function == "power"
        if left_precedence < precedence or (is_power and left_precedence == precedence):
            left = f"({left})"
        if right_precedence < precedence or (not is_power and right_precedence == precedence):
            right = f"({right})"
        return f"{left} {symbol} {right}", precedence
    if function == "negative":
        text, precedence = operands[0]
        return (f"-{text}" if precedence > 80 else f"-({text})"), 80
    return f"{function}({', '.join(text for text, _ in operands)})", ATOM


def apply(function: str, operands: Sequence[Scalar]) -> Scalar:
    """Scalar result of `function`; folded when every operand is a literal."""
    values = [operand.value for operand in operands]
    if all(value is not None for value in values):
        return number(float(_FOLD[function](*values)))
    text, precedence = formula_text(function, [(operand.text, operand.precedence) for operand in operands])
    parts = [operand.cpp if _is_atom(operand.cpp) else f"({operand.cpp})" for operand in operands]
    cpp = (
        f"{parts[0]} {_OPERATORS[function][0]} {parts[1]}" if function in _OPERATORS else _HOST[function].format(*parts)
    )
    return Scalar(text, cpp, None, precedence, _name(function, operands))


def reciprocal(value: Scalar) -> Scalar:
    """1 / value, with a text that shows where it comes from."""
    return replace(
        apply("reciprocal", [value]), text=formula_text("divide", [("1", ATOM), (value.text, value.precedence)])[0]
    )


def _is_atom(cpp: str) -> bool:
    if all(char.isalnum() or char in "_.:" for char in cpp):
        return True
    # one call whose parenthesis closes at the end
    head, _, rest = cpp.partition("(")
    if not all(char.isalnum() or char in "_:<>" for char in head) or not rest.endswith(")"):
        return False
    depth = 1
    for char in rest[:-1]:
        depth += {"(": 1, ")": -1}.get(char, 0)
        if not depth:
            return False
    return True


def _name(function: str, operands: Sequence[Scalar]) -> str:
    """Stem for the kernel variable: `inv_beta`, `neg_alpha`; empty when nothing short says it."""
    named = [operand for operand in operands if operand.value is None]
    if len(operands) == 1 and named[0].name:
        prefix = {"reciprocal": "inv", "negative": "neg", "square": "squared"}.get(function, function)
        return f"{prefix}_{named[0].name}"
    if function == "divide" and operands[0].value == 1.0 and operands[1].name:
        return f"inv_{operands[1].name}"
    return ""
