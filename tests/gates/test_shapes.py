"""Shapes nobody listed: what is tied stays tied, for every family; and which shapes are illegal."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from op_pipeline.gates.contract import contract_of, dump
from op_pipeline.gates.kit.checks import check_hidden_shape
from op_pipeline.gates.kit.contract import Case, Contract
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.inputs import hidden_case, sample
from op_pipeline.gates.kit.lines import KINDS, Lines, axes_of
from op_pipeline.gates.kit.observed import pages_changed
from op_pipeline.gates.kit.split import Share, require_partition, units_of_output
from op_pipeline.gates.shapes import of_rank
from op_pipeline.spec import load_spec

LAYER_NORM = "(x - mean(x, axis=-1, keepdims=True)) * gamma"
ATTENDED = "matmul(q, transpose(k, -1, -2))"
FOUR = "[{0}.shape[0], {0}.shape[1], {0}.shape[2], {1}]"


def contract(
    folder: Path, formula: str, output: str, cases: str, *, rank: str = "4, 4", dtypes: str = "bfloat16", **more: str
) -> Contract:
    """A contract of inputs named in the cases' order by `names`."""
    layout, category = more.get("layout", "tile"), more.get("category", "other")
    names = more.get("names", "x").split()
    rows = "\n".join(f"  - {{name: {name}, dtypes: [{dtypes}], layout: {layout}, rank: [{rank}]}}" for name in names)
    golden = formula if formula.startswith("golden:") else f"formula: {formula}"
    (folder / "spec.md").write_text(
        f"---\noperation: some\ncategory: {category}\ninputs:\n{rows}\n"
        f'output: {{shape: "{output}", dtype: {names[0]}.dtype, layout: {layout}}}\n{golden}\nshapes: {cases}\n---\n# some\n',
        encoding="utf-8",
    )
    (folder / "contract.json").write_text(dump(contract_of(load_spec(folder / "spec.md"))), encoding="utf-8")
    return Contract.load(folder)


ROWS = "[[2, 1, 64, 40], [1, 3, 32, 96]]"
# Formula, output.shape, cases, names, and what holds of every hidden case beside the golden's shape.
FAMILIES: dict[str, tuple[str, str, str, str, str]] = {
    "softmax": ("exp(x) / sum(exp(x), axis=-1, keepdims=True)", "x.shape", ROWS, "x", "y == x"),
    "row sum": ("sum(x, axis=-1, keepdims=True)", FOUR.format("x", 1), ROWS, "x", "y[3] == 1"),
    "sum of all rows and columns": ("sum(x, axis=(-2, -1))", "[x.shape[0], x.shape[1]]", ROWS, "x", "len(y) == 2"),
    "gain of columns": (LAYER_NORM, "x.shape", "[[[1, 2, 64, 32], [1, 1, 1, 32]], [[2, 1, 32, 70], [1, 1, 1, 70]]]", "x gamma", "g[:3] == (1, 1, 1) and g[3] == x[3]"),
    "broadcast either way": ("x + y", "[x.shape[0], x.shape[1], x.shape[2], y.shape[3]]", "[[[1, 1, 64, 1], [1, 1, 1, 96]]]", "x y", "x[3] == 1 and g[2] == 1 and x[:2] == g[:2] == (1, 1)"),
    "matmul": ("matmul(a, b)", FOUR.format("a", "b.shape[3]"), "[[[2, 1, 64, 96], [2, 1, 96, 32]], [[1, 3, 32, 40], [1, 3, 40, 50]]]", "a b", "x[3] == g[2] and x[:2] == g[:2]"),
    "matmul with one batch of weights": ("matmul(a, b)", FOUR.format("a", "b.shape[3]"), "[[[2, 1, 64, 96], [1, 1, 96, 32]]]", "a b", "x[3] == g[2] and g[:2] == (1, 1)"),
    "matmul of a transposed one": (ATTENDED, FOUR.format("q", "k.shape[2]"), "[[[1, 2, 64, 32], [1, 2, 96, 32]]]", "q k", "x[3] == g[3]"),
    "linear": ("relu(matmul(x, w) + b)", FOUR.format("x", "w.shape[3]"), "[[[1, 1, 32, 64], [1, 1, 64, 96], [1, 1, 1, 96]]]", "x w b", "x[3] == g[2] and h == (1, 1, 1, g[3])"),
    "transpose": ("transpose(x, -1, -2)", "[x.shape[0], x.shape[1], x.shape[3], x.shape[2]]", ROWS, "x", "y[2:] == (x[3], x[2])"),
    "concat": ("concat([x, y], -1)", FOUR.format("x", "x.shape[3] + y.shape[3]"), "[[[1, 1, 32, 32], [1, 1, 32, 64]]]", "x y", "y[3] == x[3] + g[3] and x[2] == g[2]"),
    "slice": ("x[..., 32:64, :]", "[x.shape[0], x.shape[1], 32, x.shape[3]]", "[[1, 1, 64, 32], [1, 2, 96, 64]]", "x", "x[2] >= 64"),
    "pad": ("pad(x, ((0, 0), (0, 0), (0, 32), (1, 0)))", "[x.shape[0], x.shape[1], x.shape[2] + 32, x.shape[3] + 1]", ROWS, "x", "y[3] == x[3] + 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAMILIES)
def test_hidden_shapes_of_each_family(tmp_path: Path, name: str) -> None:
    formula, output, cases, names, holds = FAMILIES[name]
    made = contract(tmp_path, formula, output, cases, names=names)
    listed = [case.shapes for case in made.cases.values()]
    seen = set()
    for seed in range(25):
        case = hidden_case(made, str(seed))
        assert isinstance(case, Case), case
        assert case.shapes not in listed
        drawn = sample(made, case, made.dtypes["bfloat16"], "randn", "1")
        assert made.expected(drawn.arrays, drawn.parameters).shape == case.output_shape
        first, second, third = [*(case.shapes[name] for name in made.input_names), (), ()][:3]
        values = {"x": first, "g": second, "h": third, "y": case.output_shape}
        assert eval(holds, {"len": len}, values), (holds, values)
        seen.add(tuple(case.shapes.values()))
    assert len(seen) > 15


@pytest.mark.parametrize(
    ("formula", "reason"),
    [("x[0:32, 0:32] * x", "no dimension of a listed case"), ("golden: golden.py:f", "the golden does not take")],
)
def test_no_hidden_shape_is_said_with_its_reason(tmp_path: Path, formula: str, reason: str) -> None:
    (tmp_path / "golden.py").write_text("def f(x):\n    assert x.shape[-1] == 32\n    return x\n", encoding="utf-8")
    made = contract(tmp_path, formula, "x.shape", "[[32, 32]]", rank="2, 2")
    operation: Any = SimpleNamespace(contract=made, surroundings=SimpleNamespace(seed="1"))
    told = check_hidden_shape(operation, "bfloat16")
    assert told.startswith(f"no shape but the listed ones was run: {reason}")


def test_rows_of_row_major_tensors_keep_their_alignment(tmp_path: Path) -> None:
    made = contract(tmp_path, "x[..., 0:8]", FOUR.format("x", 8), "[[1, 1, 5, 16], [1, 1, 9, 40]]", layout="row_major")
    for seed in range(20):
        case = hidden_case(made, str(seed))
        assert isinstance(case, Case)
        assert case.shapes["x"][3] % 8 == 0


ILLEGAL: dict[str, dict[str, list[tuple[int, ...]]]] = {
    "gain of columns": {"gamma": [(1, 1, 1, 64), (2, 1, 1, 32)]},
    "matmul": {"b": [(1, 3, 72, 50), (1, 4, 40, 50), (2, 3, 40, 50)]},
    "linear": {
        "w": [(1, 1, 64, 128), (1, 1, 96, 96), (1, 2, 64, 96), (2, 1, 64, 96)],
        "b": [(1, 1, 1, 128), (1, 1, 64, 96), (1, 2, 1, 96), (2, 1, 1, 96)],
    },
    "concat": {"y": [(1, 1, 64, 64), (1, 2, 32, 64), (2, 1, 32, 64)]},
    "slice": {"x": [(1, 1, 32, 32)]},
    "softmax": {},
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_shapes_to_be_refused(tmp_path: Path, name: str) -> None:
    formula, output, cases, names, _ = FAMILIES[name]
    made = contract(tmp_path, formula, output, cases, names=names)
    found = {
        item["subject"]: list(map(tuple, item["illegal"])) for item in made.requirements if item["word"] == "shape"
    }
    assert found == ILLEGAL[name]


def test_legal_neighbours_of_a_rank(tmp_path: Path) -> None:
    made = contract(tmp_path, "exp(x)", "x.shape", "[[1, 2, 64, 40]]", rank="2, 5")
    cases = [case.shapes for case in made.cases.values()]
    assert of_rank(made.rules, cases, "x", 5) == {"x": (1, 1, 2, 64, 40)}
    assert of_rank(made.rules, cases, "x", 2) == {"x": (64, 40)}
    assert of_rank(made.rules, cases, "x", 6) is None


# inputs -----------------------------------------------------------------------------------------------------------
def edge(made: Contract, dtype: str = "bfloat16") -> dict[str, Any]:
    return sample(made, next(iter(made.cases.values())), made.dtypes[dtype], "edge", "1").arrays


def test_lines_a_softmax_goes_wrong_on(tmp_path: Path) -> None:
    m = "exp(x - max(x, axis=-1, keepdims=True))"
    made = contract(tmp_path, f"{m} / sum({m}, axis=-1, keepdims=True)", "x.shape", "[[1, 2, 64, 96]]")
    assert axes_of(made) == ((-1,),)
    rows = edge(made)["x"].reshape(-1, 96)
    assert (rows.max(axis=1) < 0).any()
    assert (np.ptp(rows, axis=1) == 0).any()
    assert (np.abs(rows.mean(axis=1)) > 50).any()  # the exponential alone overflows


def test_lines_that_no_device_can_take_are_left_out(tmp_path: Path) -> None:
    # A constant line has no variance but that of rounding, and without an epsilon nothing hides it.
    mean = "(x - mean(x, axis=-1, keepdims=True))"
    made = contract(
        tmp_path, f"{mean} / sqrt(mean(square({mean}), axis=-1, keepdims=True))", "x.shape", "[[1, 2, 64, 96]]"
    )
    rows = edge(made)["x"].reshape(-1, 96)
    assert (np.ptp(rows, axis=1) > 0).all()
    usual = {"x": np.ones((1, 2, 64, 96), np.float32)}
    assert np.array_equal(
        Lines(made, made.dtypes["bfloat16"], {}).put(usual, np.random.default_rng(1))["x"], usual["x"]
    )
    assert "constant" in KINDS


def test_what_is_moved_differs_everywhere(tmp_path: Path) -> None:
    case = "[[1, 2, 32, 64]]"
    made = contract(
        tmp_path, "transpose(x, -1, -2)", FOUR.format("x", "x.shape[2]").replace("x.shape[2], x", "x.shape[3], x"), case
    )
    assert len(np.unique(edge(made)["x"])) == 2 * 32 * 64
    assert made.data["tolerance"] == {"bfloat16": {"pcc": 1.0, "rel_l2": 0.0}}
    whole = contract(tmp_path, "x[..., 0:32]", FOUR.format("x", 32), case, dtypes="int32")
    assert np.abs(edge(whole, "int32")["x"].astype(np.int64)).max() > 2**30


def test_broadcast_inputs_hold_extremes_where_every_output_takes_them(tmp_path: Path) -> None:
    made = contract(tmp_path, "x * y", "x.shape", "[[[1, 1, 64, 64], [1, 1, 1, 64]]]", names="x y")
    arrays = edge(made)
    expected = made.expected(arrays, {})
    assert np.isfinite(expected).all()
    assert (np.abs(arrays["x"]) > 2.0**90).any()
    assert ((np.abs(arrays["y"]) < 2.0**-90) & (arrays["y"] != 0)).any()


# work split -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("unit", "layout", "units"),
    [("tile", "tile", 24), ("page", "tile", 24), ("page", "row_major", 240), ("row", "row_major", 240), ("tile_row", "tile", 12),
     ("tile_column", "tile", 12), ("plane", "tile", 6), ("tensor", "tile", 1), ("block", "tile", 5)],
)  # fmt: skip
def test_units_of_work(unit: str, layout: str, units: int) -> None:
    case = Case("c", {"x": (2, 3, 40, 70)}, (2, 3, 40, 50))
    assert units_of_output(unit, "x.shape[0] + x.shape[1]", case, layout) == units


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        ({(0, 0): Share(0, 4, 2), (1, 0): Share(1, 3, 2)}, ""),
        ({(0, 0): Share(0, 7), (1, 0): Share(0, 0)}, ""),
        ({(0, 0): Share(0, 4, 2), (1, 0): Share(1, 2, 2)}, "row 5 is not written"),
        ({(0, 0): Share(0, 4, 2), (1, 0): Share(1, 4, 2)}, "of 7 rows"),
        ({(0, 0): Share(0, 7), (1, 0): Share(3, 1)}, "row 3 is written 2 times"),
        ({(0, 0): Share(0, 7, 0)}, "steps of 0"),
        ({(2, 0): Share(0, 7)}, "outside the 2x1 grid"),
    ],
)
def test_any_partition_is_legal(shares: Any, words: str) -> None:
    if not words:
        require_partition(shares, 7, "row", "2x1")
        return
    with pytest.raises(GateFailure, match=words):
        require_partition(shares, 7, "row", "2x1")


def test_pages_that_changed() -> None:
    before = np.zeros((1, 2, 40, 70), np.float32)
    after = before.copy()
    after[0, 1, 33, 65] = 1
    assert np.flatnonzero(pages_changed(after, before, "tile")).tolist() == [6 + 3 + 2]
    assert np.flatnonzero(pages_changed(after, before, "row_major")).tolist() == [40 + 33]
