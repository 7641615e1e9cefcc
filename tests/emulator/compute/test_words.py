"""Operations of the vector unit on integers, on several formats at once, and on more than one place of a tile."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

HEADERS = (
    "common", "tile_move_copy", "binary_bitwise_sfpu", "binary_shift", "div_int32_sfpu", "div_int32_floor", "gcd", "lcm",
    "isclose", "nextafter", "quantization", "cumsum", "ema", "sfpu_binary_bcast", "binary_fmod", "binary_remainder",
    "compute_kernel_api", "eltwise_binary_sfpu",
    *(
        f"eltwise_unary/{name}"
        for name in (
            "bitwise", "bitwise_not", "shift", "digamma", "polygamma", "lgamma", "snake_beta", "rand", "dropout",
            "sfpu_int_sum", "relu", "comp", "remainder", "gelu", "hardtanh", "selu", "softplus", "activations", "negative",
        )
    ),
)
INT, UNSIGNED, SHORT = "int32", "uint32", "uint16"
CPP = {INT: "DataFormat::Int32", UNSIGNED: "DataFormat::UInt32", SHORT: "DataFormat::UInt16"}


def bits(value: float) -> int:
    return int(np.float32(value).view(np.uint32))


def rows(tile: np.ndarray) -> Any:
    """1024 values in the order of faces as 32 rows of 32 columns."""
    return tile.reshape(2, 2, 16, 16).transpose(0, 2, 1, 3).reshape(32, 32)


def left(a: np.ndarray, n: np.ndarray) -> np.ndarray:
    return np.where((n >= 0) & (n < 32), a.astype(np.int64) << (n.astype(np.int64) & 31), 0)


def right(a: np.ndarray, n: np.ndarray) -> np.ndarray:
    return np.where((n >= 0) & (n < 32), a.astype(np.int64) >> (n.astype(np.int64) & 31), 0)


def logical(a: np.ndarray, n: np.ndarray) -> np.ndarray:
    return right(a.astype(np.int64) & 0xFFFFFFFF, n)


def truncated(a: np.ndarray, b: np.ndarray) -> Any:
    a, b = a.astype(np.int64), b.astype(np.int64)
    return np.sign(a) * np.sign(b) * (np.abs(a) // np.abs(b))


# name: operation, init, dtype, NumPy on int64. Two operands stand in DST 0 and 1, the result in 2.
PAIRS: dict[str, tuple[str, str, str, Callable[..., Any]]] = {
    **{
        f"bitwise_{name}_{dtype}": (
            f"bitwise_{name}_binary_tile<{CPP[dtype]}>(0, 1, 2)", "binary_bitwise_tile_init()", dtype, function)
        for name, function in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor))
        for dtype in (INT, UNSIGNED, SHORT)
    },
    **{
        f"{name}_shift_{dtype}": (
            f"binary_{name}_shift_tile<{CPP[dtype]}>(0, 1, 2)", "binary_shift_tile_init()", dtype, function)
        for name, function in (("left", left), ("right", right), ("logical_right", logical))
        for dtype in (INT, SHORT)
    },
    "right_shift_uint32": (
        "binary_right_shift_tile<DataFormat::UInt32>(0, 1, 2)", "binary_shift_tile_init()", UNSIGNED,
        lambda a, n: a >> np.clip(n, 0, 31)),
    "floor_division": ("div_int32_floor_tile(0, 1, 2)", "div_int32_floor_tile_init()", INT, lambda a, b: a // b),
    "trunc_division": ("div_int32_trunc_tile(0, 1, 2)", "div_int32_trunc_tile_init()", INT, truncated),
    "fmod_int32": ("fmod_int32_tile(0, 1, 2)", "fmod_int32_tile_init()", INT, lambda a, b: a - truncated(a, b) * b),
    "remainder_int32": ("remainder_int32_tile(0, 1, 2)", "remainder_int32_tile_init()", INT, np.mod),
    "remainder_uint32": ("remainder_uint32_tile(0, 1, 2)", "remainder_uint32_tile_init()", UNSIGNED, np.mod),
    "gcd": ("gcd_tile(0, 1, 2)", "gcd_tile_init()", INT, np.gcd),
    "lcm": ("lcm_tile(0, 1, 2)", "lcm_tile_init()", INT, np.lcm),
    "add_int": ("sfpu_add_int(0)", "sfpu_sum_int_init()", INT, np.add),
}
SCALARS: dict[str, tuple[str, str, str, Callable[..., Any]]] = {
    **{
        f"bitwise_{name}_scalar": (
            f"bitwise_{name}_tile<DataFormat::Int32>(0, 0xF0u)", f"bitwise_{name}_tile_init()", INT,
            lambda a, f=function: f(a, 0xF0))
        for name, function in (("and", np.bitwise_and), ("or", np.bitwise_or), ("xor", np.bitwise_xor))
    },
    "not": ("bitwise_not_tile(0)", "bitwise_not_tile_init()", INT, np.invert),
    "left_scalar": ("left_shift_tile<DataFormat::Int32>(0, 3)", "left_shift_tile_init()", INT, lambda a: a << 3),
    "left_scalar_far": ("left_shift_tile<DataFormat::Int32>(0, 32)", "left_shift_tile_init()", INT, lambda a: a * 0),
    "right_scalar": ("right_shift_tile<DataFormat::Int32>(0, 3)", "right_shift_tile_init()", INT, lambda a: a >> 3),
    "right_scalar_far": ("right_shift_tile<DataFormat::Int32>(0, 99)", "right_shift_tile_init()", INT, lambda a: a >> 31),
    "right_scalar_uint16": ("right_shift_tile<DataFormat::UInt16>(0, 2)", "right_shift_tile_init()", SHORT, lambda a: a >> 2),
    "signbit_int32": ("signbit_tile_int32(0)", "signbit_tile_int32_init()", INT, lambda a: a < 0),
    "relu_max_int32": ("relu_max_tile_int32(0, 6)", "relu_max_tile_init()", INT, lambda a: np.clip(a, 0, 6)),
    "relu_min_int32": ("relu_min_tile_int32(0, 6)", "relu_min_tile_init()", INT, lambda a: np.maximum(a, 6)),
    "eqz_uint16": ("eqz_tile_uint16(0)", "eqz_tile_init()", SHORT, lambda a: a == 0),
    "nez_uint32": ("nez_tile_uint32(0)", "nez_tile_init()", UNSIGNED, lambda a: a != 0),
    "remainder_scalar": ("remainder_tile_uint32(0, 7)", "remainder_tile_uint32_init()", UNSIGNED, lambda a: a % 7),
    "reduce_row_int": (
        "sfpu_reduce<PoolType::SUM, DataFormat::Int32, ReduceDim::REDUCE_ROW>(0)",
        "sfpu_reduce_init<PoolType::SUM, DataFormat::Int32>()", INT, lambda a: rows(a).sum(axis=1)),
    "sum_columns_int": ("sfpu_sum_int_col(0)", "sfpu_sum_int_init()", INT, lambda a: rows(a).reshape(8, 4, 32).sum(axis=0)),
    "sum_rows_int": (
        "sfpu_sum_int_row(0)", "sfpu_sum_int_init()", INT, lambda a: rows(a).reshape(32, 2, 8, 2).sum(axis=(1, 3))),
}
PARTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {  # where a result stands that does not fill the tile
    "reduce_row_int": lambda t: t[:, 0], "sum_columns_int": lambda t: t[:4], "sum_rows_int": lambda t: t[:, 0:16:2]}
REDUCTIONS = {
    f"{pool}_{dim}": (pool, dim, getattr(np, {"SUM": "sum", "AVG": "mean", "MAX": "max", "MIN": "min"}[pool]))
    for pool in ("SUM", "AVG", "MAX", "MIN")
    for dim in ("ROW", "COL")
}
# Floats: operation, init, operands, result's index, NumPy on rows and columns.
TILES: dict[str, tuple[str, str, int, int, Callable[..., Any]]] = {
    "cumsum": ("cumsum_tile(0)", "cumsum_tile_init()", 1, 0, lambda x: np.cumsum(x, axis=0)),
    **{
        f"{op}_bcast_{side}": (
            f"sfpu_bcast<BroadcastType::{side}, EltwiseBinaryType::ELW{op}>(0, 1)", f"sfpu_bcast_init<BroadcastType::{side}>()",
            2, 0, lambda x, v, f=function, s=side: f(x, v[:, :1] if s == "COL" else v[:1]))
        for op, function in (("ADD", np.add), ("SUB", np.subtract), ("MUL", np.multiply))
        for side in ("COL", "ROW")
    },
    "normalize": (
        "sfpu_normalize_bcast_col(0, 1, 2)", "sfpu_bcast_col_init()", 3, 0, lambda x, m, s: (x - m[:, :1]) * s[:, :1]),
    "normalize_two": (
        "sfpu_normalize_bcast_col_two_tiles(0, 1, 2, 3)", "sfpu_bcast_col_init()", 4, 1,
        lambda x, y, m, s: (y - m[:, :1]) * s[:, :1]),
    "normalize_residual": (
        "sfpu_residual_normalize_bcast_col(0, 1, 2, 3)", "sfpu_bcast_col_init()", 4, 0,
        lambda x, r, m, s: (x + r - m[:, :1]) * s[:, :1]),
    "normalize_scalar": (
        "sfpu_normalize_bcast_scalar(0, 1, 2)", "sfpu_normalize_bcast_scalar_init()", 3, 0,
        lambda x, m, s: (x - m[0, 0]) * s[0, 0]),
    "snake_beta": (
        "snake_beta_tile<DataFormat::Float32>(0, 1, 2, 3)", "snake_beta_tile_init()", 3, 3,
        lambda x, a, b: x + np.sin(a * x) ** 2 / b),
    "isclose": (
        f"isclose_binary_tile(0, 1, 2, {bits(0.5)}u, {bits(0.25)}u)", "isclose_binary_tile_init()", 2, 2,
        lambda a, b: np.isclose(a, b, rtol=0.5, atol=0.25)),
    "nextafter": (
        "nextafter_binary_tile<true>(0, 1, 2)", "nextafter_binary_tile_init()", 2, 2,
        lambda a, b: np.nextafter(a.astype(np.float32), b.astype(np.float32))),
}
ONES: dict[str, tuple[str, str, Callable[[float], float]]] = {
    "digamma": ("digamma_tile(0)", "digamma_tile_init()", lambda x: (math.lgamma(x + 1e-5) - math.lgamma(x - 1e-5)) / 2e-5),
    "polygamma": (
        f"polygamma_tile(0, {bits(2)}u, {bits(-2)}u)", "polygamma_tile_init()",
        lambda x: -2 * (sum((x + k) ** -3 for k in range(4000)) + 0.5 * (x + 3999.5) ** -2)),
    "lgamma": ("lgamma_stirling_tile(0)", "lgamma_stirling_tile_init()", lambda x: math.lgamma(x if x >= 0.5 else 1 - x)),
}
PACKED = ("gelu", "gelu_tanh", "tanh", "silu", "sigmoid", "hardsigmoid")


def sandwich(init: str, operation: str, inputs: int, result: int, more: str = "") -> str:
    copies = "".join(f"copy_tile(0, {i}, {i});" for i in range(inputs))
    return (
        f"compute_kernel_hw_startup(0, 16); copy_init(0); {init}; tile_regs_acquire(); {copies} {operation};"
        f" tile_regs_commit(); tile_regs_wait(); {more} pack_tile({result}, 16); tile_regs_release();"
    )


def mixed(init: str, operation: str) -> str:
    """DST 0 from buffer 0, DST 1 from buffer 1, which has another format."""
    return (
        "compute_kernel_hw_startup(0, 16); copy_init(0);" + init + "; tile_regs_acquire(); copy_tile(0, 0, 0);"
        "reconfig_data_format_srca(1); copy_init(1); copy_tile(1, 0, 1);" + operation + ";"
        "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"
    )


def nearest(x: np.ndarray) -> Any:
    """Ties away from zero."""
    return np.sign(x) * np.floor(np.abs(x) + 0.5)


QUANT = {  # operation, init, first operand's dtype, result's dtype, NumPy on the first operand and the scale
    "quant": ("quant_tile(0, 1, 0)", f"quant_tile_init({bits(3)}u)", "float32", INT, lambda x, s: np.clip(nearest(x * s + 3), -127, 127)),
    "quant_uint8": (
        "quant_tile(0, 1, 0)", f"quant_uint8_tile_init({bits(3)}u)", "float32", INT, lambda x, s: np.clip(nearest(np.abs(x * s + 3)), 0, 255)),
    "quant_int8": (
        "quant_int8_tile(0, 1, 0)", f"quant_int8_tile_init({bits(3)}u)", "float32", INT,
        lambda x, s: np.clip(nearest(np.maximum(x * s + 131, 0)) - 128, -128, 127).astype(np.int64) & 0xFF),
    "requant": ("requant_tile(0, 1, 0)", f"requant_tile_init({bits(-2)}u)", INT, INT, lambda x, s: np.clip(nearest(x * s - 2), -127, 127)),
    "dequant": ("dequant_tile(0, 1, 0)", f"dequant_tile_init({bits(-2)}u)", INT, "float32", lambda x, s: (x - 2) * s),
    "dequant_int8": (
        "dequant_int8_tile(0, 1, 0)", f"dequant_int8_tile_init({bits(0)}u)", INT, "float32",
        lambda x, s: (x & 0xFF).astype(np.int8) * s),
}
KERNELS = {
    **{name: sandwich(row[1], row[0], 2, 0 if name == "add_int" else 2) for name, row in PAIRS.items()},
    **{name: sandwich(row[1], row[0], 1, 0) for name, row in SCALARS.items()},
    **{name: sandwich(row[1], row[0], row[2], row[3]) for name, row in TILES.items()},
    **{name: sandwich(row[1], row[0], 1, 0) for name, row in ONES.items()},
    **{name: mixed(row[1], row[0]) for name, row in QUANT.items()},
    **{
        name: sandwich(
            f"sfpu_reduce_init<PoolType::{pool}, DataFormat::Float32>()",
            f"sfpu_reduce<PoolType::{pool}, DataFormat::Float32, ReduceDim::REDUCE_{dim}>(0)", 1, 0)
        for name, (pool, dim, _) in REDUCTIONS.items()
    },
    "reduce_block": sandwich(
        "sfpu_reduce_init<PoolType::SUM, DataFormat::Float32>()",
        "sfpu_reduce<PoolType::SUM, DataFormat::Float32, ReduceDim::REDUCE_ROW>(0, 2, 2)", 4, 2),
    "div_float": sandwich("div_int32_tile_init()", "div_int32_tile(0, 1, 2)", 2, 2),
    "lgamma_parts": sandwich(
        "lgamma_stirling_float_tile_init(); lgamma_adjusted_tile_init()",
        "lgamma_stirling_float_tile(0, 1, 3); lgamma_adjusted_tile(3, 2, 0, 1)", 3, 1),
    "rand": sandwich("rand_tile_init(7)", f"rand_tile(0, {bits(2)}u, {bits(3)}u)", 0, 0),
    "rand_again": sandwich("rand_tile_init(8)", f"rand_tile(0, {bits(2)}u, {bits(3)}u)", 0, 0),
    "dropout": sandwich("dropout_kernel_init(1)", f"dropout_tile(0, 0x20000000u, {bits(4)}u)", 1, 0),
    "nextafter_bf16": sandwich("nextafter_bf16_binary_tile_init()", "nextafter_bf16_binary_tile(0, 1, 2)", 2, 2),
    "cumsum_two": sandwich("cumsum_tile_init()", "cumsum_tile(0); cumsum_tile(1, false)", 2, 1),
    "cumsum_lost": sandwich(
        "cumsum_tile_init(); negative_tile_init()", "cumsum_tile(0); negative_tile(0); cumsum_tile(1, false)", 2, 1),
    "ema": sandwich(
        f"ema_init({bits(0.75)}u, {bits(0.25)}u)", "ema_clear_previous_output(); ema_tile(0); ema_tile(2)", 3, 3),
    "ema_not_cleared": sandwich(f"ema_init({bits(0.75)}u, {bits(0.25)}u)", "ema_tile(0)", 1, 1),
    "quant_wrong_init": mixed(f"quant_tile_init({bits(3)}u)", "quant_int8_tile(0, 1, 0)"),
    "quant_of_integers": mixed(f"quant_tile_init({bits(3)}u)", "quant_tile(1, 0, 0)"),
    "pack_before_wait": (
        "compute_kernel_hw_startup(0, 16); copy_init(0); silu_tile_init_pack(); tile_regs_acquire(); copy_tile(0, 0, 0);"
        "tile_regs_commit(); silu_tile_pack(0); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"),
    "instructions": sandwich(
        "silu_tile_init_pack()", "", 1, 0).replace(
            "tile_regs_wait();",
            "PACK(TTI_SEMWAIT(p_stall::STALL_TDMA | p_stall::STALL_CFG, semaphore::t6_sem(semaphore::MATH_PACK),"
            " p_stall::STALL_ON_ZERO)); PACK(TT_SETC16(DEST_TARGET_REG_CFG_MATH_Offset_ADDR32,"
            " ckernel::packer::get_packer_dest_offset())); silu_tile_pack(0);"
            " PACK(TTI_STALLWAIT(p_stall::STALL_PACK, p_stall::WAIT_SFPU));"),
    **{
        f"{name}_packed": sandwich(f"{name}_tile_init_pack()", "", 1, 0, f"{name}_tile_pack(0);") for name in PACKED},
    **{f"{name}_plain": sandwich(f"{name}_tile_init()", f"{name}_tile(0)", 1, 0) for name in PACKED},
    "parameters_packed": sandwich(
        "hardtanh_tile_init_pack(); selu_tile_init_pack(); softplus_tile_init_pack(); relu_max_tile_init_pack()", "", 1, 0,
        f"hardtanh_tile_pack(0, {bits(-1)}u, {bits(4)}u); selu_tile_pack(0, {bits(2)}u, {bits(1)}u);"
        f" softplus_tile_pack(0, {bits(1)}u, {bits(1)}u, {bits(20)}u); relu_max_tile_pack(0, {bits(3)}u);"),
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver(KERNELS, HEADERS)


def run(driver: Any, name: str, tiles: list[np.ndarray], folder: Path, dtype: str, *, to: str = "") -> np.ndarray:
    options = ("fp32", "unpack_fp32") if dtype != "bfloat16" else ()
    data = driver.encode(np.concatenate(tiles) if tiles else np.zeros(1024), dtype)
    done = driver.run(name, *options, inputs={0: (dtype, data)}, outputs={16: (to or dtype, 1)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    result: np.ndarray = driver.decode(done.outputs[16], to or dtype)
    return result


def integers(dtype: str, seed: int) -> np.ndarray:
    """Small and large, negative where the type has them, a few of them shift counts in and out of range."""
    rng = np.random.default_rng(seed)
    low, high = {INT: (-40, 40), UNSIGNED: (0, 80), SHORT: (0, 40)}[dtype]
    values = rng.integers(low, high, 1024)
    values[::8] = rng.integers(*{INT: (-(2**31), 2**31), UNSIGNED: (0, 2**31), SHORT: (0, 2**16)}[dtype], 128)
    return values


@pytest.mark.parametrize("name", PAIRS)
def test_two_integers(driver: Any, name: str, tmp_path: Path) -> None:
    _, _, dtype, reference = PAIRS[name]
    a, b = integers(dtype, 1), integers(dtype, 2)
    if name in {"gcd", "lcm"}:
        a, b = a % 20011 - 9000, b % 997
    if "division" in name or "remainder" in name or "fmod" in name:
        b[b == 0] = 3
    expected = np.asarray(reference(a.astype(np.int64), b.astype(np.int64)))
    result = run(driver, name, [a, b], tmp_path, dtype)
    assert np.array_equal(result, expected.astype(np.int64).astype(result.dtype))


@pytest.mark.parametrize("name", SCALARS)
def test_one_integer(driver: Any, name: str, tmp_path: Path) -> None:
    _, _, dtype, reference = SCALARS[name]
    a = integers(dtype, 3)
    expected = np.asarray(reference(a.astype(np.int64)))
    result = run(driver, name, [a], tmp_path, dtype)
    part = PARTS[name](rows(result)) if name in PARTS else result
    assert np.array_equal(part, expected.astype(result.dtype))


def test_quotient_of_integers_as_floats(driver: Any, tmp_path: Path) -> None:
    a, b = integers(INT, 4), integers(INT, 5)
    b[b == 0] = 1
    assert np.array_equal(run(driver, "div_float", [a, b], tmp_path, INT, to="float32"), (a / b).astype(np.float32))


@pytest.mark.parametrize("name", TILES)
def test_floats(driver: Any, name: str, tmp_path: Path) -> None:
    _, _, count, _, reference = TILES[name]
    rng = np.random.default_rng(6)
    tiles = [rng.uniform(0.5, 4, 1024).astype(np.float32) for _ in range(count)]
    tiles[-1][::7] = tiles[0][::7]
    expected = np.asarray(reference(*(rows(tile.astype(np.float64)) for tile in tiles)), np.float64)
    result = rows(run(driver, name, tiles, tmp_path, "float32"))
    bound = 0 if name in {"isclose", "nextafter"} else 2.0**-19
    assert np.abs(result - expected).max() <= bound * np.abs(expected).max()


@pytest.mark.parametrize("name", ONES)
def test_gamma_and_relatives(driver: Any, name: str, tmp_path: Path) -> None:
    x = np.linspace(0.05, 30, 1024).astype(np.float32)
    expected = np.array([ONES[name][2](float(v)) for v in x])
    result = run(driver, name, [x], tmp_path, "float32")
    assert (np.abs(result - expected) <= 3e-6 * np.maximum(np.abs(expected), 0.1)).all()


def test_lgamma_from_its_parts(driver: Any, tmp_path: Path) -> None:
    x = np.linspace(-3.97, 6, 1024).astype(np.float32)
    z = np.where(x < 0.5, 1 - x, x)
    log_sine = np.log(np.abs(np.sin(np.pi * x.astype(np.float64))))
    result = run(driver, "lgamma_parts", [x, np.log(z), log_sine.astype(np.float32)], tmp_path, "float32")
    expected = np.array([math.lgamma(float(v)) for v in x])
    assert np.abs(result - expected).max() <= 1e-5


@pytest.mark.parametrize("name", QUANT)
def test_quantization(driver: Any, name: str, tmp_path: Path) -> None:
    _, _, dtype, to = QUANT[name][:4]
    reference: Any = QUANT[name][4]
    rng = np.random.default_rng(8)
    whole = rng.integers(0, 256, 1024) if name == "dequant_int8" else rng.integers(-4000, 4000, 1024)
    x: np.ndarray = whole.astype(np.float32) / 8 if dtype == "float32" else whole
    scale = rng.choice([0.125, 0.5, 2.0], 1024).astype(np.float32)
    inputs = {0: (dtype, driver.encode(x, dtype)), 1: ("float32", driver.encode(scale, "float32"))}
    done = driver.run(name, "fp32", "unpack_fp32", inputs=inputs, outputs={16: (to, 1)}, folder=tmp_path)
    assert not done.fault, done.message
    assert np.array_equal(driver.decode(done.outputs[16], to), reference(x, scale).astype(np.dtype(to)))


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reduction_in_dst(driver: Any, name: str, tmp_path: Path) -> None:
    _, dim, reference = REDUCTIONS[name]
    x = np.random.default_rng(9).standard_normal(1024).astype(np.float32) - 3  # every maximum is negative
    result = rows(run(driver, name, [x], tmp_path, "float32"))
    expected = reference(rows(x.astype(np.float64)), axis=1 if dim == "ROW" else 0)
    assert np.abs((result[:, 0] if dim == "ROW" else result[0]) - expected).max() <= 1e-4


def test_reduction_of_a_block_of_rows(driver: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(10).integers(-9, 9, (4, 1024)).astype(np.float32)
    result = rows(run(driver, "reduce_block", list(x), tmp_path, "float32"))
    assert np.array_equal(result[:, 0], rows(x[2]).sum(axis=1) + rows(x[3]).sum(axis=1))


def test_random_numbers_depend_on_the_seed_alone(driver: Any, tmp_path: Path) -> None:
    first = run(driver, "rand", [], tmp_path, "float32")
    assert first.min() >= 2
    assert first.max() < 5
    assert abs(first.mean() - 3.5) < 0.1
    assert len(set(first)) > 1000
    assert np.array_equal(first, run(driver, "rand", [], tmp_path, "float32"))
    assert not np.array_equal(first, run(driver, "rand_again", [], tmp_path, "float32"))


def test_dropout_drops_a_quarter_and_scales_the_rest(driver: Any, tmp_path: Path) -> None:
    result = run(driver, "dropout", [np.ones(1024, np.float32)], tmp_path, "float32")
    assert set(result) == {0.0, 4.0}
    assert abs((result == 0).mean() - 0.25) < 0.06


def test_neighbour_in_bfloat16(driver: Any, tmp_path: Path) -> None:
    a = np.resize(np.array([1.0, 1.0, -2.0, 0.0, 3.0]), 1024)
    b = np.resize(np.array([2.0, 0.0, 5.0, 1.0, 3.0]), 1024)
    result = run(driver, "nextafter_bf16", [a, b], tmp_path, "bfloat16")
    assert list(result[:5]) == [1.0078125, 0.99609375, -1.9921875, 0.0, 3.0]


def test_running_sum_over_two_tiles(driver: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(11).integers(-9, 9, (2, 1024)).astype(np.float32)
    result = rows(run(driver, "cumsum_two", list(x), tmp_path, "float32"))
    assert np.array_equal(result, np.cumsum(np.concatenate([rows(x[0]), rows(x[1])]), axis=0)[32:])


def test_moving_average_over_two_tiles(driver: Any, tmp_path: Path) -> None:
    x = np.random.default_rng(12).standard_normal((3, 1024)).astype(np.float32)
    data = np.concatenate([rows(x[0]), rows(x[2])]).astype(np.float64)
    old, expected = np.zeros(32), []
    for line in data:
        old = 0.75 * old + 0.25 * line
        expected.append(old)
    assert np.abs(rows(run(driver, "ema", list(x), tmp_path, "float32")) - expected[32:]).max() <= 1e-6


@pytest.mark.parametrize("name", PACKED)
def test_the_packers_thread_computes_the_same(driver: Any, name: str, tmp_path: Path) -> None:
    x = np.linspace(-6, 6, 1024).astype(np.float32)
    packed = run(driver, f"{name}_packed", [x], tmp_path, "bfloat16")
    assert np.array_equal(packed, run(driver, f"{name}_plain", [x], tmp_path, "bfloat16"))
    assert len(set(packed)) > 20


def test_the_packers_activations_with_parameters(driver: Any, tmp_path: Path) -> None:
    x = np.linspace(-6, 6, 1024).astype(np.float32)
    clamped = np.clip(x.astype(np.float64), -1, 4)
    expected = np.clip(np.logaddexp(0, 2 * np.where(clamped >= 0, clamped, np.expm1(clamped))), 0, 3)
    assert np.abs(run(driver, "parameters_packed", [x], tmp_path, "float32") - expected).max() <= 1e-5


def test_the_wait_written_in_instructions(driver: Any, tmp_path: Path) -> None:
    x = np.linspace(-6, 6, 1024).astype(np.float32)
    expected = run(driver, "silu_packed", [x], tmp_path, "float32")
    assert np.array_equal(run(driver, "instructions", [x], tmp_path, "float32"), expected)


FAULTS = {  # kernel and dtype of its data: class and part of the message
    ("cumsum_lost", "float32"): ("init_mismatch", "negative_tile has overwritten"),
    ("ema_not_cleared", "float32"): ("init_mismatch", "nothing has set"),
    ("pack_before_wait", "float32"): ("dst_protocol", "silu_tile without tile_regs_wait"),
    ("quant_wrong_init", "float32"): ("init_mismatch", "int8 variant"),
    ("gcd", "float32"): ("dst_format", "gcd_tile"),
    ("cumsum", "int32"): ("dst_format", "cumsum_tile"),
    ("bitwise_and_int32", "bfloat16"): ("dst_format", "floats"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_faults(driver: Any, case: tuple[str, str], tmp_path: Path) -> None:
    name, dtype = case
    fault, part = FAULTS[case]
    options = ("fp32", "unpack_fp32") if dtype != "bfloat16" else ()
    inputs = {0: (dtype, driver.encode(np.zeros(3072), dtype)), 1: ("float32", driver.encode(np.zeros(1024), "float32"))}
    done = driver.run(name, *options, inputs=inputs, outputs={16: (dtype, 1)}, folder=tmp_path)
    assert (done.fault, part in done.message) == (fault, True), (done.fault, done.message)
