"""Data movement: where an element comes from, which unit moves, and what is refused by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from op_pipeline.backends.template import generate
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec

WriteSpec = Callable[..., Spec]
X = {"name": "x", "dtypes": ["bfloat16"], "rank": [4, 4]}
Y = {"name": "y", "dtypes": ["bfloat16"], "rank": [4, 4]}
SAME = "x.shape"


@pytest.fixture
def moved(write_spec: WriteSpec) -> Callable[..., Spec]:
    """Spec of a formula over x of 2×3×64×96, and y of the shape it is given."""

    def make(formula: str, shape: str = SAME, y: list[int] | None = None, **changes: Any) -> Spec:
        inputs, shapes = ([X], [[2, 3, 64, 96]]) if y is None else ([X, Y], [[[2, 3, 64, 96], y]])
        output = {"shape": shape, "dtype": "x.dtype", "layout": changes.pop("layout", "tile")}
        values = {"category": "data_movement", "inputs": inputs, "shapes": shapes, "output": output, "formula": formula}
        return write_spec(**values | changes)

    return make


def reader(spec: Spec) -> str:
    files = {**generate(spec, 6), **generate(spec, 7)}
    return next(text for name, text in files.items() if "reader_" in name)


SWAPPED = "[x.shape[0], x.shape[1], x.shape[3], x.shape[2]]"


@pytest.mark.parametrize(
    ("formula", "shape", "line"),
    [
        ("transpose(x, 0, 1)", "[x.shape[1], x.shape[0], x.shape[2], x.shape[3]]", "return {0, c, n, h, w};"),
        ("transpose(x, -1, -2)", SWAPPED, "return {0, n, c, w, h};"),
        ("x[:, :, 32:, :]", "[x.shape[0], x.shape[1], x.shape[2] - 32, x.shape[3]]", "return {0, n, c, h + 1, w};"),
        ("x[:, 1:, :, :]", "[x.shape[0], x.shape[1] - 1, x.shape[2], x.shape[3]]", "return {0, n, c + 1, h, w};"),
    ],
)
def test_whole_tiles_move_where_nothing_shifts_within_one(
    formula: str, shape: str, line: str, moved: Callable[..., Spec]
) -> None:
    text = reader(moved(formula, shape))
    assert line in text
    assert "h and w count tiles" in text
    assert "scratch" not in text


@pytest.mark.parametrize(
    ("formula", "shape", "line"),
    [
        ("x[..., 5:]", "[x.shape[0], x.shape[1], x.shape[2], x.shape[3] - 5]", "return {0, n, c, h, w + 5};"),
        ("x[..., ::3]", "[x.shape[0], x.shape[1], x.shape[2], 32]", "return {0, n, c, h, 3 * w};"),
        ("x[..., -7:]", "[x.shape[0], x.shape[1], x.shape[2], 7]", "return {0, n, c, h, w + x_w - 7};"),
        ("x[..., 2:][..., ::2]", "[x.shape[0], x.shape[1], x.shape[2], 47]", "return {0, n, c, h, 2 * w + 2};"),
        ("transpose(x, 1, 2)", "[x.shape[0], x.shape[2], x.shape[1], x.shape[3]]", "return {0, n, h, c, w};"),
        ("pad(x, ((0, 0), (0, 0), (2, 0), (0, 1)))", "[x.shape[0], x.shape[1], x.shape[2] + 2, x.shape[3] + 1]", "if (h < 2 || w >= x_w) {"),
    ],
)  # fmt: skip
def test_elements_move_in_runs_where_something_shifts(
    formula: str, shape: str, line: str, moved: Callable[..., Spec]
) -> None:
    text = reader(moved(formula, shape))
    assert line in text
    assert "cb_scratch.reserve_back(1)" in text
    assert text.index("noc.async_read_barrier();\n    const CoreLocalMem") < text.index("target[i] =")


def test_tensors_are_joined_one_after_the_other(moved: Callable[..., Spec]) -> None:
    text = reader(moved("concat([y, x], 2)", "[2, 3, x.shape[2] + y.shape[2], 96]", [2, 3, 10, 96]))
    assert "if (h < y_h) {\n        return {1, n, c, h, w};\n    }\n    return {0, n, c, h - y_h, w};" in text


def test_a_movement_without_compute_has_no_compute_kernel(moved: Callable[..., Spec]) -> None:
    spec = moved("transpose(x, 0, 1)", "[x.shape[1], x.shape[0], x.shape[2], x.shape[3]]")
    written = [name for stage in range(8) for name in generate(spec, stage)]
    assert not any("compute" in name for name in written)
    assert list(generate(spec, 7)) == [name for name in written if "reader_" in name][:1]
    factory = next(text for name, text in generate(spec, 5).items() if "factory" in name)
    assert "compute" not in factory.replace("compute_with_storage_grid_size", "")


def test_rows_and_columns_change_places_in_the_compute_kernel(moved: Callable[..., Spec]) -> None:
    text = next(iter(generate(moved("transpose(x, -1, -2)", SWAPPED), 7).values()))
    assert "transpose_tile(cb_x_id, 0, 0)" in text
    both = next(iter(generate(moved("exp(transpose(x, -1, -2)) + y", "y.shape", [2, 3, 96, 64]), 7).values()))
    assert "transpose_tile(cb_x_id, 0, 0)" in both
    assert "copy_tile(cb_y_id, 0, 1)" in both


def test_what_is_computed_inside_of_a_movement_is_moved_first(moved: Callable[..., Spec]) -> None:
    spec = moved("transpose(exp(x), -1, -2)", SWAPPED)
    assert "return {0, n, c, w, h};" in reader(spec)
    assert "exp_tile(0)" in next(iter(generate(spec, 7).values()))


def test_row_major_rows_are_pages(moved: Callable[..., Spec]) -> None:
    spec = moved("transpose(x, 1, 2)", "[x.shape[0], x.shape[2], x.shape[1], x.shape[3]]", layout="row_major",
                 inputs=[X | {"layout": "row_major"}])  # fmt: skip
    assert "output_w * x_element_bytes" in reader(spec)
    assert "scratch" not in reader(spec)
    assert "page: row" in next(iter(generate(spec, 0).values()))
    assert "must have layout ROW_MAJOR" in "".join(generate(spec, 2).values())


@pytest.mark.parametrize(
    ("formula", "shape", "changes", "construct"),
    [
        ("pad(exp(x), ((0, 0), (0, 0), (0, 0), (0, 1)))", "[2, 3, 64, 97]", {}, "exp(…) inside of a movement"),
        ("transpose(x, -1, -2)", SWAPPED, {"inputs": [X | {"dtypes": ["bfloat8_b"]}]}, "inputs[0].dtypes: bfloat8_b"),
        ("transpose(x, -1, -2)", SWAPPED, {"inputs": [X | {"rank": [4, 5]}]}, "inputs[0].rank: [4, 5]"),
        ("exp(x[..., 1:])", "[2, 3, 64, 95]", {"layout": "row_major"}, "exp(x[..., 1:]) with output.layout: row_major"),
        ("exp(x[..., 1:])", "[2, 3, 64, 95]", {"inputs": [X | {"dtypes": ["int32"]}]}, "exp(x[..., 1:]) of integers"),
        ("concat([x[..., -9:90], x], 3)", "[2, 3, 64, 99]", {}, "the slice -9:90"),
    ],
)  # fmt: skip
def test_what_it_cannot_move_is_named(
    formula: str, shape: str, changes: dict[str, Any], construct: str, moved: Callable[..., Spec]
) -> None:
    spec = moved(formula, shape, **changes)
    with pytest.raises(UnsupportedSpecError) as caught:
        reader(spec)
    assert caught.value.construct == construct
