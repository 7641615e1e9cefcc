"""What a program moved, as text: pages through its circular buffers, bytes over the NOC.

The figures come from the runtime, `report["circular_buffers"]` and `report["kernels"]` of `_ttnn._last_run()` and of
`execution.execute`:

- circular buffer: `index`, `pages` it holds, `cores`; pages `pushed` and `popped`, how often cb_wait_front
  (`waited_front`) and cb_reserve_back (`waited_back`) had to wait, all summed over the cores; `highest_fill`, the most
  pages that lay in it on any core.
- kernel: `name`, `risc`, `cores`; `bytes_read` and `bytes_written` over the NOC, summed (a multicast counts each
  destination). Parts of these: `bytes_read_dram`, `bytes_written_dram`, `bytes_multicast`; the rest is L1 of one core.
  Of a compute kernel `compute_calls`, `dst_capacity` (tiles of a section) and `dst_most`, the most tiles that were
  handed to the packer at once on any core.
- both: `busiest`, the same figures of the core that moved most, and its `core`.

Pages and bytes do not depend on the schedule; waits and fills are those of the first seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_BUFFER_HEAD = ("buffer", "cores", "pushed", "popped", "waits front", "waits back", "fill", "busiest core")
_NOC_HEAD = ("kernel", "risc", "read DRAM", "read L1", "written DRAM", "written L1", "multicast", "all")
_DST_HEAD = ("kernel", "cores", "compute calls", "most tiles at once", "mode")
_KERNEL_HEAD = ("kernel", "risc", "cores", "bytes read", "bytes written", "busiest core")


def as_text(report: Mapping[str, Any]) -> str:
    """The tables of one report, with a heading for each launch when it has several; "" when nothing was counted."""
    launches = report.get("launches") or [report]
    parts = []
    for number, launch in enumerate(launches):
        tables = [_buffers(launch.get("circular_buffers") or ()), _kernels(launch.get("kernels") or ())]
        text = "\n".join(table for table in tables if table)
        if text and len(launches) > 1:
            text = f"launch {number}, {launch.get('name', '')}:\n{text}"
        parts.append(text)
    return "\n".join(part for part in parts if part)


def noc_as_text(report: Mapping[str, Any]) -> str:
    """Bytes over the NOC by where they come from and where they go, by kernel and in all; "" without kernels."""
    rows = [(_label(item), item["risc"], *noc_bytes(item).values()) for item in report.get("kernels") or ()]
    if not rows:
        return ""
    total = [sum(row[column] for row in rows) for column in range(2, len(rows[0]))]
    return _table(_NOC_HEAD, [*rows, ("total", "", *total)])


def noc_bytes(item: Mapping[str, Any]) -> dict[str, int]:
    """The bytes of one kernel by source and destination."""
    read, written, multicast = (item[f"bytes_{part}"] for part in ("read", "written", "multicast"))
    return {
        "read_dram": item["bytes_read_dram"],
        "read_l1": read - item["bytes_read_dram"],
        "written_dram": item["bytes_written_dram"],
        "written_l1": written - item["bytes_written_dram"] - multicast,
        "multicast": multicast,
        "all": read + written,
    }


def dst_as_text(report: Mapping[str, Any], modes: Sequence[str]) -> str:
    """How the compute kernels use DST; `modes` says of each kernel of the report how DST is set. "" without any."""
    rows = [
        (_label(item), item["cores"], item["compute_calls"], f"{item['dst_most']} of {item['dst_capacity']}", mode)
        for item, mode in zip(report.get("kernels") or (), modes, strict=True)
        if item["dst_capacity"]
    ]
    return _table(_DST_HEAD, rows)


def _label(item: Mapping[str, Any]) -> str:
    """The kernel's file without its folders."""
    return str(item["name"]).rpartition("/")[2]


def _buffers(items: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            f"c_{item['index']}", item["cores"], item["pushed"], item["popped"], item["waited_front"],
            item["waited_back"], f"{item['highest_fill']} of {item['pages']}",
            _busiest(item, "{pushed} pages, waits {waited_front}/{waited_back}"),
        )
        for item in items
    ]  # fmt: skip
    return _table(_BUFFER_HEAD, rows)


def _kernels(items: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        (
            item["name"], item["risc"], item["cores"], item["bytes_read"], item["bytes_written"],
            _busiest(item, "{bytes_read} read, {bytes_written} written"),
        )
        for item in items
    ]  # fmt: skip
    return _table(_KERNEL_HEAD, rows)


def _busiest(item: Mapping[str, Any], figures: str) -> str:
    x, y = item["busiest"]["core"]
    return f"({x},{y}): {figures.format(**item['busiest'])}"


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    if not rows:
        return ""
    lines = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    numbers = [all(isinstance(row[column], int) for row in rows) for column in range(len(head))]

    def line_of(cells: Sequence[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, numbers, strict=True)
        )
        return "  ".join(padded).rstrip()

    return "\n".join(map(line_of, lines))
