"""Sharded tensors from the host's side: what goes in comes out, and what does not fit is refused in the real words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from op_pipeline.emulator import execution

DTYPES = ["bfloat16", "float32", "bfloat8_b", "bfloat4_b", "uint8", "uint16", "uint32", "int32"]
KINDS: dict[str, Any] = {"uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "int32": np.int32}

# shape of the tensor, memory layout, grid as (x, y, x, y) corners, shard; some shards stick out of the tensor
SHARDED = [
    ((256, 64), "HEIGHT_SHARDED", [(0, 0, 1, 3)], (32, 64)),
    ((2, 3, 64, 32), "HEIGHT_SHARDED", [(1, 2, 4, 2)], (96, 32)),
    ((224, 64), "HEIGHT_SHARDED", [(0, 0, 1, 0), (3, 3, 3, 4)], (64, 64)),
    ((64, 256), "WIDTH_SHARDED", [(0, 0, 3, 0)], (64, 64)),
    ((1, 2, 32, 160), "WIDTH_SHARDED", [(5, 5, 7, 5)], (64, 64)),
    ((128, 192), "BLOCK_SHARDED", [(2, 1, 4, 4)], (32, 64)),
    ((96, 160), "BLOCK_SHARDED", [(0, 0, 7, 7)], (64, 64)),
]
# the shard, the grid, the strategy: shards may outnumber the cores
ND = [
    ((3, 4, 64, 64), (1, 2, 32, 64), (0, 0, 1, 1), "ROUND_ROBIN_1D"),
    ((3, 5, 64, 96), (2, 2, 64, 64), (1, 1, 3, 2), "ROUND_ROBIN_1D"),
    ((128, 96), (64, 32), (0, 0, 2, 1), "GRID_2D"),
    ((4, 64, 64), (1, 32, 64), (0, 0, 3, 0), "CONTIGUOUS_1D"),
]


def grid_of(ttnn: Any, *corners: tuple[int, int, int, int]) -> Any:
    return ttnn.CoreRangeSet([ttnn.CoreRange((a, b), (c, d)) for a, b, c, d in corners])


def memory_of(ttnn: Any, case: tuple[Any, ...], orientation: str, kind: str = "L1") -> Any:
    _, layout, corners, shard = case
    spec = ttnn.ShardSpec(grid_of(ttnn, *corners), list(shard), getattr(ttnn.ShardOrientation, orientation))
    return ttnn.MemoryConfig(getattr(ttnn.TensorMemoryLayout, layout), getattr(ttnn.BufferType, kind), spec)


def elements(shape: tuple[int, ...], dtype: str) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(5)
    if dtype in KINDS:
        return rng.integers(0, np.iinfo(KINDS[dtype]).max, shape, dtype=KINDS[dtype], endpoint=True)
    return rng.integers(-4, 4, shape).astype(np.float32)  # one shared exponent loses none of these but in 4 bits


def check_round_trips(ttnn: Any, device: Any, shape: tuple[int, ...], memory: Any) -> None:
    """Every format in both layouts through device memory and back, and through an interleaved tensor."""
    for dtype in DTYPES:
        values = elements(shape, dtype)
        for layout in (ttnn.TILE_LAYOUT, ttnn.ROW_MAJOR_LAYOUT):
            if layout == ttnn.ROW_MAJOR_LAYOUT and dtype.startswith("bfloat") and dtype.endswith("_b"):
                continue
            where = {"dtype": getattr(ttnn, dtype), "layout": layout, "device": device}
            plain = ttnn.from_torch(values, **where)
            there = ttnn.from_torch(values, **where, memory_config=memory)
            assert there.is_sharded()
            assert there.memory_config() == memory
            got = there.to_numpy()
            np.testing.assert_array_equal(got, plain.to_numpy(), err_msg=f"{dtype} {layout}")
            if dtype != "bfloat4_b":
                np.testing.assert_array_equal(got, values, err_msg=f"{dtype} {layout}")
            moved = ttnn.to_memory_config(plain, memory)
            back = ttnn.to_memory_config(moved, ttnn.DRAM_MEMORY_CONFIG)
            np.testing.assert_array_equal(back.to_numpy(), got, err_msg=f"{dtype} {layout}")


@pytest.mark.parametrize("orientation", ["ROW_MAJOR", "COL_MAJOR"])
@pytest.mark.parametrize("case", SHARDED, ids=[f"{case[1]}-{case[3]}" for case in SHARDED])
def test_round_trip(ttnn: Any, device: Any, case: tuple[Any, ...], orientation: str) -> None:
    if orientation == "COL_MAJOR" and case[1] == "BLOCK_SHARDED":  # rows of shards go to columns of cores
        corners = [(b, a, d, c) for a, b, c, d in case[2]]
        case = (*case[:2], corners, case[3])
    check_round_trips(ttnn, device, case[0], memory_of(ttnn, case, orientation))


ND_PLACES = [(case, kind) for case in ND for kind in ("L1", "DRAM") if (case[3], kind) != ("GRID_2D", "DRAM")]


@pytest.mark.parametrize(("case", "kind"), ND_PLACES, ids=[f"{case[3]}-{case[1]}-{kind}" for case, kind in ND_PLACES])
def test_round_trip_of_shards_of_any_rank(ttnn: Any, device: Any, case: tuple[Any, ...], kind: str) -> None:
    shape, shard, corners, strategy = case
    if kind == "DRAM":  # banks stand in one row
        corners = (0, 0, (corners[2] - corners[0] + 1) * (corners[3] - corners[1] + 1) - 1, 0)
    spec = ttnn.NdShardSpec(
        ttnn.Shape(list(shard)),
        grid_of(ttnn, corners),
        shard_distribution_strategy=getattr(ttnn.ShardDistributionStrategy, strategy),
    )
    check_round_trips(ttnn, device, shape, ttnn.MemoryConfig(getattr(ttnn.BufferType, kind), spec))


def test_rows_are_padded_to_whole_shards(ttnn: Any, device: Any) -> None:
    values = elements((65, 97), "float32")
    memory = memory_of(ttnn, ((65, 97), "WIDTH_SHARDED", [(0, 0, 3, 0)], (65, 32)), "ROW_MAJOR")
    tensor = ttnn.from_torch(
        values, dtype=ttnn.float32, layout=ttnn.ROW_MAJOR_LAYOUT, device=device, memory_config=memory, pad_value=7.0
    )
    assert list(tensor.padded_shape) == [65, 128]
    assert tensor.buffer_page_size() == 128
    assert tensor.buffer_num_pages() == 65 * 4
    np.testing.assert_array_equal(tensor.to_numpy(), values)
    np.testing.assert_array_equal(tensor.cpu().to_numpy_with_padded_shape()[:, 97:], 7.0)
    moved = ttnn.to_memory_config(tensor, ttnn.L1_MEMORY_CONFIG)
    assert list(moved.padded_shape) == [65, 97]
    np.testing.assert_array_equal(moved.to_numpy(), values)


# Words as the real module gives them for these tensors (two coordinates to a word, the second in the upper half).
ON_EIGHT = [0x13121212, 0x13131213, 0x13141214, 0x13151215]
WORDS = [
    ((256, 64), "HEIGHT_SHARDED", (0, 0, 1, 3), (32, 64), "TILE", "L1", [1, 2048, 1, 8, 16, 2, *ON_EIGHT]),
    ((64, 256), "WIDTH_SHARDED", (0, 0, 1, 3), (64, 32), "TILE", "L1", [1, 2048, 2, 8, 2, 8, 2, 1, *ON_EIGHT]),
    ((64, 64), "BLOCK_SHARDED", (0, 0, 1, 3), (16, 32), "ROW_MAJOR", "L1", [1, 64, 2, 8, 64, 2, 16, 1, *ON_EIGHT]),
    (
        (128, 64),
        "HEIGHT_SHARDED",
        (0, 0, 3, 0),
        (32, 64),
        "TILE",
        "DRAM",
        [3, 2048, 1, 4, 8, 2, 0x01000000, 0x03000200],
    ),
]


# From the real module too: shape, shard, grid, strategy, memory, words, memory layout that the shards are told to be.
ND_WORDS = [
    ((3, 4, 64, 64), (1, 2, 32, 64), (0, 0, 1, 1), "ROUND_ROBIN_1D", "L1", [1, 2048, 2, 4, 12, 4, 2, 2, *ON_EIGHT[:2]], "ND_SHARDED"),
    ((3, 5, 64, 96), (2, 2, 64, 64), (1, 1, 3, 2), "ROUND_ROBIN_1D", "L1", [1, 2048, 3, 6, 3, 10, 3, 2, 4, 2, 0x14131313, 0x13141513, 0x15141414], "ND_SHARDED"),
    ((128, 96), (64, 32), (0, 0, 3, 3), "GRID_2D", "L1", [1, 2048, 2, 6, 4, 3, 2, 1, 0x13121212, 0x12131412, 0x14131313], "BLOCK_SHARDED"),
    ((4, 64, 64), (1, 32, 64), (0, 0, 3, 0), "CONTIGUOUS_1D", "DRAM", [3, 2048, 1, 0x80000004, 16, 2, 0x01000000, 0x03000200], "ND_SHARDED"),
    ((256, 64), (32, 64), (0, 0, 1, 3), "ROUND_ROBIN_1D", "L1", [1, 2048, 1, 8, 16, 2, *ON_EIGHT], "HEIGHT_SHARDED"),
    ((256, 64), (256, 32), (0, 0, 1, 3), "ROUND_ROBIN_1D", "L1", [1, 2048, 2, 8, 8, 2, 8, 1, *ON_EIGHT], "WIDTH_SHARDED"),
    ((64, 128), (32, 32), (0, 0, 3, 1), "ROUND_ROBIN_1D", "L1", [1, 2048, 1, 8, 8, 1, 0x13121212, 0x15121412, 0x13131213, 0x15131413], "BLOCK_SHARDED"),
]  # fmt: skip


@pytest.mark.parametrize("case", ND_WORDS, ids=[f"{case[3]}-{case[1]}" for case in ND_WORDS])
def test_accessor_words_of_shards_of_any_rank(ttnn: Any, device: Any, case: tuple[Any, ...]) -> None:
    shape, shard, corners, strategy, kind, words, layout = case
    spec = ttnn.NdShardSpec(
        ttnn.Shape(list(shard)),
        grid_of(ttnn, corners),
        shard_distribution_strategy=getattr(ttnn.ShardDistributionStrategy, strategy),
    )
    config = ttnn.MemoryConfig(getattr(ttnn.BufferType, kind), spec)
    tensor = ttnn.empty(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)
    assert list(ttnn.TensorAccessorArgs(tensor).get_compile_time_args()) == words
    assert tensor.memory_config().memory_layout == getattr(ttnn.TensorMemoryLayout, layout)


@pytest.mark.parametrize(("shape", "memory", "corners", "shard", "layout", "kind", "words"), WORDS)
def test_accessor_words(  # noqa: PLR0917 - a row of the table
    ttnn: Any, device: Any, shape: Any, memory: str, corners: Any, shard: Any, layout: str, kind: str, words: list[int]
) -> None:
    config = memory_of(ttnn, (shape, memory, [corners], shard), "ROW_MAJOR", kind)
    tensor = ttnn.empty(shape, ttnn.bfloat16, getattr(ttnn.Layout, layout), device, config)
    accessor = ttnn.TensorAccessorArgs(tensor)
    assert list(accessor.get_compile_time_args()) == words
    assert list(accessor.get_common_runtime_args()) == []


REFUSED = [
    ("HEIGHT_SHARDED", (0, 0, 0, 1), (32, 32), "Shard width 32 must match physical width 64 for height sharded"),
    ("HEIGHT_SHARDED", (0, 0, 0, 1), (32, 64), "Number of shards along height 4 must not exceed number of cores 2"),
    ("WIDTH_SHARDED", (0, 0, 1, 0), (64, 32), "Shard height 64 must match physical height 128 for width sharded"),
    ("WIDTH_SHARDED", (0, 0, 0, 0), (128, 32), "Number of shards along width 2 must not exceed number of cores 1"),
    ("BLOCK_SHARDED", (0, 0, 1, 1), (32, 32), "along height 4 must not exceed number of rows 2 for row major"),
    ("HEIGHT_SHARDED", (0, 0, 0, 7), (16, 64), r"Physical shard shape \(16, 64\) must be tile \{32, 32\} sized!"),
    ("HEIGHT_SHARDED", (7, 7, 8, 8), (32, 64), "core 8-7 is outside the worker grid 8x8"),
    ("ND_SHARDED", (0, 0, 1, 1), (32, 64), "ND_SHARDED does not go with a two-dimensional shard spec"),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[3] for case in REFUSED])
def test_refused(ttnn: Any, device: Any, case: tuple[Any, ...]) -> None:
    memory, corners, shard, words = case
    config = memory_of(ttnn, ((128, 64), memory, [corners], shard), "ROW_MAJOR")
    with pytest.raises(RuntimeError, match=words):
        ttnn.empty((128, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)


def test_no_shards_without_a_shard_spec(ttnn: Any, device: Any) -> None:
    config = ttnn.MemoryConfig(ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.BufferType.L1)
    with pytest.raises(RuntimeError, match="MemoryConfig must have Shard Spec specified"):
        ttnn.empty((64, 64), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)


def test_memory_configs_are_made_as_the_real_module_makes_them(ttnn: Any) -> None:
    make, strategy = ttnn.create_sharded_memory_config, ttnn.ShardStrategy
    grid = ttnn.CoreGrid(x=4, y=2)
    assert make((1, 2, 64, 128), grid, strategy.HEIGHT).shard_spec.shape == [16, 128]
    assert make((1, 2, 64, 128), grid, strategy.WIDTH).shard_spec.shape == [128, 16]
    assert make((1, 2, 64, 128), grid, strategy.BLOCK).shard_spec.shape == [64, 32]
    turned = make((64, 128), grid, strategy.BLOCK, orientation=ttnn.ShardOrientation.COL_MAJOR)
    assert turned.shard_spec.shape == [16, 64]
    cores = grid_of(ttnn, (0, 0, 1, 1))
    given = make((64, 32), cores, strategy.HEIGHT, use_height_and_width_as_shard_shape=True)
    assert given.shard_spec.shape == [64, 32]
    rows = make((32, 32), (grid, ttnn.CoreGrid(x=3, y=1)), strategy.HEIGHT, use_height_and_width_as_shard_shape=True)
    assert rows.shard_spec.num_cores() == 11
    with pytest.raises(RuntimeError, match="Invalid sharding core_grid"):
        make((63, 64), grid, strategy.HEIGHT)
    with pytest.raises(RuntimeError, match="height and width must be shard shape with CoreRangeSet"):
        make((64, 64), cores, strategy.HEIGHT)


def test_conversions_refuse_what_the_real_operations_refuse(ttnn: Any, device: Any) -> None:
    memory = memory_of(ttnn, ((64, 64), "HEIGHT_SHARDED", [(0, 0, 0, 1)], (32, 64)), "ROW_MAJOR")
    plain = ttnn.from_torch(elements((64, 64), "float32"), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    sharded = ttnn.interleaved_to_sharded(plain, memory)
    np.testing.assert_array_equal(ttnn.sharded_to_interleaved(sharded).to_numpy(), plain.to_numpy())
    layout, orientation = ttnn.TensorMemoryLayout.HEIGHT_SHARDED, ttnn.ShardOrientation.ROW_MAJOR
    assert (
        ttnn.interleaved_to_sharded(plain, ttnn.CoreCoord(1, 2), [32, 64], layout, orientation).memory_config()
        == memory
    )
    with pytest.raises(RuntimeError, match="Input tensor memory layout must be INTERLEAVED"):
        ttnn.interleaved_to_sharded(sharded, memory)
    with pytest.raises(RuntimeError, match="Output memory config must be sharded"):
        ttnn.interleaved_to_sharded(plain, ttnn.L1_MEMORY_CONFIG)
    with pytest.raises(RuntimeError, match="Input tensor must be sharded"):
        ttnn.sharded_to_interleaved(plain)
    with pytest.raises(RuntimeError, match="must be on device"):
        ttnn.to_memory_config(plain.cpu(), memory)


def test_one_shard_can_be_described_in_two_ways(ttnn: Any, device: Any) -> None:
    grid = grid_of(ttnn, (0, 0, 1, 3))
    spec = ttnn.TensorSpec(ttnn.Shape([256, 64]), ttnn.bfloat16, ttnn.TILE_LAYOUT, ttnn.BufferType.L1)
    config = spec.height_sharded(grid).memory_config
    assert config.memory_layout == ttnn.TensorMemoryLayout.HEIGHT_SHARDED
    assert config.shard_spec.shape == [32, 64]
    assert list(config.nd_shard_spec.shard_shape) == [32, 64]
    assert spec.width_sharded(grid).memory_config.shard_spec.shape == [256, 32]
    assert spec.block_sharded(grid.ranges()[0]).memory_config.shard_spec.shape == [64, 32]
    free = ttnn.NdShardSpec(ttnn.Shape([2, 32, 32]), grid)
    shape = ttnn.Shape([3, 96, 64])
    nd = ttnn.TensorSpec(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, free, ttnn.BufferType.L1).memory_config
    assert nd.memory_layout == ttnn.TensorMemoryLayout.ND_SHARDED
    assert nd.shard_spec is None


@pytest.mark.parametrize("case", [*SHARDED[:1], *SHARDED[5:6]], ids=["height", "block"])
def test_shards_are_told_as_plain_data(ttnn: Any, device: Any, case: tuple[Any, ...]) -> None:
    memory = memory_of(ttnn, case, "ROW_MAJOR")
    told = execution.sharding_of(memory)
    assert told == {
        "layout": case[1],
        "shape": list(case[3]),
        "grid": [list(corners) for corners in case[2]],
        "orientation": "ROW_MAJOR",
    }
    assert execution.sharding_of(ttnn.DRAM_MEMORY_CONFIG) is None
