"""A formula in device precision: what rounds, what is cut, in which order sums grow."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from op_pipeline import numerics
from op_pipeline.spec.emulated import emulate, store
from op_pipeline.spec.evaluate import evaluate
from op_pipeline.spec.formula import parse

Array = npt.NDArray[Any]
RANDOM = np.random.default_rng(3)


def error(formula: str, dtype: str, wide: bool, **arrays: Array) -> float:
    expr = parse(formula, list(arrays), [])
    held = {name: numerics.round_to(array, dtype) for name, array in arrays.items()}
    got = emulate(expr, held, {}, output_dtype=dtype, wide=wide)
    return numerics.rel_l2(got.values, evaluate(expr, held, {}))


X = RANDOM.standard_normal((32, 512))


@pytest.mark.parametrize(
    ("formula", "dtype", "wide", "low", "high"),
    [
        ("x", "bfloat16", True, 0, 0),
        ("abs(x)", "float32", True, 0, 0),
        ("x * sigmoid(x)", "float32", True, 1e-9, 1e-7),
        ("x * sigmoid(x)", "bfloat16", True, 1.4e-3, 2e-3),  # one rounding, at the end
        ("x * sigmoid(x)", "bfloat16", False, 2e-3, 4e-3),  # every step
        ("x * sigmoid(x)", "float32", False, 1.4e-3, 4e-3),  # 16 bits in between
        ("sum(abs(x), axis=-1, keepdims=True)", "float32", True, 3e-4, 1e-3),  # operands are cut to 10 bits
        ("sum(abs(x), axis=-1, keepdims=True)", "float32", False, 2e-3, 1e-2),
        ("mean(x * x, axis=(0, 1))", "float32", True, 1e-5, 2e-3),
        ("max(x, axis=0)", "float32", True, 1e-5, 1e-3),
        ("matmul(x, transpose(x, 0, 1))", "float32", True, 1e-4, 2e-3),
        ("matmul(x, transpose(x, 0, 1))", "bfloat16", False, 2e-3, 5e-2),  # the running sum has 8 bits
        ("transpose(x, 0, 1)", "float32", True, 0, 0),  # moving data rounds nothing
    ],
)
def test_the_error_is_that_of_the_device(formula: str, dtype: str, wide: bool, low: float, high: float) -> None:
    assert low <= error(formula, dtype, wide, x=X) <= high


def test_a_running_sum_in_16_bits_stops_growing() -> None:
    ones = np.full((1, 32 * 1024), 1.0)
    expr = parse("sum(x, axis=-1, keepdims=True)", ["x"], [])
    narrow = emulate(expr, {"x": ones}, {}, output_dtype="bfloat16", wide=False).values
    assert emulate(expr, {"x": ones}, {}, output_dtype="bfloat16").values.item() == 32 * 1024
    assert narrow.item() < 32 * 1024 / 2


def test_steps_near_the_end_of_the_range_are_told() -> None:
    values = np.array([1.0, 2.0**70, -(2.0**126), 0.0])
    square = emulate(parse("x * x", ["x"], []), {"x": values}, {}, output_dtype="float32")
    assert square.ordinary.tolist() == [True, False, False, True]
    assert np.isinf(square.values).tolist() == [False, True, True, False]
    # after a reduction there is no element to point at
    summed = emulate(parse("sum(x, axis=0)", ["x"], []), {"x": values}, {}, output_dtype="float32")
    assert bool(summed.ordinary)


@pytest.mark.parametrize(
    ("value", "dtype", "wanted"),
    [
        (1.00390625, "bfloat16", 1.0078125),  # the packer's ties go away from zero
        (-1.00390625, "bfloat16", -1.0078125),
        (1e-39, "bfloat16", 0.0),
        (1e-39, "float32", np.float32(1e-39)),
        (2.6, "int32", 3),
        (-5.0, "uint16", 0),
    ],
)
def test_what_a_tensor_holds_of_a_result(value: float, dtype: str, wanted: float) -> None:
    assert store(np.array([value]), dtype).tolist() == [wanted]
