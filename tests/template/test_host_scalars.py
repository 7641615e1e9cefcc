"""C++ of scalar expressions, compiled by the real compiler, against the formula evaluator."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.backends.template.graph import Scalar, number
from op_pipeline.backends.template.lowering import Lowering, ParameterKind
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.expression import UNARY
from op_pipeline.spec.formula import parse

VALUES = {"alpha": 0.7, "beta": 3, "gate": True}
KINDS = {
    "alpha": ParameterKind("alpha", "float"),
    "beta": ParameterKind("beta", "int"),
    "gate": ParameterKind("gate", "bool"),
}
FORMULAS = [
    *(f"{name}(alpha)" for name in UNARY),
    *(f"alpha {symbol} beta" for symbol in ("+", "-", "*", "/", "**", "<", "<=", ">", ">=", "==", "!=")),
    "-alpha - -beta",
    "alpha - (beta - 1)",
    "alpha / (beta / 2)",
    "2 ** -alpha ** 2",
    "(alpha + 1) ** 2 * -(beta + 1)",
    "1 / (2 * alpha ** 2)",
    "maximum(alpha, 0.25) + minimum(beta, 2)",
    "clip(beta, 0, alpha)",
    "where(gate, alpha, beta)",
    "where(alpha > beta, alpha, beta) * 2",
    "(alpha < beta) + (beta < alpha)",
    "square(alpha - 1) - sigmoid(beta) * silu(alpha)",
]


def scalar(formula: str) -> Scalar:
    value = Lowering(KINDS).lower(parse(formula, [], list(KINDS)))
    assert isinstance(value, Scalar)
    return value


@pytest.mark.skipif(shutil.which("g++") is None, reason="needs g++")
def test_cpp_of_parameters_has_the_value_of_the_formula(tmp_path: Path) -> None:
    lines = [
        f'std::printf("%.9g\\n", static_cast<double>(static_cast<float>({scalar(text).cpp})));' for text in FORMULAS
    ]
    source = tmp_path / "scalars.cpp"
    source.write_text(
        "#include <algorithm>\n#include <cmath>\n#include <cstdint>\n#include <cstdio>\n#include <limits>\n"
        "struct { float alpha = 0.7f; int32_t beta = 3; bool gate = true; } attributes;\n"
        "int main() {\n" + "\n".join(lines) + "\n}\n"
    )
    built = proc.run(["g++", "-std=c++20", "-Wall", "-Werror", str(source), "-o", str(tmp_path / "scalars")])
    assert built.returncode == 0, built.output
    printed = proc.run([str(tmp_path / "scalars")]).output.split()
    for text, found in zip(FORMULAS, printed, strict=True):
        expected = float(evaluate(parse(text, [], list(KINDS)), {}, VALUES))
        assert float(found) == pytest.approx(expected, rel=2e-6), text


@pytest.mark.parametrize("formula", FORMULAS)
def test_text_of_a_scalar_parses_back_to_its_value(formula: str) -> None:
    text = scalar(formula).text
    back = float(evaluate(parse(text, [], list(KINDS)), {}, VALUES))
    assert back == pytest.approx(float(evaluate(parse(formula, [], list(KINDS)), {}, VALUES)), rel=1e-12)


@pytest.mark.parametrize(
    ("value", "bits"),
    [(1.0, 0x3F800000), (-2.5, 0xC0200000), (1e300, 0x7F800000), (-1e300, 0xFF800000), (0.1, 0x3DCCCCCD)],
)
def test_bits_of_a_literal_are_those_of_its_float32(value: float, bits: int) -> None:
    assert number(value).bits == bits
