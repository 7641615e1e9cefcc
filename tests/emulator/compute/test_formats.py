"""Tiles that are small, and tiles of few bits: what unpacker, registers and packer make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

START = "compute_kernel_hw_startup(0, 1, 16);"
TAIL = "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"
CAST = "typecast_tile_init<uint32_t(DataFormat::{0}), uint32_t(DataFormat::{1})>();"
COPY = "compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire(); copy_tile(0, 0, 0);"


def cast(source: str, target: str) -> str:
    names = f"uint32_t(DataFormat::{source}), uint32_t(DataFormat::{target})"
    return (
        f"compute_kernel_hw_startup(0, 16); copy_init(0); typecast_tile_init<{names}>(); tile_regs_acquire();"
        f" copy_tile(0, 0, 0); typecast_tile<{names}>(0); {TAIL}"
    )


KERNELS = {
    "copy": COPY + TAIL,
    "add": f"{START} add_init(0, 1); tile_regs_acquire(); add_tiles(0, 1, 0, 0, 0); {TAIL}",
    "add_columns": f"{START} add_bcast_cols_init(0, 1); tile_regs_acquire(); add_tiles_bcast_cols(0, 1, 0, 0, 0); {TAIL}",
    "matmul": (
        "compute_kernel_hw_startup<SrcOrder::Reverse>(0, 1, 16); matmul_init(0, 1); tile_regs_acquire();"
        f" matmul_tiles(0, 1, 0, 0, 0); {TAIL}"),
    "transposed": f"{START} transpose_init(0); tile_regs_acquire(); transpose_tile(0, 0, 0); {TAIL}",
    "accumulate": (
        COPY + "tile_regs_commit(); tile_regs_wait(); pack_tile<true>(0, 16, 0); pack_reconfig_l1_acc(1);"
        " pack_tile<true>(0, 16, 0); tile_regs_release();"),
    **{
        f"{source}_{target}": cast(source, target)
        for source, target in (
            ("UInt8", "Float16_b"), ("Float32", "UInt8"), ("Int32", "UInt8"), ("UInt8", "Int32"), ("Int8", "Float32"),
            ("Float32", "Int8"), ("UInt16", "UInt8"), ("UInt8", "UInt16"),
            ("Float32", "UInt16"))
    },
}


@pytest.fixture(scope="session")
def driver(make_driver: Any) -> Any:
    return make_driver(
        KERNELS, ("common", "tile_move_copy", "eltwise_binary", "bcast", "matmul", "transpose", "eltwise_unary/typecast"))


def small(values: np.ndarray) -> Any:
    """Rows and columns in memory order: faces of 16 columns and up to 16 rows."""
    height, width = values.shape
    lines = min(height, 16)
    return values.reshape(height // lines, lines, width // 16, 16).transpose(0, 2, 1, 3).reshape(-1)


def large(flat: np.ndarray, height: int, width: int) -> Any:
    lines = min(height, 16)
    return flat.reshape(height // lines, width // 16, lines, 16).transpose(0, 2, 1, 3).reshape(height, width)


def run(driver: Any, name: str, tiles: list[np.ndarray], shape: tuple[int, int], folder: Path) -> Any:
    def described(height: int, width: int) -> str:
        return f"bfloat16:{height}:{width}:{height * width * 2}"

    inputs = {i: (described(*tile.shape), driver.encode(small(tile), "bfloat16")) for i, tile in enumerate(tiles)}
    done = driver.run(name, "fp32", inputs=inputs, outputs={16: (described(*shape), 1)}, folder=folder)
    assert not done.fault, (done.fault, done.message)
    return large(driver.decode(done.outputs[16], "bfloat16"), *shape)


def whole(shape: tuple[int, int], seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-4, 5, shape).astype(np.float32)


SHAPES = [(1, 32), (2, 32), (4, 16), (8, 32), (16, 16), (16, 32), (32, 16), (32, 32)]


@pytest.mark.parametrize("shape", SHAPES)
def test_small_tiles_elementwise(driver: Any, shape: tuple[int, int], tmp_path: Path) -> None:
    a, b = whole(shape, 1), whole(shape, 2)
    assert np.array_equal(run(driver, "copy", [a], shape, tmp_path), a)
    assert np.array_equal(run(driver, "add", [a, b], shape, tmp_path), a + b)
    assert np.array_equal(run(driver, "add_columns", [a, b], shape, tmp_path), a + b[:, :1])
    assert np.array_equal(run(driver, "accumulate", [a], shape, tmp_path), 2 * a)


@pytest.mark.parametrize(("rows", "columns"), [(1, 32), (8, 32), (16, 32), (32, 16), (16, 16)])
def test_small_tiles_in_a_product(driver: Any, rows: int, columns: int, tmp_path: Path) -> None:
    a, b = whole((rows, 32), 3), whole((32, columns), 4)
    assert np.array_equal(run(driver, "matmul", [a, b], (rows, columns), tmp_path), a @ b)


def test_what_small_tiles_are_not_modelled_for_says_so(driver: Any, tmp_path: Path) -> None:
    inputs = {i: ("bfloat16:16:32:1024", bytes(1024)) for i in range(2)}
    done = driver.run("transposed", inputs=inputs, outputs={16: ("bfloat16", 1)}, folder=tmp_path)
    assert (done.fault, "tiles of 16x32" in done.message) == ("not_modelled", True)
    inputs[0] = ("bfloat16:16:32:1000", bytes(1000))
    done = driver.run("add", inputs=inputs, outputs={16: ("bfloat16", 1)}, folder=tmp_path)
    assert (done.fault, "needs 1024" in done.message) == ("cb_page_size", True)


def encode_four_bits(values: np.ndarray) -> Any:
    """Rows of 16: a shared exponent, then sign and 3 bits of magnitude, ties away from zero."""
    lines = values.reshape(-1, 16).astype(np.float64)
    exponents = np.floor(np.log2(np.maximum(np.abs(lines).max(axis=1), 2.0**-126))).astype(int)
    magnitude = np.minimum(np.floor(np.abs(lines) / 2.0 ** (exponents[:, None] - 2) + 0.5), 7).astype(np.uint8)
    codes = (magnitude | ((lines < 0) & (magnitude > 0)) * 8).astype(np.uint8).reshape(-1)
    return (exponents + 127).astype(np.uint8).tobytes() + (codes[::2] | codes[1::2] << 4).astype(np.uint8).tobytes()


def decode_four_bits(data: bytes) -> Any:
    raw = np.frombuffer(data, np.uint8)
    exponents, packed = raw[: len(raw) // 9].astype(int) - 127, raw[len(raw) // 9 :]
    codes = np.stack([packed & 15, packed >> 4], axis=1).reshape(-1, 16)
    return (np.where(codes & 8, -1, 1) * (codes & 7) * 2.0 ** (exponents[:, None] - 2)).reshape(-1)


@pytest.mark.parametrize("shape", ["", ":16:32:288"])
def test_four_bits_packed_and_unpacked(driver: Any, shape: str, tmp_path: Path) -> None:
    count = 512 if shape else 1024
    wide = "float32:16:32:2048" if shape else "float32"
    x = np.random.default_rng(5).normal(0, 3, count).astype(np.float32)
    x = driver.decode(driver.encode(x, "bfloat16"), "bfloat16")
    done = driver.run(
        "copy", "fp32", "unpack_fp32", inputs={0: (wide, x.tobytes())}, outputs={16: ("bfp4_b" + shape, 1)}, folder=tmp_path)
    assert done.outputs[16] == encode_four_bits(x), done.message
    back = driver.run(
        "copy", "fp32", inputs={0: ("bfp4_b" + shape, done.outputs[16])}, outputs={16: (wide, 1)}, folder=tmp_path)
    assert np.array_equal(np.frombuffer(back.outputs[16], np.float32), decode_four_bits(done.outputs[16]))


INTEGERS = np.concatenate([np.arange(-300, 300), np.array([2**31 - 1, -(2**31), 65535, 65536]), np.arange(420)])
REALS = np.concatenate([np.linspace(-300, 300, 1000), [1e9, -1e9, 3e9, 1e30, np.inf, -0.5] * 4])
CASTS: dict[str, tuple[np.ndarray, str, str, Any]] = {
    "UInt8_Float16_b": (np.arange(1024) % 256, "uint8", "bfloat16", lambda x: x),
    "UInt8_Int32": (np.arange(1024) % 256, "uint8", "int32", lambda x: x),
    "UInt8_UInt16": (np.arange(1024) % 256, "uint8", "uint16", lambda x: x),
    "Int8_Float32": (np.arange(1024) % 256, "uint8", "float32", lambda x: x.astype(np.uint8).view(np.int8)),
    "Int32_UInt8": (INTEGERS, "int32", "uint8", lambda x: x & 255),
    "UInt16_UInt8": (np.arange(1024) * 50, "uint16", "uint8", lambda x: x & 255),
    "Float32_UInt8": (
        REALS, "float32", "uint8", lambda x: np.where(np.abs(x) < 2**31, np.trunc(np.where(np.abs(x) < 2**31, x, 0)), 0).astype(np.int64) & 255),
    "Float32_UInt16": (
        np.concatenate([np.arange(1000) / 2, [-3.0, 65534.5, 7e4, 1e20] * 6]), "float32", "uint16",
        lambda x: np.clip(np.floor(x.astype(np.float64) + 0.5), 0, 65535)),  # ties away from zero
    "Float32_Int8": (np.linspace(-128, 127, 1024), "float32", "uint8", lambda x: np.trunc(x).astype(np.int64) & 255),
}


@pytest.mark.parametrize("name", CASTS)
def test_conversions_of_bytes(driver: Any, name: str, tmp_path: Path) -> None:
    x, source, target, reference = CASTS[name]
    done = driver.run(
        name, "fp32", "unpack_fp32", inputs={0: (source, driver.encode(x, source))}, outputs={16: (target, 1)}, folder=tmp_path)
    assert not done.fault, (done.fault, done.message)
    expected = np.asarray(reference(np.frombuffer(driver.encode(x, source), np.dtype(source))))
    assert np.array_equal(driver.decode(done.outputs[16], target), expected)
