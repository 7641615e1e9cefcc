"""Killed, interrupted, out of disk: nothing green is lost, repeated or paid twice."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from op_pipeline.models import RunStatus
from op_pipeline.state import Workspace
from op_pipeline.testing import TOY_PATH, Bench, git, snapshot, write_good

MOMENTS = (
    "run_started",
    "stage_started:1",
    "gate_started:1:red",
    "test_started:1",
    "gate_finished:1:red",
    "red_checked:1",
    "attempt_started:1",
    "note:1",
    "attempt_finished:1",
    "gate_started:1:green",
    "gate_finished:1:green",
    "committing:1",
    "committed:1",
    "stage_finished:1",
    "committing:3",
    "run_finished",
)


def paid_attempts(bench: Bench, run: str) -> Counter[int | None]:
    return Counter(event.stage for event in bench.log(run) if event.event == "attempt_finished")


@pytest.mark.parametrize("moment", MOMENTS)
def test_resume_after_kill_loses_and_repeats_nothing(bench: Bench, all_commits: list[str], moment: str) -> None:
    done = bench.run_apart("kill", moment)
    assert done.returncode == -9, done.output
    before = bench.commits()
    run = Workspace(bench.root).find_run().id
    result = bench.run(run=run)
    assert result.status is RunStatus.GREEN, result.reason
    assert bench.commits() == all_commits
    assert bench.commits()[: len(before)] == before
    assert paid_attempts(bench, run) == {0: 1, 1: 1, 2: 1, 3: 1}
    assert git(bench.tree, "status", "--porcelain", "--ignored") == ""
    assert [event.seq for event in bench.log(run)] == list(range(1, len(bench.log(run)) + 1))


def test_a_commit_made_just_before_the_kill_is_adopted(bench: Bench, all_commits: list[str]) -> None:
    bench.run_apart("kill", "committed:1")
    run = Workspace(bench.root).find_run().id
    log = bench.root / "logs" / run / "events.jsonl"
    lines = log.read_text().splitlines()
    assert '"committed"' in lines[-1]
    log.write_text("\n".join(lines[:-1]) + '\n{"v":1,"ts"')  # as if killed between git and the log, in mid-line
    tip = git(bench.root, "rev-parse", "op/toy")
    assert bench.run(run=run)
    adopted = [event for event in bench.seen if event.event == "committed" and event.adopted]
    assert [(event.stage, event.commit) for event in adopted] == [(1, tip)]
    assert bench.commits() == all_commits


def test_partial_edits_of_a_killed_agent_are_kept_on_a_ref(bench: Bench) -> None:
    bench.play({1: [[write_good(1, "HALF"), {"sleep": 0}, write_good(1)]]})
    bench.run_apart("kill", "note:1")
    (bench.tree / TOY_PATH / "draft.txt").write_text("half done")
    run = Workspace(bench.root).find_run().id
    assert bench.run(run=run)
    ref = f"refs/op-pipeline/wip/{run}/1"
    assert git(bench.root, "show", f"{ref}:{TOY_PATH}/draft.txt") == "half done"
    assert not (bench.tree / TOY_PATH / "draft.txt").exists()


def test_locks_of_a_killed_git_do_not_stop_the_resume(bench: Bench, all_commits: list[str]) -> None:
    bench.run_apart("kill", "attempt_started:2")
    for lock in (".git/worktrees/toy/index.lock", ".git/worktrees/toy/HEAD.lock", ".git/refs/heads/op/toy.lock"):
        (bench.root / lock).touch()
    assert bench.run(run=Workspace(bench.root).find_run().id)
    assert bench.commits() == all_commits


def test_failed_attempts_count_across_a_kill_and_their_edits_stay(bench: Bench) -> None:
    bench.play({1: [[write_good(1, "BAD")], [write_good(1, "WORSE")], [write_good(1)]]})
    bench.run_apart("kill", "failure_classified:1")
    run = Workspace(bench.root).find_run().id
    assert bench.run(run=run)
    attempts = [event for event in bench.seen if event.event == "attempt_started" and event.stage == 1]
    assert [(event.attempt, event.hard_left) for event in attempts] == [(2, 5), (3, 4)]
    assert paid_attempts(bench, run)[1] == 3


@pytest.mark.parametrize(
    ("moment", "phase"),
    [("note:1", "agent"), ("test_started:1", "gate"), ("committing:1", "gate"), ("attempt_finished:1", "gate")],
)
def test_ctrl_c_keeps_the_state_and_says_how_to_go_on(
    bench: Bench, all_commits: list[str], moment: str, phase: str
) -> None:
    done = bench.run_apart("int", moment)
    assert done.returncode == 130, done.output
    run = Workspace(bench.root).find_run().id
    assert f"pipeline resume {run}" in done.output
    assert not git(bench.root, "for-each-ref", "refs/heads/op/toy.lock")
    events = bench.log(run)
    assert [e.phase for e in events if e.event == "interrupted"] == [phase]
    assert json.loads((bench.root / "logs" / run / "run.json").read_text())["status"] == "interrupted"
    if moment == "committing:1":
        assert bench.commits() == all_commits[:2]
    assert bench.run(run=run)
    assert bench.commits() == all_commits
    assert paid_attempts(bench, run)[0] == 1


def test_termination_ends_with_its_own_code(bench: Bench) -> None:
    assert bench.run_apart("term", "attempt_started:1").returncode == 143


def test_second_ctrl_c_ends_at_once(bench: Bench, all_commits: list[str]) -> None:
    done = bench.run_apart("int2", "committing:2")
    assert done.returncode == 130
    assert not [event for event in bench.log() if event.event in {"interrupted", "run_finished"}]
    assert bench.run(run=Workspace(bench.root).find_run().id)
    assert bench.commits() == all_commits


@pytest.mark.parametrize("moment", ["red_checked:1", "attempt_finished:1", "committing:1", "committed:1"])
def test_disk_full_stops_the_run_and_loses_nothing(bench: Bench, all_commits: list[str], moment: str) -> None:
    done = bench.run_apart("full", moment)
    assert done.returncode == 7, done.output
    assert "InfrastructureError" in done.output or "GitError" in done.output
    run = Workspace(bench.root).find_run().id
    assert all(line.endswith("}") for line in (bench.root / "logs" / run / "events.jsonl").read_text().splitlines())
    assert bench.run(run=run)
    assert bench.commits() == all_commits
    assert paid_attempts(bench, run) == {0: 1, 1: 1, 2: 1, 3: 1}


def test_the_users_tree_is_the_same_to_the_byte_after_a_kill_and_a_resume(bench: Bench) -> None:
    (bench.root / "README").write_text("edited, not committed\n")
    (bench.root / "new.txt").write_text("not known to git\n")
    git(bench.root, "add", "new.txt")
    (bench.root / "new.txt").write_text("and edited after it was added\n")
    before = snapshot(bench.root)
    bench.run_apart("kill", "committing:2")
    bench.run(run=Workspace(bench.root).find_run().id)
    assert snapshot(bench.root) == before


def test_a_run_that_was_never_begun_still_does_what_from_asked(bench: Bench, tmp_path: Path) -> None:
    bench.run()
    bench.run_apart("kill", "run_started", first=2)
    run = Workspace(bench.root).find_run().id
    bench.run(run=run, first=2)
    assert [event.stage for event in bench.seen if event.event == "committed"] == [2, 3]
