"""The certificate that a tolerance can be met, limits from a reference run, and the ends of formats among the inputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline.gates.contract import KINDS, contract_of
from op_pipeline.gates.kit.contract import Contract
from op_pipeline.gates.kit.extremes import candidates
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.inputs import sample
from op_pipeline.gates.kit.reachable import Margin, margins, reachable_margin
from op_pipeline.numerics import LARGEST_FINITE, SMALLEST_NORMAL
from op_pipeline.spec import Spec, load_spec

TEXT = """---
operation: sample
category: {category}
inputs:
{inputs}
output: {{shape: x.shape, dtype: x.dtype}}
{golden}
{tolerance}
shapes: {shapes}
---
# sample
"""
ONE, TWO = "[[32, 32], [40, 50]]", "[[[32, 32], [32, 32]], [[40, 50], [40, 50]]]"


def spec(folder: Path, formula: str, dtypes: str = "bfloat16, float32", tolerance: str = "", **changes: Any) -> Spec:
    domain = changes.pop("domain", "")
    inputs = [
        f"  - {{name: {name}, dtypes: [{dtypes}]{f', domain: {domain}' if domain else ''}}}"
        for name in changes.pop("names", ["x"])
    ]
    text = TEXT.format(
        inputs="\n".join(inputs),
        golden=changes.pop("golden", f"formula: {formula}"),
        tolerance=tolerance,
        shapes=ONE if len(inputs) == 1 else TWO,
        category=changes.pop("category", "eltwise"),
    )
    (folder / "spec.md").write_text(text, encoding="utf-8")
    return load_spec(folder / "spec.md")


def by_dtype(made: Spec) -> dict[str, Margin]:
    return {found.dtype: found for found in margins(made)}


@pytest.mark.parametrize(
    "formula", ["x * sigmoid(x)", "abs(x)", "tanh(x) + x", "x / (1 + abs(x))", "where(x > 0, x, 0.1 * x)"]
)
def test_defaults_can_be_met_with_room(tmp_path: Path, formula: str) -> None:
    found = by_dtype(spec(tmp_path, formula))
    assert all(found.values()), [item.refusal for item in found.values()]
    assert found["bfloat16"].used < 0.35
    assert found["float32"].used < 0.01
    assert set(found["float32"].figures) == {"margin_used", "margin_used_dst16", "reachable_rel_l2"}


@pytest.mark.parametrize(
    ("tolerance", "formula", "refused"),
    [
        ("tolerance: {rel_l2: 0.0005}", "exp(x)", {"bfloat16"}),
        ("tolerance: {bfloat16: {rel_l2: 0.0005}}", "exp(x)", {"bfloat16"}),
        ("tolerance: {float32: {rel_l2: 0.000001}}", "sum(x, axis=-1, keepdims=True) * x", {"float32"}),
        ("tolerance: {float32: {rel_l2: 0.000001}}", "exp(x)", set()),
        ("tolerance: {bfloat16: {pcc: 1.0}}", "exp(x)", {"bfloat16"}),
        ("tolerance: {pcc: 0.9, rel_l2: 0.3}", "exp(x)", set()),
    ],
)
def test_a_tolerance_that_cannot_be_met_is_refused_with_one_that_can(
    tmp_path: Path, tolerance: str, formula: str, refused: set[str]
) -> None:
    made = spec(tmp_path, formula, tolerance=tolerance, domain="[-3, 3]")
    found = by_dtype(made)
    assert {name for name, item in found.items() if not item} == refused
    contract = Contract.of(contract_of(made), tmp_path)
    for name in refused:
        with pytest.raises(GateFailure, match="could be met") as caught:
            reachable_margin(contract, name, "1")
        assert (caught.value.file, caught.value.line) == ("spec.md", 8)
        needed = found[name].needed
        better = f"tolerance: {{{name}: {{pcc: {needed.pcc}, rel_l2: {needed.rel_l2}}}}}"
        assert by_dtype(spec(tmp_path, formula, tolerance=better, domain="[-3, 3]"))[name], better


def test_limits_of_sums_and_block_floats_come_from_the_reference(tmp_path: Path) -> None:
    softmax = "exp(x) / sum(exp(x), axis=-1, keepdims=True)"
    data = contract_of(spec(tmp_path, softmax, category="normalization"))["tolerance"]
    assert data["bfloat16"] == {"pcc": 0.999, "rel_l2": 0.02}
    assert 0.002 <= data["float32"]["rel_l2"] <= 0.01
    block = spec(tmp_path, "x + 1", "bfloat8_b")
    assert 0.02 <= contract_of(block)["tolerance"]["bfloat8_b"]["rel_l2"] <= 0.1
    assert all(by_dtype(block).values())
    assert contract_of(block) == contract_of(block)  # the same at every stage, or the seal of a gate would change


def test_a_golden_in_python_rounds_its_result_only_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "golden.py").write_text(
        "import numpy as np\n\n\ndef sample(x):\n    return np.tanh(x)\n", encoding="utf-8"
    )
    found = by_dtype(spec(tmp_path, "", golden="golden: golden.py:sample"))
    assert all(found.values())
    assert "the golden is Python" in str(found["bfloat16"])


def values(made: Spec, kind: str, dtype: str = "float32") -> tuple[Contract, dict[str, Any], dict[str, Any]]:
    contract = Contract.of(contract_of(made), made.source.parent)
    drawn = sample(contract, contract.cases["40x50"], contract.dtypes[dtype], kind, "1")
    return contract, drawn.arrays, drawn.parameters


@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
def test_what_only_chooses_is_tested_up_to_the_last_number(tmp_path: Path, dtype: str) -> None:
    _, arrays, _ = values(spec(tmp_path, "maximum(x, y)", names=["x", "y"]), "edge", dtype)
    for array in arrays.values():
        size = np.abs(array)
        assert {LARGEST_FINITE[dtype], SMALLEST_NORMAL, 2.0**-130} <= set(size.ravel().tolist())
        assert 0.05 < float((size > 1e30).mean() + ((size > 0) & (size < 1e-30)).mean()) < 0.2


@pytest.mark.parametrize(
    ("formula", "domain", "largest"),
    [
        ("x * sigmoid(x)", "", 2.0**100),
        ("x * x", "", 21.0),  # overflows for everybody
        ("sqrt(abs(x))", "", 21.0),  # would hide all others in every norm
        ("sin(x)", "", 21.0),  # no period is left in such a number
        ("exp(x)", "[-5, 5]", 5.0),  # outside the domain
        ("x / (abs(x) + 1)", "", 2.0**100),
    ],
)
def test_ends_of_the_format_stand_where_an_honest_kernel_is_right(
    tmp_path: Path, formula: str, domain: str, largest: float
) -> None:
    made = spec(tmp_path, formula, domain=domain)
    contract, arrays, parameters = values(made, "edge")
    assert float(np.abs(arrays["x"]).max()) <= largest
    assert (largest < 100) == (float(np.abs(arrays["x"]).max()) < 100)
    assert np.isfinite(contract.expected(arrays, parameters)).all()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "edge"])
def test_other_kinds_have_no_extremes(tmp_path: Path, kind: str) -> None:
    _, arrays, _ = values(spec(tmp_path, "abs(x)"), kind)
    assert float(np.abs(arrays["x"]).max()) < 100


def test_denormals_are_drawn_only_where_flushing_them_changes_nothing(tmp_path: Path) -> None:
    _, arrays, _ = values(spec(tmp_path, "sign(x)"), "edge")
    size = np.abs(arrays["x"])
    assert not ((size > 0) & (size < SMALLEST_NORMAL)).any()
    assert (size == SMALLEST_NORMAL).any()


def test_neighbours_that_share_an_exponent_get_none(tmp_path: Path) -> None:
    made = spec(tmp_path, "x + 1", "bfloat8_b")
    contract = Contract.of(contract_of(made), tmp_path)
    assert candidates(contract.expression, contract.inputs[0], "bfloat8_b") == ()
