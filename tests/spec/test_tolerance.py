"""Tolerances: for all dtypes or each, defaults the device can deliver, mistakes with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from op_pipeline.errors import ConfigError
from op_pipeline.numerics import EXACT, Limits, default_limits, measured_limits, pcc_for, round_up
from op_pipeline.spec import Spec, load_spec, spec_warnings

TEXT = """---
operation: sample
category: eltwise
inputs:
  - {{name: x, dtypes: [{dtypes}], domain: [0.5, 2.0]}}
output: {{shape: {shape}, dtype: {output}}}
formula: {formula}
{tolerance}
shapes: [[1, 1, 32, 32], [64, 96], [40, 50], [2, 3, 64, 64]]
---
# sample
"""


def spec(folder: Path, tolerance: str = "", **changes: Any) -> Spec:
    usual = {"dtypes": "bfloat16, float32", "output": "x.dtype", "formula": "exp(x)", "shape": "x.shape"}
    (folder / "spec.md").write_text(TEXT.format(tolerance=tolerance, **(usual | changes)), encoding="utf-8")
    return load_spec(folder / "spec.md")


@pytest.mark.parametrize(
    ("tolerance", "bfloat16", "float32"),
    [
        ("", (0.999, 0.02), (0.99999, 0.0001)),
        ("tolerance: {}", (0.999, 0.02), (0.99999, 0.0001)),
        ("tolerance: {pcc: 0.99, rel_l2: 0.05}", (0.99, 0.05), (0.99, 0.05)),
        ("tolerance: {rel_l2: 0.05}", (0.999, 0.05), (0.999, 0.05)),
        ("tolerance: {pcc: 0.99}", (0.99, 0.02), (0.99, 0.0001)),
        ("tolerance: {float32: {rel_l2: 0.002}}", (0.999, 0.02), (0.999, 0.002)),
        ("tolerance: {float32: {pcc: 0.9999}}", (0.999, 0.02), (0.9999, 0.0001)),
        ("tolerance: {rel_l2: 0.03, float32: {rel_l2: 0.002}}", (0.999, 0.03), (0.999, 0.002)),
        ("tolerance: {bfloat16: {pcc: 0.99, rel_l2: 0.04}}", (0.99, 0.04), (0.99999, 0.0001)),
    ],
)
def test_what_is_said_holds_and_the_rest_is_the_default(
    tmp_path: Path, tolerance: str, bfloat16: tuple[float, float], float32: tuple[float, float]
) -> None:
    made = spec(tmp_path, tolerance)
    assert made.limits("bfloat16") == Limits(*bfloat16)
    assert made.limits("float32") == Limits(*float32)


def test_sums_and_block_floats_are_left_to_a_reference_run(tmp_path: Path) -> None:
    made = spec(tmp_path, formula="x / sum(x, axis=-1, keepdims=True)")
    assert (made.limits("float32"), made.limits("bfloat16")) == (None, Limits(0.999, 0.02))
    assert spec(tmp_path, dtypes="bfloat8_b").limits("bfloat8_b") is None
    stated = spec(tmp_path, "tolerance: {bfloat8_b: {rel_l2: 0.04}}", dtypes="bfloat8_b")
    assert stated.limits("bfloat8_b") == Limits(0.999, 0.04)


def test_integers_are_equal_unless_they_are_named(tmp_path: Path) -> None:
    assert spec(tmp_path, "tolerance: {rel_l2: 0.1}", output="int32").limits("int32") == EXACT
    named = spec(tmp_path, "tolerance: {int32: {pcc: 0.99, rel_l2: 0.1}}", output="int32")
    assert named.limits("int32") == Limits(0.99, 0.1)


@pytest.mark.parametrize(
    ("tolerance", "message"),
    [
        ("tolerance: {float32: {rel_l2: 0.5}}", "spec.md:8: tolerance.float32.rel_l2: input should be less than or equal to 0.3"),
        ("tolerance: {float32: {pcc: 0.5}}", "spec.md:8: tolerance.float32.pcc: input should be greater than or equal to 0.9"),
        ("tolerance: {float33: {pcc: 0.99}}", "spec.md:8: tolerance.float33: unknown key (did you mean 'float32'?)"),
        ("tolerance: {int32: {pcc: 0.99}}", "spec.md:8: tolerance.int32: no output has dtype int32; outputs have bfloat16, float32"),
        ("tolerance: {bfloat16: 0.02}", "spec.md:8: tolerance.bfloat16"),
    ],
)  # fmt: skip
def test_mistakes_have_their_line(tmp_path: Path, tolerance: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        spec(tmp_path, tolerance)
    assert any(message in str(problem) for problem in caught.value.problems), caught.value.problems


def test_one_tolerance_for_all_is_loose_for_float32_and_says_so(tmp_path: Path) -> None:
    warned = [str(problem) for problem in spec_warnings(spec(tmp_path, "tolerance: {pcc: 0.999, rel_l2: 0.02}"))]
    assert any("spec.md:8: tolerance: float32 is held to relative L2 0.02 only" in text for text in warned)
    for tolerance in ("", "tolerance: {float32: {rel_l2: 0.02}}", "tolerance: {rel_l2: 0.00005}"):
        assert not [p for p in spec_warnings(spec(tmp_path, tolerance)) if "float32" in str(p)], tolerance


@pytest.mark.parametrize(
    ("value", "wanted"), [(0.0123, 0.015), (0.001, 0.0015), (0.0021, 0.003), (0.8, 1.0), (7.1e-5, 1e-4), (0.0, 0.0)]
)
def test_suggestions_are_round(value: float, wanted: float) -> None:
    assert round_up(value) == pytest.approx(wanted)


def test_measured_limits_have_headroom_and_a_floor() -> None:
    assert measured_limits("float32", 1e-6).rel_l2 == 0.002
    assert measured_limits("bfloat8_b", 0.011).rel_l2 == 0.05
    assert measured_limits("bfloat4_b", 1.0).rel_l2 == 0.3
    assert 0.9 <= pcc_for(0.3) < pcc_for(0.01) < 1
    with pytest.raises(ValueError, match="complex64"):
        default_limits("complex64")
