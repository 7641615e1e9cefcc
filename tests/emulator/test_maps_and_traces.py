"""L1 maps and trace files from plain data: sharing, shards, several launches, events that nobody recorded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.emulator import inspection, l1_map, trace
from op_pipeline.emulator.execution import Placed, execute, kernel_requests, recorded_traces
from op_pipeline.emulator.faults import EmulatorFault
from op_pipeline.emulator.toolchain import compile_kernels

RESUMED, LEFT, READY, READ, WRITE, MULTICAST, BARRIER, PUSH, POP, SEMAPHORE, DST = range(11)


@pytest.mark.parametrize(
    ("cores", "text"),
    [
        ([(0, 0)], "(0,0)"),
        ([(x, y) for y in range(2) for x in range(8)] + [(0, 2)], "(0,0)-(7,1), (0,2)"),
        ([(0, 0), (2, 0), (0, 1), (2, 1)], "(0,0)-(0,1), (2,0)-(2,1)"),
        ([(0, 0), (0, 2)], "(0,0), (0,2)"),
    ],
)
def test_rectangles(cores: list[tuple[int, int]], text: str) -> None:
    assert l1_map.rectangles(cores) == text


def buffer(index: int, address: int, cores: list[list[int]], *, borrowed: bool = False) -> dict[str, Any]:
    return {
        "index": index, "address": address, "total_size": 4096, "page_size": 2048, "format": 5, "cores": cores,
        "globally_allocated": borrowed,
    }  # fmt: skip


def test_cores_with_the_same_map_stand_together() -> None:
    base, top = l1_map.L1_BASE, l1_map.L1_SIZE - 8192
    both = [[0, 0], [1, 0]]
    image = {
        "kernels": [{"cores": both}],
        "circular_buffers": [
            buffer(0, base, both), buffer(16, base, both), buffer(1, top, [[1, 0]], borrowed=True),
        ],
        "scratchpads": [{"name": "pad", "address": base + 8192, "size": 64, "cores": [[0, 0]]}],
    }  # fmt: skip
    live = [("L1", top, 8192, [1, 3]), ("DRAM", 0x200000, 4096)]
    first, second, third = l1_map.core_maps(image, live, 2, {top: "x"})
    assert [group.cores for group in (first, second, third)] == [((0, 0),), ((1, 0),), ((1, 1),)]
    shared = "c_0: 2 x 2048 bytes, Float16_b and c_16: 2 x 2048 bytes, Float16_b"
    assert [region.what for region in first.regions] == [shared, "scratchpad pad"]
    assert {region.what for region in second.regions} == {
        shared, "c_1: 2 x 2048 bytes, Float16_b, on a tensor", "tensor x",
    }  # fmt: skip
    assert [region.what for region in third.regions] == ["tensor x"]
    assert [gap.size for gap in first.free] == [4096, l1_map.L1_SIZE - base - 8192 - 64]
    assert sum(gap.size for gap in second.free) == l1_map.L1_SIZE - base - 4096 - 8192
    assert "1 core: (1,1)\n" in l1_map.as_text([first, third])


IMAGE: dict[str, Any] = {
    "kernels": [
        {"name": "a/reader.cpp", "risc": "NCRISC", "cores": [[0, 0]]},
        {"name": "a/writer.cpp", "risc": "BRISC", "cores": [[0, 0]]},
    ],
    "semaphores": [{"id": 3, "address": 0x100}],
}


def recorded(*events: tuple[int, ...], total: int | None = None, seed: int = 0) -> trace.Recorded:
    """From (step, kernel, kind, detail, object, amount, extra)."""
    rows = [
        (step, thing, amount, extra, 7, 0, kernel, kind, detail)
        for step, kernel, kind, detail, thing, amount, extra in events
    ]
    array = np.array(rows, trace._RECORD).view("<u4").reshape(-1, 8)
    return trace.Recorded(IMAGE, len(rows) if total is None else total, seed, array)


RUN = (
    (1, 0, RESUMED, 0, 0, 0, 0),
    (2, 0, MULTICAST, 0, 3, 64, 0),
    (3, 0, LEFT, 3, 0x100, 5, 0),
    (4, 1, RESUMED, 0, 0, 0, 0),
    (5, 1, SEMAPHORE, 2, 0x100, 5, 0),
    (5, 0, READY, 0, 0, 0, 0),
    (6, 1, BARRIER, 1, 0, 0, 0),
    (6, 1, LEFT, 4, 0, 0, 0),
    (7, 0, RESUMED, 0, 0, 0, 0),
    (8, 0, PUSH, 0, 2, 1, 2),
    (9, 0, LEFT, 1, 2, 4, 0),
)


def told(*launches: trace.Recorded, **more: Any) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    found = trace.chrome(launches, about={"operation": "toy"}, **more)
    return found, [
        (event["tid"], event["name"], event["ts"], event["dur"]) for event in found["traceEvents"] if event["ph"] == "X"
    ]


def test_a_wait_ends_when_it_is_woken_and_the_turn_comes_later() -> None:
    found, slices = told(recorded(*RUN))
    assert slices == [
        (0, "run", 0, 2), (0, "multicast", 0, 1), (0, "semaphore 3 waits for 5", 2, 2), (2, "run", 3, 2),
        (2, "increment remote semaphore 3", 3, 1), (0, "ready", 4, 2), (2, "write barrier", 4, 1), (0, "run", 6, 2),
        (0, "push c_2", 6, 1), (0, "cb_wait_front(c_2, 4)", 8, 0),
    ]  # fmt: skip
    counters = [event for event in found["traceEvents"] if event["ph"] == "C"]
    assert [(event["name"], event["args"]["value"]) for event in counters] == [("c_2 pages", 2)]
    assert found["otherData"]["operation"] == "toy"


def test_launches_follow_one_another_and_a_fault_stands_at_the_end() -> None:
    fault = {"fault_class": "deadlock", "core_x": 0, "core_y": 0, "risc": "NCRISC", "line": 7, "message": "m"}
    found, slices = told(recorded(*RUN), recorded(*RUN, seed=5), faults=[fault])
    runs = [start for tid, name, start, _ in slices if (tid, name) == (0, "run")]
    assert runs == [0, 6, 18, 24]
    (mark,) = (event for event in found["traceEvents"] if event["ph"] == "i")
    assert (mark["name"], mark["ts"], mark["tid"]) == ("deadlock", 26, 0)
    assert found["otherData"]["schedule_seeds"] == [0, 5]
    names = [event["args"]["name"] for event in found["traceEvents"] if event["name"] == "thread_name"]
    assert names == ["NCRISC reader.cpp", "BRISC writer.cpp"]


def test_what_began_before_the_kept_events_begins_with_them() -> None:
    found, slices = told(recorded(*RUN[4:], total=11))
    assert slices[0] == (2, "run", 0, 1)
    assert "cut" in found["otherData"]
    assert (0, "ready", 0, 2) not in slices  # what the first kernel did then is not known


@pytest.mark.parametrize("event", [(1, 9, RESUMED, 0, 0, 0, 0), (1, 0, 77, 0, 0, 0, 0)])
def test_events_of_no_run_are_refused(event: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="no event of this program"):
        told(recorded(event))


def test_nothing_recorded_is_an_empty_trace() -> None:
    assert told()[1] == []


WAITS = """#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0)), 2);
}
"""
SENDS = """#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint64_t there = get_noc_addr(18, 18, get_semaphore(0));
    noc_semaphore_inc(there, 1);
    noc_semaphore_inc(there, 1);
    noc_async_atomic_barrier();
    if (get_arg_val<uint32_t>(0) != 0) {
        __builtin_trap();
    }
}
"""


def described(ttnn: Any, device: Any, crash: int) -> tuple[dict[str, Any], Placed, Any]:
    """Core (0,0) waits for what core (1,0) counts; the launch as plain data, and a tensor of it."""
    array = np.ones((32, 32), np.float32)
    x = ttnn.from_torch(array, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    first, second = (ttnn.CoreRangeSet([ttnn.CoreRange((at, 0), (at, 0))]) for at in (0, 1))
    words = ttnn.RuntimeArgs()
    words[1][0] = [crash]
    text = ttnn.KernelDescriptor.SourceType.SOURCE_CODE
    kernels = [
        ttnn.KernelDescriptor(
            kernel_source=WAITS, source_type=text, core_ranges=first, config=ttnn.WriterConfigDescriptor()
        ),
        ttnn.KernelDescriptor(
            kernel_source=SENDS, source_type=text, core_ranges=second, config=ttnn.WriterConfigDescriptor(),
            runtime_args=words,
        ),
    ]  # fmt: skip
    both = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 0))])
    semaphore = ttnn.SemaphoreDescriptor(id=0, core_ranges=both, initial_value=0)
    program = ttnn.ProgramDescriptor(kernels=kernels, semaphores=[semaphore], cbs=[])
    with inspection.record(dispatch=False) as log:
        ttnn.generic_op([x, ttnn.empty_like(x)], program)
    (launch,) = log.launches
    assert launch.image is not None
    libraries = compile_kernels(kernel_requests(launch.image))
    sent = {"image": launch.image, "live": launch.live, "libraries": libraries}
    return sent, Placed((32, 32), "bfloat16", "TILE", "DRAM", x.buffer_address()), array


@pytest.mark.parametrize("crash", [0, 1])
def test_semaphores_of_real_kernels_and_a_crash(ttnn: Any, device: Any, crash: int) -> None:
    """What was recorded is there whether the program ends well or its process is killed."""
    sent, place, array = described(ttnn, device, crash)
    other = emulator.open_device()
    faults: list[Any] = []
    try:
        execute(other, [sent], [(place, array)], place, trace_events=100)
    except EmulatorFault as fault:
        faults = fault.records
    finally:
        ttnn.close_device(other)
    assert bool(faults) == bool(crash)
    (kept,) = recorded_traces()
    launch = trace.Recorded(sent["image"], kept["recorded"], kept["seed"], kept["events"])
    events = trace.chrome([launch], faults=faults, about={})["traceEvents"]
    slices = [(event["pid"], event["name"]) for event in events if event["ph"] == "X"]
    assert slices.count((0, "semaphore 0 waits for 2")) == 1
    assert slices.count((1, "increment remote semaphore 0")) == 2
    assert (1, "atomic barrier") in slices
    assert sum(event["ph"] == "i" for event in events) == len(faults)
    execute_again = emulator.open_device()
    if not crash:  # nothing is kept of a run that was not asked to
        execute(execute_again, [sent], [(place, array)], place)
        assert recorded_traces() == []
    ttnn.close_device(execute_again)
