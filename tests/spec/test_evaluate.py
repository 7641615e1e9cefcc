"""The golden evaluator against NumPy and the C library, and shapes without values against NumPy's shapes."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.formula import parse
from op_pipeline.spec.shapes import Shape, ShapeError, broadcast, evaluate_output_shape, infer_shape

A = np.linspace(-3.0, 3.0, 24).reshape(2, 3, 4)
B = np.linspace(0.1, 2.0, 12).reshape(3, 4)
POSITIVE = np.linspace(0.01, 5.0, 50)
UNIT = np.linspace(-0.99, 0.99, 50)


def value(text: str, **inputs: np.ndarray) -> np.ndarray:
    return evaluate(parse(text, list(inputs), []), inputs, {})


def each(function: object, x: np.ndarray) -> np.ndarray:
    return np.array([function(v) for v in x.ravel()]).reshape(x.shape)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "reference", "points"),
    [
        ("exp", math.exp, UNIT * 20),
        ("log", math.log, POSITIVE),
        ("log1p", math.log1p, UNIT * 1e-9),
        ("expm1", math.expm1, UNIT * 1e-9),
        ("sqrt", math.sqrt, POSITIVE),
        ("rsqrt", lambda v: 1 / math.sqrt(v), POSITIVE),
        ("abs", abs, UNIT),
        ("sign", lambda v: float(v > 0) - float(v < 0), np.array([-2.0, 0.0, 3.0])),
        ("floor", math.floor, UNIT * 5),
        ("ceil", math.ceil, UNIT * 5),
        ("round", round, np.array([-1.5, -0.5, 0.5, 1.5, 2.5, 2.6])),
        ("sin", math.sin, UNIT * 9),
        ("cos", math.cos, UNIT * 9),
        ("tan", math.tan, UNIT),
        ("asin", math.asin, UNIT),
        ("acos", math.acos, UNIT),
        ("atan", math.atan, UNIT * 9),
        ("sinh", math.sinh, UNIT * 9),
        ("cosh", math.cosh, UNIT * 9),
        ("tanh", math.tanh, UNIT * 9),
        ("erf", math.erf, UNIT * 4),
        ("sigmoid", lambda v: 1 / (1 + math.exp(-v)), UNIT * 30),
        ("relu", lambda v: max(v, 0.0), UNIT),
        ("gelu", lambda v: 0.5 * v * math.erfc(-v / math.sqrt(2)), UNIT * 8),
        ("silu", lambda v: v / (1 + math.exp(-v)), UNIT * 30),
        ("softplus", lambda v: math.log1p(math.exp(v)), UNIT * 30),
        ("square", lambda v: v * v, UNIT),
        ("reciprocal", lambda v: 1 / v, POSITIVE),
    ],
)
def test_unary_functions_agree_with_the_c_library(name: str, reference: object, points: np.ndarray) -> None:
    np.testing.assert_allclose(value(f"{name}(x)", x=points), each(reference, points), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", A + B),
        ("a - 2 * b", A - 2 * B),
        ("a / b ** 2", A / B**2),
        ("-a ** 2", -(A**2)),
        ("pow(b, a)", B**A),
        ("maximum(a, b) + minimum(a, 0)", np.maximum(A, B) + np.minimum(A, 0)),
        ("where(a > b, a, b)", np.where(A > B, A, B)),
        ("(a >= 0) * (a <= 1) + (a == 3) - (a != b) + (a < b)", (A >= 0) * (A <= 1) + (A == 3) * 1.0 - (A != B) + (A < B)),
        ("clip(a, -1, 1)", np.clip(A, -1, 1)),
        ("sum(a)", A.sum()),
        ("mean(a, axis=-1, keepdims=True)", A.mean(axis=-1, keepdims=True)),
        ("max(a, axis=(-2, -1))", A.max(axis=(-2, -1))),
        ("min(a, axis=1)", A.min(axis=1)),
        ("var(a, axis=-1, keepdims=True)", A.var(axis=-1, keepdims=True)),
        ("std(a, axis=0)", A.std(axis=0)),
        ("var(a)", A.var()),
        ("matmul(a, transpose(b, 0, 1))", A @ B.T),
        ("transpose(a, 0, -1)", np.swapaxes(A, 0, -1)),
        ("concat([a, a * 2], axis=1)", np.concatenate([A, A * 2], axis=1)),
        ("pad(b, ((1, 0), (0, 2)))", np.pad(B, ((1, 0), (0, 2)))),
        ("a[..., 1:3]", A[..., 1:3]),
        ("a[:1, ..., ::2]", A[:1, ..., ::2]),
        ("a[1:]", A[1:]),
        ("exp(a - max(a, axis=-1, keepdims=True)) / sum(exp(a - max(a, axis=-1, keepdims=True)), axis=-1, keepdims=True)",
         np.exp(A - A.max(-1, keepdims=True)) / np.exp(A - A.max(-1, keepdims=True)).sum(-1, keepdims=True)),
    ],
)  # fmt: skip
def test_agrees_with_numpy(text: str, expected: np.ndarray) -> None:
    expr = parse(text, ["a", "b"], [])
    result = evaluate(expr, {"a": A, "b": B}, {})
    np.testing.assert_allclose(result, expected, rtol=1e-14)
    assert result.dtype == np.float64
    assert infer_shape(expr, {"a": A.shape, "b": B.shape}) == np.shape(expected)


@pytest.mark.parametrize(
    ("text", "x", "expected"),
    [
        ("sigmoid(x)", [-1e4, 1e4], [0.0, 1.0]),
        ("silu(x)", [-1e4, 1e4], [0.0, 1e4]),
        ("softplus(x)", [-1e4, 1e4], [0.0, 1e4]),
        ("gelu(x)", [-1e4, 1e4], [0.0, 1e4]),
        ("tanh(x)", [-1e4, 1e4], [-1.0, 1.0]),
        ("log(x)", [0.0, -1.0], [-np.inf, np.nan]),
        ("1 / x", [0.0, -0.0], [np.inf, -np.inf]),
        ("9 ** 9 ** 9 ** x", [1.0, 1.0], [np.inf, np.inf]),
    ],
)
def test_extremes_give_limits_and_never_a_warning(text: str, x: list[float], expected: list[float]) -> None:
    np.testing.assert_array_equal(value(text, x=np.array(x)), expected)


def test_parameters_are_scalars() -> None:
    expr = parse("where(flag, x, slope * x)", ["x"], ["flag", "slope"])
    x = np.array([-2.0, 2.0])
    np.testing.assert_array_equal(evaluate(expr, {"x": x}, {"flag": False, "slope": 3}), 3 * x)
    np.testing.assert_array_equal(evaluate(expr, {"x": x}, {"flag": True, "slope": 3}), x)


Term = tuple[str, Callable[[float, float, float], float]]
LEAVES: list[Term] = [
    ("x", lambda x, _y, _p: x),
    ("y", lambda _x, y, _p: y),
    ("p", lambda _x, _y, p: p),
    ("0.5", lambda *_: 0.5),
    ("-2", lambda *_: -2.0),
]
ONE: dict[str, Callable[[float], float]] = {
    "-({})": operator.neg, "tanh({})": math.tanh, "sin({})": math.sin, "abs({})": abs, "floor({})": math.floor,
    "square({})": lambda v: v * v, "atan({})": math.atan, "erf({})": math.erf, "relu({})": lambda v: max(v, 0.0),
}  # fmt: skip
TWO: dict[str, Callable[[float, float], float]] = {
    "({} + {})": operator.add, "({} - {})": operator.sub, "{} * {}": operator.mul, "maximum({}, {})": max,
    "minimum({}, {})": min, "({} < {})": operator.lt, "({} <= {})": operator.le, "({} > {})": operator.gt,
    "({} >= {})": operator.ge, "({} == {})": operator.eq, "({} != {})": operator.ne,
}  # fmt: skip


def one(choice: tuple[str, Term]) -> Term:
    form, (text, f) = choice
    return form.format(text), lambda *v: float(ONE[form](f(*v)))


def two(choice: tuple[str, Term, Term]) -> Term:
    form, (left, f), (right, g) = choice
    texts = (f"({left})", f"({right})")
    return form.format(*texts), lambda *v: float(TWO[form](f(*v), g(*v)))


def select(choice: tuple[Term, Term, Term]) -> Term:
    (c, f), (a, g), (b, h) = choice
    return f"where({c}, {a}, {b})", lambda *v: g(*v) if f(*v) != 0 else h(*v)


EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(sorted(ONE)), inner).map(one),
        st.tuples(st.sampled_from(sorted(TWO)), inner, inner).map(two),
        st.tuples(inner, inner, inner).map(select),
    ),
    max_leaves=12,
)
SMALL = st.floats(-4, 4, allow_subnormal=False)


@settings(max_examples=200, deadline=None)
@given(term=EXPRESSIONS, x=SMALL, y=SMALL, p=SMALL)
def test_random_expressions_mean_what_python_means(term: Term, x: float, y: float, p: float) -> None:
    text, reference = term
    expr = parse(text, ["x", "y"], ["p"])
    arrays = {"x": np.array([[x, -x, 0.0]]), "y": np.array([[y], [1.0]])}
    result = evaluate(expr, arrays, {"p": p})
    assert result.shape == infer_shape(expr, {"x": (1, 3), "y": (2, 1)})
    got = np.broadcast_to(result, (2, 3))
    for (row, column), number in np.ndenumerate(got):
        expected = reference(float(arrays["x"][0, column]), float(arrays["y"][row, 0]), p)
        assert number == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(shapes=st.lists(st.lists(st.sampled_from([1, 2, 3]), max_size=4).map(tuple), min_size=1, max_size=3))
def test_broadcasting_is_numpys(shapes: list[Shape]) -> None:
    try:
        expected = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ShapeError, match="do not broadcast together"):
            broadcast(shapes)
    else:
        assert broadcast(shapes) == expected


@pytest.mark.parametrize(
    ("text", "shapes", "message"),
    [
        ("a + b", {"a": (2, 3), "b": (3, 2)}, r"shapes \[2, 3\] and \[3, 2\] do not broadcast together \(in add\)"),
        ("where(a, b, b)", {"a": (2,), "b": (3,)}, "in where"),
        ("sum(a, axis=2) + b", {"a": (2, 3), "b": (2,)}, "sum: axis 2 is out of range for rank 2"),
        ("sum(a, axis=(0, -2)) + b", {"a": (2, 3), "b": (3,)}, "an axis stands twice"),
        ("matmul(a, b)", {"a": (2, 3), "b": (2, 3)}, "inner dimensions 3 and 2"),
        ("matmul(a, b)", {"a": (3,), "b": (3, 2)}, "rank 2 or more"),
        ("transpose(a, 0, 3) + b", {"a": (2, 3), "b": (2,)}, "axis 3 is out of range"),
        ("concat([a, b], 0)", {"a": (2, 3), "b": (2, 4)}, "differ beside axis 0"),
        ("pad(a, ((1, 1),)) + b", {"a": (2, 3), "b": (2,)}, "1 pairs of widths for rank 2"),
        ("a[:, :, :] + b", {"a": (2, 3), "b": (2,)}, "3 slices for rank 2"),
    ],
)
def test_shapes_that_do_not_fit(text: str, shapes: dict[str, Shape], message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        infer_shape(parse(text, ["a", "b"], []), shapes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x.shape", (2, 3, 64)),
        ("[x.shape[0], x.shape[1], 1]", (2, 3, 1)),
        ("[x.shape[-1]]", (64,)),
        ("[x.shape[0] * 2 + 1, x.shape[2] // 3, x.shape[2] % 5]", (5, 21, 4)),
        ("[max(x.shape[0], y.shape[0]), min(4, x.shape[2])]", (7, 4)),
        ("(x.shape[0], -(-x.shape[2] // 10))", (2, 7)),
        ("y.shape", (7,)),
    ],
)
def test_output_shape(text: str, expected: Shape) -> None:
    assert evaluate_output_shape(text, {"x": (2, 3, 64), "y": (7,)}) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("z.shape", "unknown input 'z'"),
        ("xx.shape", "unknown input 'xx' \\(did you mean 'x'\\?\\)"),
        ("x.dtype", "is not x.shape or a list"),
        ("x", "is not x.shape or a list"),
        ("[x.shape[3]]", r"x.shape\[3\] is out of range for \[2, 3, 64\]"),
        ("[x.shape[0] - 2]", "every dimension must be positive"),
        ("[]", "every dimension must be positive"),
        ("[x.shape[0] // 0]", "division by zero"),
        ("[x.shape[0] / 2]", "is not an integer expression"),
        ("[x.shape[0] ** 99999999]", "is not an integer expression"),
        ("[9999999999999999999999]", "too large for a dimension"),
        ("[2147483648 * 2147483648]", "too large for a dimension"),
        ("[len(x)]", "is not an integer expression"),
        ("[x.__class__]", "is not an integer expression"),
        ("[True]", "is not an integer expression"),
        ("x.shape +", "is not x.shape or a list"),
        ("[" + "-" * 899 + "1]", "every dimension must be positive"),
        ("1" * 1001, "longer than"),
    ],
)
def test_output_shapes_that_are_refused(text: str, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        evaluate_output_shape(text, {"x": (2, 3, 64)})
