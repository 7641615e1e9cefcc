"""Matrix products, reductions, transposition and layouts on single tiles, bit for bit where silicon's steps are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

HEADERS = (
    "common", "tile_move_copy", "eltwise_binary", "matmul", "reduce", "transpose", "transpose_dest", "tilize", "untilize",
)
REST = "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"
UNARY = "compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0);"


def reduction(pool: str, dim: str) -> str:
    kind = f"<PoolType::{pool}, ReduceDim::REDUCE_{dim}>"
    return f"""compute_kernel_hw_startup(0, 1, 16); reduce_init{kind}(0, 1, 16); tile_regs_acquire();
        reduce_tile{kind}(0, 1, 0, 0, 0); {REST} reduce_uninit();"""


KERNELS = {
    "matmul": f"""compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16); matmul_init(0, 1); tile_regs_acquire();
        matmul_tiles(0, 1, 0, 0, 0); {REST}""",
    "matmul_transposed": f"""compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16); matmul_init(0, 1, 1);
        tile_regs_acquire(); matmul_tiles(0, 1, 0, 0, 0); {REST}""",
    "mul": f"compute_kernel_hw_startup(0, 1, 16); mul_init(0, 1); tile_regs_acquire(); mul_tiles(0, 1, 0, 0, 0); {REST}",
    **{f"{pool}_{dim}": reduction(pool, dim) for pool in ("SUM", "MAX") for dim in ("ROW", "COL", "SCALAR")},
    "transpose": f"compute_kernel_hw_startup(0, 16); transpose_init(0); tile_regs_acquire(); transpose_tile(0, 0, 0); {REST}",
    "copy_transposed": f"""compute_kernel_hw_startup(0, 16); copy_init(0, 1, 1); tile_regs_acquire(); copy_tile(0, 0, 0);
        {REST}""",
    "transpose_dest": f"{UNARY} transpose_dest_init(); transpose_dest(0); {REST}",
    "transpose_faces_alone": f"{UNARY} transpose_dest_init<false, false>(); transpose_dest<false, false>(0); {REST}",
    "tilize_second_row": """compute_kernel_hw_startup(0, 16); tilize_init(0, 2, 16); tilize_block(0, 2, 16, 2, 1);
        tilize_block(0, 2, 16, 0, 3); tilize_uninit(0, 16);""",
    "untilize": "compute_kernel_hw_startup(0, 16); untilize_init(0); untilize_block(0, 2, 16); untilize_uninit(0);",
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver(KERNELS, HEADERS)


def run(
    driver: Any, name: str, folder: Path, *tiles: np.ndarray, dtype: str = "bfloat16", out: str = "", fp32: bool = True,
    fidelity: int = 4, pages: int = 1, exact: bool = False,
) -> Any:
    """Tiles in, tiles out, in memory order."""
    out = out or dtype
    options = ("fp32",) * fp32 + ("unpack_fp32",) * exact + (f"fidelity={fidelity}",)
    inputs = {i: (dtype, driver.encode(tile, dtype)) for i, tile in enumerate(tiles)}
    done = driver.run(name, *options, inputs=inputs, outputs={16: (out, pages)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    return driver.decode(done.outputs[16], out)


def faces(square: np.ndarray) -> Any:
    """32x32 to memory order."""
    return square.reshape(2, 16, 2, 16).transpose(0, 2, 1, 3).reshape(-1)


def square(flat: np.ndarray) -> Any:
    return flat.reshape(2, 2, 16, 16).transpose(0, 2, 1, 3).reshape(32, 32)


def whole(seed: int, low: int = -8, high: int = 8) -> np.ndarray:
    """Integers: every product and sum of them is exact in fp32."""
    return np.random.default_rng(seed).integers(low, high, (32, 32), endpoint=True).astype(np.float32)


def weights(value: float) -> np.ndarray:
    tile = np.zeros((32, 32), np.float32)
    tile[[0, 16]] = value
    return tile


def high(values: np.ndarray, bits: int) -> Any:
    """Cut to `bits` explicit bits of mantissa."""
    return (values.astype(np.float32).view(np.uint32) & np.uint32(0xFFFFFFFF & ~0 << (23 - bits))).view(np.float32)


def test_matmul_of_integers_is_exact(driver: Any, tmp_path: Path) -> None:
    a, b = whole(1), whole(2)
    result = square(run(driver, "matmul", tmp_path, faces(a), faces(b), out="float32"))
    assert np.array_equal(result, a @ b)
    result = square(run(driver, "matmul_transposed", tmp_path, faces(a), faces(b), out="float32"))
    assert np.array_equal(result, a @ b.T)


# The first operand of a product is in srcB (7 bits a pass), the second in srcA (5 bits), the leading 1 included.
@pytest.mark.parametrize("fidelity", [0, 2, 4])
@pytest.mark.parametrize(("name", "first", "second"), [("matmul", 6, 4), ("mul", 4, 6)])
def test_fidelity_cuts_the_factors(  # noqa: PLR0917 - parameters and fixtures
    driver: Any, name: str, first: int, second: int, fidelity: int, tmp_path: Path
) -> None:
    """129 needs 8 bits, so LoFi sees 128 in either register; HiFi2 sees all of srcA."""
    diagonal = np.eye(32, dtype=np.float32) * 129
    other = np.where(np.eye(32, dtype=bool), np.float32(129), np.float32(0))
    result = square(run(driver, name, tmp_path, faces(diagonal), faces(other), out="float32", fidelity=fidelity))
    seen = {
        0: high(np.array([129]), first)[0] * high(np.array([129]), second)[0],
        2: 129 * high(np.array([129]), 6)[0],
        4: 129 * 129,
    }[fidelity]
    assert set(np.diag(result)) == {seen}


def test_a_16_bit_dst_rounds_after_each_half_of_the_sum(driver: Any, tmp_path: Path) -> None:
    a, b = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.float32)
    a[0, 0], a[0, 16] = 256, 1  # k = 0 … 15 first: 256, to which bf16 cannot add 1
    a[1, 0], a[1, 1] = 256, 2  # within one half sums are exact
    b[:, 0] = 1
    result = square(run(driver, "matmul", tmp_path, faces(a), faces(b), fp32=False))
    assert list(result[:2, 0]) == [256, 258]
    wide = square(run(driver, "matmul", tmp_path, faces(a), faces(b), out="float32"))
    assert list(wide[:2, 0]) == [257, 258]


@pytest.mark.parametrize("fp32", [True, False])
@pytest.mark.parametrize(("dim", "axis"), [("ROW", 1), ("COL", 0), ("SCALAR", None)])
@pytest.mark.parametrize(("pool", "function"), [("SUM", np.sum), ("MAX", np.max)])
def test_reduction(  # noqa: PLR0917 - parameters and fixtures
    driver: Any, pool: str, function: Any, dim: str, axis: int | None, fp32: bool, tmp_path: Path
) -> None:
    x = whole(3, -100, -1) if pool == "MAX" else whole(3, -3, 3)  # sums small enough for bf16
    result = square(run(driver, f"{pool}_{dim}", tmp_path, faces(x), faces(weights(1)), fp32=fp32))
    expected = np.zeros((32, 32), np.float32)
    place: Any = {"ROW": np.s_[:, 0], "COL": np.s_[0, :], "SCALAR": np.s_[0, 0]}[dim]
    expected[place] = function(x, axis=axis)
    assert np.array_equal(result, expected)


def test_sums_take_the_whole_weight_maxima_its_power_of_two(driver: Any, tmp_path: Path) -> None:
    x = np.ones((32, 32), np.float32)
    sums = square(run(driver, "SUM_COL", tmp_path, faces(x), faces(weights(1.5))))
    maxima = square(run(driver, "MAX_COL", tmp_path, faces(x), faces(weights(1.5))))
    twice = square(run(driver, "SUM_SCALAR", tmp_path, faces(x), faces(weights(0.25))))
    assert (sums[0, 5], maxima[0, 5], twice[0, 0]) == (48, 1, 64)


@pytest.mark.parametrize(("pool", "expected"), [("SUM", 20 * 3), ("MAX", 3)])
def test_weights_of_zero_leave_columns_out(driver: Any, pool: str, expected: float, tmp_path: Path) -> None:
    x = np.full((32, 32), 3, np.float32)
    x[:, 20:] = 7
    row = weights(1)
    row[:, 20:] = 0
    assert set(square(run(driver, f"{pool}_ROW", tmp_path, faces(x), faces(row)))[:, 0]) == {expected}


@pytest.mark.parametrize("name", ["transpose", "copy_transposed", "transpose_dest"])
def test_transposition(driver: Any, name: str, tmp_path: Path) -> None:
    x = whole(4)
    assert np.array_equal(square(run(driver, name, tmp_path, faces(x), fp32=False)), x.T)


def test_transposition_within_faces(driver: Any, tmp_path: Path) -> None:
    x = whole(4)
    result = run(driver, "transpose_faces_alone", tmp_path, faces(x), fp32=False)
    assert np.array_equal(result.reshape(4, 16, 16), faces(x).reshape(4, 16, 16).transpose(0, 2, 1))


def test_fp32_is_transposed_bit_for_bit_when_unpacked_to_dst(driver: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(5).standard_normal((32, 32)).astype(np.float32)
    assert np.array_equal(square(run(driver, "transpose", tmp_path, faces(x), dtype="float32", exact=True)), x.T)


@pytest.mark.parametrize("dtype", ["bfloat16", "int32", "uint16"])
def test_tilize_walks_rows_of_tiles(driver: Any, dtype: str, tmp_path: Path) -> None:
    rows = np.arange(64 * 64).reshape(64, 64) % 251
    result = run(driver, "tilize_second_row", tmp_path, rows, dtype=dtype, pages=5)[1024:].reshape(2, 2, 1024)
    for index, part in enumerate((rows[32:], rows[:32])):
        for column in range(2):
            assert np.array_equal(square(result[index, column]), part[:, column * 32 : (column + 1) * 32])


def test_untilize_writes_rows(driver: Any, tmp_path: Path) -> None:
    left, right = whole(6), whole(7)
    result = run(driver, "untilize", tmp_path, np.concatenate([faces(left), faces(right)]), pages=2)
    assert np.array_equal(result.reshape(32, 64), np.hstack([left, right]))
