"""`pipeline emulate` on a real generated operation: every figure against what it must be."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pytest

from op_pipeline.numerics import round_to
from op_pipeline.state import Workspace
from op_pipeline.testing import git

TILE = 2048  # bytes of a bfloat16 tile
TILES = 2 * 3 * 4  # of the second case of the spec
CASE = ("--case", "2x1x96x128", "--grid", "2x2")  # six tiles a core


class Shell(Protocol):
    """What the fixture `swish` gives; see conftest.py."""

    root: Path
    out: str
    err: str

    def __call__(self, *words: str) -> int: ...

    def data(self, *words: str, code: int = 0) -> Any: ...

    def edit(self, kernel: str, old: str, new: str) -> None: ...


def slices(trace: Any) -> dict[tuple[int, int], list[dict[str, Any]]]:
    """Complete events by core and kernel, checked: any two are apart or one lies in the other, and none is negative."""
    found: dict[tuple[int, int], list[dict[str, Any]]] = defaultdict(list)
    for event in trace["traceEvents"]:
        if event["ph"] == "X":
            found[event["pid"], event["tid"]].append(event)
    for events in found.values():
        open_until: list[int] = []
        for event in sorted(events, key=lambda event: (event["ts"], -event["dur"])):
            assert event["dur"] >= 0
            while open_until and open_until[-1] <= event["ts"]:
                open_until.pop()
            assert not open_until or event["ts"] + event["dur"] <= open_until[-1]
            open_until.append(event["ts"] + event["dur"])
    return found


def test_figures_and_trace_of_a_run(swish: Shell) -> None:
    told = swish.data(*CASE, "--save", "out.npy", "--trace", "trace.json")
    _values(told, np.load(swish.root / "out.npy"))
    (launch,) = told["launches"]
    buffers = {buffer["index"]: buffer for buffer in launch["circular_buffers"]}
    assert {index: (item["pushed"], item["popped"], item["pages"]) for index, item in buffers.items()} == {
        0: (TILES, TILES, 2), 16: (TILES, TILES, 2),
    }  # fmt: skip
    kernels = {kernel["risc"]: kernel for kernel in launch["kernels"]}
    none = dict.fromkeys(("read_dram", "read_l1", "written_dram", "written_l1", "multicast", "all"), 0)
    assert kernels["NCRISC"]["noc"] == {**none, "read_dram": TILES * TILE, "all": TILES * TILE}
    assert kernels["BRISC"]["noc"] == {**none, "written_dram": TILES * TILE, "all": TILES * TILE}
    assert kernels["TRISC"]["noc"] == none
    assert [kernels["TRISC"][key] for key in ("dst_most", "dst_capacity", "dst_mode")] == [2, 4, "32-bit, half sync"]
    assert kernels["NCRISC"]["dst_mode"] is None
    _l1_map(told["l1"], buffers)
    _trace(json.loads((swish.root / "trace.json").read_text(encoding="utf-8")))


def _values(told: Any, output: np.ndarray[Any, Any]) -> None:
    assert output.shape == (2, 1, 96, 128)
    assert told["output"]["corner"] == output.reshape(-1, 128)[:3, :4].tolist()
    x = np.asarray(told["inputs"]["x"]["corner"])
    golden = x / (1 + np.exp(-x))
    np.testing.assert_allclose(told["golden"]["corner"], golden, rtol=1e-6)
    np.testing.assert_allclose(told["output"]["corner"], golden, rtol=0.01)
    assert told["comparison"]["within_tolerance"] is True
    assert "no gate" in told["comparison"]["note"]


def _l1_map(l1: Any, buffers: dict[int, Any]) -> None:
    ((group,),) = l1
    assert group["cores"] == [[0, 0], [1, 0], [0, 1], [1, 1]]
    regions = sorted(group["regions"], key=lambda region: region["address"])
    assert [region["what"].partition(":")[0] for region in regions] == [f"c_{index}" for index in buffers]
    assert [region["size"] for region in regions] == [2 * TILE, 2 * TILE]
    ends = [region["address"] + region["size"] for region in regions]
    assert all(end <= region["address"] for end, region in zip(ends, regions[1:], strict=False))
    assert group["free_bytes"] == 1499136 - 0x19940 - 4 * TILE


def _trace(trace: Any) -> None:
    assert "not time" in trace["otherData"]["time"]
    assert trace["otherData"]["events_kept"] == trace["otherData"]["events_recorded"]
    assert "cut" not in trace["otherData"]
    named = {
        (event["pid"], event.get("tid")): event["args"]["name"]
        for event in trace["traceEvents"]
        if event["name"] in {"process_name", "thread_name"}
    }
    assert named[65, None] == "core (1,1)"
    assert [named[65, tid] for tid in range(3)] == [
        "NCRISC reader_swish.cpp", "TRISC compute_swish.cpp", "BRISC writer_swish.cpp",
    ]  # fmt: skip
    found = slices(trace)
    assert len(found) == 12
    for (_, tid), events in found.items():
        moved = [event["args"]["bytes"] for event in events if event["name"] in {"read DRAM", "write DRAM"}]
        assert moved == ([] if tid == 1 else [TILE] * 6)
        waits = {event["name"] for event in events if event["cat"] == "wait"}
        # The first output comes last: who writes it must have waited; who reads runs into two full pages.
        starved = {0: {"cb_reserve_back(c_0, 1)"}, 2: {"cb_wait_front(c_16, 1)"}}.get(tid, waits)
        assert waits == starved
        assert all(event["args"]["line"] > 0 for event in events if event["cat"] == "wait")
        if tid == 1:
            assert sum(event["args"].get("compute_calls", 0) for event in events if event["cat"] == "run") > 6 * 8
    fills = [event for event in trace["traceEvents"] if event["ph"] == "C" and event["name"] == "c_0 pages"]
    assert len(fills) == 2 * TILES
    assert {event["args"]["value"] for event in fills} == {0, 1, 2}


def test_given_values_parameters_and_a_cut_trace(swish: Shell) -> None:
    """Also shows that a wrong value is told and is no failure, and the text."""
    values = np.linspace(-3, 3, 64 * 64).reshape(64, 64)
    np.save(swish.root / "x.npy", values)
    given = ("--input", "x=x.npy", "--param", "beta=2", "--dtype", "bfloat16")
    told = swish.data(*given, "--trace", "t.json", "--trace-events", "60", "--save", "o.npy")
    held = round_to(values, "bfloat16").astype(np.float64)
    np.testing.assert_allclose(np.load(swish.root / "o.npy"), held / (1 + np.exp(-2 * held)), rtol=0.02, atol=0.01)
    assert told["parameters"] == {"beta": 2.0}
    trace = json.loads((swish.root / "t.json").read_text(encoding="utf-8"))
    assert trace["otherData"]["events_kept"] == 60 < trace["otherData"]["events_recorded"]
    assert "first events are missing" in trace["otherData"]["cut"]
    assert slices(trace)
    swish.edit("compute_swish.cpp", "mul_binary_tile(1, 0, 0);", "mul_binary_tile(1, 1, 0);")
    assert swish("spec.md", "--tree", "tree", *given) == 0
    assert "not within the tolerance (compared as gates compare; this is no gate" in swish.out
    for words in ("swish(x 64x64 bfloat16, beta=2.0)", "c_16", "most tiles at once", "4 cores: (0,0)-(0,3)", "free"):
        assert words in swish.out


def test_a_fault_is_told_as_gates_tell_it(swish: Shell) -> None:
    swish.edit("reader_swish.cpp", "num_tiles; ++tile_id", "num_tiles - 1; ++tile_id")
    told = swish.data(*CASE, "--trace", "trace.json", code=1)
    assert told["failure"]["kind"] == "hang_deadlock"
    assert told["failure"]["file"].endswith("kernels/compute_swish.cpp") or "kernels/" in told["failure"]["file"]
    assert told["failure"]["line"] > 0
    assert told["output"] is None
    assert {record["risc"] for record in told["faults"]} == {"TRISC", "BRISC"}
    assert all(record["hint"] for record in told["faults"])
    trace = json.loads((swish.root / "trace.json").read_text(encoding="utf-8"))
    stuck = [event for events in slices(trace).values() for event in events if event["args"].get("unfinished")]
    assert sorted(event["name"] for event in stuck) == ["cb_wait_front(c_0, 1)"] * 4 + ["cb_wait_front(c_16, 1)"] * 4
    assert sum(event.get("cat") == "fault" for event in trace["traceEvents"]) == 8

    assert swish("spec.md", "--tree", "tree", *CASE) == 1
    assert "hang_deadlock: ttnn/ttnn/operations/swish/kernels/" in swish.out
    assert "cb_wait_front(c_0, 1): 0 of 2 pages available" in swish.out
    assert "action:" in swish.out


def test_an_operation_in_cpp_by_its_name_with_tensors_in_l1(swish: Shell, operation_in: Callable[..., None]) -> None:
    """The newest run of the name says which spec; the tree is the operation's work tree."""
    work = swish.root / "logs" / "worktrees" / "swish"
    operation_in(swish.root, flow="cpp", memory="l1_interleaved")
    work.parent.mkdir(parents=True)
    (swish.root / "tree").rename(work)
    git(work, "init", "-q")
    run = Workspace(swish.root).create_run("2026-11-21T08-00-00Z-swish-0001")
    run.write_json("run.json", {"operation": "swish", "spec": str(swish.root / "spec.md")})
    assert swish("swish", "-C", str(swish.root), "--json") == 0, swish.out
    told = json.loads(swish.out)
    assert told["tree"] == str(work)
    (kernel,) = (item for item in told["launches"][0]["kernels"] if item["risc"] == "NCRISC")
    assert (kernel["noc"]["read_l1"], kernel["noc"]["read_dram"]) == (TILE, 0)
    ((group,),) = told["l1"]
    (tensor,) = (region for region in group["regions"] if region["what"] == "tensor x")
    assert (tensor["size"], tensor["address"] + tensor["size"]) == (TILE, 1499136)
    assert swish("swosh", "-C", str(swish.root)) == 2
    assert "runs are there of: swish" in swish.err


@pytest.mark.parametrize(
    ("words", "said", "remedy"),
    [
        (("--case", "32x32"), "no case '32x32'", "1x1x32x32, 2x1x96x128"),
        (("--shape", "64"), "rank 2 to 4", "cases of the spec"),
        (("--shape", "axb"), "no shape", "--shape 1x1x64x96"),
        (("--shape", "y=64x64"), "no input 'y'", "there is: x"),
        (("--dtype", "int8"), "no dtype 'int8'", "bfloat16, float32"),
        (("--param", "betta=1"), "did you mean 'beta'", "there is: beta"),
        (("--param", "beta=9"), "outside of its range", "from 0.1 to 4"),
        (("--param", "beta=one"), "'one' is no float", "usual: 1.0"),
        (("--param", "beta"), "a name and a value", "beta=0.5"),
        (("--grid", "99x1"), "no worker grid", "--grid 8x8"),
        (("--kind", "wild"), "no kind of inputs", "randn"),
        (("--input", "x=none.npy"), "cannot be read", "numpy.save"),
        (("--input", "x=wide.npy", "--shape", "32x32"), "its array has shape 2x2", "leave --shape out"),
        (("--save", "no/dir/o.npy"), "there is no folder", "make it first"),
        (("--tree", "."), "holds no ttnn/ttnn/operations/swish", "pipeline run spec.md"),
    ],
)
def test_wrong_wishes_are_answered_with_a_remedy(swish: Shell, words: tuple[str, ...], said: str, remedy: str) -> None:
    np.save(swish.root / "wide.npy", np.zeros((2, 2)))
    assert swish("spec.md", "--tree", "tree", *words) == 2
    assert said in swish.err
    assert remedy in swish.err.partition("hint:")[2]


def test_no_run_at_all(swish: Shell) -> None:
    assert swish("swish", "-C", str(swish.root)) == 2
    assert "no run of an operation 'swish'" in swish.err
    assert "pipeline run spec.md" in swish.err
