"""Formulas with reductions and broadcasts: which passes they become, and what the kernels say of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from op_pipeline.backends.template import generate
from op_pipeline.backends.template.block_plan import Plan, compile_blocks
from op_pipeline.backends.template.families import design
from op_pipeline.spec import Spec, load_spec
from op_pipeline.spec.formula import parse

SPECS = Path(__file__).resolve().parents[1] / "specs"
K = "keepdims=True"
X = {"name": "x", "dtypes": ["bfloat16", "float32"], "rank": [4, 4], "domain": [0.5, 2.0]}
ROW = X | {"name": "row"}
FULL, LINE = [1, 2, 64, 96], [1, 1, 1, 96]
Write = Callable[..., Spec]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(formula: str, output: str = "x.shape", **changes: Any) -> Spec:
        front = {
            "operation": "sample",
            "category": "normalization",
            "inputs": [X],
            "output": {"shape": output, "dtype": "x.dtype"},
            "formula": formula,
            "shapes": [FULL],
        } | changes
        path = tmp_path / "spec.md"
        path.write_text(f"---\n{yaml.safe_dump(json.loads(json.dumps(front)), sort_keys=False)}---\n# sample\n")
        return load_spec(path)

    return make


def plan(spec: Spec) -> Plan:
    return compile_blocks(spec, parse(str(spec.formula), spec.input_names, spec.parameter_names), {}, float32=True)


def sources(spec: Spec, stage: int = 7) -> str:
    return "".join(generate(spec, stage).values())


def named(name: str) -> Spec:
    return load_spec(SPECS / f"{name}.md")


# --- passes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "passes", "statistics"),
    [
        (f"x - mean(x, axis=-1, {K})", 2, ["mean"]),
        (f"x / sum(abs(x), axis=-1, {K})", 2, ["inverse_sum"]),  # the reciprocal once a row
        (f"x * rsqrt(mean(square(x), axis=-1, {K}) + 0.5)", 2, ["rsqrt"]),
        (f"(x - min(x, axis=-1, {K})) * max(x, axis=-1, {K})", 3, ["min", "max"]),
        (f"x - max(x, axis=-1, {K}) - log(sum(exp(x - max(x, axis=-1, {K})), axis=-1, {K}))", 3, ["max", "log"]),
        (f"(x - mean(x, axis=-1, {K})) / std(x, axis=-1, {K})", 3, ["mean", "inverse_sqrt"]),
        (f"x + max(x, axis=-3, {K})", 2, ["max"]),
    ],
)
def test_a_reduction_is_a_pass_and_what_follows_from_it_is_computed_once(
    formula: str, passes: int, statistics: list[str], write: Write
) -> None:
    found = plan(write(formula))
    assert len(found.passes) == passes
    assert [item.name for item in found.statistics] == statistics
    assert found.passes[-1].reduction is None
    assert found.fp32_dest_acc_en


def test_the_passes_read_their_own_inputs_only(write: Write) -> None:
    spec = write(f"row * (x - max(x, axis=-1, {K}))", inputs=[X, ROW], shapes=[[FULL, LINE]])
    reader = next(text for path, text in generate(spec, 6).items() if "reader" in path)
    first, _, second = reader.partition("// The result.")
    assert reader.count("noc.async_read_barrier();") == 2
    assert "cb_row.reserve_back" not in first
    assert "cb_row.reserve_back" in second


def test_what_a_unit_does_not_change_is_read_once(write: Write) -> None:
    column = X | {"name": "column"}
    spec = write(f"x * column - max(x, axis=-1, {K})", inputs=[X, column], shapes=[[FULL, [1, 2, 64, 1]]])
    assert plan(spec).constants_of_unit == ("column",)
    text = sources(spec)
    assert "unary_bcast<BroadcastType::COL>(cb_column_id, 0" in text
    assert text.count("cb_column.pop_front(1);") == 1


def test_a_sum_that_leaves_no_room_in_dst_runs_in_a_buffer() -> None:
    spec = named("weighted_scores")
    (only,) = plan(spec).passes
    assert not only.held
    assert "cb_running.wait_front(1);" in sources(spec)
    assert "cb_running" not in sources(named("sum_w"))


# --- loops and units ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("axis", "unit", "kind", "loops", "masks"),
    [
        ("-1", "tile_row", "REDUCE_ROW", ["w"], ["columns"]),
        ("-2", "tile_column", "REDUCE_COL", ["h"], ["rows"]),
        ("(-2, -1)", "plane", "REDUCE_SCALAR", ["h", "w"], ["columns", "rows"]),
        ("None", "tensor", "REDUCE_SCALAR", ["batch", "h", "w"], ["columns", "rows"]),
        ("1", "block", "", ["c"], []),
    ],
)
def test_units_follow_the_reduced_axes(  # noqa: PLR0917 - a row of the table
    axis: str, unit: str, kind: str, loops: list[str], masks: list[str], write: Write
) -> None:
    spec = write(f"x - max(x, axis={axis}, {K})")
    front = yaml.safe_load(next(iter(generate(spec, 0).values())).split("---\n")[1])
    assert front["work_split"]["unit"] == unit
    text = sources(spec)
    assert set(re.findall(r"ReduceDim::(\w+)", text)) == ({kind} if kind else set())
    variables = re.findall(r"for \(uint32_t (\w+) = 0;", text)
    assert variables[1:] == loops * 2
    assert sorted(set(re.findall(r"cb_mask_(\w+)_id, 0", text))) == sorted(masks)


def test_padding_counts_for_neither_sum_nor_maximum() -> None:
    text = sources(named("softmax"))
    masked = re.findall(r"if \(w == ragged_w\) \{(.*?)\n            \}", text, re.DOTALL)
    assert [re.findall(r"f32_\w+", block) for block in masked] == [["f32_minf"], ["f32_0"]]
    assert "constexpr uint32_t f32_minf = 0xff800000;" in text


def test_float32_meets_the_matrix_unit_in_gathered_tiles_only() -> None:
    factory = sources(named("softmax"), 5)
    found = design(named("softmax"))
    to_dest = {int(index) for index in re.findall(r"unpack_to_dest_mode\[tt::CBIndex::c_(\d+)\]", factory)}
    assert to_dest == {found.buffer(key).index for key in ("x", "statistic 0", "statistic 1")}
    assert ".fp32_dest_acc_en = true" in factory


def test_inits_stand_in_front_of_a_loop_that_needs_no_other() -> None:
    text = sources(named("l1_norm_h"))
    loop = text[text.index("for (uint32_t h") : text.index("tile_regs_commit", text.index("for (uint32_t h"))]
    outside_mask = re.sub(r"if \(h == ragged_h\) \{.*?\n            \}", "", loop, flags=re.DOTALL)
    assert "copy_init" not in outside_mask
    assert text.index("copy_init(cb_x_id);") < text.index("for (uint32_t h")


def test_a_mean_is_scaled_by_the_host(write: Write) -> None:
    factory = sources(write(f"x - mean(x, axis=(-2, -1), {K})"), 5)
    assert "1.0f / static_cast<float>(x.logical_shape()[-2] * x.logical_shape()[-1])" in factory
    assert "num_planes_per_core, height_tiles, width_tiles, ragged_rows, ragged_columns, inv_count_bits" in factory


# --- shapes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "call", "page"),
    [
        ("add_row", "unary_bcast<BroadcastType::ROW>(cb_y_id", "w}"),
        ("scale_columns", "unary_bcast<BroadcastType::COL>(cb_y_id", None),
        ("shift_by_one_value", "unary_bcast<BroadcastType::SCALAR>(cb_y_id", None),
        ("channel_bias", "unary_bcast<BroadcastType::SCALAR>(cb_b_id", "c}"),
    ],
)
def test_a_broadcast_input_is_spread_as_it_is_loaded(name: str, call: str, page: str | None) -> None:
    assert call in sources(named(name))
    if page:
        assert f".page_id = {page}" in sources(named(name), 6)


def test_each_input_is_held_to_the_axes_it_spans() -> None:
    text = sources(named("outer_table"), 2)
    assert "input 'x' must have shape [any, any, any, 1]" in text
    assert "input 'y' must have shape [x[-4], x[-3], 1, any]" in text
    shape = sources(named("outer_table"), 4)
    assert "ttnn::Shape({x_shape[0], x_shape[1], x_shape[2], y_shape[3]})" in shape


def test_a_leading_dimension_may_be_dropped_on_the_way_out() -> None:
    assert "ttnn::Shape({x_shape[0], x_shape[2], x_shape[3]})" in sources(named("sum_channels"), 4)
    assert "reduce_tile" not in sources(named("sum_channels"))
