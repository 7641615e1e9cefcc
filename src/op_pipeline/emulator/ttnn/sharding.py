"""Sharded memory configs, and tensors from one memory config to another (on the host; the real module runs kernels)."""

from __future__ import annotations

import enum
import math
from collections.abc import Sequence
from typing import Any

from op_pipeline.emulator._ttnn import (
    BufferType,
    CoreCoord,
    CoreGrid,
    CoreRange,
    CoreRangeSet,
    Layout,
    MemoryConfig,
    Shape,
    ShardOrientation,
    ShardSpec,
    Tensor,
    TensorMemoryLayout,
)
from op_pipeline.emulator.ttnn.core import is_tensor_storage_on_device


class ShardStrategy(enum.Enum):
    """How `create_sharded_memory_config` cuts a tensor."""

    HEIGHT = 1
    WIDTH = 2
    BLOCK = 3


_L1_ALIGNMENT = 16  # bytes

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
    """An L1 memory config with one shard per core of `core_grid`: a CoreGrid, a pair of them, or a CoreRangeSet.

    With `use_height_and_width_as_shard_shape` the last two extents are the shard (width first where the orientation is
    COL_MAJOR, as in the real module); otherwise the tensor, with its leading extents folded into the height, is divided
    over the grid. RuntimeError for what the real module refuses, among it a CoreRangeSet without that switch.
    """
    if not isinstance(shape, list | tuple | Shape):
        raise RuntimeError("Invalid input shape")  # noqa: TRY004 - what the real module raises
    if strategy not in _LAYOUTS:
        raise RuntimeError("Invalid sharding strategy")
    orientation = ShardOrientation.ROW_MAJOR if orientation is None else orientation
    if not isinstance(orientation, ShardOrientation):
        raise RuntimeError("Invalid shard orientation")  # noqa: TRY004 - the same
    grid = _grid(core_grid)
    if isinstance(core_grid, CoreRangeSet) and not use_height_and_width_as_shard_shape:
        raise RuntimeError("height and width must be shard shape with CoreRangeSet")
    row_major = orientation == ShardOrientation.ROW_MAJOR
    *batch, height, width = (int(extent) for extent in shape)
    if use_height_and_width_as_shard_shape:
        shard = [height, width] if row_major else [width, height]
    elif isinstance(core_grid, CoreGrid):
        shard = _shares(math.prod(batch) * height, width, core_grid, strategy, row_major)
    else:
        raise RuntimeError("Invalid core_grid type")
    return MemoryConfig(_LAYOUTS[strategy], BufferType.L1, ShardSpec(grid, shard, orientation))


def _grid(core_grid: Any) -> Any:
    """The cores: of two grids, the second is an incomplete last row below the first."""
    if isinstance(core_grid, CoreRangeSet):
        return core_grid
    if isinstance(core_grid, CoreGrid):
        return CoreRangeSet([CoreRange(CoreCoord(0, 0), CoreCoord(core_grid.x - 1, core_grid.y - 1))])
    if not isinstance(core_grid, list | tuple):
        raise RuntimeError("Invalid core_grid type")  # noqa: TRY004 - the same
    if len(core_grid) != 2:
        raise RuntimeError("Invalid core_grid")
    if not all(isinstance(part, CoreGrid) for part in core_grid):
        raise RuntimeError("Invalid core_grid type")
    whole, rest = core_grid
    below = CoreRange(CoreCoord(0, whole.y), CoreCoord(rest.x - 1, whole.y))
    return CoreRangeSet([CoreRange(CoreCoord(0, 0), CoreCoord(whole.x - 1, whole.y - 1)), below])


def _shares(height: int, width: int, grid: Any, strategy: ShardStrategy, row_major: bool) -> list[int]:
    if strategy is ShardStrategy.HEIGHT:
        return [_share(height, grid.x * grid.y), width]
    if strategy is ShardStrategy.WIDTH:
        return [height, _share(width, grid.x * grid.y)]
    down, across = (grid.y, grid.x) if row_major else (grid.x, grid.y)
    return [_share(height, down), _share(width, across)]


def _share(extent: int, parts: int) -> int:
    if extent % parts:
        raise RuntimeError("Invalid sharding core_grid")
    return extent // parts


def to_memory_config(tensor: Any, memory_config: Any, dtype: Any = None, output_tensor: Any = None) -> Any:
    """The same elements under another memory config: a new tensor, or the tensor itself when nothing changes."""
    if not is_tensor_storage_on_device(tensor):
        raise RuntimeError("Input tensor must be on device")
    if output_tensor is not None:
        raise RuntimeError("to_memory_config: output_tensor is not modelled by the emulator")
    if dtype in (None, tensor.dtype) and memory_config == tensor.memory_config():
        return tensor
    return _moved(tensor, memory_config, dtype)


def interleaved_to_sharded(input_tensor: Any, *args: Any, **kwargs: Any) -> Any:
    """The same elements in shards.

    Called as `(tensor, sharded_memory_config, output_dtype=None)`, or with `grid, shard_shape, shard_scheme,
    shard_orientation` in place of the config. RuntimeError for a tensor that is sharded already or not on the device.
    """
    first = args[0] if args else kwargs.get("sharded_memory_config", kwargs.get("grid"))
    build = _config_given if isinstance(first, MemoryConfig) else _config_described
    memory_config, dtype = build(input_tensor, *args, **kwargs)
    if not is_tensor_storage_on_device(input_tensor):
        raise RuntimeError("Operands to shard need to be on device!")
    given = input_tensor.memory_config().memory_layout
    if given != TensorMemoryLayout.INTERLEAVED:
        raise RuntimeError(f"Input tensor memory layout must be INTERLEAVED, but got {given}")
    if not memory_config.is_sharded():
        raise RuntimeError("Output memory config must be sharded")
    output = _moved(input_tensor, memory_config, dtype)
    layout, shard = output.memory_config().memory_layout, output.memory_config().shard_spec
    if layout == TensorMemoryLayout.ND_SHARDED:
        raise RuntimeError("interleaved_to_sharded does not support ND sharding: use ttnn.to_memory_config")
    if layout == TensorMemoryLayout.BLOCK_SHARDED and memory_config.buffer_type != BufferType.L1:
        raise RuntimeError("We don't support DRAM block sharding")
    if input_tensor.layout == Layout.ROW_MAJOR and shard.shape[1] * input_tensor.element_size() % _L1_ALIGNMENT:
        raise RuntimeError("Shard page size must currently have L1 aligned page size")
    return output


def _config_given(
    tensor: Any, sharded_memory_config: Any, output_dtype: Any = None, *, keep_l1_aligned: bool = False
) -> tuple[Any, Any]:
    del tensor, keep_l1_aligned
    return sharded_memory_config, output_dtype


def _config_described(  # noqa: PLR0917 - order of the real function
    tensor: Any,
    grid: Any,
    shard_shape: Sequence[int],
    shard_scheme: Any,
    shard_orientation: Any,
    output_dtype: Any = None,
    *,
    keep_l1_aligned: bool = False,
) -> tuple[Any, Any]:
    del tensor, keep_l1_aligned
    if isinstance(grid, CoreCoord):
        grid = CoreRangeSet([CoreRange(CoreCoord(0, 0), CoreCoord(grid.x - 1, grid.y - 1))])
    spec = ShardSpec(grid, list(shard_shape), shard_orientation)
    return MemoryConfig(shard_scheme, BufferType.L1, spec), output_dtype


def sharded_to_interleaved(input_tensor: Any, memory_config: Any = None, output_dtype: Any = None) -> Any:
    """The same elements interleaved, in DRAM unless said otherwise; RuntimeError for a tensor that is not sharded."""
    if not is_tensor_storage_on_device(input_tensor):
        raise RuntimeError("Operands to shard need to be on device!")
    if not input_tensor.is_sharded():
        raise RuntimeError("Input tensor must be sharded")
    given = input_tensor.memory_config()
    if given.buffer_type != BufferType.L1:
        raise RuntimeError("Input tensor must be in L1")
    memory = memory_config or MemoryConfig(TensorMemoryLayout.INTERLEAVED, BufferType.DRAM)
    if memory.is_sharded():
        raise RuntimeError("Output memory config must be Interleaved")
    if given.memory_layout == TensorMemoryLayout.ND_SHARDED:
        raise RuntimeError("sharded_to_interleaved does not support ND sharding: use ttnn.to_memory_config")
    by_rows = input_tensor.layout == Layout.ROW_MAJOR
    if by_rows and given.shard_spec.shape[1] * input_tensor.element_size() % _L1_ALIGNMENT:
        raise RuntimeError(f"Shard page size must be aligned to {_L1_ALIGNMENT}B for L1 Tensor")
    return _moved(input_tensor, memory, output_dtype)


def _moved(tensor: Any, memory_config: Any, dtype: Any) -> Any:
    """A copy on the tensor's device; with another `dtype` converted on the host."""
    host = tensor.cpu()
    if dtype is not None and dtype != tensor.dtype:
        if tensor.layout != Layout.TILE:
            raise RuntimeError("conversion of the dtype is only supported for TILE layout")
        host = Tensor(host.to_numpy(), data_type=dtype, layout=tensor.layout)
    return host.to(tensor.device(), memory_config)
