"""Names of the kernel API of the supported release, as the emulator's data files hold them."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

# Read as files: the emulator is a neighbour, not a layer below.
_DATA = Path(__file__).resolve().parent.parent / "emulator" / "data"
_RELEASE = "api-0.81.1.json"

# What kernels call that is declared in no header of the API, and moves no pages and waits for nothing.
_HARMLESS = frozenset({
    "static_cast", "reinterpret_cast", "const_cast", "bit_cast", "sizeof", "min", "max", "move", "forward", "get",
    "memcpy", "memset", "abs", "uint32_t", "uint16_t", "uint8_t", "int32_t", "int", "bool", "float", "size_t",
    "uint64_t",
    "ASSERT", "DPRINT", "DEVICE_PRINT", "DeviceZoneScopedN", "UNPACK", "MATH", "PACK", "WAYPOINT", "div_up", "round_up",
    "CircularBuffer", "DataflowBuffer", "TensorAccessor", "TensorAccessorArgs", "CoreLocalMem", "Noc", "make_tuple",
    "get_vararg", "__builtin_bit_cast", "get_ptr", "data", "size", "begin", "end", "c_str", "value", "get_arg",
    "get_id", "get_cb_id",
    "get_aligned_page_size", "get_entry_size", "next_compile_time_args_offset", "next_common_runtime_args_offset",
})  # fmt: skip


@dataclass(frozen=True)
class Names:
    """`known`: functions, macros and members; `deprecated` and `removed`: advice by name; `moved`: headers."""

    known: frozenset[str]
    deprecated: dict[str, str]
    removed: dict[str, str]
    moved: dict[str, str]
    headers: frozenset[str]

    def init_of(self, tile_operation: str) -> str:
        """The init that the operation needs; "" when there is none of its name."""
        name = f"{tile_operation}_init"
        return name if tile_operation in self.known and name in self.known else ""


@functools.lru_cache(maxsize=1)
def load() -> Names:
    """The tables of the supported release."""
    api = json.loads((_DATA / _RELEASE).read_text(encoding="utf-8"))
    gone = json.loads((_DATA / "removed.json").read_text(encoding="utf-8"))
    known: set[str] = set(_HARMLESS)
    for entry in api["headers"].values():
        known.update(name.rsplit("::", 1)[-1] for name in entry.get("names", ()))
        for members in entry.get("members", {}).values():
            known.update(members)
    return Names(frozenset(known), api["deprecated"], gone["names"], gone["headers"], frozenset(api["headers"]))


def present_header(path: str) -> str:
    """What stands for a header of an older release; "" when it is none."""
    names = load()
    if path in names.moved:
        return names.moved[path]
    prefix = "compute_kernel_api/"
    return f"api/compute/{path.removeprefix(prefix)}" if path.startswith(prefix) else ""
