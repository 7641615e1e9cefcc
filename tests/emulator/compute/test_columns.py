"""What the vector unit does along the columns of tiles: mean and variance, and sorting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

HEADERS = ("common", "tile_move_copy", "welford", "topk", "experimental/layernorm", "eltwise_unary/negative")


def bits(value: float) -> str:
    return f"{int(np.float32(value).view(np.uint32))}u"


def rows(tile: np.ndarray) -> Any:
    return tile.reshape(2, 2, 16, 16).transpose(0, 2, 1, 3).reshape(32, 32)


def faces(tile: np.ndarray) -> Any:
    return tile.reshape(2, 16, 2, 16).transpose(0, 2, 1, 3).reshape(1024)


def raw(tile: np.ndarray, group: int = 0) -> np.ndarray:
    """The 32 values of a group in the raw form: column c in row 2 * (right half) + (c odd), even places."""
    lines = tile[group * 64 : group * 64 + 64].reshape(4, 16)[:, ::2]
    return np.array([lines[c // 16 * 2 + c % 2, c % 16 // 2] for c in range(32)])


def section(work: str, packs: str) -> str:
    return f"tile_regs_acquire(); {work} tile_regs_commit(); tile_regs_wait(); {packs} tile_regs_release();"


START = "compute_kernel_hw_startup(0, 16); copy_init(0);"
BOTH = "pack_tile(2, 16); pack_tile(3, 16);"
NO_TABLE = "std::array<uint32_t, 0>{}"
TABLE = "const auto table = [] { std::array<uint32_t, 64> t{}; for (uint32_t i = 0; i < 64; ++i) t[i] = __builtin_bit_cast(uint32_t, 1.0f / static_cast<float>(i + 1)); return t; }();"
SUM, SQUARES = "TwoPassAccumulation::ShiftedSum", "TwoPassAccumulation::CentredM2"
ANCHOR = "TwoPassAnchor::Initialise"
TWO_PASS = (
    f"two_pass_stats_update_shifted_rows<{SUM}, {ANCHOR}>(0, 0, 32); two_pass_stats_update_shifted_rows<{SUM}>(1, 0, 16);"
    f"two_pass_stats_finish_shifted_mean<true, RETAIN>({bits(1 / 48)});"
    f"two_pass_stats_update_shifted_rows<{SQUARES}>(0, 0, 32); two_pass_stats_update_rows(1, 0, 16);"
)
LOAD = "copy_tile(0, 0, 0); copy_tile(0, 1, 1);"
KERNELS = {
    "welford": START + "welford_init();" + section(
        LOAD + f"welford_update<0>(0, 0, {NO_TABLE}); welford_update_rows<0>(1, 32, 0, 16, {NO_TABLE});"
        f"welford_finalize_to_row<0>(2, 47, {NO_TABLE});", BOTH),
    "welford_table": START + TABLE + "welford_init();" + section(
        LOAD + "welford_update<64>(0, 0, table); welford_update_rows<64>(1, 32, 0, 16, table);"
        "welford_finalize_to_face<64>(2, 47, table);", BOTH),
    "welford_saved": START + "welford_init(); negative_tile_init();" + section(
        LOAD + f"welford_update<0>(0, 0, {NO_TABLE}); welford_save_state(2, 5); negative_tile(0); welford_restore_state(2, 5);"
        f"welford_update_rows<0>(1, 32, 0, 16, {NO_TABLE}); welford_finalize_to_face<0>(2, 5, 47, {NO_TABLE});", BOTH),
    "two_pass": START + "two_pass_stats_init_shifted();" + section(
        LOAD + TWO_PASS.replace("RETAIN", "false") + f"two_pass_stats_finalize_to_row(2, {bits(1 / 48)});", BOTH),
    "two_pass_face": START + "two_pass_stats_init_shifted();" + section(
        LOAD + TWO_PASS.replace("RETAIN", "false") + f"two_pass_stats_finalize_to_face(2, 7, {bits(1 / 48)});", BOTH),
    "split": START + "two_pass_stats_init_shifted();" + section(
        LOAD + TWO_PASS.replace("RETAIN", "true") + f"two_pass_stats_finalize_split_mean_to_row(2, {bits(1 / 48)});", BOTH),
    "combined": START + "two_pass_stats_init_shifted();" + section(
        LOAD + f"two_pass_stats_update_shifted_rows<{SUM}, {ANCHOR}>(0, 0, 32); two_pass_stats_finish_shifted_mean({bits(1 / 32)});"
        f"two_pass_stats_update_rows(0, 0, 32); two_pass_stats_save_state(2);"
        f"two_pass_stats_update_shifted_rows<{SUM}, {ANCHOR}>(1, 0, 16); two_pass_stats_finish_shifted_mean({bits(1 / 16)});"
        f"two_pass_stats_update_rows(1, 0, 16); two_pass_stats_combine_block(2, {bits(1 / 48)}, {bits(16)});"
        f"two_pass_stats_finalize_to_row<false>(2, {bits(1 / 48)});", BOTH),
    "all_columns": START + "two_pass_stats_init_shifted();" + section(
        LOAD + TWO_PASS.replace("RETAIN", "false") + f"two_pass_stats_finalize_and_combine_to_face(2, 3, {bits(1 / 48)});", BOTH),
    "lost": START + "welford_init(); negative_tile_init();" + section(
        LOAD + f"welford_update<0>(0, 0, {NO_TABLE}); negative_tile(0); welford_save_state(2);", BOTH),
    "no_init": START + section(LOAD + f"welford_update<0>(0, 0, {NO_TABLE});", BOTH),
    "rows_beyond": START + "welford_init();" + section(LOAD + f"welford_update_rows<0>(0, 0, 20, 13, {NO_TABLE});", BOTH),
    "compensated": (
        "compute_kernel_hw_startup(0, 1, 16); sub_bcast_cols_compensated_init(0, 1);"
        + section("sub_bcast_cols_compensated(0, 1, 0, 0, 2);", "pack_tile(0, 16); pack_tile(1, 16);")),
    "compensated_no_init": "compute_kernel_hw_startup(0, 1, 16);" + section(
        "sub_bcast_cols_compensated(0, 1, 0, 0, 2);", "pack_tile(0, 16); pack_tile(1, 16);"),
}


def sorting(init: str, work: str, *, fused: bool = False) -> str:
    loads = "copy_tile(0, 0, 0); copy_tile(0, 1, 1); reconfig_data_format_srca(1); copy_init(1); copy_tile(1, 0, 2); copy_tile(1, 1, 3);"
    packs = "pack_tile(0, 16); pack_tile(1, 16); pack_reconfig_data_format(17); pack_tile(2, 17); pack_tile(3, 17);"
    return f"{START} {init}; " + section(loads + work, packs)


STABLE = "true, DST_ACCUM_MODE, false, false, TopkTieOrder::"
STAMPED = "false, DST_ACCUM_MODE, false, true"
SORTS = {
    "descending": sorting("topk_tile_init()", "topk_local_sort(0, 0, 5);"),
    "ascending": sorting("topk_tile_init()", "topk_local_sort(0, 1, 5);"),
    **{f"runs_{1 << (phase + 1)}": sorting("topk_tile_init()", f"topk_local_sort(0, 0, {phase});") for phase in range(1, 5)},
    "runs_32_up": sorting("topk_tile_init()", "topk_local_sort(0, 1, 4);"),
    "by_steps": sorting("topk_tile_init()", "topk_local_sort(0, 0, 4); topk_local_sort(0, 0, 5, 5, 4, 6);"),
    **{
        f"top_{k}": sorting(
            "topk_tile_init()",
            f"topk_local_sort(0, 0, {k.bit_length() - 2});" + "".join(
                f"topk_merge(0, {m}, {k}); topk_rebuild(0, false, {m}, {k}, {k.bit_length() - 1}, 0);"
                for m in range(6 - (k.bit_length() - 1))))
        for k in (4, 8, 16, 32)
    },
    "smallest_16": sorting(
        "topk_tile_init()", "topk_local_sort(0, 1, 3); topk_merge<true>(0, 0, 16); topk_rebuild(0, true, 0, 16, 4, 0);"
        "topk_merge<true>(0, 1, 16); topk_rebuild(0, true, 1, 16, 4, 1);"),
    "stable_down": sorting("topk_tile_init()", f"topk_canonicalize_negzero_values(0); topk_local_sort<{STABLE}Descending>(0, 0, 5);"),
    "stable_up": sorting("topk_tile_init()", f"topk_canonicalize_negzero_values(0); topk_local_sort<{STABLE}Ascending>(0, 1, 5);"),
    "fused": sorting(
        "topk_tile_init<true>()", "topk_fuse_tile<true>(0); topk_local_sort<false, DST_ACCUM_MODE, true>(0, 0, 5);"
        "topk_defuse_tile<true>(0, 2);"),
    "stamped": sorting(
        "topk_tile_init<false, true>()",
        f"topk_stamp_local_positions<true>(0); topk_local_sort<{STAMPED}>(0, 0, 4);"
        "topk_merge<false, false, DST_ACCUM_MODE, false, true>(0, 0, 32);"
        f"topk_rebuild<{STAMPED}>(0, false, 0, 32, 5, 0); topk_strip_rank_tags<16, true>(0); topk_strip_rank_tags<16, true>(1);"),
    "other_mode": sorting("topk_tile_init()", "topk_fuse_tile<true>(0);"),
    "no_sort_init": sorting("", "topk_local_sort(0, 0, 5);"),
    "other_index": sorting("topk_tile_init()", "topk_local_sort(1, 0, 5);"),
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver({**KERNELS, **SORTS}, HEADERS)


def run(driver: Any, name: str, x: np.ndarray, folder: Path, second: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """`x`: rows and columns of two tiles; the two tiles of the result the same way."""
    inputs = {0: ("float32", driver.encode(np.concatenate([faces(t) for t in x.reshape(-1, 32, 32)]), "float32"))}
    if second is not None:
        inputs[1] = ("float32", driver.encode(faces(second), "float32"))
    done = driver.run(name, "fp32", "unpack_fp32", inputs=inputs, outputs={16: ("float32", 2)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    result = driver.decode(done.outputs[16], "float32")
    return result[:1024], result[1024:]


@pytest.fixture(scope="module")
def data() -> np.ndarray:
    return np.random.default_rng(1).normal(100, 3, (64, 32)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "group"),
    [("welford", None), ("welford_table", 0), ("welford_saved", 5), ("two_pass", None), ("two_pass_face", 7), ("combined", None)])
def test_mean_and_variance_of_columns(driver: Any, data: np.ndarray, name: str, group: int | None, tmp_path: Path) -> None:
    mean, variance = (
        rows(tile)[0] if group is None else raw(tile, group) for tile in run(driver, name, data, tmp_path))
    wide = data[:48].astype(np.float64)
    assert np.abs(mean - wide.mean(axis=0)).max() <= 2e-5
    assert np.abs(variance / wide.var(axis=0) - 1).max() <= 1e-4


def test_mean_in_two_parts(driver: Any, data: np.ndarray, tmp_path: Path) -> None:
    mean, variance = run(driver, "split", data, tmp_path)
    assert np.array_equal(rows(mean)[0], data[0])
    assert np.abs(rows(mean)[16] - (data[0] - data[:48].astype(np.float64).mean(axis=0))).max() <= 2e-5
    assert not rows(mean)[[1, 2, 3, 17, 18, 19]].any()
    assert rows(variance)[0].all()


def test_one_mean_and_variance_for_all_columns(driver: Any, data: np.ndarray, tmp_path: Path) -> None:
    mean, variance = (raw(tile, 3) for tile in run(driver, "all_columns", data, tmp_path))
    wide = data[:48].astype(np.float64)
    assert np.ptp(mean) == np.ptp(variance) == 0
    assert abs(mean[0] - wide.mean()) <= 2e-5
    assert abs(variance[0] / wide.var() - 1) <= 1e-4


def test_subtraction_of_a_mean_in_two_parts(driver: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(2).integers(-500, 500, (64, 32)).astype(np.float32) / 8  # exact with 10 bits of mantissa
    mean = np.zeros((32, 32), np.float32)
    mean[:, 0], mean[:, 16] = x[:32, 0], 0.25
    done = driver.run(
        "compensated", "fp32",
        inputs={
            0: ("float32", driver.encode(np.concatenate([faces(t) for t in x.reshape(2, 32, 32)]), "float32")),
            1: ("float32", driver.encode(faces(mean), "float32"))},
        outputs={16: ("float32", 2)}, folder=tmp_path)
    result = driver.decode(done.outputs[16], "float32")
    for tile in range(2):
        expected = x.reshape(2, 32, 32)[tile] - mean[:, :1] + 0.25
        assert np.array_equal(rows(result[tile * 1024 : tile * 1024 + 1024]), expected)


def sort(driver: Any, name: str, values: np.ndarray, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Values and indices after it, 64 down each of 32 columns."""
    indices = np.repeat(np.arange(64)[:, None], 32, axis=1)

    def tiles(a: np.ndarray) -> np.ndarray:
        return np.concatenate([faces(t) for t in a.reshape(2, 32, 32)])

    done = driver.run(
        name, "fp32", "unpack_fp32",
        inputs={0: ("float32", driver.encode(tiles(values), "float32")), 1: ("uint16", driver.encode(tiles(indices), "uint16"))},
        outputs={16: ("float32", 2), 17: ("uint16", 2)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    sequences = []
    for index, dtype in ((16, "float32"), (17, "uint16")):
        flat = driver.decode(done.outputs[index], dtype)
        sequences.append(np.concatenate([rows(flat[:1024]), rows(flat[1024:])]))
    return sequences[0], sequences[1]


def different() -> np.ndarray:
    """64 values in each column, no two of them equal, half of them negative."""
    rng = np.random.default_rng(3)
    return np.stack([rng.permutation(64) for _ in range(32)], axis=1).astype(np.float32) - 31.5


def repeated() -> np.ndarray:
    return np.random.default_rng(4).choice(np.array([-2.0, -0.0, 0.0, 1.5], np.float32), (64, 32))


def is_permutation(values: np.ndarray, indices: np.ndarray, before: np.ndarray) -> bool:
    return np.array_equal(np.take_along_axis(before, indices.astype(np.int64), axis=0), values)


@pytest.mark.parametrize(
    ("name", "run_length", "first_down"),
    [
        ("descending", 64, True), ("ascending", 64, False), ("runs_4", 4, True), ("runs_8", 8, True),
        ("runs_16", 16, True), ("runs_32", 32, True), ("runs_32_up", 32, False), ("by_steps", 64, True),
    ],
)
def test_runs_are_sorted_in_alternating_directions(
    driver: Any, name: str, run_length: int, first_down: bool, tmp_path: Path
) -> None:
    before = different()
    values, indices = sort(driver, name, before, tmp_path)
    assert is_permutation(values, indices, before)
    for n, begin in enumerate(range(0, 64, run_length)):
        steps = np.diff(values[begin : begin + run_length], axis=0)
        assert (steps < 0).all() if first_down == (n % 2 == 0) else (steps > 0).all()


@pytest.mark.parametrize("k", [4, 8, 16, 32])
def test_merge_and_rebuild_leave_the_largest(driver: Any, k: int, tmp_path: Path) -> None:
    before = different()
    values, indices = sort(driver, f"top_{k}", before, tmp_path)
    assert is_permutation(values, indices, before)
    assert np.array_equal(values[:k], -np.sort(-before, axis=0)[:k])


def test_merge_and_rebuild_leave_the_smallest(driver: Any, tmp_path: Path) -> None:
    before = different()
    values, indices = sort(driver, "smallest_16", before, tmp_path)
    assert is_permutation(values, indices, before)
    assert np.array_equal(values[:16], np.sort(before, axis=0)[:16])


@pytest.mark.parametrize("name", ["stable_down", "stable_up", "fused", "stamped"])
def test_equal_values_keep_the_order_of_their_indices(driver: Any, name: str, tmp_path: Path) -> None:
    before = repeated() + 0.0 if name == "fused" else repeated()  # only -0 and 0 that are the same bits are equal there
    values, indices = sort(driver, name, before, tmp_path)
    order = np.argsort(before if name == "stable_up" else -before, axis=0, kind="stable")
    first = 32 if name == "stamped" else 64  # the merge sorts the rest the other way round
    assert np.array_equal(indices[:first], order[:first])
    assert np.array_equal(values, np.take_along_axis(before, indices.astype(np.int64), axis=0))


@pytest.mark.parametrize(
    ("name", "fault", "part"),
    [
        ("lost", "init_mismatch", "negative_tile has overwritten"),
        ("no_init", "sfpu_init_missing", "welford_init"),
        ("rows_beyond", "bad_argument", "rows 20 to 33"),
        ("compensated_no_init", "init_missing", "sub_bcast_cols_compensated"),
        ("other_mode", "init_mismatch", "another mode"),
        ("no_sort_init", "sfpu_init_missing", "topk_tile_init"),
        ("other_index", "bad_argument", "DST index 1"),
    ],
)
def test_faults(driver: Any, name: str, fault: str, part: str, tmp_path: Path) -> None:
    inputs = {
        0: ("float32", driver.encode(np.zeros(2048), "float32")),
        1: ("float32" if name.startswith("comp") else "uint16", bytes(8192 if name.startswith("comp") else 4096))}
    done = driver.run(
        name, "fp32", "unpack_fp32", inputs=inputs, outputs={16: ("float32", 2), 17: ("uint16", 2)}, folder=tmp_path)
    assert (done.fault, part in done.message) == (fault, True), (done.fault, done.message)
