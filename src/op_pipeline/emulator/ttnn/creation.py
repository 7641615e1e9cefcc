"""Tensors from arrays and back. NumPy everywhere; torch only when a caller brings it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from op_pipeline.emulator._ttnn import (
    BufferType,
    DataType,
    Layout,
    MemoryConfig,
    Shape,
    Tensor,
    TensorMemoryLayout,
    TensorSpec,
    _create_device_tensor,
    _tensor_spec,
)

_BLOCK_FLOATS = (DataType.BFLOAT8_B, DataType.BFLOAT4_B)


def from_torch(
    tensor: Any,
    dtype: Any = None,
    *,
    spec: Any = None,
    tile: Any = None,
    pad_value: float | None = None,
    layout: Any = None,
    device: Any = None,
    memory_config: Any = None,
    mesh_mapper: Any = None,
    cq_id: Any = None,
    preserve_nan_values: bool = False,
    col_tilize: bool = False,
    enable_bfloat_opt: bool = False,
) -> Any:
    """A tensor with the elements of a torch tensor or a NumPy array.

    Floats are rounded to nearest, ties to even. Padding of a tile tensor holds `pad_value`, else zero. Keywords that
    steer meshes, queues and upstream's speed are accepted and have no effect. TypeError for float64 without a dtype
    (the real module ends the process there).
    """
    del mesh_mapper, cq_id, preserve_nan_values, col_tilize, enable_bfloat_opt
    if spec is not None:
        if any(value is not None for value in (dtype, layout, tile, memory_config)):
            raise RuntimeError("from_torch: give either spec or dtype, layout, tile and memory_config")
        dtype, layout, tile, memory_config = spec.dtype, spec.layout, spec.tile, spec.memory_config
    if memory_config is not None and device is None:
        raise RuntimeError("from_torch: device must be specified when memory_config is specified")
    if layout is None:
        layout = Layout.TILE if dtype in _BLOCK_FLOATS else Layout.ROW_MAJOR
    return Tensor(
        tensor, data_type=dtype, device=device, layout=layout, mem_config=memory_config, tile=tile, pad_value=pad_value
    )


def to_torch(
    tensor: Any,
    dtype: Any = None,
    *,
    torch_rank: int | None = None,
    mesh_composer: Any = None,
    device: Any = None,
    cq_id: Any = None,
) -> Any:
    """The elements as a torch tensor when torch is loaded, else as a NumPy array (bfloat16 as float32)."""
    del mesh_composer, device, cq_id
    array = tensor.to_numpy()
    if torch_rank is not None:
        array = _with_rank(array, torch_rank)
    torch = sys.modules.get("torch")
    if torch is None:
        return array if dtype is None else array.astype(dtype)
    converted = torch.from_numpy(array)
    if dtype is None and tensor.dtype == DataType.BFLOAT16:
        dtype = torch.bfloat16
    return converted if dtype is None else converted.to(dtype)


def _with_rank(array: Any, rank: int) -> Any:
    while array.ndim > rank:
        if array.shape[0] != 1:
            raise RuntimeError(f"to_torch: a tensor of shape {array.shape} cannot have rank {rank}")
        array = array[0]
    return array.reshape((1,) * (rank - array.ndim) + array.shape)


def allocate_tensor_on_device(*args: Any, **kwargs: Any) -> Any:
    """`(tensor_spec, mesh_device)` or `(shape, dtype, layout, mesh_device, memory_config=None)`; contents undefined."""
    by_spec = "tensor_spec" in kwargs or (args and isinstance(args[0], TensorSpec))
    try:
        return (_allocate_spec if by_spec else _allocate)(*args, **kwargs)
    except TypeError:
        called = [type(value).__name__ for value in args]
        called += [f"{name}={type(value).__name__}" for name, value in kwargs.items()]
        message = (
            f"ttnn.allocate_tensor_on_device(): incompatible function arguments.\nCalled with: ({', '.join(called)})\n"
            "Available signatures:\n    (tensor_spec: TensorSpec, mesh_device: MeshDevice)\n    (shape: Shape, dtype: "
            "DataType, layout: Layout, mesh_device: MeshDevice, memory_config: MemoryConfig | None = None)"
        )
        raise TypeError(message) from None


def _allocate_spec(tensor_spec: Any, mesh_device: Any) -> Any:
    return _create_device_tensor(tensor_spec, mesh_device)


def _allocate(shape: Any, dtype: Any, layout: Any, mesh_device: Any, memory_config: Any = None) -> Any:
    memory = memory_config or MemoryConfig(TensorMemoryLayout.INTERLEAVED, BufferType.DRAM)
    return _create_device_tensor(_tensor_spec(Shape(list(shape)), dtype, layout, memory), mesh_device)


def empty(
    shape: Sequence[int],
    dtype: Any = DataType.BFLOAT16,
    layout: Any = Layout.ROW_MAJOR,
    device: Any = None,
    memory_config: Any = None,
) -> Any:
    """Device memory for a tensor; on the emulator its bits are all ones until something is written."""
    if device is None:
        raise TypeError("empty(): missing argument 'device'")
    return _allocate(shape, dtype, layout, device, memory_config)


def full(  # noqa: PLR0917 - order of the real function
    shape: Sequence[int],
    fill_value: float,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    memory_config: Any = None,
    optional_tensor: Any = None,
) -> Any:
    """A tensor of one value; bfloat16 and row-major when nothing else is asked for."""
    if optional_tensor is not None:
        raise RuntimeError("full: optional_tensor is not modelled by the emulator")
    chosen = DataType.BFLOAT16 if dtype is None else dtype
    array = np.full(tuple(shape), fill_value, dtype=np.float64)
    return Tensor(
        array,
        data_type=chosen,
        device=device,
        layout=Layout.ROW_MAJOR if layout is None else layout,
        mem_config=memory_config,
    )


def zeros(
    shape: Sequence[int], dtype: Any = None, layout: Any = None, device: Any = None, memory_config: Any = None
) -> Any:
    """A tensor of zeros."""
    return full(shape, 0.0, dtype, layout, device, memory_config)


def ones(
    shape: Sequence[int], dtype: Any = None, layout: Any = None, device: Any = None, memory_config: Any = None
) -> Any:
    """A tensor of ones."""
    return full(shape, 1.0, dtype, layout, device, memory_config)


def full_like(  # noqa: PLR0917 - the same order
    tensor: Any, fill_value: float, dtype: Any = None, layout: Any = None, device: Any = None, memory_config: Any = None
) -> Any:
    """A tensor of one value; what is not given is taken from `tensor`."""
    return full(
        list(tensor.shape),
        fill_value,
        tensor.dtype if dtype is None else dtype,
        tensor.layout if layout is None else layout,
        tensor.device() if device is None else device,
        tensor.memory_config() if memory_config is None else memory_config,
    )


def zeros_like(tensor: Any, **options: Any) -> Any:
    """Zeros with the shape and, unless given, the properties of `tensor`."""
    return full_like(tensor, 0.0, **options)


def ones_like(tensor: Any, **options: Any) -> Any:
    """Ones with the shape and, unless given, the properties of `tensor`."""
    return full_like(tensor, 1.0, **options)


def empty_like(tensor: Any) -> Any:
    """Device memory for a tensor with the properties of `tensor`."""
    return _create_device_tensor(tensor.spec, tensor.device())
