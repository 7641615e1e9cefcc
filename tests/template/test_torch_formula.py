"""The formula as the generated unit test spells it, evaluated with NumPy behind PyTorch's names."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from op_pipeline.backends.template.torch_formula import torch_text
from op_pipeline.spec import golden, load_spec
from op_pipeline.spec.evaluate import erf, evaluate, gelu, sigmoid
from op_pipeline.spec.formula import parse

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted((ROOT / "tests" / "specs").glob("*.md"))


class Tensor(np.ndarray):
    """As strict as a tensor where the two differ: a comparison is boolean until `.float()`."""

    def dim(self) -> int:
        return self.ndim

    def float(self) -> Any:
        assert self.dtype == bool
        return self.astype(np.float64)


def tensor(value: Any) -> Any:
    return np.asarray(value, dtype=np.float64).view(Tensor)


def where(condition: Any, chosen: Any, other: Any) -> Any:
    assert np.asarray(condition).dtype == bool
    return np.where(condition, chosen, other).view(Tensor)


def reduction(name: str) -> Any:
    def call(values: Any, dim: int | tuple[int, ...] | None = None, *, keepdim: bool = False) -> Any:
        return np.asarray(getattr(np, name)(values, axis=dim, keepdims=keepdim)).view(Tensor)

    return call


_NAMES = (
    *("exp", "log", "log1p", "expm1", "sqrt", "abs", "sign", "floor", "ceil", "sin", "cos", "tan", "sinh", "cosh"),
    *("tanh", "square", "reciprocal", "maximum", "minimum"),
)
TORCH = SimpleNamespace(
    **{name: getattr(np, name) for name in _NAMES},
    asin=np.arcsin,
    acos=np.arccos,
    atan=np.arctan,
    round=np.rint,
    rsqrt=lambda x: 1 / np.sqrt(x),
    erf=lambda x: tensor(erf(x)),
    sigmoid=lambda x: tensor(sigmoid(x)),
    matmul=np.matmul,
    transpose=np.swapaxes,
    cat=lambda arrays, dim: np.concatenate(arrays, axis=dim),
    **{name: reduction(name) for name in ("sum", "mean", "amax", "amin")},
    tensor=tensor,
    where=where,
    nn=SimpleNamespace(
        functional=SimpleNamespace(
            relu=lambda x: np.maximum(x, 0),
            gelu=lambda x: tensor(gelu(x)),
            silu=lambda x: x * tensor(sigmoid(x)),
            softplus=lambda x: np.logaddexp(0, x),
            pad=lambda x, widths: np.pad(x, list(zip(widths[::2], widths[1::2], strict=True))[::-1]),
        )
    ),
)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_specs_formula_means_the_same_in_torch(path: Path) -> None:
    spec = load_spec(path)
    random = np.random.default_rng(3)
    case = min(spec.shapes, key=lambda shapes: sum(int(np.prod(shape)) for shape in shapes))
    arrays = {
        item.name: random.uniform(*(item.domain or (-4.0, 4.0)), shape)
        for item, shape in zip(spec.inputs, case, strict=True)
    }
    parameters = {item.name: item.value() for item in spec.parameters}
    text = torch_text(parse(str(spec.formula), spec.input_names, spec.parameter_names))
    names = {"torch": TORCH, "float": float} | {name: tensor(values) for name, values in arrays.items()} | parameters
    np.testing.assert_allclose(np.asarray(eval(text, names), dtype=np.float64), golden(spec)(arrays, parameters))


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("x - (y - 1)", "x - (y - 1)"),
        ("-x ** 2", "-(x ** 2)"),
        ("(x < y) * x", "(x < y).float() * x"),
        ("where(x < y, 1, y)", "torch.where(x < y, torch.tensor(float(1)), y)"),
        ("where(x, y, 0.5)", "torch.where(x != 0, y, torch.tensor(float(0.5)))"),
        ("x + (alpha > 2)", "x + float(alpha > 2)"),
        ("x * -2", "x * (-2)"),
    ],
)
def test_spelling(formula: str, text: str) -> None:
    assert torch_text(parse(formula, ["x", "y"], ["alpha"])) == text
    inputs = {"x": np.array([[0.5, -2.0]]), "y": np.array([[1.0, -3.0]])}
    names = {"torch": TORCH, "float": float, "alpha": 3.0} | {name: tensor(values) for name, values in inputs.items()}
    expected = evaluate(parse(formula, ["x", "y"], ["alpha"]), inputs, {"alpha": 3.0})
    np.testing.assert_allclose(np.asarray(eval(text, names), dtype=np.float64), expected)
