"""The golden of a formula: float64 NumPy, accurate to about 1e-15 relative in every function, no SciPy.

Comparisons give 0.0 and 1.0. Values outside a function's domain give NaN or inf without a warning, as on the device.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt

from op_pipeline.spec.expression import Call, Expr, Input, Number, Parameter, walk
from op_pipeline.spec.shapes import slice_index

Array: TypeAlias = npt.NDArray[np.float64]
Scalar: TypeAlias = float | int | bool

_erf = np.frompyfunc(math.erf, 1, 1)
_erfc = np.frompyfunc(math.erfc, 1, 1)


def erf(x: Array) -> Array:
    """The error function of each element, from the C library."""
    return np.asarray(_erf(x), dtype=np.float64)


def sigmoid(x: Array) -> Array:
    """1 / (1 + e^-x) without overflow: the exponential is only taken of non-positive numbers."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)


def gelu(x: Array) -> Array:
    """x·Φ(x) with the normal distribution Φ (the exact form); erfc keeps the negative tail accurate."""
    return np.asarray(0.5 * x * np.asarray(_erfc(-x / math.sqrt(2.0)), dtype=np.float64))


def _where(condition: Array, x: Array, y: Array) -> Array:
    return np.asarray(np.where(condition != 0, x, y))


_ELEMENTWISE: dict[str, Callable[..., Array]] = {
    "exp": np.exp, "log": np.log, "log1p": np.log1p, "expm1": np.expm1, "sqrt": np.sqrt, "abs": np.abs, "sign": np.sign,
    "floor": np.floor, "ceil": np.ceil, "round": np.rint, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh,
    "erf": erf, "sigmoid": sigmoid, "gelu": gelu, "square": np.square, "reciprocal": lambda x: 1.0 / x,
    "rsqrt": lambda x: 1.0 / np.sqrt(x), "relu": lambda x: np.maximum(x, 0.0), "silu": lambda x: x * sigmoid(x),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "add": np.add, "subtract": np.subtract, "multiply": np.multiply, "divide": np.divide, "power": np.power,
    "negative": np.negative, "maximum": np.maximum, "minimum": np.minimum, "matmul": np.matmul,
    "less": np.less, "less_equal": np.less_equal, "greater": np.greater, "greater_equal": np.greater_equal,
    "equal": np.equal, "not_equal": np.not_equal,
    "where": _where, "clip": lambda x, lo, hi: np.minimum(np.maximum(x, lo), hi),
}  # fmt: skip
_REDUCE: dict[str, Callable[..., Array]] = {"sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min}


def evaluate(expr: Expr, inputs: Mapping[str, npt.ArrayLike], parameters: Mapping[str, Scalar]) -> Array:
    """Value of `expr` in float64. KeyError for a missing input or parameter; ValueError for shapes (see shapes)."""
    known: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        for node in walk(expr):
            known[id(node)] = np.asarray(_value(node, known, inputs, parameters), dtype=np.float64)
    return known[id(expr)]


def _value(
    node: Expr,
    known: Mapping[int, Array],
    inputs: Mapping[str, npt.ArrayLike],
    parameters: Mapping[str, Scalar],
) -> npt.ArrayLike:
    match node:
        case Input():
            return np.asarray(inputs[node.name], dtype=np.float64)
        case Parameter():
            return float(parameters[node.name])
        case Number():
            return node.value
    return apply(node, [known[id(argument)] for argument in node.arguments])


def apply(node: Call, arguments: list[Array]) -> npt.ArrayLike:
    """One call on the values of its arguments. ValueError for a function without a meaning."""
    if node.function in _ELEMENTWISE:
        return _ELEMENTWISE[node.function](*arguments)
    return _structural(node, arguments)


def _structural(node: Call, arguments: list[Array]) -> npt.ArrayLike:
    options = dict(node.options)
    if node.function in _REDUCE:
        return _REDUCE[node.function](arguments[0], axis=options["axis"], keepdims=options["keepdims"])
    match node.function:
        case "transpose":
            return np.swapaxes(arguments[0], cast("int", options["i"]), cast("int", options["j"]))
        case "concat":
            return np.concatenate(arguments, axis=cast("int", options["axis"]))
        case "pad":
            return np.pad(arguments[0], cast("tuple[tuple[int, int], ...]", options["widths"]))
        case "slice":
            return arguments[0][slice_index(cast("tuple[object, ...]", options["index"]), arguments[0].ndim)]
    raise ValueError(f"no meaning for {node.function!r}")
