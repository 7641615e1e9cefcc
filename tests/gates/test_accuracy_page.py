"""docs/accuracy.md is what the script gives: some operations measured again, and what the page must not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.testing.accuracy.measure import large_tensor, measure, poles
from op_pipeline.testing.accuracy.operations import OPERATIONS
from op_pipeline.testing.accuracy.page import REASONS, cells

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "accuracy.md").read_text(encoding="utf-8")
BY_NAME = {operation.name: operation for operation in OPERATIONS}


def row(name: str) -> list[str]:
    """Cells of one operation in the last table: used and killed, for bfloat16 and for float32."""
    line = next(line for line in PAGE[PAGE.index("## By operation") :].splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][2:]


def test_every_operation_has_its_row_and_every_survivor_its_reason() -> None:
    assert len(OPERATIONS) == 24
    assert {operation.category for operation in OPERATIONS} == {"elementwise", "normalisation", "reduction", "matmul"}
    for name in BY_NAME:
        assert len(row(name)) == 4
    assert "none known" not in PAGE
    assert ", 0 refused" in PAGE
    assert all(name in PAGE and reason in PAGE for (name, _), reason in REASONS.items())


@pytest.mark.parametrize(
    ("name", "dtype"), [("subtract", "bfloat16"), ("swish", "float32"), ("max", "bfloat16"), ("centralize", "float32")]
)
def test_the_page_says_what_is_measured(name: str, dtype: str) -> None:
    result = measure(BY_NAME[name], dtype)
    assert not result.refused
    used, killed = cells(result)
    written = row(name)[:2] if dtype == "bfloat16" else row(name)[2:]
    assert killed == written[1], result.alive
    # Another version of NumPy draws the same numbers and may sum them in another order.
    assert abs(int(used.rstrip("%")) - int(written[0].rstrip("%"))) <= 2
    for mutant in result.alive:
        assert (mutant, dtype) in REASONS


def test_one_zero_tile_of_many_and_wrong_classes_are_refused() -> None:
    assert all("tile" in parts for parts in large_tensor().values())
    for outputs in poles().values():
        for name, parts in outputs.items():
            assert parts == (() if name == "nothing wrong" else ("non-finite",)), name
