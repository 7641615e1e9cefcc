"""Short names of element types, layouts and memory, as in `ttnn.types`."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import Any

from op_pipeline.emulator._ttnn import (
    BufferType,
    CoreCoord,
    CoreGrid,
    CoreRange,
    CoreRangeSet,
    DataType,
    Layout,
    MathFidelity,
    MemoryConfig,
    ShardOrientation,
    ShardSpec,
    TensorMemoryLayout,
    WormholeComputeKernelConfig,
)

uint8 = DataType.UINT8
int8 = DataType.INT8
uint16 = DataType.UINT16
int32 = DataType.INT32
uint32 = DataType.UINT32
float32 = DataType.FLOAT32
bfloat16 = DataType.BFLOAT16
bfloat8_b = DataType.BFLOAT8_B
bfloat4_b = DataType.BFLOAT4_B

ROW_MAJOR_LAYOUT = Layout.ROW_MAJOR
TILE_LAYOUT = Layout.TILE
TILE_SIZE = 32

DRAM_MEMORY_CONFIG = MemoryConfig(TensorMemoryLayout.INTERLEAVED, BufferType.DRAM)
L1_MEMORY_CONFIG = MemoryConfig(TensorMemoryLayout.INTERLEAVED, BufferType.L1)

DeviceComputeKernelConfig = WormholeComputeKernelConfig


class ShardStrategy(enum.Enum):
    """How `create_sharded_memory_config` cuts a tensor."""

    HEIGHT = 1
    WIDTH = 2
    BLOCK = 3


_LAYOUTS = {
    ShardStrategy.HEIGHT: TensorMemoryLayout.HEIGHT_SHARDED,
    ShardStrategy.WIDTH: TensorMemoryLayout.WIDTH_SHARDED,
    ShardStrategy.BLOCK: TensorMemoryLayout.BLOCK_SHARDED,
}


def create_sharded_memory_config(
    shape: Sequence[int],
    core_grid: Any,
    strategy: ShardStrategy,
    orientation: Any = None,
    use_height_and_width_as_shard_shape: bool = False,
) -> Any:
    """An L1 memory config with one shard per core of `core_grid` (a CoreGrid or a CoreRangeSet).

    With `use_height_and_width_as_shard_shape` the last two extents are the shard; otherwise the tensor, with its
    leading extents folded into the height, is divided over the grid. RuntimeError when a CoreRangeSet comes without
    that switch, as in the real module.
    """
    orientation = ShardOrientation.ROW_MAJOR if orientation is None else orientation
    extents = [int(extent) for extent in shape]
    if isinstance(core_grid, CoreRangeSet):
        if not use_height_and_width_as_shard_shape:
            raise RuntimeError("height and width must be shard shape with CoreRangeSet")
        grid = core_grid
        across, down = 1, 1
    elif isinstance(core_grid, CoreGrid):
        grid = CoreRangeSet([CoreRange(CoreCoord(0, 0), CoreCoord(core_grid.x - 1, core_grid.y - 1))])
        across, down = core_grid.x, core_grid.y
    else:
        raise TypeError("core_grid must be a ttnn.CoreGrid or a ttnn.CoreRangeSet")
    height, width = _height(extents), extents[-1]
    if use_height_and_width_as_shard_shape:
        shard = [extents[-2], width]
    elif strategy is ShardStrategy.HEIGHT:
        shard = [_share(height, across * down), width]
    elif strategy is ShardStrategy.WIDTH:
        shard = [height, _share(width, across * down)]
    else:
        shard = [_share(height, down), _share(width, across)]
    return MemoryConfig(_LAYOUTS[strategy], BufferType.L1, ShardSpec(grid, shard, orientation))


def _height(extents: list[int]) -> int:
    height = 1
    for extent in extents[:-1]:
        height *= extent
    return height


def _share(extent: int, parts: int) -> int:
    if extent % parts:
        raise RuntimeError(f"an extent of {extent} cannot be divided over {parts} cores")
    return extent // parts


def init_device_compute_kernel_config(
    arch: Any,
    device_kernel_config: Any = None,
    *,
    math_fidelity: Any = MathFidelity.LoFi,
    math_approx_mode: bool = True,
    fp32_dest_acc_en: bool = False,
    packer_l1_acc: bool = False,
    dst_full_sync_en: bool = False,
) -> Any:
    """The given settings, or ones made from the keywords. `arch` is accepted for the real signature."""
    del arch
    if device_kernel_config is not None:
        return device_kernel_config
    return WormholeComputeKernelConfig(
        math_fidelity=math_fidelity,
        math_approx_mode=math_approx_mode,
        fp32_dest_acc_en=fp32_dest_acc_en,
        packer_l1_acc=packer_l1_acc,
        dst_full_sync_en=dst_full_sync_en,
    )
