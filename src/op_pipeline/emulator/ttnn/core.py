"""Moving tensors between host and device and between layouts."""

from __future__ import annotations

from typing import Any

from op_pipeline.emulator._ttnn import Layout, StorageType, Tensor, _to_layout_on_host


def is_tensor_storage_on_device(tensor: Any) -> bool:
    """Whether the elements are in device memory."""
    return bool(tensor.storage_type() == StorageType.DEVICE)


def to_device(tensor: Any, device: Any, memory_config: Any = None, *, queue_id: Any = None) -> Any:
    """A copy in device memory; the tensor itself when it is there already."""
    del queue_id
    return tensor.to(device, memory_config)


def from_device(tensor: Any, blocking: bool = True, *, queue_id: Any = None) -> Any:
    """A copy on the host."""
    del queue_id
    return tensor.cpu(blocking)


def to_layout(  # noqa: PLR0917 - order of the real function
    tensor: Any,
    layout: Any,
    dtype: Any = None,
    memory_config: Any = None,
    sub_core_grids: Any = None,
    pad_value: float = 0.0,
) -> Any:
    """The same elements in another layout, done on the host (on the device the real module runs a kernel for it)."""
    del sub_core_grids
    host = tensor.cpu()
    if dtype is not None and dtype != tensor.dtype:
        array = host.to_numpy()
        host = Tensor(array, data_type=dtype, layout=Layout.ROW_MAJOR, mem_config=tensor.memory_config())
    host = _to_layout_on_host(host, layout, pad_value)
    device = tensor.device()
    return host if device is None else host.to(device, memory_config or tensor.memory_config())


def deallocate(tensor: Any, force: bool = True) -> None:
    """Free the tensor's memory; without `force` only when no other handle shares it."""
    tensor.deallocate(force)
