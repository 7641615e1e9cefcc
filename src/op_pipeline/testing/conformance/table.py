"""Differences that are known, with the reason. An entry that no difference needs any more fails the suite."""

from __future__ import annotations

OWN_WORDS = "the same exception in our own words"
"""Reason of refusals whose text was read and found to say the same; `reviewed.txt` has the digests of both texts."""

_JSON = "conversion from and to JSON: nothing in the flow uses it"
_OTHER_CHIPS = "for other chips, other front ends or several devices: nothing in the flow uses it"
_STRICTER = "the mock device takes it; the emulator refuses what can only be a mistake"
_CRASH = "the real process ends; the emulator refuses with a reason"
_HOST_PADDING = "padding and cutting of host tensors by hand is not modelled"
_SHARD_CHOICE = "shards over chosen dimensions: the emulator has `sharded` with a stated shard shape"
_LOOSE = "types of arguments are told less exactly; names, order and defaults agree"
_UNNAMED = "an overload whose type has no name in Python: it cannot be called"
_ITERATOR = "the real iterator gives one object several times, changed under the reader"
_RANK_0 = "padded shape of a tensor of rank 0: [] here, [1] there"
_ORDER = "texts of two exact signatures that accept the same calls"

EXPLAINED: tuple[tuple[str, str], ...] = (
    (r"(to|from)_json", _JSON),
    (r"\[(blaze_\w+|reload_\w+|enable_trisc2_rvv|throttle_level|set_global_circular_buffer\w*)\]", _OTHER_CHIPS),
    (r"members\(KernelDescriptor\) \[__init__\]", _OTHER_CHIPS),
    (r"members\(WormholeComputeKernelConfig\) \[__init__\]", "throttle_level is about power: it has no meaning here"),
    (r"members\(ttnn\.MeshDevice\)", _OTHER_CHIPS),
    (r"device\.sfpu_eps\(\)", "constants of the vector unit are not offered"),
    (r"members\(Tensor\) \[(device_coords|devices|extract_shard|host_buffer|tensor_id)\]", _OTHER_CHIPS),
    (r"members\(Tensor\) \[(experimental_\w+|is_\w+_allocated|\w*tensor_topology)\]", _OTHER_CHIPS),
    (r"members\(Tensor\) \[(__eq__|__getitem__)\]", "comparison and cutting of tensors launch kernels of the library"),
    (r"members\(Tensor\) \[to_torch\w*\]", "torch is optional here: `ttnn.to_torch` gives it when it is loaded"),
    (r"members\(Tensor\) \[to_numpy_with_padded_shape\]", "a method for tests of the emulator itself"),
    (r"members\(Tensor\) \[(__init__|cpu|to|to_numpy|reshape)\]", _LOOSE),
    (r"members\(Tensor\) \[(pad|unpad)\w*\]|\.(un)?pad(_to_tile|_from_tile)?\(", _HOST_PADDING),
    (r"sharded_across_dims", _SHARD_CHOICE),
    (r"members\(MemoryConfig\) \[experimental_", _OTHER_CHIPS),
    (r"members\((CoreCoord|CBFormatDescriptor)\) \[__init__\]", _UNNAMED),
    (r"members\((Shape|Tile|type\(.*_(args|mode)\))\) \[(__init__|__eq__)\]", _ORDER),
    (r"members\(Mesh\w+\) \[__iter__\]", _ORDER),
    (r"signatures\(num_cores_to_corerangeset", "a Python function there: it has no nanobind signature"),
    (r"grid_to_cores\(17, 4, 4\)", "cores outside of the grid that was asked for: the emulator refuses"),
    (r"\[\*MeshCoordinateRange\(MeshShape\(2, 2\)\)\]", _ITERATOR),
    (r"repr\(MemoryConfig\(\)\), str\(TALL\)", "texts for people; the parts are compared one by one elsewhere"),
    (r"facts\(made\(\[\], layout=ttnn\.ROW_MAJOR_LAYOUT\)\) \[padded\]", _RANK_0),
    (r"launch\(made\(\), program\(\)\)", "the real module takes a tensor for a list of its slices"),
    (r"tried\(cb\(total=0\)\)", _STRICTER),
    (r"tried\(cb\(0, formats=\[.*\(0, .*\(0, ", _STRICTER),
    (r"tried\(CBDescriptor\(4096, cores\(\), \[\]\)\)", _STRICTER),
    (r"tried\(kernels=\[kernel\(runtime_args=\[.*\[1\]\), .*\[2\]\)\]\)\]\)", _STRICTER),
    (r"math_fidelity=MathFidelity\.Invalid", _STRICTER),
    (r"tried\(cb\(grid=CoreRangeSet\(\[\]\)\)\)", _STRICTER),
    (r"^crashes: ", _CRASH),
)
"""(regular expression over "subject: call [part]", reason)."""
