"""What the verbs say and which code they end with."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess  # noqa: TID251 - a terminal and signals need a process of our own
import sys
import time
from pathlib import Path
from typing import Any, Protocol

import pytest

from op_pipeline import sandbox
from op_pipeline.cli.run import make_request
from op_pipeline.cli.words import duration, money
from op_pipeline.config.quantities import written_time
from op_pipeline.testing import TOY_PATH, git, tiny_project, write_good


class Shell(Protocol):
    """What the fixture `pipeline` gives; see conftest.py."""

    root: Path
    out: str
    err: str

    @property
    def backend(self) -> str: ...

    def play(self, stages: dict[int, Any]) -> None: ...

    def __call__(self, *words: str) -> int: ...

    def data(self) -> Any: ...


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "40ms"),
        (0.0996, "0.1s"),
        (12.34, "12.3s"),
        (59.97, "1m00s"),
        (192, "3m12s"),
        (3599.6, "1h00m"),
        (3725, "1h02m"),
    ],
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.5, "0.5s"),
        (20, "20s"),
        (60, "1m"),
        (90, "1m30s"),
        (900, "15m"),
        (3600, "1h"),
        (5400, "1h30m"),
        (7325, "2h2m5s"),
    ],
)
def test_limits(seconds: float, text: str) -> None:
    assert written_time(seconds) == text


def test_amounts() -> None:
    assert (money(0.0), money(1.234), money(None)) == ("$0.00", "$1.23", "$?")


def test_a_run_is_told_line_by_line_and_ends_with_the_next_command(pipeline: Shell) -> None:
    assert pipeline("run", "spec.md", "--backend", pipeline.backend) == 0
    assert pipeline.out == ""
    lines = pipeline.err.splitlines()
    assert re.fullmatch(r"run \d{4}-\d\d-\d\dT[\d-]+Z-toy-[0-9a-f]{4}: spec.md, flow tiny", lines[0])
    here = sandbox.strength()
    assert lines[1] == f"backend scripted:script.json (from --backend), target emulator, sandbox {here}"
    green = [line for line in lines if "GREEN" in line]
    assert len(green) == 4
    assert re.fullmatch(r"2 validation           GREEN 3/3 in [\d.]+s, attempt 1, \$0\.00 → [0-9a-f]{7}", green[2])
    assert "toy: green, 4/4 stages green" in lines[-3]
    assert lines[-2].startswith("log: logs/")
    assert lines[-1] == "next: pipeline diff 3"
    assert "\x1b" not in pipeline.err

    assert pipeline("run", "spec.md", "--backend", pipeline.backend, "-q") == 0
    assert len(pipeline.err.splitlines()) == 3
    assert "nothing to do" in pipeline.err

    assert pipeline("resume") == 0
    assert pipeline.out == "nothing to do: no run is unfinished\n"
    _reading_verbs(pipeline)


def _reading_verbs(pipeline: Shell) -> None:
    """On the same runs: each costs seconds to make."""
    assert pipeline("logs", "--json") == 0
    runs = pipeline.data()["runs"]
    assert [(run["status"], run["green"], run["total"]) for run in runs] == [("green", 4, 4)] * 2
    assert pipeline("logs", "-n", "1") == 0
    assert len(pipeline.out.splitlines()) == 2
    first = runs[1]["run"]

    assert pipeline("status", first, "--json") == 0
    stages = pipeline.data()["stages"]
    assert [stage["status"] for stage in stages] == ["green"] * 4
    assert stages[1]["attempts"][0]["changed"] == [f"{TOY_PATH}/1.txt"]
    assert pipeline("status") == 0
    assert "nothing to do" in pipeline.out

    assert pipeline("show", first, "2") == 0
    assert "== diff.patch" in pipeline.out
    assert "+GOOD" in pipeline.out
    assert pipeline("show", first) == 0
    assert "red as it must be" in pipeline.out
    assert pipeline("show", first, "2", "--attempt", "7") == 2
    assert "attempts: 1" in pipeline.err

    assert pipeline("diff", "validation", "--json") == 0
    assert f"+++ b/{TOY_PATH}/2.txt" in pipeline.data()["patch"]

    assert pipeline("gate", "2") == 0
    assert "1/1 on emulator" in pipeline.out
    assert pipeline("gate", "validation", "--upto", "--json", "--", "-k", "good") == 0
    assert pipeline.data()["passed"] == 3

    assert pipeline("logs", first, "--json") == 0
    events = [json.loads(line)["event"] for line in pipeline.out.splitlines()]
    assert (events[0], events[-1]) == ("run_started", "run_finished")
    assert pipeline("logs", "-f", "-v") == 0
    assert "gate (trust): 4/4 passed, green" in pipeline.out


def test_a_red_stage_shows_the_failure_and_what_to_do(pipeline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.play({0: [[write_good(0, "WRONG")]] * 2})
    (pipeline.root / "pyproject.toml").write_text("[tool.op-pipeline]\nmax_hard = 1\n")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert pipeline("run", "spec.md", "--backend", pipeline.backend) == 1
    assert "numerical_mismatch: 0.txt says WRONG" in pipeline.err
    assert "action:" in pipeline.err
    assert re.search(r"full log: logs/.*/stages/00-spec/attempt-1/gate.txt", pipeline.err)
    assert pipeline.err.splitlines()[-1] == "next: pipeline resume"
    assert "::error file=" in pipeline.out

    assert pipeline("status") == 0
    assert re.search(r"alpha +red +1 \(1 hard\) .* numerical_mismatch: 0.txt says WRONG", pipeline.out)
    assert pipeline("diff", "0") == 0
    assert "+WRONG" in pipeline.out
    assert pipeline("gate", "0") == 1

    pipeline.play({0: [[], [write_good(0)]]})
    assert pipeline("resume", "--until", "0") == 0
    assert "resuming" in pipeline.err


def test_json_owns_stdout_one_event_a_line(pipeline: Shell) -> None:
    assert pipeline("run", "--json", "--until", "spec", "--backend", pipeline.backend) == 0
    events = [json.loads(line) for line in pipeline.out.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["status"] == "done_until"
    assert {event["v"] for event in events} == {1}


def test_dry_run_shows_reasons_and_changes_nothing(pipeline: Shell) -> None:
    assert pipeline("run", "-n", "--backend", pipeline.backend) == 0
    rows = pipeline.out.splitlines()
    assert rows[0].split() == ["stage", "agent", "would", "limits", "why"]
    assert all("not green yet" in row for row in rows[1:])
    assert not (pipeline.root / "logs").exists()
    assert pipeline("run", "-n", "--json", "--until", "1", "--backend", pipeline.backend) == 0
    assert [stage["action"] for stage in pipeline.data()["stages"]] == ["run", "run", "skip", "skip"]


def test_stages_lists_the_flow(pipeline: Shell) -> None:
    assert pipeline("stages", "spec.md", "--json") == 0
    data = pipeline.data()
    assert (data["flow"], [stage["agent"] for stage in data["stages"]]) == ("tiny", ["alpha", "beta", "beta", "gamma"])


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["run", "nowhere.md"], 2, "nowhere.md"),
        (["run", "spec.md", "--backend", "magic"], 2, "unknown backend 'magic'"),
        (["run", "spec.md", "--backend", "scripted:nowhere.json"], 2, "nowhere.json cannot be read"),
        (["run", "spec.md", "--target", "mock"], 2, "computes no values"),
        (["run", "spec.md", "--from", "validatoin"], 2, "did you mean 'validation'?"),
        (["run", "spec.md", "--until", "12"], 2, "stages: 0 spec, 1 api"),
        (["status"], 2, "no runs in"),
        (["resume"], 2, "no runs in"),
        (["show", "9"], 2, "no runs in"),
        (["gate", "none", "--spec", "spec.md"], 2, "no stage 'none'"),
    ],
)
def test_mistakes_are_told_with_a_way_out(pipeline: Shell, words: list[str], code: int, text: str) -> None:
    assert pipeline(*words) == code
    assert text in pipeline.err
    assert "Traceback" not in pipeline.err
    assert git(pipeline.root, "branch", "--list", "op/*") == ""


def test_outside_a_repository_the_remedy_is_given(pipeline: Shell) -> None:
    (pipeline.root / ".git").rename(pipeline.root / "not-git")
    assert pipeline("run", "spec.md", "--backend", pipeline.backend) == 7
    assert "hint: git init" in pipeline.err


def test_unknown_events_are_shown_as_they_stand(pipeline: Shell) -> None:
    folder = pipeline.root / "logs" / "2026-01-01T00-00-00Z-toy-abcd"
    folder.mkdir(parents=True)
    (folder / "events.jsonl").write_text('{"event": "from_the_future", "x": 1}\nnot json\n{"event": "warn')
    assert pipeline("logs", "abcd") == 0
    assert pipeline.out == "from_the_future: {'event': 'from_the_future', 'x': 1}\n"
    assert pipeline("status", "abcd", "--json") == 0
    assert pipeline.data()["status"] == "interrupted"
    assert pipeline("show", "abcd") == 0
    assert "from_the_future" in pipeline.out


def start(pipeline: Shell, terminal: int | None = None) -> subprocess.Popen[bytes]:
    """`pipeline run` in a process of its own, on a terminal when one is given."""
    command = [sys.executable, "-m", "op_pipeline", "run", "spec.md", "--backend", pipeline.backend]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "TERM": "xterm"}
    stream = subprocess.PIPE if terminal is None else terminal
    source = subprocess.DEVNULL if terminal is None else terminal
    return subprocess.Popen(command, cwd=pipeline.root, env=environment, stdin=source, stdout=stream, stderr=stream)


def wait_for(pipeline: Shell, word: str) -> None:
    until = time.monotonic() + 30
    log = pipeline.root / "logs" / "latest" / "events.jsonl"
    while time.monotonic() < until:
        if log.exists() and word in log.read_text():
            return
        time.sleep(0.02)
    pytest.fail(f"{word} never came")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupting_the_agent_keeps_the_run_resumable(pipeline: Shell, number: signal.Signals, code: int) -> None:
    pipeline.play({0: [[write_good(0, "HALF"), {"sleep": 30}]]})
    process = start(pipeline)
    wait_for(pipeline, "sleep")
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == code
    assert re.search(rb"next: pipeline resume \S+-toy-[0-9a-f]{4}\n$", err)
    assert b"partial edits are kept as refs/op-pipeline/wip/" in err
    assert pipeline("logs", "--status", "interrupted", "--json") == 0
    assert len(pipeline.data()["runs"]) == 1


def test_on_a_terminal_there_is_a_live_region(pipeline: Shell) -> None:
    pipeline.play({0: [[{"sleep": 0.5}, write_good(0)]]})
    ours, theirs = pty.openpty()
    process = start(pipeline, theirs)
    os.close(theirs)
    said = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        said += chunk
    assert process.wait(timeout=60) == 0
    assert b"agent at work" in said
    assert b"\x1b[2K" in said
    assert b"4/4 stages green" in said


def test_settings_of_the_project_are_used_and_named(pipeline: Shell) -> None:
    (pipeline.root / "pyproject.toml").write_text(f'[tool.op-pipeline]\nbackend = "{pipeline.backend}"\n')
    assert pipeline("run", "--until", "0") == 0
    assert "(from pyproject.toml:2)" in pipeline.err


def test_another_workspace_can_be_named(pipeline: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words = ["--workspace", str(pipeline.root), "--until", "0", "--backend", pipeline.backend]
    assert pipeline("run", str(pipeline.root / "spec.md"), *words) == 0
    assert pipeline("status", "-C", str(pipeline.root), "--json") == 0
    assert pipeline.data()["green"] == 1


@pytest.mark.parametrize(
    ("key", "wanted", "chosen", "why"),
    [
        ("", None, "template", "none of ANTHROPIC_API_KEY"),
        ("k", None, "claude", "ANTHROPIC_API_KEY is set"),
        ("k", "auto", "claude", "ANTHROPIC_API_KEY is set"),
        ("k", "template", "template", "from --backend"),
    ],
)
def test_backend_is_chosen_by_what_is_there_and_the_header_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, key: str, wanted: str | None, chosen: str, why: str
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", key)
    root = tiny_project(tmp_path / "p")
    request, reason = make_request(root / "spec.md", root, backend=wanted, target=None, first=None, until=None)
    assert request.backend == chosen
    assert why in reason
