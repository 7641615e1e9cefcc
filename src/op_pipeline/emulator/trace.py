"""Recorded events of runs as Chrome trace events, which Perfetto (ui.perfetto.dev) and chrome://tracing show.

A core is a process, a kernel a thread. Of a kernel: slices `run`, `cb_wait_front(c_0, 1)` and the like while it waits,
`ready` while another kernel has the turn; within `run` a slice per transfer, barrier, push, pop and semaphore.
Counters: pages in each circular buffer, tiles in DST. The axis counts steps (calls and switches of all kernels, one at
a time), so it tells who came before whom and who waited for whom, and nothing about time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

TIME = "the axis counts steps of the emulator, one kernel at a time: an order of events, not time (1 us shown = 1 step)"
_RECORD = np.dtype(
    [("step", "<u8"), ("object", "<u4"), ("amount", "<u4"), ("extra", "<u4"), ("line", "<u4"), ("calls", "<u4"),
     ("fibre", "<u2"), ("kind", "u1"), ("detail", "u1")]
)  # fmt: skip
# runtime/trace.hpp: TraceKind, TraceWait, abi::Barrier.
_RESUMED, _LEFT, _READY, _READ, _WRITE, _MULTICAST, _BARRIER, _PUSH, _POP, _SEMAPHORE, _DST = range(11)
_TURN, _FRONT, _BACK, _SEMAPHORE_WAIT, _DONE = range(5)
_BARRIERS = (
    "read barrier", "write barrier", "writes flushed", "posted writes flushed", "atomic barrier", "full barrier",
)  # fmt: skip
_SEMAPHORES = ("set", "add", "increment remote")
_THREADS = {"NCRISC": 0, "TRISC": 1, "BRISC": 2}
_OUTER = ("run", "wait", "ready")  # slices that others lie in: first among those of the same extent
_GAP = 10  # steps between two launches


@dataclass(frozen=True)
class Recorded:
    """The events of one launch: its image, `recorded` in all, the last of them in `events` (uint32 [events, 8])."""

    image: Mapping[str, Any]
    recorded: int
    seed: int
    events: npt.NDArray[Any]

    @property
    def is_cut(self) -> bool:
        """Whether the first events are missing."""
        return self.recorded > len(self.events)


def chrome(
    launches: Sequence[Recorded], *, faults: Sequence[Mapping[str, Any]] = (), about: Mapping[str, Any]
) -> dict[str, Any]:
    """The JSON object of a trace file. `faults` are fault records that ended the last launch; `about` is for its head.

    ValueError for events that no run records.
    """
    events: list[dict[str, Any]] = []
    begin = 0
    named: dict[tuple[int, int], list[str]] = {}
    for launch in launches:
        track = _Launch(launch, begin)
        events += track.told()
        for place, name in track.threads.items():
            named.setdefault(place, []).append(name)
        begin = track.end + _GAP
    if launches:
        events += [_fault(record, max(0, begin - _GAP)) for record in faults if record.get("core_x") is not None]
    events.sort(key=lambda event: (event["ts"], -event.get("dur", 0), event.get("cat") not in _OUTER))
    head: dict[str, Any] = {
        **about,
        "time": TIME,
        "events_recorded": sum(launch.recorded for launch in launches),
        "events_kept": sum(len(launch.events) for launch in launches),
        "schedule_seeds": [launch.seed for launch in launches],
    }
    if any(launch.is_cut for launch in launches):
        head["cut"] = "the first events are missing: only the last ones were kept"
    return {"displayTimeUnit": "ms", "otherData": head, "traceEvents": [*_names(named), *events]}


def _names(named: Mapping[tuple[int, int], Sequence[str]]) -> Iterator[dict[str, Any]]:
    for pid in sorted({pid for pid, _ in named}):
        name = {"name": f"core ({pid % 64},{pid // 64})"}
        yield {"ph": "M", "name": "process_name", "pid": pid, "args": name}
        yield {"ph": "M", "name": "process_sort_index", "pid": pid, "args": {"sort_index": pid}}
    for (pid, tid), names in sorted(named.items()):
        label = {"name": ", ".join(dict.fromkeys(names))}
        yield {"ph": "M", "name": "thread_name", "pid": pid, "tid": tid, "args": label}
        yield {"ph": "M", "name": "thread_sort_index", "pid": pid, "tid": tid, "args": {"sort_index": tid}}


def _pid(core: Sequence[int]) -> int:
    return core[1] * 64 + core[0]  # no grid is wider


def _fault(record: Mapping[str, Any], step: int) -> dict[str, Any]:
    keys = ("kernel", "file", "line", "message", "hint")
    return {
        "ph": "i", "s": "t", "name": str(record.get("fault_class")), "cat": "fault", "ts": step,
        "pid": _pid((record["core_x"], record["core_y"])), "tid": _THREADS.get(str(record.get("risc")), 0),
        "args": {key: record.get(key) for key in keys},
    }  # fmt: skip


@dataclass
class _Kernel:
    """One kernel on one core, and what it is doing: nothing known, or a slice that is open since `since`."""

    pid: int
    tid: int
    doing: str = ""
    category: str = ""
    since: int = 0
    calls: int = 0  # compute calls when it began
    line: int = 0
    is_new: bool = True


@dataclass
class _Launch:
    """Turns the events of one launch into trace events, `begin` steps along the axis."""

    launch: Recorded
    begin: int
    threads: dict[tuple[int, int], str] = field(default_factory=dict)
    end: int = 0

    def told(self) -> list[dict[str, Any]]:
        records = np.ascontiguousarray(self.launch.events, dtype="<u4").view(_RECORD).reshape(-1)
        kernels = list(self._kernels())
        self.first = self.begin - (int(records["step"][0]) if len(records) else 0)
        self.end = self.begin
        found: list[dict[str, Any]] = []
        for record in records.tolist():
            step, *_, fibre, kind, _ = record
            if fibre >= len(kernels) or kind > _DST:
                raise ValueError(f"no event of this program: kernel {fibre}, kind {kind}")
            self.end = step + self.first
            found += self._one(kernels[fibre], record)
        for kernel in kernels:
            if kernel.category:
                found.append(self._closed(kernel, self.end, 0, {"unfinished": True}))
        return found

    def _kernels(self) -> Iterator[_Kernel]:
        for kernel in self.launch.image["kernels"]:
            for core in kernel["cores"]:
                place = _pid(core), _THREADS.get(kernel["risc"], 3)
                self.threads[place] = f"{kernel['risc']} {str(kernel['name']).rpartition('/')[2]}"
                yield _Kernel(*place)

    def _one(self, kernel: _Kernel, record: Sequence[int]) -> Iterator[dict[str, Any]]:
        step, thing, amount, _, line, calls, _, kind, detail = record
        at = step + self.first
        if kernel.is_new and kind not in (_RESUMED, _READY) and self.launch.is_cut:
            self._open(kernel, "run", "run", self.begin, calls, line)  # what began before the first event kept
        kernel.is_new = False
        if kind == _RESUMED:
            if kernel.category:
                yield self._closed(kernel, at, line)
            self._open(kernel, "run", "run", at, calls, line)
        elif kind == _LEFT:
            if kernel.category:
                yield self._closed(kernel, at, line, {"compute_calls": calls - kernel.calls})
            if detail != _DONE:
                name = self._wait(detail, thing, amount)
                self._open(kernel, name, "ready" if detail == _TURN else "wait", at, calls, line)
        elif kind == _READY:
            if kernel.category == "wait":
                yield self._closed(kernel, at, kernel.line)
                self._open(kernel, "ready", "ready", at, calls, line)
        else:
            yield from self._happened(kernel, at, record)

    def _open(self, kernel: _Kernel, name: str, category: str, since: int, calls: int, line: int) -> None:  # noqa: PLR0917
        kernel.doing, kernel.category, kernel.since, kernel.calls, kernel.line = name, category, since, calls, line

    def _closed(self, kernel: _Kernel, until: int, line: int, args: Mapping[str, Any] | None = None) -> dict[str, Any]:
        told = {"line": kernel.line if kernel.category == "wait" else line, **(args or {})}
        event = self._slice(kernel, kernel.doing, kernel.category, kernel.since, until - kernel.since, told)
        kernel.category = ""
        return event

    def _wait(self, detail: int, thing: int, amount: int) -> str:
        if detail == _FRONT:
            return f"cb_wait_front(c_{thing}, {amount})"
        if detail == _BACK:
            return f"cb_reserve_back(c_{thing}, {amount})"
        return f"{self._semaphore(thing)} waits for {amount}" if detail == _SEMAPHORE_WAIT else "polls"

    def _semaphore(self, address: int) -> str:
        known = {item["address"]: item["id"] for item in self.launch.image["semaphores"]}
        return f"semaphore {known[address]}" if address in known else f"semaphore at {address:#x}"

    def _happened(self, kernel: _Kernel, at: int, record: Sequence[int]) -> Iterator[dict[str, Any]]:
        _, thing, amount, extra, line, _, _, kind, detail = record
        where = "DRAM" if detail else "L1"
        args: dict[str, Any] = {"line": line}
        if kind in (_READ, _WRITE):
            name, category = f"{'read' if kind == _READ else 'write'} {where}", "noc"
            args |= {"bytes": amount, "own_l1_address": thing}
        elif kind == _MULTICAST:
            name, category = "multicast", "noc"
            args |= {"bytes": amount, "destinations": thing}
        elif kind == _BARRIER:
            name, category = _BARRIERS[min(detail, len(_BARRIERS) - 1)], "noc"
        elif kind in (_PUSH, _POP):
            name, category = f"{'push' if kind == _PUSH else 'pop'} c_{thing}", "cb"
            args |= {"pages": amount}
            yield self._counter(kernel, f"c_{thing} pages", at, extra)
        elif kind == _SEMAPHORE:
            name, category = f"{_SEMAPHORES[min(detail, 2)]} {self._semaphore(thing)}", "semaphore"
            args |= {"value": amount}
        else:
            yield self._counter(kernel, "DST tiles", at, amount)
            return
        yield self._slice(kernel, name, category, max(at - 1, kernel.since), min(1, at - kernel.since), args)

    def _counter(self, kernel: _Kernel, name: str, at: int, value: int) -> dict[str, Any]:
        return {"ph": "C", "name": name, "ts": at, "pid": kernel.pid, "tid": 0, "args": {"value": value}}

    def _slice(  # noqa: PLR0917 - all that a slice is
        self, kernel: _Kernel, name: str, category: str, at: int, length: int, args: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "ph": "X", "name": name, "cat": category, "ts": at, "dur": length, "pid": kernel.pid, "tid": kernel.tid,
            "args": dict(args),
        }  # fmt: skip
