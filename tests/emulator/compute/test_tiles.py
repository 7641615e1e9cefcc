"""Formats, rounding, the matrix unit's elementwise operations, broadcasts and the packer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

HEADERS = (
    "common", "tile_move_copy", "eltwise_binary", "bcast", "eltwise_unary/typecast", "eltwise_unary/relu",
    "add_int_sfpu", "sub_int_sfpu", "mul_int_sfpu", "binary_comp", "binary_max_min", "eltwise_unary/negative",
    "eltwise_unary/comp", "eltwise_unary/fill", "eltwise_binary_sfpu",
)
REST = "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"


def binary(operation: str, init: str) -> str:
    return f"compute_kernel_hw_startup(0, 1, 16); {init}; tile_regs_acquire(); {operation}; {REST}"


def integer(operation: str, init: str) -> str:
    return f"compute_kernel_hw_startup(0, 16); copy_init(0); {init}; tile_regs_acquire(); copy_tile(0, 0, 0);\
        copy_tile(0, 1, 1); {operation}; {REST}"


def cast(source: int, target: int) -> str:
    return f"compute_kernel_hw_startup(0, 16); copy_init(0); typecast_tile_init<{source}, {target}>(); tile_regs_acquire();\
        copy_tile(0, 0, 0); typecast_tile<{source}, {target}>(0); {REST}"


SIDE_A, SIDE_B = (f"EltwiseBinaryReuseDestType::DEST_TO_SRC{side}" for side in "AB")
KERNELS = {
    "copy": f"compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0); {REST}",
    "add": binary("add_tiles(0, 1, 0, 0, 0)", "add_init(0, 1)"),
    "sub": binary("sub_tiles(0, 1, 0, 0, 0)", "sub_init(0, 1)"),
    "mul": binary("mul_tiles(0, 1, 0, 0, 0)", "mul_init(0, 1)"),
    "add_twice": binary("add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 0, 0, 0)", "add_init(0, 1)"),
    "add_accumulating": binary("add_tiles(0, 1, 0, 0, 0); add_tiles(0, 1, 0, 0, 0)", "add_init(0, 1, true)"),
    "mul_twice": binary("mul_tiles(0, 1, 0, 0, 0); mul_tiles(0, 1, 0, 0, 0)", "mul_init(0, 1)"),
    **{
        f"{op}_{kind}": binary(f"{op}_tiles_bcast_{kind}(0, 1, 0, 0, 0)", f"{op}_bcast_{kind}_init(0, 1)")
        for op in ("add", "sub", "mul") for kind in ("rows", "cols", "scalar")
    },
    "add_row_17": binary("add_tiles_bcast_rows(0, 1, 0, 0, 0, 17)", "add_bcast_rows_init(0, 1)"),
    "any_bcast": binary(
        "any_tiles_bcast<EltwiseBinaryType::ELWSUB, BroadcastType::COL>(0, 1, 0, 0, 0)",
        "bcast_init<EltwiseBinaryType::ELWSUB, BroadcastType::COL>(0, 1)"),
    "unary_rows": f"""compute_kernel_hw_startup(0, 16); unary_bcast_init<BroadcastType::ROW>(0); tile_regs_acquire();
        unary_bcast<BroadcastType::ROW>(0, 0, 0); unary_bcast_uninit<BroadcastType::ROW>(0); {REST}""",
    **{
        f"reuse_{side}": f"""compute_kernel_hw_startup(0, 1, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0);
        sub_reuse_dest_init<{name}>(1); sub_reuse_dest_tiles<{name}>(1, 0, 0); {REST}"""
        for side, name in (("a", SIDE_A), ("b", SIDE_B))
    },
    "pack_in_order": """compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire();
        for (uint32_t i = 0; i < 4; ++i) { copy_tile(0, i, i); } tile_regs_commit(); tile_regs_wait();
        pack_tile(2, 16); pack_tile(0, 16); cb_push_back(16, 2); pack_block(1, 16, 1); pack_tile(3, 16); tile_regs_release();""",
    "pack_out_of_order": """compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire();
        copy_block(0, 0, 0, 4); tile_regs_commit(); tile_regs_wait();
        for (uint32_t i = 0; i < 4; ++i) { pack_tile<true>(i, 16, 3 - i); } tile_regs_release();""",
    **{
        f"relu_{name}": f"""compute_kernel_hw_startup(0, 16); copy_init(0); pack_relu_config({config}); tile_regs_acquire();
        copy_tile(0, 0, 0); {REST}"""
        for name, config in (
            ("zero", "ReluConfig::zero()"), ("min", "ReluConfig::min_threshold(0x4000)"),
            ("max", "ReluConfig::max_threshold(0x4000)"), ("none", "ReluConfig::none()"))
    },
    "l1_accumulate": """compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0);
        tile_regs_commit(); tile_regs_wait(); pack_tile<true>(0, 16, 0); pack_reconfig_l1_acc(1); pack_tile<true>(0, 16, 0);
        tile_regs_release();""",
    **{
        f"int_{op}_{dtype}": integer(f"{op}_int_tile<DataFormat::{name}>(0, 1, 0)", init.format(op=op, name=name))
        for op, init in (
            ("add", "{op}_int_tile_init()"), ("sub", "{op}_int_tile_init()"), ("mul", "{op}_int_tile_init<DataFormat::{name}>()"),
            ("lt", "{op}_int_tile_init<DataFormat::{name}>()"), ("ge", "{op}_int_tile_init<DataFormat::{name}>()"))
        for dtype, name in (("int32", "Int32"), ("uint32", "UInt32"), ("uint16", "UInt16"))
    },
    "int_max": integer("binary_max_int32_tile(0, 1, 0)", "binary_max_int32_tile_init()"),
    "int_negative": integer("negative_tile_int32(0)", "negative_tile_init()"),
    "int_relu": integer("relu_tile_int32(0)", "relu_tile_init()"),
    "int_gtz": integer("gtz_tile_int32(0)", "gtz_tile_init()"),
    "int_fill": integer("fill_tile_int<DataFormat::Int32>(0, 7)", "fill_tile_init()"),
    "cast_float_int": cast(0, 8), "cast_int_float": cast(8, 0), "cast_int_bf16": cast(8, 5), "cast_float_u16": cast(0, 9),
    "cast_u16_u32": cast(9, 24), "cast_float_bf16": cast(0, 5),
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver(KERNELS, HEADERS)


def run(
    driver: Any, name: str, folder: Path, *values: np.ndarray, dtype: str = "bfloat16", out: str = "", fp32: bool = False,
    exact: bool = False, pages: int = 1,
) -> Any:
    out = out or dtype
    options = ("fp32",) * fp32 + ("unpack_fp32",) * exact
    inputs = {i: (dtype, driver.encode(tile, dtype)) for i, tile in enumerate(values)}
    done = driver.run(name, *options, inputs=inputs, outputs={16: (out, pages)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    return done.outputs[16] if out == "bfp8_b" else driver.decode(done.outputs[16], out)


def rows_and_columns(flat: np.ndarray) -> Any:
    """Memory order (four faces of 16x16) to 32x32."""
    return flat.reshape(2, 2, 16, 16).transpose(0, 2, 1, 3).reshape(32, 32)


def tile(seed: int, scale: float = 4.0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-scale, scale, 1024).astype(np.float32)


def through(driver: Any, values: np.ndarray) -> Any:
    return driver.decode(driver.encode(values, "bfloat16"), "bfloat16").reshape(values.shape)


# --- packer and unpacker ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("value", "packed"),
    [
        (1 + 2.0**-8, 1 + 2.0**-7),  # a tie, even neighbour below: away from zero all the same
        (-(1 + 2.0**-8), -(1 + 2.0**-7)),
        (1 + 3 * 2.0**-8, 1 + 2.0**-6),
        (1 + 2.0**-8 - 2.0**-20, 1.0),
        (3.4e38, np.inf),  # above the largest bf16 by more than half a step
        (np.inf, np.inf),
        (-np.inf, -np.inf),
        (np.nan, np.inf),
        (1e-39, 0.0),
    ],
)
def test_packer_rounds_ties_away_from_zero(driver: Any, value: float, packed: float, tmp_path: Path) -> None:
    x = np.full(1024, value, np.float32)
    result = run(driver, "copy", tmp_path, x, dtype="float32", out="bfloat16", fp32=True, exact=True)
    assert set(result) == {np.float32(packed)}


def test_packer_loses_the_sign_of_zero_in_bfloat16_only(driver: Any, tmp_path: Path) -> None:
    zeros = np.full(1024, -0.0, np.float32)
    narrow = run(driver, "copy", tmp_path, zeros, dtype="float32", out="bfloat16", fp32=True, exact=True)
    wide = run(driver, "copy", tmp_path, zeros, dtype="float32", fp32=True, exact=True)
    assert (np.signbit(narrow).any(), np.signbit(wide).all()) == (False, True)


def test_fp32_passes_exactly_only_when_unpacked_to_dst(driver: Any, tmp_path: Path) -> None:
    x = tile(1)
    bits = x.view(np.uint32)
    exact = run(driver, "copy", tmp_path, x, dtype="float32", fp32=True, exact=True)
    through_source = run(driver, "copy", tmp_path, x, dtype="float32", fp32=True)
    narrow = run(driver, "copy", tmp_path, x, dtype="float32")
    assert np.array_equal(exact.view(np.uint32), bits)
    assert np.array_equal(through_source.view(np.uint32), bits & 0xFFFFE000)  # TF32: 10 bits of mantissa
    assert np.array_equal(narrow.view(np.uint32), bits & 0xFFFF0000)


@pytest.mark.parametrize("dtype", ["int32", "uint32", "uint16"])
def test_integers_pass_bit_for_bit(driver: Any, dtype: str, tmp_path: Path) -> None:
    info = np.iinfo(dtype)
    x = np.random.default_rng(2).integers(info.min, info.max, 1024, dtype=dtype, endpoint=True)
    assert np.array_equal(run(driver, "copy", tmp_path, x, dtype=dtype, fp32=True), x)


def test_bfp8_shares_one_exponent_per_row_of_a_face(driver: Any, tmp_path: Path) -> None:
    x = np.zeros(1024, np.float32)
    x[:4] = [1.0, -0.5, 3.96875, 2.0**-6]  # exponent 1 for the row: steps of 2**-5; the last is half a step
    packed = run(driver, "copy", tmp_path, x, out="bfp8_b", pages=1)
    assert (packed[0], packed[1]) == (128, 0)
    assert list(packed[64:68]) == [32, 0x80 | 16, 127, 1]
    again = driver.run(
        "copy", inputs={0: ("bfp8_b", bytes(packed))}, outputs={16: ("bfloat16", 1)}, folder=tmp_path)
    assert list(driver.decode(again.outputs[16], "bfloat16")[:4]) == [1.0, -0.5, 3.96875, 2.0**-5]


# --- matrix unit --------------------------------------------------------------------------------------------------------
OPERATIONS = {"add": np.add, "sub": np.subtract, "mul": np.multiply}


@pytest.mark.parametrize("name", OPERATIONS)
def test_elementwise_rounds_to_even_in_a_16_bit_dst(driver: Any, name: str, tmp_path: Path) -> None:
    a, b = through(driver, tile(3)), through(driver, tile(4))
    result = run(driver, name, tmp_path, a, b)
    assert np.array_equal(result, through(driver, OPERATIONS[name](a, b)))


@pytest.mark.parametrize("name", OPERATIONS)
def test_elementwise_keeps_fp32_in_a_32_bit_dst(driver: Any, name: str, tmp_path: Path) -> None:
    a, b = through(driver, tile(3)), through(driver, tile(4))
    assert np.array_equal(run(driver, name, tmp_path, a, b, out="float32", fp32=True), OPERATIONS[name](a, b))


def test_multiplication_adds_to_what_dst_holds_addition_only_when_asked(driver: Any, tmp_path: Path) -> None:
    a, b = np.full(1024, 3.0), np.full(1024, 5.0)
    results = [run(driver, name, tmp_path, a, b)[0] for name in ("mul_twice", "add_twice", "add_accumulating")]
    assert results == [30, 8, 16]


def spread(b: np.ndarray, kind: str) -> Any:
    square = rows_and_columns(b)
    source = {"rows": square[:1], "cols": square[:, :1], "scalar": square[:1, :1]}[kind]
    return np.broadcast_to(source, (32, 32))


@pytest.mark.parametrize("kind", ["rows", "cols", "scalar"])
@pytest.mark.parametrize("name", OPERATIONS)
def test_broadcast_of_the_second_operand(driver: Any, name: str, kind: str, tmp_path: Path) -> None:
    a, b = through(driver, tile(5)), through(driver, tile(6))
    result = rows_and_columns(run(driver, f"{name}_{kind}", tmp_path, a, b))
    assert np.array_equal(result, through(driver, OPERATIONS[name](rows_and_columns(a), spread(b, kind))))


def test_broadcast_of_another_row(driver: Any, tmp_path: Path) -> None:
    a, b = np.zeros(1024), through(driver, tile(6))
    result = rows_and_columns(run(driver, "add_row_17", tmp_path, a, b))
    assert np.array_equal(result, np.broadcast_to(rows_and_columns(b)[17], (32, 32)))


def test_generic_broadcast_and_unary_broadcast(driver: Any, tmp_path: Path) -> None:
    a, b = through(driver, tile(7)), through(driver, tile(8))
    result = rows_and_columns(run(driver, "any_bcast", tmp_path, a, b))
    assert np.array_equal(result, through(driver, rows_and_columns(a) - spread(b, "cols")))
    assert np.array_equal(rows_and_columns(run(driver, "unary_rows", tmp_path, b)), spread(b, "rows"))


def test_dst_is_the_first_or_the_second_operand(driver: Any, tmp_path: Path) -> None:
    a, b = np.full(1024, 7.0), np.full(1024, 2.0)
    assert run(driver, "reuse_a", tmp_path, a, b)[0] == 5
    assert run(driver, "reuse_b", tmp_path, a, b)[0] == -5


# --- packer ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("name", "order"), [("pack_in_order", [2, 0, 1, 3]), ("pack_out_of_order", [3, 2, 1, 0])])
def test_pages_of_pack_tile(driver: Any, name: str, order: list[int], tmp_path: Path) -> None:
    x = np.repeat(np.arange(4, dtype=np.float32), 1024)
    assert list(run(driver, name, tmp_path, x, pages=4)[::1024]) == order


@pytest.mark.parametrize(
    ("name", "expected"), [("none", [-3, 1, 3]), ("zero", [0, 1, 3]), ("min", [0, 0, 3]), ("max", [0, 1, 2])])
def test_packer_relu(driver: Any, name: str, expected: list[int], tmp_path: Path) -> None:
    x = np.resize(np.array([-3, 1, 3], np.float32), 1024)
    assert list(run(driver, f"relu_{name}", tmp_path, x)[:3]) == expected


def test_packer_accumulates_in_l1(driver: Any, tmp_path: Path) -> None:
    assert set(run(driver, "l1_accumulate", tmp_path, np.full(1024, 1.5))) == {3.0}


# --- integers and conversions -----------------------------------------------------------------------------------------------
INTEGER = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "lt": np.less, "ge": np.greater_equal,
}


@pytest.mark.parametrize("dtype", ["int32", "uint32", "uint16"])
@pytest.mark.parametrize("name", INTEGER)
def test_integer_operations_wrap(driver: Any, name: str, dtype: str, tmp_path: Path) -> None:
    info = np.iinfo(dtype)
    a, b = (np.random.default_rng(seed).integers(info.min, info.max, 1024, dtype=dtype) for seed in (9, 10))
    b[::9] = a[::9]
    with np.errstate(over="ignore"):
        expected = INTEGER[name](a, b).astype(dtype)
    result = run(driver, f"int_{name}_{dtype}", tmp_path, np.concatenate([a, b]), dtype=dtype, fp32=True)
    assert np.array_equal(result, expected)


def test_integer_functions(driver: Any, tmp_path: Path) -> None:
    a, b = np.resize(np.array([-5, 0, 9], np.int32), 1024), np.resize(np.array([-6, 2, 9], np.int32), 1024)
    both = np.concatenate([a, b])
    results = {
        name: list(run(driver, f"int_{name}", tmp_path, both, dtype="int32", fp32=True)[:3])
        for name in ("max", "negative", "relu", "gtz", "fill")
    }
    assert results == {"max": [-5, 2, 9], "negative": [5, 0, -9], "relu": [0, 0, 9], "gtz": [0, 0, 1], "fill": [7, 7, 7]}


@pytest.mark.parametrize(
    "case",
    [
        ("cast_float_int", "float32", "int32", -2.75, -2),  # towards zero
        ("cast_float_int", "float32", "int32", 1e20, 2147483647),
        ("cast_int_float", "int32", "float32", -7, -7.0),
        ("cast_int_bf16", "int32", "bfloat16", 257, 256.0),  # nearest even
        ("cast_int_bf16", "int32", "bfloat16", 259, 260.0),
        ("cast_float_u16", "float32", "uint16", 70000.0, 65535),
        ("cast_float_u16", "float32", "uint16", -3.0, 0),
        ("cast_u16_u32", "uint16", "uint32", 65535, 65535),
        ("cast_float_bf16", "float32", "float32", 1 + 2.0**-8, 1.0),  # in DST already, not only in the packer
    ],
)
def test_typecast(driver: Any, case: tuple[str, str, str, float, float], tmp_path: Path) -> None:
    name, dtype, out, value, expected = case
    x = np.full(1024, value, np.dtype(dtype))
    assert set(run(driver, name, tmp_path, x, dtype=dtype, out=out, fp32=True, exact=True)) == {expected}


# --- speed ------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["copy", "add"])
def test_cheap_operations_are_fast(driver: Any, name: str, tmp_path: Path) -> None:
    data = driver.encode(tile(11), "bfloat16")
    inputs = {0: ("bfloat16", data), 1: ("bfloat16", data)}
    done = driver.run(name, "repeat=2000", inputs=inputs, outputs={16: ("bfloat16", 1)}, folder=tmp_path)
    assert 2000 / done.seconds > 20_000  # tiles a second; 200k and more on an idle machine
