"""Killed at thirty instants spread over a run that costs money: nothing is paid twice, and no limit is forgotten."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.models import RunStatus
from op_pipeline.state import Workspace
from op_pipeline.testing import STAGES, Bench, tiny_project, write_good

CALL, LIMIT, PLENTY = 0.10, 0.50, 9.0
LAST_EVENT = 58  # of the run that nobody kills


def call(stage: int, **edit: Any) -> dict[str, Any]:
    """A model call that leaves a line on a bill no log is made from, then its edit."""
    bill = {"append": "../../../../bill.txt", "text": f"{stage}\n", **edit}
    return {**bill, "usage": {"dollars": CALL, "input_tokens": 900, "output_tokens": 100}}


def turn(stage: int, text: str) -> list[dict[str, Any]]:
    return [call(stage), {"sleep": 0.004}, call(stage), write_good(stage, text)]


def paid(bench: Bench) -> Counter[int]:
    bill = bench.root.parent / "bill.txt"
    return Counter(map(int, bill.read_text().split())) if bill.exists() else Counter()


def of_project(root: Path) -> list[str]:
    """Command lines of processes that still work on the project."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = file.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(root) in line:
            found.append(line)
    return found


def left_running(root: Path) -> list[str]:
    """The same when they had a moment to die."""
    deadline = time.monotonic() + 3
    while (found := of_project(root)) and time.monotonic() < deadline:
        time.sleep(0.02)
    return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Two stages, the second green at its second attempt: six calls, which is one more than the limit pays for."""
    made = Bench(tiny_project(tmp_path / "project", stages=STAGES[:2]))
    made.play({0: [turn(0, "GOOD\n")] * 9, 1: [turn(1, "BAD"), *[turn(1, "GOOD\n")] * 9]})
    return made


def test_the_run_that_nobody_kills_stops_at_its_limit(bench: Bench) -> None:
    result = bench.run(max_dollars=LIMIT)
    assert (result.status, result.exit_code) == (RunStatus.LIMIT_REACHED, 4)
    assert paid(bench) == {0: 2, 1: 3}
    assert abs(len(bench.log()) - LAST_EVENT) <= 6, "spread the instants anew"


@pytest.mark.parametrize("instant", range(30))
def test_killed_at_any_instant(bench: Bench, instant: int) -> None:
    moment = f"#{1 + instant * LAST_EVENT // 30}+{(instant * 7) % 20}"
    done = bench.run_apart("kill", moment, max_dollars=LIMIT)
    assert done.returncode in {-9, 4}, done.output  # 4: it was quicker than its killer
    assert left_running(bench.root) == []
    green, before = bench.commits(), paid(bench)
    run = Workspace(bench.root).find_run().id

    if instant % 2:
        stopped = bench.run(run=run, max_dollars=LIMIT)
        assert stopped.exit_code == 4
        assert sum(paid(bench).values()) * CALL <= LIMIT + CALL + 1e-6
        assert bench.commits()[: len(green)] == green

    result = bench.run(run=run, max_dollars=PLENTY)
    assert result.status is RunStatus.GREEN, result.reason
    assert bench.commits()[: len(green)] == green
    assert bench.commits() == [f"toy: stage {number} {name}" for number, name, _ in STAGES[:2]]
    for stage in range(len(green)):
        assert paid(bench)[stage] == before[stage], f"stage {stage} was green and was paid again"
    logged = sum(event.dollars for event in bench.log(run) if event.event == "model_call")
    assert 0 <= sum(paid(bench).values()) * CALL - logged < CALL + 1e-6, "more than the call under way was not logged"
    assert [event.seq for event in bench.log(run)] == list(range(1, len(bench.log(run)) + 1))
