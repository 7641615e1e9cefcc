"""The tools as Claude calls them: genuine SDK and CLI, scripted model, real gates of the tiny project."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.engine import Interrupts, Request, run_pipeline
from op_pipeline.models import RunStatus
from op_pipeline.testing import TOY_PATH, tiny_project
from op_pipeline.testing.gates import ScriptGates
from op_pipeline.testing.plugin import no_credentials, scripted_api  # noqa: F401 - fixtures
from op_pipeline.testing.scripted_api import Reply, ScriptedAPI, text, use

STAGES = ((0, "spec", "alpha"),)
Start = Callable[..., ScriptedAPI]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    pytest.importorskip("claude_agent_sdk")
    return tiny_project(tmp_path / "project", stages=STAGES)


def write(root: Path, content: str) -> Any:
    return use("Write", file_path=str(root / "logs/worktrees/toy" / TOY_PATH / "0.txt"), content=content)


def run(root: Path, interrupts: Interrupts | None = None) -> tuple[Any, list[Any]]:
    events: list[Any] = []
    request = Request(root / "spec.md", root, backend="claude")
    result = run_pipeline(request, events.append, keeper=ScriptGates(), interrupts=interrupts)
    return result, events


@pytest.mark.claude_cli
def test_calls_run_one_by_one_and_their_events_are_in_the_log(root: Path, scripted_api: Start) -> None:  # noqa: F811
    def both(request: Any) -> Reply:
        answers = request.results()
        assert [answer.is_error for answer in answers] == [False, True, True]
        assert "green: false" in answers[0].text
        assert "numerical_mismatch" in answers[0].text
        assert "no reference 'none.md'" in answers[1].text
        return Reply([write(root, "GOOD\n")])

    def see(request: Any) -> Reply:
        assert "runs_left: 10" in request.last_result_text()
        return Reply([text("done")])

    asked = [
        use("mcp__op__run_gate"),
        use("mcp__op__read_reference", section="none.md#x"),
        use("mcp__op__emulate", seed="x"),
    ]
    first = Reply([write(root, "BAD\n")])
    api = scripted_api([first, Reply(asked), both, Reply([use("mcp__op__run_gate")]), see])
    result, events = run(root)
    assert result.status is RunStatus.GREEN, (result.reason, api.failures)
    gates = [event for event in events if event.event == "gate_finished" and event.purpose == "agent"]
    assert [event.green for event in gates] == [False, True]
    order = [
        event.event for event in events if getattr(event, "purpose", "") == "agent" or event.event == "test_finished"
    ]
    assert order[order.index("gate_started") :][:3] == ["gate_started", "test_finished", "gate_finished"]
    names = {name for request in api.requests for name in request.tools}
    assert {f"mcp__op__{name}" for name in ("run_gate", "read_reference", "inspect_program", "emulate")} <= names


@pytest.mark.claude_cli
def test_an_interrupt_ends_a_gate_run_that_an_agent_asked_for(root: Path, scripted_api: Start) -> None:  # noqa: F811
    api = scripted_api([Reply([write(root, "HANG\n")]), Reply([use("mcp__op__run_gate")])])
    api.lenient = True
    before = set(threading.enumerate())
    interrupts = Interrupts()
    pressed: list[float] = []

    def press() -> None:
        deadline = time.monotonic() + 30
        while not list((root / "logs").glob("2*/stages/*/attempt-1/tools/01-run_gate/stream.jsonl")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(0.5)
        pressed.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()
    with interrupts.installed():
        result, _ = run(root, interrupts)
    assert result.status is RunStatus.INTERRUPTED
    assert time.monotonic() - pressed[0] < 12, "the gate would have hung for 20 seconds"
    until = time.monotonic() + 3
    while time.monotonic() < until and any(t.name.startswith("AnyIO") for t in set(threading.enumerate()) - before):
        time.sleep(0.05)
    assert not [t for t in set(threading.enumerate()) - before if t.name.startswith("AnyIO")], (
        "a child is still waited for"
    )
