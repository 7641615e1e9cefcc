"""Number formats of tensors and registers as rounding of NumPy arrays.

Sources: Tenstorrent's ISA documentation for packer, unpacker and source registers (docs/emulator-numerics.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

TILE = 32
SMALLEST_NORMAL = 2.0**-126  # of bfloat16 and float32 alike; the packer flushes what is smaller to zero
INTEGER_RANGE = {
    "uint8": (0, 2**8 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31) + 1, 2**31 - 1),
    "uint32": (0, 2**32 - 1),
}
BLOCK_FLOATS = {"bfloat8_b": 7, "bfloat4_b": 3}  # bits of magnitude beside the sign
BLOCK = 16  # elements of a row that share one exponent
FLOATS = ("bfloat16", "float32", *BLOCK_FLOATS)
DTYPES = (*FLOATS, *INTEGER_RANGE)
LARGEST_FINITE = {
    "bfloat16": float.fromhex("0x1.fep127"),
    "float32": float.fromhex("0x1.fffffep127"),
    "bfloat8_b": float.fromhex("0x1.fcp127"),
    "bfloat4_b": float.fromhex("0x1.cp127"),
}


def round_bfloat16(array: Array) -> npt.NDArray[np.float32]:
    """Nearest bfloat16, ties to even, as float32. NaN stays NaN, values beyond the largest become infinite."""
    return _bits_rounded(array, 16, _ties_to_even)


def pack_bfloat16(array: Array) -> npt.NDArray[np.float32]:
    """As the packer stores bfloat16: to nearest, ties away from zero."""
    return _bits_rounded(array, 16, _half)


def cut_bfloat16(array: Array) -> npt.NDArray[np.float32]:
    """bfloat16 by dropping bits: what a 16-bit DST keeps of a result that is stored without rounding."""
    return _bits_rounded(array, 16, _nothing)


def round_tf32(array: Array) -> npt.NDArray[np.float32]:
    """Nearest number with 10 bits of mantissa, ties to even, as float32."""
    return _bits_rounded(array, 13, _ties_to_even)


def cut_tf32(array: Array) -> npt.NDArray[np.float32]:
    """float32 cut to 10 bits of mantissa: what the matrix unit's source registers keep with a 32-bit DST."""
    return _bits_rounded(array, 13, _nothing)


def _ties_to_even(bits: npt.NDArray[np.uint32], dropped: int) -> npt.NDArray[np.uint32]:
    return np.asarray(np.uint32((1 << (dropped - 1)) - 1) + ((bits >> np.uint32(dropped)) & np.uint32(1)))


def _half(_: npt.NDArray[np.uint32], dropped: int) -> Any:
    return np.uint32(1 << (dropped - 1))


def _nothing(_: npt.NDArray[np.uint32], __: int) -> Any:
    return np.uint32(0)


def _bits_rounded(array: Array, dropped: int, addend: Any) -> npt.NDArray[np.float32]:
    """float32 with its last `dropped` bits cleared after `addend(bits, dropped)` was added."""
    with np.errstate(over="ignore", invalid="ignore"):
        given = np.asarray(array, dtype=np.float32)
    single = given.reshape(-1)  # a view needs at least one dimension
    bits = single.view(np.uint32)
    kept = (bits + addend(bits, dropped)) & np.uint32(0x100000000 - (1 << dropped))
    return np.where(np.isnan(single), single, kept.view(np.float32)).reshape(given.shape).astype(np.float32)


def round_block_float(array: Array, dtype: str) -> npt.NDArray[np.float32]:
    """bfloat8_b or bfloat4_b: 16 neighbours of a row share the largest one's exponent. Padding is taken as zero.

    To nearest, ties to even, saturating. NaN and infinity have no code of their own: they become the largest number.
    """
    bits = BLOCK_FLOATS[dtype]
    with np.errstate(over="ignore", invalid="ignore"):
        given = np.asarray(array, dtype=np.float32)
    top = np.float32(LARGEST_FINITE[dtype])
    finite = np.where(np.isnan(given), top, np.clip(given, -top, top)).astype(np.float64)
    row = finite.reshape(-1, finite.shape[-1]) if finite.ndim else finite.reshape(1, 1)
    padded = np.pad(row, ((0, 0), (0, -row.shape[-1] % BLOCK)))
    blocks = padded.reshape(row.shape[0], -1, BLOCK)
    largest = np.abs(blocks).max(axis=-1, keepdims=True)
    exponent = np.where(largest >= SMALLEST_NORMAL, np.frexp(np.maximum(largest, SMALLEST_NORMAL))[1], 0)
    unit = np.ldexp(1.0, exponent - bits)
    limit = 2**bits - 1
    values = np.where(largest >= SMALLEST_NORMAL, np.clip(np.rint(blocks / unit), -limit, limit) * unit, 0.0)
    return values.reshape(padded.shape)[:, : row.shape[-1]].reshape(given.shape).astype(np.float32)


def round_to(array: Array, dtype: str) -> Array:
    """The array as a tensor of `dtype` would hold it. Integers saturate. Raises ValueError for an unknown name."""
    with np.errstate(over="ignore", invalid="ignore"):
        if dtype == "bfloat16":
            return round_bfloat16(array)
        if dtype == "float32":
            return np.asarray(array, dtype=np.float32)
        if dtype in BLOCK_FLOATS:
            return round_block_float(array, dtype)
        if dtype in INTEGER_RANGE:
            low, high = INTEGER_RANGE[dtype]
            return np.clip(np.asarray(array, dtype=np.float64), low, high).astype(np.dtype(dtype))
    raise ValueError(f"no rounding rule for dtype {dtype!r}; known: {', '.join(DTYPES)}")
