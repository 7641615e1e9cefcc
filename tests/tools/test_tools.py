from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.tools import TOOLS

Make = Callable[..., Any]
COMPUTE = "device/kernels/compute/swish.cpp"
WRITER = "device/kernels/dataflow/writer_swish.cpp"


def test_a_gate_run_is_classified_streamed_and_counted(desk: Make) -> None:
    d = desk(1, 1)
    green = d("run_gate")
    assert green.ok
    assert green.data["green"]
    assert green.data["passed"] == green.data["tests"] > 0
    assert green.data["runs_left"] == 11
    d.edit("swish.cpp", "TT_THROW(", "TT_THROWN(")
    red = d("run_gate")
    assert red.ok, "a red gate is a good answer"
    assert not red.data["green"]
    first = red.data["failures"][0]
    assert first["kind"] == "build_error"
    assert first["file"].endswith("eltwise/swish/swish.cpp")
    assert first["line"] > 0
    assert first["action"]
    assert str(d.tree) not in red.text
    kinds = [event.event for event in d.events]
    assert kinds[0] == "gate_started"
    assert kinds.count("gate_finished") == 2
    assert "test_finished" in kinds
    assert {event.purpose for event in d.events if hasattr(event, "purpose")} == {"agent"}


def test_gate_runs_are_limited(desk: Make) -> None:
    d = desk(0, 0, gate_limit=1)
    assert d("run_gate").data["green"]
    refused = d("run_gate")
    assert not refused.ok
    assert "used up" in refused.text
    assert d.box.gate_runs == 1


def test_earlier_gates_run_on_request(desk: Make) -> None:
    d = desk(1, 1)
    both = d("run_gate", earlier=True)
    assert both.data["green"]
    assert [event.stages for event in d.events if event.event == "gate_finished"] == [(0, 1)]


def test_a_gate_that_was_changed_is_not_run(desk: Make) -> None:
    d = desk(0, 0)
    gate = d.box.task.gates[0]
    path = next(path for path in gate.root.rglob("test_*.py"))
    path.write_text("def test_nothing(): pass\n", encoding="utf-8")
    assert d("run_gate").data["failures"][0]["kind"] == "tampered_gate"


def test_nothing_is_started_when_no_time_is_left(desk: Make) -> None:
    d = desk(1, 1, seconds=0)
    for tool in ("run_gate", "inspect_program", "emulate"):
        answer = d(tool)
        assert not answer.ok
        assert "no time" in answer.text
    assert not d.events


def test_without_a_gate_there_is_nothing_to_run(desk: Make) -> None:
    d = desk(1, 1)
    d.box.task = replace(d.box.task, gates=(), target=None)
    assert [d(tool).ok for tool in ("run_gate", "inspect_program", "emulate")] == [False] * 3


def test_references_by_section(desk: Make) -> None:
    d = desk(0, -1)
    listed = d("read_reference").text
    assert "kernels.md#circular-buffers" in listed
    assert d("read_reference", section="kernels.md#circular-buffers").text.startswith("## ")
    near = d("read_reference", section="kernels.md#circular-bufers")
    assert not near.ok
    assert "circular-buffers" in near.text
    whole = d("read_reference", section="kernels.md")
    assert not whole.ok
    assert "barriers" in whole.text
    for outside in ("nothing.md", "../agents/planner.yaml", "/etc/passwd"):
        answer = d("read_reference", section=outside)
        assert not answer.ok
        assert "kernels.md" in answer.text


def test_a_program_is_described_without_running(desk: Make) -> None:
    d = desk(5, 5)
    answer = d("inspect_program", shapes=[[1, 1, 64, 96]], dtype="float32", grid="2x2", parameters={"beta": 2.0})
    assert answer.ok, answer.text
    launched = answer.data["launched"]
    assert launched["phases"][-1] == "descriptor"
    assert launched["output_specs"][0]["shape"] == [1, 1, 64, 96]
    assert {kernel["risc"] for kernel in launched["kernels"]} == {"BRISC", "NCRISC", "TRISC"}
    reader = next(kernel for kernel in launched["kernels"] if kernel["risc"] == "NCRISC")
    assert sum(arguments[1] for arguments in reader["runtime_args"].values()) == 6, "tiles over all cores"
    assert {buffer["page_size"] for buffer in launched["circular_buffers"]} == {4096}
    assert answer.data["parameters"] == {"beta": 2.0}


def test_a_stub_is_told_from_its_phase(desk: Make) -> None:
    d = desk(4, 3)
    answer = d("inspect_program")
    assert answer.data["failure"]["kind"] == "not_implemented"
    assert "not implemented" in answer.data["failure"]["message"]


def test_one_emulated_call(desk: Make) -> None:
    d = desk(7, 7)
    answer = d("emulate", shapes=[[1, 1, 40, 50]], kind="heavy_tailed", seed=3)
    assert answer.ok, answer.text
    assert answer.data["within_tolerance"]
    assert answer.data["output"]["shape"] == [1, 1, 40, 50]
    assert answer.data["output"]["not_finite"] == 0
    assert answer.data["launched"]["phases"][-1] == "dispatch"
    buffers = [line.split() for line in answer.data["traffic"] if line.startswith("c_")]
    assert [words[2:4] for words in buffers] == [["4", "4"]] * len(buffers) != []  # one page for each tile
    assert any("reader_swish.cpp" in line for line in answer.data["traffic"])
    assert d("emulate", shapes=[[1, 1, 40, 50]], kind="heavy_tailed", seed=3).data == answer.data
    assert d("emulate", shapes=[[1, 1, 40, 50]], kind="heavy_tailed", seed=4).data != answer.data


@pytest.mark.parametrize(
    ("edit", "kind", "fault", "words"),
    [
        ((WRITER, "wait_front(1)", "wait_front(2)"), "hang_deadlock", "deadlock", "wait"),
        ((COMPUTE, "tile_regs_commit();", "tile_regs_comit();"), "compile_error", "compile_error", "tile_regs_comit"),
    ],
)
def test_faults_come_as_records(desk: Make, edit: tuple[str, str, str], kind: str, fault: str, words: str) -> None:
    d = desk(7, 7)
    d.edit(*edit)
    answer = d("emulate")
    assert answer.data["failure"]["kind"] == kind
    record = answer.data["faults"][0]
    assert record["fault_class"] == fault
    assert any(words in item["message"] for item in answer.data["faults"])
    assert record["file"].startswith("ttnn/")
    assert str(d.tree) not in answer.text


def test_wrong_values_are_measured(desk: Make) -> None:
    d = desk(7, 6)  # compute is still a copy
    answer = d("emulate", seed=1)
    assert not answer.data["within_tolerance"]
    assert "relative L2" in answer.data["comparison"]
    assert answer.data["output"]["first"] == answer.data["inputs_first"]["x"]


def test_an_operation_that_does_not_build(desk: Make) -> None:
    d = desk(1, 1)
    d.edit("swish.cpp", "TT_THROW(", "TT_THROWN(")
    assert d("emulate").data["failure"]["kind"] == "build_error"


def test_a_process_that_dies_is_an_answer(desk: Make) -> None:
    d = desk(7, 7)
    d.edit("device/swish_device_operation.cpp", "TT_FATAL(", "__builtin_trap(); TT_FATAL(")
    answer = d("emulate")
    assert answer.data["failure"]["kind"] == "crash"
    assert "the host worker was ended by SIGILL while calling ttnn.swish" in answer.data["failure"]["message"]


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("nothing", {}, "run_gate, read_reference"),
        ("run_gate", {"stage": 1}, "no argument 'stage'"),
        ("run_gate", {"earlier": "yes"}, "no boolean"),
        ("emulate", {"shapes": [[0, 32]]}, "below 1"),
        ("emulate", {"shapes": [32, 32]}, "is no array"),
        ("emulate", {"shapes": [[32, 32], [32, 32]]}, "2 shapes for 1 inputs"),
        ("emulate", {"shapes": [[100000, 100000]]}, "elements together"),
        ("emulate", {"dtype": "float64"}, "bfloat16, float32"),
        ("emulate", {"kind": "odd"}, "none of randn"),
        ("emulate", {"seed": True}, "no integer"),
        ("emulate", {"parameters": {"gamma": 1}}, "no parameter gamma; there are: beta"),
        ("inspect_program", {"grid": "0x8"}, "form"),
        ("inspect_program", {"kind": "randn"}, "no argument 'kind'"),
    ],
)
def test_wrong_arguments_are_answered_and_start_nothing(
    desk: Make, tool: str, arguments: dict[str, Any], words: str
) -> None:
    d = desk(0, -1)
    answer = d(tool, **arguments)
    assert not answer.ok
    assert words in answer.text
    assert not d.box.task.out_dir.exists()


def test_schemas_are_json_schema_and_the_tree_stays_as_it_is(desk: Make, tmp_path: Path) -> None:
    for tool in TOOLS:
        assert tool.schema["type"] == "object"
        json.dumps(tool.schema)
    d = desk(1, 1)
    before = sorted(d.tree.rglob("*"))
    d("run_gate")
    d("inspect_program")
    assert sorted(d.tree.rglob("*")) == before
