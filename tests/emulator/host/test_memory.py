"""Where tensors lie: addresses, pages, alignment, and what happens when memory ends."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

DRAM_START = 0x100040
L1_TOP = 0x16E000


def tile_tensor(ttnn: Any, device: Any, tiles: int, memory: Any = None, dtype: Any = None) -> Any:
    shape = (32, 32 * tiles)
    return ttnn.from_torch(
        np.zeros(shape, np.float32), dtype=dtype or ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device,
        memory_config=memory,
    )  # fmt: skip


def test_dram_grows_up_in_lock_step_over_twelve_banks(ttnn: Any, device: Any) -> None:
    first = tile_tensor(ttnn, device, 12)
    second = tile_tensor(ttnn, device, 13)
    third = tile_tensor(ttnn, device, 1)
    assert first.buffer_address() == DRAM_START
    assert second.buffer_address() == DRAM_START + 2048
    assert third.buffer_address() == DRAM_START + 3 * 2048


def test_l1_tensors_grow_down_from_the_top(ttnn: Any, device: Any) -> None:
    first = tile_tensor(ttnn, device, 1, ttnn.L1_MEMORY_CONFIG)
    second = tile_tensor(ttnn, device, 65, ttnn.L1_MEMORY_CONFIG)
    assert first.buffer_address() == L1_TOP - 2048
    assert second.buffer_address() == L1_TOP - 3 * 2048


def test_freed_memory_is_used_again(ttnn: Any, device: Any) -> None:
    first = tile_tensor(ttnn, device, 1)
    keep = tile_tensor(ttnn, device, 1)
    ttnn.deallocate(first)
    again = tile_tensor(ttnn, device, 12)
    assert again.buffer_address() == DRAM_START
    assert keep.buffer_address() == DRAM_START + 2048
    del again
    assert tile_tensor(ttnn, device, 1).buffer_address() == DRAM_START


def test_a_shared_tensor_is_freed_only_by_force(ttnn: Any, device: Any) -> None:
    tensor = tile_tensor(ttnn, device, 1)
    alias = ttnn.Tensor(tensor)
    tensor.deallocate()
    assert alias.is_allocated()
    tensor.deallocate(force=True)
    assert not alias.is_allocated()


@pytest.mark.parametrize(
    ("form", "width", "sizes"),
    [
        (("bfloat16", "TILE_LAYOUT"), 64, (2048, 2048, 2048)),
        (("float32", "TILE_LAYOUT"), 64, (4096, 4096, 4096)),
        (("bfloat8_b", "TILE_LAYOUT"), 64, (1088, 1088, 1088)),
        (("bfloat16", "ROW_MAJOR_LAYOUT"), 100, (200, 224, 208)),
        (("uint8", "ROW_MAJOR_LAYOUT"), 1, (1, 32, 16)),
    ],
)
def test_pages(ttnn: Any, device: Any, form: tuple[str, str], width: int, sizes: tuple[int, int, int]) -> None:
    dtype, layout = form
    page, aligned_dram, aligned_l1 = sizes
    for memory, aligned, flag in ((ttnn.DRAM_MEMORY_CONFIG, aligned_dram, 2), (ttnn.L1_MEMORY_CONFIG, aligned_l1, 0)):
        tensor = ttnn.from_torch(
            np.zeros((64, width), np.float32), dtype=getattr(ttnn, dtype), layout=getattr(ttnn, layout), device=device,
            memory_config=memory,
        )  # fmt: skip
        assert (tensor.buffer_page_size(), tensor.buffer_aligned_page_size()) == (page, aligned)
        assert tensor.buffer_num_pages() == (4 if layout == "TILE_LAYOUT" else 64)
        assert ttnn.TensorAccessorArgs(tensor).get_compile_time_args() == [flag, aligned]
        assert ttnn.TensorAccessorArgs(tensor).get_common_runtime_args() == []


def test_full_l1_is_refused(ttnn: Any, device: Any) -> None:
    with pytest.raises(RuntimeError, match="Out of Memory"):
        ttnn.empty([1, 1, 64 * 32, 800 * 32], ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)


def test_host_tensors_have_no_address(ttnn: Any) -> None:
    host = ttnn.from_torch(np.zeros((1, 2), np.float32))
    with pytest.raises(RuntimeError, match="StorageType::HOST doesn't support buffer_address method"):
        host.buffer_address()
    with pytest.raises(RuntimeError, match="Expected Tensor with DeviceStorage, got StorageType::HOST"):
        ttnn.TensorAccessorArgs(host)


@pytest.mark.parametrize(
    ("shape", "faces", "bytes_bf16", "bytes_bfp8"),
    [([32, 32], 4, 2048, 1088), ([16, 32], 2, 1024, 544), ([8, 32], 2, 512, 272), ([1, 32], 2, 64, 48)],
)
def test_small_tiles(ttnn: Any, shape: list[int], faces: int, bytes_bf16: int, bytes_bfp8: int) -> None:
    tile = ttnn.Tile(shape)
    assert tile.num_faces == faces
    assert tile.get_tile_size(ttnn.bfloat16) == bytes_bf16
    assert tile.get_tile_size(ttnn.bfloat8_b) == bytes_bfp8


@pytest.mark.parametrize("shape", [[32, 31], [3, 32], [64, 32], [32, 8]])
def test_impossible_tiles(ttnn: Any, shape: list[int]) -> None:
    with pytest.raises(RuntimeError, match="Tile size"):
        ttnn.Tile(shape)


def test_device_facts(ttnn: Any, device: Any) -> None:
    assert device.compute_with_storage_grid_size() == ttnn.CoreCoord(8, 8)
    assert (device.core_grid.x, device.core_grid.y) == (8, 8)
    assert device.dram_grid_size() == ttnn.CoreCoord(12, 1)
    assert device.worker_core_from_logical_core((7, 7)) == ttnn.CoreCoord(25, 25)
    with pytest.raises(RuntimeError, match="outside the worker grid"):
        device.worker_core_from_logical_core((8, 0))
