"""Amounts and times as people write them."""

from __future__ import annotations

import pytest

from op_pipeline.config.quantities import amount, seconds


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20", 20),
        ("0.50", 0.5),
        ("$5", 5),
        ("500k", 500_000),
        ("1.5M", 1_500_000),
        ("none", None),
        (7, 7),
        (None, None),
    ],
)
def test_amounts(text: object, number: object) -> None:
    assert amount(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("90", 90.0), ("45s", 45.0), ("90m", 5400.0), ("1h30m", 5400.0), ("0.5h", 1800.0), ("none", None), (60, 60)],
)
def test_times(text: object, number: object) -> None:
    assert seconds(text) == number


@pytest.mark.parametrize("text", ["", "-1", "1x", "k", "1 000", "1kk"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        amount(text)


@pytest.mark.parametrize("text", ["", "-1", "soon", "1m2h", "1d"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="is no time"):
        seconds(text)
