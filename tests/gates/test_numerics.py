"""The accuracy check: honest results pass, every class of wrong implementation fails, on each kind of input."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from op_pipeline.gates.contract import KINDS
from op_pipeline.gates.kit.contract import Input
from op_pipeline.gates.kit.inputs import draw
from op_pipeline.numerics import (
    Comparison,
    compare,
    cut_bfloat16,
    cut_tf32,
    default_limits,
    pcc,
    rel_l2,
    round_bfloat16,
    round_tf32,
    round_to,
)

Array = npt.NDArray[Any]
X = Input("x", ("bfloat16",), "tile", "dram_interleaved", (2, 4), None)
SHAPES = [(1, 1, 32, 32), (1, 1, 64, 96), (2, 3, 128, 64), (1, 1, 40, 50), (32, 512)]


def swish(x: Array) -> Array:
    return np.asarray(x / (1 + np.exp(-x)))


def judge(actual: Array, expected: Array, dtype: str = "bfloat16") -> Comparison:
    return compare(actual, expected, pcc_limit=0.999, rel_l2_limit=0.02, dtype=dtype)


def inputs(kind: str, shape: tuple[int, ...]) -> Array:
    return draw(X, shape, "bfloat16", kind, np.random.default_rng(5)).astype(np.float64)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1.0, 1.0), (1.00390625, 1.0), (1.01171875, 1.015625), (1.00390637, 1.0078125), (-1.00390625, -1.0), (1.0039, 1.0),
        (3.3961775e38, np.inf), (3.3895314e38, 3.3895314e38), (np.inf, np.inf), (-np.inf, -np.inf), (0.0, 0.0),
        (1e-39, 1.0e-39),
    ],
)  # fmt: skip
def test_bfloat16_rounds_to_nearest_even(value: float, expected: float) -> None:
    assert round_bfloat16(np.asarray(value, np.float32)).item() == pytest.approx(
        expected, rel=1e-3 if value > 1e-30 else 0.1, abs=0
    )
    assert (round_bfloat16(np.array([value], np.float32)).view(np.uint32) & 0xFFFF).tolist() == [0]


def test_rounding_keeps_nan_and_saturates_integers() -> None:
    assert np.isnan(round_bfloat16(np.array([np.nan, -np.nan], np.float32))).all()
    assert round_to(np.array([-3.0, 7.0, 1e12]), "uint16").tolist() == [0, 7, 65535]
    assert round_to(np.array([1e300]), "float32").tolist() == [np.inf]
    with pytest.raises(ValueError, match="float8"):
        round_to(np.zeros(1), "float8")


@pytest.mark.parametrize(
    ("actual", "expected", "wanted"),
    [([1, 2, 3], [1, 2, 3], 1.0), ([2, 4, 6], [1, 2, 3], 1.0), ([3, 2, 1], [1, 2, 3], -1.0), ([5, 5, 5], [5, 5, 5], 1.0),
     ([5, 5, 5], [4, 4, 4], 0.0), ([1, 1, 1], [1, 2, 3], 0.0), ([], [], 1.0)],
)  # fmt: skip
def test_pcc(actual: list[float], expected: list[float], wanted: float) -> None:
    assert pcc(np.array(actual), np.array(expected)) == pytest.approx(wanted)


def test_rel_l2() -> None:
    assert rel_l2(np.array([1.1]), np.array([1.0])) == pytest.approx(0.1)
    assert rel_l2(np.zeros(3), np.zeros(3)) == 0.0
    assert rel_l2(np.ones(3), np.zeros(3)) == float("inf")


def bf16_steps(x: Array) -> Array:
    """Every operation rounds to bfloat16, as a 16-bit DST would."""
    r = round_bfloat16
    return np.asarray(r(x * r(1 / r(1 + r(np.exp(r(-x)))))), dtype=np.float64)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "honest", [lambda x: round_bfloat16(swish(x)), bf16_steps], ids=["rounded", "every step rounded"]
)
def test_honest_results_pass(kind: str, shape: tuple[int, ...], honest: Callable[[Array], Array]) -> None:
    x = inputs(kind, shape)
    verdict = judge(honest(x), swish(x))
    assert verdict, str(verdict)
    assert verdict.rel_l2 < 0.01


def one_tile(y: Array) -> Array:
    y = y.copy()
    y[..., -32:, -32:] = 0
    return y


def last(y: Array, axis: int) -> Array:
    y = y.copy()
    y[(..., -1) if axis == -1 else (..., -1, slice(None))] = 0
    return y


def with_value(y: Array, value: float) -> Array:
    y = y.copy()
    y.flat[y.size // 2] = value
    return y


MUTANTS: dict[str, Callable[[Array, Array], Array]] = {
    "identity": lambda x, y: x,
    "zeros": lambda x, y: y * 0,
    "constant": lambda x, y: np.full_like(y, y.mean()),
    "scaled": lambda x, y: y * 1.07,
    "shifted": lambda x, y: y + 0.1 * np.abs(y).mean(),
    "negated": lambda x, y: -y,
    "one tile stale": lambda x, y: one_tile(y),
    "last column zero": lambda x, y: last(y, -1),
    "last row zero": lambda x, y: last(y, -2),
    "rows rolled": lambda x, y: np.roll(y, 1, axis=-2),
    "transposed rows": lambda x, y: y[..., ::-1, :],
    "half the work": lambda x, y: np.where(np.arange(y.shape[-2])[:, None] < y.shape[-2] // 2, y, 0.0),
    "first row everywhere": lambda x, y: np.broadcast_to(y[..., :1, :], y.shape),
    "NaN": lambda x, y: with_value(y, np.nan),
    "inf": lambda x, y: with_value(y, np.inf),
    "noise": lambda x, y: y * (1 + 0.05 * np.random.default_rng(1).standard_normal(y.shape)),
}


@pytest.mark.parametrize("mutant", MUTANTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_mutants_fail_on_randn(mutant: str, shape: tuple[int, ...]) -> None:
    x = inputs("randn", shape)
    verdict = judge(round_bfloat16(MUTANTS[mutant](x, swish(x))), swish(x))
    assert not verdict, f"{mutant} survived: {verdict}"
    assert verdict.kind == ("nan_or_inf" if mutant in {"NaN", "inf"} else "numerical_mismatch")


def test_one_bad_tile_in_a_large_tensor_is_named() -> None:
    # 1 of 4,096 tiles: pcc 0.9999, relative L2 0.0156, both within the limits
    y = np.random.default_rng(0).standard_normal((1, 1, 2048, 2048))
    wrong = y.copy()
    wrong[0, 0, 64:96, 32:64] = 0
    verdict = judge(wrong, y)
    assert verdict.pcc > 0.999
    assert verdict.rel_l2 < 0.02
    assert verdict.tile == "(matrix 0, row 2, column 1)"
    assert not verdict


def test_a_small_bias_of_one_row_is_named() -> None:
    y = np.random.default_rng(0).standard_normal((1, 1, 512, 1024)) + 2
    wrong = y.copy()
    wrong[0, 0, 17] *= 1.04
    verdict = judge(wrong, y)
    assert verdict.rel_l2 < 0.02
    assert verdict.row == "(matrix 0, row 17)"
    assert verdict.row_bias > 0.02
    assert not verdict


@pytest.mark.parametrize(
    ("actual", "expected", "kind"),
    [
        ([np.inf, 1.0], [np.inf, 1.0], ""),
        ([np.nan, 1.0], [np.nan, 1.0], ""),
        ([-np.inf, 1.0], [np.inf, 1.0], "nan_or_inf"),
        ([np.nan, 1.0], [np.inf, 1.0], "nan_or_inf"),
        ([1e38, 1.0], [np.inf, 1.0], "nan_or_inf"),
        ([np.inf, 1.0], [1e39, 1.0], ""),  # beyond what the format holds
        ([0.0, 1.0], [1e-40, 1.0], ""),  # the packer flushes denormals
        ([0.0, 0.0], [0.0, 0.0], ""),
        ([1.0, 0.0], [0.0, 0.0], "numerical_mismatch"),
        ([1.0, 1.0, 1.0], [1.0, 1.0], "shape_mismatch"),
        ([], [], ""),
    ],
)
def test_special_values(actual: list[float], expected: list[float], kind: str) -> None:
    assert judge(np.array(actual), np.array(expected)).kind == kind


@pytest.mark.parametrize("shape", [(), (1,), (5,), (3, 1), (1, 1, 1, 1), (2, 33)])
def test_any_rank(shape: tuple[int, ...]) -> None:
    y = np.asarray(np.random.default_rng(0).standard_normal(shape) + 3)
    assert judge(round_bfloat16(y).reshape(shape), y)
    assert not judge(np.asarray(y * 1.1), y)


@pytest.mark.parametrize(
    "lossy", [round_bfloat16, cut_bfloat16, round_tf32, cut_tf32], ids=["bfloat16", "cut bfloat16", "TF32", "cut TF32"]
)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "edge"])  # half of which is exact in any format
def test_float32_is_held_to_float32(kind: str, lossy: Callable[[Array], Array]) -> None:
    limits = default_limits("float32")
    assert limits is not None
    x = draw(X, (64, 96), "float32", kind, np.random.default_rng(5)).astype(np.float64)
    honest = compare(
        swish(x).astype(np.float32), swish(x), pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype="float32"
    )
    assert honest, str(honest)
    for wrong in (lossy(swish(x)), swish(lossy(x).astype(np.float64)) if kind == "row_affine" else lossy(swish(x))):
        assert not compare(wrong, swish(x), pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype="float32")


def test_what_a_source_register_costs_is_told() -> None:
    y = np.random.default_rng(0).standard_normal((32, 32)) + 3
    verdict = compare(cut_tf32(y), y, pcc_limit=0.99999, rel_l2_limit=1e-4, dtype="float32")
    assert "10-bit source register" in str(verdict)


def test_integers_are_equal_or_wrong() -> None:
    y = np.arange(2048.0).reshape(32, 64)
    assert compare(y, y, pcc_limit=1.0, rel_l2_limit=0.0, dtype="int32")
    wrong = y.copy()
    wrong[3, 4] += 1
    verdict = compare(wrong, y, pcc_limit=1.0, rel_l2_limit=0.0, dtype="int32")
    assert verdict.parts == ("exact",)
    assert "1 of 2048 elements off, first at (3, 4)" in str(verdict)


def test_a_row_of_both_signs_scaled_by_a_little_is_seen() -> None:
    y = np.random.default_rng(0).standard_normal((512, 1024))
    wrong = y.copy()
    wrong[17] *= 1.04
    verdict = judge(wrong, y)
    assert verdict.parts == ("row bias",)
    assert "row 17" in str(verdict)


def test_elements_near_the_end_of_the_format_neither_hide_others_nor_get_away() -> None:
    y = np.random.default_rng(0).standard_normal((64, 64))
    y[0, :8] = 2.0**126
    assert judge(round_bfloat16(y), y)
    wrong = y.copy()
    wrong[32:, 32:] = 0
    assert judge(wrong, y).parts == ("pcc", "rel L2", "tile", "row bias")
    wrong = y.copy()
    wrong[0, 3] = 2.0**125
    assert judge(wrong, y).parts == ("far",)


def test_a_mean_that_hardly_varies_is_not_refused_for_its_rounding() -> None:
    y = 1 + 0.03 * np.random.default_rng(0).standard_normal((32, 1))
    rounded = round_bfloat16(y)
    assert pcc(rounded, y) < 0.999
    assert judge(rounded, y)
    assert not judge(np.flip(rounded, axis=0), y)


def test_block_floats_share_an_exponent_of_16_neighbours() -> None:
    row = np.zeros((1, 40))
    row[0, 0], row[0, 1], row[0, 15], row[0, 16], row[0, 39] = 100.0, 0.3, 1.0, 0.3, 7.7
    held = round_to(row, "bfloat8_b")[0]
    assert (held[0], held[1], held[15], held[39]) == (100.0, 0.0, 0.0 if held[15] == 0 else 1.0, 7.6875)
    assert held[16] == pytest.approx(0.3, rel=0.01)
    x = np.random.default_rng(0).standard_normal((64, 50))
    assert 0.002 < rel_l2(round_to(x, "bfloat8_b"), x) < 0.012 < rel_l2(round_to(x, "bfloat4_b"), x) < 0.2
    assert np.isfinite(round_to(np.array([[np.inf, -np.inf, np.nan]]), "bfloat8_b")).all()
