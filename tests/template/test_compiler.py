"""The expression compiler: folding, common subexpressions, DST pressure, spills, and what it refuses."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from op_pipeline.backends.template.lowering import ParameterKind
from op_pipeline.backends.template.program import Program, compile_formula
from op_pipeline.backends.template.schedule import evaluation_order
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.formula import parse

INPUTS = ("x", "y", "z")
PARAMETERS = ("alpha", "beta")
KINDS = {"alpha": ParameterKind("alpha", "float"), "beta": ParameterKind("beta", "int")}
VALUES = {"alpha": 0.75, "beta": 3}

RunProgram: TypeAlias = Callable[[Program, Mapping[str, Any], Mapping[str, float]], Any]
Computes: TypeAlias = Callable[[Program, str], None]


def compiled(formula: str, *, float32: bool = True, capacity: int | None = None) -> Program:
    return compile_formula(parse(formula, INPUTS, PARAMETERS), KINDS, float32=float32, capacity=capacity)


def operations(program: Program) -> list[str]:
    return [step.op for section in program.schedule.sections for step in section.steps]


@pytest.fixture(scope="session")
def computes(run_program: RunProgram) -> Computes:
    """Asserts that a program gives the golden of its formula."""

    def check(program: Program, formula: str) -> None:
        random = np.random.default_rng(1)
        inputs = {name: random.uniform(0.2, 0.9, (8, 8)) for name in INPUTS}
        expected = evaluate(parse(formula, INPUTS, PARAMETERS), inputs, VALUES)
        np.testing.assert_allclose(run_program(program, inputs, VALUES), expected, rtol=1e-5, atol=1e-9)

    return check


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("x + 1", ["copy", "add_unary"]),
        ("1 + x", ["copy", "add_unary"]),
        ("x - 1", ["copy", "sub_unary"]),
        ("1 - x", ["copy", "rsub_unary"]),
        ("x * 2", ["copy", "mul_unary"]),
        ("x * 1", ["copy"]),
        ("x * -1", ["copy", "negative"]),
        ("-x", ["copy", "negative"]),
        ("x / 4", ["copy", "mul_unary"]),
        ("1 / x", ["copy", "recip"]),
        ("2 / x", ["copy", "rdiv"]),
        ("x * x", ["copy", "square"]),
        ("x ** 0", ["fill"]),
        ("x ** 1", ["copy"]),
        ("x ** 2", ["copy", "square"]),
        ("x ** 3", ["copy", "square", "copy", "mul_binary"]),
        ("x ** 4", ["copy", "square", "square"]),
        ("x ** -1", ["copy", "recip"]),
        ("x ** -2", ["copy", "square", "recip"]),
        ("x ** 0.5", ["copy", "sqrt"]),
        ("x ** -0.5", ["copy", "rsqrt"]),
        ("x ** 1.5", ["copy", "power"]),
        ("x ** alpha", ["copy", "power"]),
        ("2 ** x", ["copy", "exp2"]),
        ("3 ** x", ["copy", "rpow"]),
        ("x ** y", ["copy", "copy", "power_binary"]),
        ("x > 0", ["copy", "gtz"]),
        ("0 > x", ["copy", "ltz"]),
        ("x >= 0.5", ["copy", "unary_ge"]),
        ("0.5 >= x", ["copy", "unary_le"]),
        ("x < y", ["copy", "copy", "lt_binary"]),
        ("x == y", ["copy", "copy", "eq_binary"]),
        ("maximum(x, 0.5)", ["copy", "unary_max"]),
        ("minimum(alpha, x)", ["copy", "unary_min"]),
        ("maximum(x, y)", ["copy", "copy", "binary_max"]),
        ("clip(x, 0, 1)", ["copy", "clamp"]),
        ("clip(x, y, 1)", ["copy", "copy", "binary_max", "unary_min"]),
        ("where(x > 0, x, y)", ["copy", "gtz", "copy", "copy", "where"]),
        ("where(1, x, y)", ["copy"]),
        ("where(0, x, y)", ["copy"]),
        ("softplus(x)", ["copy", "softplus"]),
        ("2 * 3 + 1", ["fill"]),
        ("x", ["copy"]),
    ],
)
def test_each_construct_has_its_call(formula: str, expected: list[str], computes: Computes) -> None:
    program = compiled(formula)
    assert operations(program) == expected
    computes(program, formula)


@pytest.mark.parametrize(
    "function",
    [
        "exp log log1p expm1 sqrt rsqrt abs sign floor ceil round sin cos tan asin acos atan sinh cosh tanh erf sigmoid",
        "relu gelu silu softplus square reciprocal",
    ],
)
def test_every_function_of_one_argument(function: str, computes: Computes) -> None:
    for name in function.split():
        computes(compiled(f"{name}(x)"), f"{name}(x)")
        computes(compiled(f"{name}(x * y) + alpha"), f"{name}(x * y) + alpha")


def test_a_condition_that_is_no_comparison_is_compared_with_zero() -> None:
    assert operations(compiled("where(x, y, z)")).count("nez") == 1
    assert "nez" not in operations(compiled("where(x < y, y, z)"))


@pytest.mark.parametrize(
    ("formula", "value"),
    [("2 ** 3 + 1", 9.0), ("1 / 0", math.inf), ("exp(0)", 1.0), ("where(2 > 1, 5, 6)", 5.0), ("clip(7, 0, 4)", 4.0),
     ("log(0)", -math.inf), ("round(2.5)", 2.0), ("minimum(1, 2) - maximum(1, 2)", -1.0), ("0 ** -1", math.inf)],
)  # fmt: skip
def test_literals_are_folded(formula: str, value: float) -> None:
    program = compiled(f"x + ({formula})")
    assert operations(program) == ["copy", "add_unary"]
    assert program.graph[program.root].scalars[0].value == value
    assert program.runtime_scalars == ()


@pytest.mark.parametrize(
    ("formula", "name", "cpp"),
    [
        ("x * alpha", "alpha", "attributes.alpha"),
        ("x / alpha", "inv_alpha", "1.0f / attributes.alpha"),
        ("x * (1 / alpha)", "inv_alpha", "1.0f / attributes.alpha"),
        ("x + beta", "beta", "static_cast<float>(attributes.beta)"),
        ("x * -alpha", "neg_alpha", "-attributes.alpha"),
        ("x * (alpha * 2 + 1)", "scalar_0", "(attributes.alpha * 2.0f) + 1.0f"),
        ("x * alpha ** 2", "scalar_0", "std::pow(attributes.alpha, 2.0f)"),
        ("x + where(alpha > 0.5, 1, 2)", "scalar_0", "(attributes.alpha > 0.5f ? 1.0f : 0.0f) != 0.0f ? 1.0f : 2.0f"),
    ],
)
def test_expressions_of_parameters_are_computed_on_the_host(
    formula: str, name: str, cpp: str, computes: Computes
) -> None:
    program = compiled(formula)
    assert [(scalar.name, scalar.cpp) for scalar in program.runtime_scalars] == [(name, cpp)]
    assert len([op for op in operations(program) if op != "copy"]) == 1
    computes(program, formula)


def test_a_parameter_used_twice_is_one_argument() -> None:
    assert [scalar.name for scalar in compiled("alpha * x + alpha * y").runtime_scalars] == ["alpha"]


def test_host_scalars_do_not_take_a_parameters_name() -> None:
    kinds = {"alpha": ParameterKind("alpha", "float"), "inv_alpha": ParameterKind("inv_alpha", "float")}
    program = compile_formula(parse("x / alpha + inv_alpha", ["x"], list(kinds)), kinds, float32=True)
    names = [scalar.name for scalar in program.runtime_scalars]
    assert len(set(names)) == 2
    assert names[1] == "inv_alpha"


def test_common_subexpressions_are_computed_once() -> None:
    program = compiled("exp(x - y) / (1 + exp(x - y))")
    assert operations(program).count("exp") == 1
    assert operations(program).count("sub_binary") == 1


def test_sources_are_loaded_again_rather_than_moved() -> None:
    assert "move" not in operations(compiled("x * sigmoid(x)"))
    assert operations(compiled("exp(x) * sigmoid(exp(x))")).count("move") == 1


def test_width_of_dst_follows_the_number_of_roundings() -> None:
    assert not compiled("exp(x)", float32=False).fp32_dest_acc_en
    assert not compiled("where(x > 0, x, alpha * x)", float32=False).fp32_dest_acc_en
    assert compiled("x * sigmoid(x)", float32=False).fp32_dest_acc_en
    assert compiled("abs(x)", float32=True).fp32_dest_acc_en
    assert compiled("abs(x)", float32=False).schedule.capacity == 8
    assert compiled("abs(x)", float32=True).schedule.capacity == 4


def test_the_needier_operand_is_evaluated_first() -> None:
    program = compiled("x * ((x + y) * (y + z))")
    order = [program.graph[index].text for index in evaluation_order(program.graph, program.root)]
    assert order[-1] == "x * ((x + y) * (y + z))"
    assert order[:2] == ["x + y", "y + z"]


CROWDED = "(x + y) * (y - z) / ((x * y + 2) * (y * z + 3) + (x + z) ** 2 + (x - y) ** 2) + (x * z - y) * (x + y * z)"


@pytest.mark.parametrize("capacity", [3, 4, 8])
def test_register_pressure_is_met_by_spills(capacity: int, computes: Computes) -> None:
    program = compiled(CROWDED, capacity=capacity)
    computes(program, CROWDED)
    sections = program.schedule.sections
    assert (len(sections) > 1) == (capacity < 8)
    assert (program.schedule.intermediates > 0) == (capacity < 8)
    assert max(tile for section in sections for step in section.steps for tile in step.tiles) < capacity
    assert [target for _, target in sections[-1].packs] == ["output"]


def test_a_full_dst_drops_inputs_before_it_spills(computes: Computes) -> None:
    program = compiled("(x + y) * (y + z) * (z + x)", capacity=4)
    assert len(program.schedule.sections) == 1
    computes(program, "(x + y) * (y + z) * (z + x)")


def balanced(level: int, seed: int = 1) -> str:
    """A tree of products and sums without a shared subexpression, 2**level leaves deep."""
    if not level:
        return f"({INPUTS[seed % 3]} + {seed}.5 * {INPUTS[seed // 3 % 3]})"
    left, right = balanced(level - 1, 2 * seed), balanced(level - 1, 2 * seed + 1)
    return f"({left} {'*+-'[level % 3]} {right})"


def test_intermediates_are_used_again_after_they_are_read(computes: Computes) -> None:
    program = compiled(balanced(6), capacity=3)
    assert len(program.schedule.sections) > program.schedule.intermediates
    computes(program, balanced(6))


def test_more_live_values_than_buffers_are_refused() -> None:
    shared = [f"exp(x * {n} + y)" for n in range(1, 25)]
    formula = f"({' + '.join(shared)}) * ({' * '.join(shared)})"
    with pytest.raises(UnsupportedSpecError, match="more than 15 intermediate circular buffers"):
        compiled(formula)


@pytest.mark.parametrize(
    ("formula", "construct"),
    [
        ("sum(x, axis=-1)", "the reduction sum(…)"),
        ("x - max(x, axis=-1)", "the reduction max(…)"),
        ("matmul(x, y)", "matmul(…)"),
        ("transpose(x, 0, 1)", "the data movement transpose(…)"),
        ("concat([x, y], -1)", "the data movement concat(…)"),
        ("x[..., 0:4]", "the data movement slice(…)"),
    ],
)
def test_what_is_not_elementwise_is_refused_by_name(formula: str, construct: str) -> None:
    with pytest.raises(UnsupportedSpecError) as caught:
        compiled(formula)
    assert caught.value.construct == construct
    assert "another backend can take this stage" in str(caught.value)


_LEAVES = st.sampled_from([*INPUTS, *INPUTS, "alpha", "beta", "0.5", "2"])
_UNARY = ("exp", "abs", "sigmoid", "tanh", "square", "sqrt", "log1p", "floor", "-")
_BINARY = ("+", "-", "*", "maximum", "minimum")


def _grow(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    unary = st.tuples(st.sampled_from(_UNARY), children).map(lambda part: f"{part[0]}(abs({part[1]}))")
    binary = st.tuples(children, st.sampled_from(_BINARY), children).map(
        lambda part: f"{part[1]}({part[0]}, {part[2]})" if part[1].isalpha() else f"({part[0]} {part[1]} {part[2]})"
    )
    quotient = st.tuples(children, children).map(lambda part: f"({part[0]} / (1 + abs({part[1]})))")
    choice = st.tuples(children, children, children).map(
        lambda part: f"where(abs({part[0]}) < 0.4, {part[1]}, {part[2]})"
    )
    compare = st.tuples(children, children).map(lambda part: f"(abs({part[0]}) < abs({part[1]}))")
    return unary | binary | quotient | choice | compare


@settings(max_examples=150, deadline=None, derandomize=True)
@given(formula=st.recursive(_LEAVES, _grow, max_leaves=14), capacity=st.sampled_from([3, 4, 8]))
def test_any_formula_gives_its_golden_in_any_dst(run_program: RunProgram, formula: str, capacity: int) -> None:
    inputs = {name: np.random.default_rng(2).uniform(0.2, 0.9, (4, 4)) for name in INPUTS}
    expected = evaluate(parse(formula, INPUTS, PARAMETERS), inputs, VALUES)
    if not np.isfinite(expected).all() or np.abs(expected).max() > 1e12:
        return  # overflow: the float32 literals of the device would differ from the golden anyway
    program = compiled(formula, capacity=capacity)
    actual = run_program(program, inputs, VALUES)
    np.testing.assert_allclose(actual, np.broadcast_to(expected, actual.shape), rtol=1e-6, atol=1e-9)
