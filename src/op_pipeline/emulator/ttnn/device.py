"""Opening and closing the emulated device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from op_pipeline.emulator._ttnn import CoreGrid, MeshDevice, _open_device

DEFAULT_GRID = (8, 8)  # what an N150 offers with fast dispatch; several columns and rows, so that split bugs show


def open_device(
    *,
    device_id: int = 0,
    l1_small_size: int = 0,
    trace_region_size: int = 0,
    dispatch_core_config: Any = None,
    worker_l1_size: int = 0,
    grid: tuple[int, int] = DEFAULT_GRID,
) -> Any:
    """A device with its own memory. `grid` (columns, rows) is the emulator's own; the other sizes have no effect."""
    del l1_small_size, trace_region_size, dispatch_core_config, worker_l1_size
    return _open_device(device_id, *grid)


def close_device(device: Any) -> None:
    """Free the device's memory. Tensors on it cannot be read any more."""
    device._close()  # noqa: SLF001 - the binding's own door for this function


@contextmanager
def manage_device(device_id: int = 0) -> Iterator[Any]:
    """A device for the length of a `with` block."""
    device = open_device(device_id=device_id)
    try:
        yield device
    finally:
        close_device(device)


def synchronize_device(device: Any, cq_id: Any = None, sub_device_ids: Any = ()) -> None:
    """Nothing to wait for: a launch returns when its program has ended."""
    del device, cq_id, sub_device_ids


def _core_grid(self: Any) -> Any:
    size = self.compute_with_storage_grid_size()
    return CoreGrid(x=size.x, y=size.y)


MeshDevice.core_grid = property(_core_grid)
