"""`Tensor.reshape` of host tensors."""

from __future__ import annotations

import math
from typing import Any

from op_pipeline.emulator._ttnn import Shape, StorageType, Tensor

_RANK = 4


def _reshape(self: Any, *shape: Any) -> Any:
    """The elements in row-major order under another shape: four extents, a Shape or a sequence; one may be -1.

    RuntimeError for another number of elements, and for a tensor on the device: the real module makes a view there.
    """
    if len(shape) == 1 and isinstance(shape[0], Shape | list | tuple):
        extents = [int(extent) for extent in shape[0]]
    elif len(shape) == _RANK and all(isinstance(extent, int) for extent in shape):
        extents = list(shape)
    else:
        raise TypeError("reshape(): incompatible function arguments. Give four extents, a Shape or a sequence of them")
    if self.storage_type() != StorageType.HOST:
        raise RuntimeError("reshape of a tensor on the device is not modelled by the emulator: reshape on the host")
    volume = self.logical_volume()
    known = math.prod(extent for extent in extents if extent != -1)
    if extents.count(-1) == 1 and known and volume % known == 0:
        extents[extents.index(-1)] = volume // known
    if -1 in extents or math.prod(extents) != volume:
        raise RuntimeError(f"reshape: {list(self.shape)} does not have the elements of {extents}")
    array = self.to_numpy().reshape(extents)
    return Tensor(array, data_type=self.dtype, layout=self.layout, mem_config=self.memory_config())


Tensor.reshape = _reshape
