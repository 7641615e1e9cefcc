"""What lies where in the L1 of each core while a program runs: circular buffers, scratchpads, tensors, what is free.

Made from `image` and `live` of a launch (`inspection.Launch`), whose form is not trusted beyond their types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# runtime/device.hpp: what a program may use of a core's L1, and where that begins.
L1_BASE, L1_SIZE = 0x19940, 1499136
FORMATS = {
    0: "Float32", 5: "Float16_b", 6: "Bfp8_b", 7: "Bfp4_b", 8: "Int32", 9: "UInt16", 24: "UInt32", 30: "UInt8",
}  # fmt: skip
Core = tuple[int, int]


@dataclass(frozen=True, order=True)
class Region:
    """`size` bytes from `address` on. `borrowed`: a circular buffer that stands on a tensor's memory."""

    address: int
    size: int
    what: str
    borrowed: bool = False

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size


@dataclass(frozen=True)
class CoreMap:
    """Cores that have the same map, in order, and what lies in each of them, by address."""

    cores: tuple[Core, ...]
    regions: tuple[Region, ...]

    @property
    def free(self) -> tuple[Region, ...]:
        """What nobody has between the reserved memory and the end."""
        gaps, at = [], L1_BASE
        for region in (*self.regions, Region(L1_SIZE, 0, "")):
            if region.address > at:
                gaps.append(Region(at, region.address - at, "free"))
            at = max(at, region.end)
        return tuple(gaps)

    def as_data(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "cores": [list(core) for core in self.cores],
            "regions": [vars(region) for region in self.regions],
            "free_bytes": sum(gap.size for gap in self.free),
            "largest_free_bytes": max((gap.size for gap in self.free), default=0),
        }


def core_maps(
    image: Mapping[str, Any], live: Iterable[Sequence[Any]], width: int, names: Mapping[int, str]
) -> tuple[CoreMap, ...]:
    """The maps of all cores that have kernels, buffers or shards of a program on a grid `width` cores wide.

    `names` tells tensors by their L1 address.
    """
    found: dict[Core, list[Region]] = {core: [] for kernel in image["kernels"] for core in map(_core, kernel["cores"])}
    for buffer in image["circular_buffers"]:
        region = Region(buffer["address"], buffer["total_size"], _buffer(buffer), bool(buffer["globally_allocated"]))
        for core in map(_core, buffer["cores"]):
            found.setdefault(core, []).append(region)
    for pad in image.get("scratchpads", ()):
        for core in map(_core, pad["cores"]):
            found.setdefault(core, []).append(Region(pad["address"], pad["size"], f"scratchpad {pad['name']}"))
    for kind, address, size, *banks in live:
        if kind != "L1" or not size:
            continue
        region = Region(address, size, f"tensor {names[address]}" if address in names else "tensor")
        for core in [(bank % width, bank // width) for bank in banks[0]] if banks else list(found):
            found.setdefault(core, []).append(region)
    groups: dict[tuple[Region, ...], list[Core]] = {}
    for core in sorted(found, key=lambda core: (core[1], core[0])):
        groups.setdefault(_together(found[core]), []).append(core)
    return tuple(CoreMap(tuple(cores), regions) for regions, cores in groups.items())


def as_text(maps: Iterable[CoreMap]) -> str:
    """The maps one after the other, cores with the same map together."""
    lines = []
    for group in maps:
        count = f"{len(group.cores)} core{'s' if len(group.cores) > 1 else ''}"
        lines.append(f"{count}: {rectangles(group.cores)}")
        rows = sorted((*group.regions, *group.free))
        lines += [f"  {row.address:#08x} to {row.end:#08x}  {row.size:>9,}  {row.what}" for row in rows]
    return "\n".join(lines)


def rectangles(cores: Iterable[Core]) -> str:
    """`(0,0)-(7,3), (0,4)`: the cores as rectangles, rows joined where they have the same columns."""
    rows: dict[tuple[int, int], list[int]] = {}
    left = sorted(set(cores), key=lambda core: (core[1], core[0]))
    runs: list[list[int]] = []
    for x, y in left:
        if runs and runs[-1][2] == y and runs[-1][1] == x - 1:
            runs[-1][1] = x
        else:
            runs.append([x, x, y])
    found: list[list[int]] = []
    for begin, end, y in runs:
        above = rows.get((begin, end))
        if above is not None and above[3] == y - 1:
            above[3] = y
        else:
            rows[begin, end] = above = [begin, y, end, y]
            found.append(above)
    words = [f"({a},{b})" if (a, b) == (c, d) else f"({a},{b})-({c},{d})" for a, b, c, d in found]
    return ", ".join(words)


def _together(regions: Sequence[Region]) -> tuple[Region, ...]:
    """By address; circular buffers that share one range in one line."""
    joined: dict[tuple[int, int, bool], list[str]] = {}
    for region in sorted(regions):
        joined.setdefault((region.address, region.size, region.borrowed), []).append(region.what)
    return tuple(Region(*place[:2], " and ".join(what), place[2]) for place, what in joined.items())


def _buffer(buffer: Mapping[str, Any]) -> str:
    pages = buffer["total_size"] // buffer["page_size"] if buffer["page_size"] else 0
    kind = FORMATS.get(buffer["format"], f"format {buffer['format']}")
    where = ", on a tensor" if buffer["globally_allocated"] else ""
    return f"c_{buffer['index']}: {pages} x {buffer['page_size']} bytes, {kind}{where}"


def _core(pair: Sequence[int]) -> Core:
    return pair[0], pair[1]
