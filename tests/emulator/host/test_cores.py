"""Core coordinates, ranges and the split of work, against the table of the real module."""

from __future__ import annotations

from typing import Any

import pytest

from op_pipeline import emulator


def text(*results: Any) -> tuple[Any, ...]:
    return tuple(str(item) if not isinstance(item, int) else item for item in results)


@pytest.mark.parametrize(
    ("grid", "units", "row_wise", "wanted"),
    [
        ((8, 8), 10, False, (10, "{[0-0 - 0-7], [1-0 - 1-1]}", "{[0-0 - 0-7], [1-0 - 1-1]}", "{}", 1, 0)),
        ((8, 8), 100, False, (64, "{[0-0 - 7-7]}", "{[0-0 - 3-7], [4-0 - 4-3]}", "{[4-4 - 4-7], [5-0 - 7-7]}", 2, 1)),
        ((8, 8), 0, False, (0, "{}", "{}", "{}", 0, 0)),
        ((8, 8), 1, False, (1, "{[0-0 - 0-0]}", "{[0-0 - 0-0]}", "{}", 1, 0)),
        ((8, 8), 64, False, (64, "{[0-0 - 7-7]}", "{[0-0 - 7-7]}", "{}", 1, 0)),
        ((8, 8), 10, True, (10, "{[0-0 - 7-0], [0-1 - 1-1]}", "{[0-0 - 7-0], [0-1 - 1-1]}", "{}", 1, 0)),
        ((1, 1), 7, False, (1, "{[0-0 - 0-0]}", "{[0-0 - 0-0]}", "{}", 7, 0)),
    ],
)
def test_split_over_a_grid(
    ttnn: Any, grid: tuple[int, int], units: int, row_wise: bool, wanted: tuple[Any, ...]
) -> None:
    assert text(*ttnn.split_work_to_cores(grid, units, row_wise)) == wanted


def test_split_over_a_range_set(ttnn: Any) -> None:
    square = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 1))])
    cores, every, first, second, more, fewer = ttnn.split_work_to_cores(square, 7)
    assert (cores, every.num_cores(), first.num_cores(), second.num_cores(), more, fewer) == (4, 4, 3, 1, 2, 1)


@pytest.mark.parametrize("units", [1, 5, 63, 64, 65, 127, 128, 1000])
@pytest.mark.parametrize("row_wise", [False, True])
def test_split_gives_every_unit_once(ttnn: Any, units: int, row_wise: bool) -> None:
    cores, every, first, second, more, fewer = ttnn.split_work_to_cores((8, 8), units, row_wise)
    assert every.num_cores() == cores == first.num_cores() + second.num_cores() == min(units, 64)
    assert first.num_cores() * more + second.num_cores() * fewer == units
    assert every == first.merge(second) or every.num_cores() == first.merge(second).num_cores()


def test_order_of_cores(ttnn: Any) -> None:
    square = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 1))])
    assert [(core.x, core.y) for core in ttnn.corerange_to_cores(square)] == [(0, 0), (0, 1), (1, 0), (1, 1)]
    rows = ttnn.corerange_to_cores(square, 3, row_wise=True)
    assert [(core.x, core.y) for core in rows] == [(0, 0), (1, 0), (0, 1)]
    assert [(core.x, core.y) for core in ttnn.grid_to_cores(3, 2, 2)] == [(0, 0), (0, 1), (1, 0)]


def test_ranges(ttnn: Any) -> None:
    block = ttnn.CoreRange((1, 1), (2, 3))
    assert block.contains(ttnn.CoreCoord(2, 2))
    assert not block.contains(ttnn.CoreCoord(0, 1))
    assert block.grid_size() == ttnn.CoreCoord(2, 3)
    both = ttnn.CoreRangeSet([block, ttnn.CoreRange((5, 5), (5, 5))])
    assert (both.size(), both.num_cores(), str(both.bounding_box())) == (2, 7, "[1-1 - 5-5]")
    assert both.subtract(ttnn.CoreRangeSet([block])) == ttnn.CoreRangeSet([ttnn.CoreRange((5, 5), (5, 5))])
    assert ttnn.CoreRangeSet([]).empty()
    assert str(ttnn.num_cores_to_corerangeset(9, (8, 8), True)) == "{[0-0 - 7-0], [0-1 - 0-1]}"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda ttnn: ttnn.CoreRange((2, 2), (1, 1)), "Invalid core range for start_coord: 2-2, end_coord: 1-1"),
        (
            lambda ttnn: ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 1)), ttnn.CoreRange((1, 1), (2, 2))]),
            "Overlapping core ranges",
        ),
        (lambda ttnn: ttnn.CoreRangeSet([]).bounding_box(), "no bounding box"),
        (lambda ttnn: ttnn.open_device(grid=(0, 8)), "a grid of 0x8 cores is not possible"),
    ],
)
def test_refusals(ttnn: Any, make: Any, message: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        make(ttnn)
    kind, info, line, backtrace = str(caught.value).split("\n")[:4]
    assert kind.startswith(("TT_FATAL @ ", "TT_THROW @ "))
    assert (info, backtrace) == ("info:", "backtrace:")
    assert message in line


def test_a_bare_tuple_is_no_range(ttnn: Any) -> None:
    with pytest.raises(TypeError, match="incompatible function arguments"):
        ttnn.CoreRangeSet([((0, 0), (1, 1))])


def test_grid_of_the_emulator(ttnn: Any) -> None:
    device = emulator.open_device(grid=(2, 3))
    assert device.compute_with_storage_grid_size() == ttnn.CoreCoord(2, 3)
    ttnn.close_device(device)
