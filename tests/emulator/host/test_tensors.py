"""Tensors: what goes in comes out, in the order and with the rounding of the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

SHAPES = [(32, 32), (1, 1, 64, 96), (33, 47), (2, 3, 5, 100), (7,), (3, 1, 33), (1, 1, 1, 1), (2, 0, 32)]
EXACT: dict[str, Any] = {
    "float32": np.float32,
    "uint32": np.uint32,
    "int32": np.int32,
    "uint16": np.uint16,
    "uint8": np.uint8,
}


def random_array(dtype: str, shape: tuple[int, ...]) -> Any:
    generator = np.random.default_rng(7)
    if dtype == "float32":
        return generator.standard_normal(shape).astype(np.float32)
    limits = np.iinfo(EXACT[dtype])
    return generator.integers(limits.min, limits.max, shape, dtype=np.int64).astype(EXACT[dtype])


def bfloat16_bits(values: Any) -> Any:
    """Upper 16 bits, to nearest, ties to even."""
    bits = np.asarray(values, np.float32).view(np.uint32).astype(np.uint64)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype(np.uint16)


def tilized(array: Any) -> Any:
    """Elements of a 2-D array in tile order: 32x32 tiles row by row, each of four 16x16 faces."""
    rows, columns = array.shape
    tiles = array.reshape(rows // 32, 2, 16, columns // 32, 2, 16)
    return tiles.transpose(0, 3, 1, 4, 2, 5).reshape(-1)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("layout", ["TILE_LAYOUT", "ROW_MAJOR_LAYOUT"])
@pytest.mark.parametrize("dtype", EXACT)
def test_elements_survive_host_and_device(
    ttnn: Any, device: Any, dtype: str, layout: str, shape: tuple[int, ...]
) -> None:
    array = random_array(dtype, shape)
    host = ttnn.from_torch(array, dtype=getattr(ttnn, dtype), layout=getattr(ttnn, layout))
    back = host.to_numpy()
    assert back.dtype == EXACT[dtype]
    np.testing.assert_array_equal(back, array)
    for memory in (ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG):
        there = ttnn.to_device(host, device, memory)
        assert there.memory_config() == memory
        np.testing.assert_array_equal(there.to_numpy(), array)
        np.testing.assert_array_equal(ttnn.from_device(there).to_numpy(), array)


@pytest.mark.parametrize("layout", ["TILE_LAYOUT", "ROW_MAJOR_LAYOUT"])
def test_bfloat16_rounds_to_nearest_even(ttnn: Any, device: Any, layout: str) -> None:
    ties = np.array([0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x7F7FFFFF, 0xFF800000, 0x00000001], np.uint32)
    values = np.concatenate([np.random.default_rng(3).standard_normal(57).astype(np.float32), ties.view(np.float32)])
    tensor = ttnn.from_torch(values.reshape(2, 32), dtype=ttnn.bfloat16, layout=getattr(ttnn, layout), device=device)
    wanted = (bfloat16_bits(values).astype(np.uint32) << 16).view(np.float32).reshape(2, 32)
    np.testing.assert_array_equal(tensor.to_numpy(), wanted)


def test_bfloat16_keeps_a_nan_a_nan(ttnn: Any) -> None:
    values = np.array([0x7F800001, 0xFFFFFFFF], np.uint32).view(np.float32).reshape(1, 2)
    assert np.isnan(ttnn.from_torch(values, dtype=ttnn.bfloat16).to_numpy()).all()


def test_tiles_are_stored_face_after_face(ttnn: Any) -> None:
    array = np.arange(64 * 96, dtype=np.uint32).reshape(64, 96)
    tensor = ttnn.to_layout(ttnn.from_torch(array), ttnn.TILE_LAYOUT)
    np.testing.assert_array_equal(np.frombuffer(tensor._page_bytes(), np.uint32), tilized(array))
    np.testing.assert_array_equal(ttnn.to_layout(tensor, ttnn.ROW_MAJOR_LAYOUT).to_numpy(), array)


def test_batches_follow_each_other(ttnn: Any) -> None:
    array = np.random.default_rng(1).integers(0, 2**16, (2, 3, 40, 32)).astype(np.uint16)
    tensor = ttnn.from_torch(array, layout=ttnn.TILE_LAYOUT)
    padded = np.zeros((2, 3, 64, 32), np.uint16)
    padded[:, :, :40] = array
    wanted = np.concatenate([tilized(matrix) for matrix in padded.reshape(6, 64, 32)])
    np.testing.assert_array_equal(np.frombuffer(tensor._page_bytes(), np.uint16), wanted)


def test_bfloat8_tile_is_exponents_then_mantissas(ttnn: Any) -> None:
    array = np.zeros((32, 32), np.float32)
    array[0, :2] = [1.0, -0.5]  # one face row: exponent of 1.0, mantissas 64 and 32 with the sign in bit 7
    page = np.frombuffer(ttnn.from_torch(array, dtype=ttnn.bfloat8_b)._page_bytes(), np.uint8)
    assert page[0] == 127
    assert not page[1:64].any()
    assert list(page[64:68]) == [64, 0x80 | 32, 0, 0]


@pytest.mark.parametrize(
    ("shape", "padded"),
    [((7,), (32, 32)), ((33, 47), (64, 64)), ((2, 3, 5, 100), (2, 3, 32, 128)), ((32, 64), (32, 64))],
)
@pytest.mark.parametrize("pad_value", [None, 0.0, 3.5])
def test_padding_of_a_tile_tensor(
    ttnn: Any, device: Any, shape: tuple[int, ...], padded: tuple[int, ...], pad_value: float | None
) -> None:
    array = np.full(shape, 2.0, np.float32)
    tensor = ttnn.from_torch(array, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, pad_value=pad_value)
    assert tuple(tensor.shape) == shape
    assert tuple(tensor.padded_shape) == padded
    stored = tensor.to_numpy_with_padded_shape()
    assert stored.shape == padded
    inside = np.zeros(padded, bool)
    inside[(0,) * (len(padded) - len(shape)) + tuple(slice(0, extent) for extent in shape)] = True
    if len(shape) == 1:
        inside = np.zeros(padded, bool)
        inside[0, : shape[0]] = True
    assert (stored[inside] == 2.0).all()
    assert (stored[~inside] == (pad_value or 0.0)).all()


def test_row_major_has_no_padding(ttnn: Any) -> None:
    tensor = ttnn.from_torch(np.ones((3, 5), np.float32))
    assert tuple(tensor.padded_shape) == (3, 5)
    assert tensor.layout == ttnn.ROW_MAJOR_LAYOUT


@pytest.mark.parametrize(("dtype", "page"), [("bfloat8_b", 1088), ("bfloat4_b", 576)])
def test_block_floats(ttnn: Any, device: Any, dtype: str, page: int) -> None:
    bits = {"bfloat8_b": 7, "bfloat4_b": 3}[dtype]
    generator = np.random.default_rng(5)
    exact = generator.integers(-(2**bits) + 1, 2**bits, (64, 64)).astype(np.float32) * 0.25
    tensor = ttnn.from_torch(exact, dtype=getattr(ttnn, dtype), device=device)
    assert tensor.layout == ttnn.TILE_LAYOUT
    assert tensor.buffer_page_size() == page
    values = generator.standard_normal((64, 64)).astype(np.float32)
    back = ttnn.from_torch(values, dtype=getattr(ttnn, dtype)).to_numpy()
    largest = np.abs(values).reshape(64, 4, 16).max(axis=2, keepdims=True)
    step = 2.0 ** (np.floor(np.log2(largest)) - (bits - 1))
    # Half a step, but for the largest magnitude, which saturates instead of raising the shared exponent.
    assert (np.abs(back - values).reshape(64, 4, 16) <= step).all()
    assert np.mean(np.abs(back - values).reshape(64, 4, 16) <= step / 2) > 0.99
    np.testing.assert_array_equal(ttnn.from_torch(back, dtype=getattr(ttnn, dtype)).to_numpy(), back)


def test_block_float_needs_tile_layout(ttnn: Any) -> None:
    with pytest.raises(RuntimeError, match="BFLOAT8_B is only supported in Layout::TILE"):
        ttnn.TensorSpec([32, 32], ttnn.bfloat8_b, ttnn.ROW_MAJOR_LAYOUT)


@pytest.mark.parametrize(
    ("array", "wanted"),
    [
        (np.zeros((1, 2), np.float32), "FLOAT32"),
        (np.zeros((1, 2), np.int64), "UINT32"),
        (np.zeros((1, 2), np.int32), "INT32"),
        (np.zeros((1, 2), np.uint16), "UINT16"),
    ],
)
def test_dtype_follows_the_array(ttnn: Any, array: Any, wanted: str) -> None:
    assert ttnn.from_torch(array).dtype == ttnn.DataType[wanted]


def test_float64_needs_a_dtype(ttnn: Any) -> None:
    with pytest.raises(TypeError, match="float64"):
        ttnn.from_torch(np.zeros((1, 2)))


def test_keyword_only_and_memory_rules_of_from_torch(ttnn: Any) -> None:
    with pytest.raises(TypeError):
        ttnn.from_torch(np.zeros((1, 2), np.float32), ttnn.bfloat16, ttnn.TILE_LAYOUT)
    with pytest.raises(RuntimeError, match="device must be specified"):
        ttnn.from_torch(np.zeros((1, 2), np.float32), memory_config=ttnn.L1_MEMORY_CONFIG)


def test_tensor_from_a_list_and_scalars(ttnn: Any) -> None:
    tensor = ttnn.Tensor([1, 2, 3, 4], [2, 2], ttnn.float32, ttnn.ROW_MAJOR_LAYOUT)
    assert tensor.to_list() == [[1.0, 2.0], [3.0, 4.0]]
    assert ttnn.full([1, 1], 2.5, dtype=ttnn.float32).item() == 2.5
    assert (ttnn.zeros([3, 4]).to_numpy() == 0).all()
    assert (ttnn.ones_like(tensor).to_numpy() == 1).all()
    assert ttnn.zeros([3, 4]).dtype == ttnn.bfloat16


def test_fresh_device_memory_is_poisoned(ttnn: Any, device: Any) -> None:
    empty = ttnn.empty([64, 64], ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)
    assert np.isnan(empty.to_numpy()).all()


def test_to_torch_is_numpy_without_torch(ttnn: Any) -> None:
    tensor = ttnn.from_torch(np.ones((1, 1, 2, 3), np.float32), dtype=ttnn.bfloat16)
    assert ttnn.to_torch(tensor, torch_rank=2).shape == (2, 3)
    with pytest.raises(RuntimeError, match="cannot have rank"):
        ttnn.to_torch(tensor, torch_rank=1)


def test_properties(ttnn: Any, device: Any) -> None:
    tensor = ttnn.from_torch(
        np.ones((1, 1, 33, 64), np.float32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device
    )
    assert tensor.logical_volume() == 33 * 64
    assert tensor.volume() == 64 * 64
    assert tensor.element_size() == 2
    assert tensor.device() is device
    assert tensor.storage_type() == ttnn.StorageType.DEVICE
    assert [tensor.shape[-1], tensor.shape[-2], len(tensor.shape), tensor.shape.rank] == [64, 33, 4, 4]
    with pytest.raises(RuntimeError, match=r"4 is not in \[-4, 4\)"):
        tensor.shape[4]
    assert list(tensor.shape.to_rank(5)) == [1, 1, 1, 33, 64]


def test_shape_cannot_be_sliced(ttnn: Any) -> None:
    with pytest.raises(TypeError):
        ttnn.Shape([1, 2, 3])[:2]


def test_deallocated_tensor_is_refused(ttnn: Any, device: Any) -> None:
    tensor = ttnn.from_torch(np.ones((32, 32), np.float32), device=device)
    ttnn.deallocate(tensor)
    assert not tensor.is_allocated()
    with pytest.raises(RuntimeError, match="not allocated"):
        tensor.to_numpy()


def test_tensor_outlives_its_device(ttnn: Any) -> None:
    device = ttnn.open_device(device_id=1)
    tensor = ttnn.from_torch(np.ones((32, 32), np.float32), device=device)
    ttnn.close_device(device)
    with pytest.raises(RuntimeError, match="is closed"):
        tensor.to_numpy()
    del tensor
