"""An agent that works on what decides about it instead of on its task: nothing of that turns a stage green."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.models import RunStatus
from op_pipeline.state import Workspace
from op_pipeline.testing import TOY_PATH, Bench, git, write_good

Trick = Callable[[Bench], object]


def gate_folder(bench: Bench) -> Path:
    return bench.root / "logs" / "latest" / "gates" / "stage_1"


def gate_file(bench: Bench) -> Path:
    return gate_folder(bench) / "test_api.py"


def plant_hook(bench: Bench) -> None:
    hook = bench.root / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\nexit 0\n")
    hook.chmod(0o755)


def link_outside(bench: Bench) -> None:
    outside = bench.root.parent / "outside.txt"
    outside.write_text("GOOD\n")
    file = bench.tree / TOY_PATH / "1.txt"
    file.unlink()
    file.symlink_to(outside)


def commit(bench: Bench, *paths: str, message: str = "done\n") -> None:
    git(bench.tree, "add", "-A", *paths)
    git(bench.tree, "commit", "-q", "-m", message)


def commit_a_strangers_file(bench: Bench) -> None:
    (bench.tree / "README").write_text("mine\n")
    commit(bench)


def rewrite_history(bench: Bench) -> None:
    (bench.tree / TOY_PATH / "0.txt").write_text("other\n")
    git(bench.tree, "add", "-A")
    git(bench.tree, "commit", "-q", "--amend", "--no-edit")


def change_an_agent(bench: Bench) -> None:
    (bench.tree / "agents/beta.yaml").write_text("name: beta\ndescription: d\nprompt: p\npipeline: {edits: ['**']}\n")


# What the second agent does beside writing its file, and how its attempt ends. The file itself is as the gate wants it.
SEEN: dict[str, tuple[Trick, str]] = {
    "gate emptied": (lambda b: gate_file(b).write_text(""), "tampered_gate"),
    "gate renamed": (lambda b: gate_file(b).rename(gate_file(b).with_name("off.py")), "tampered_gate"),
    "gate deleted": (lambda b: gate_file(b).unlink(), "tampered_gate"),
    "all gates deleted": (lambda b: shutil.rmtree(gate_folder(b).parent), "tampered_gate"),
    "conftest.py beside the gate": (lambda b: (gate_folder(b) / "conftest.py").write_text(""), "tampered_gate"),
    "an earlier gate emptied": (lambda b: (gate_folder(b).parent / "stage_0/test_spec.py").write_text(""), "tampered_gate"),
    "file of an earlier stage deleted": (lambda b: (b.tree / TOY_PATH / "0.txt").unlink(), "missing_symbol"),
    "file of an earlier stage changed": (lambda b: (b.tree / TOY_PATH / "0.txt").write_text("WORSE\n"), "numerical_mismatch"),
    "link to outside": (link_outside, "write_outside_scope"),
    "template changed in its tree": (lambda b: (b.tree / "stage_tests/test_api.py.j2").write_text(""), "write_outside_scope"),
    "spec changed in its tree": (lambda b: (b.tree / "spec.md").write_text(""), "write_outside_scope"),
    "agent file changed in its tree": (change_an_agent, "write_outside_scope"),
    "pytest.ini in its tree": (lambda b: (b.tree / "pytest.ini").write_text("[pytest]\n"), "write_outside_scope"),
    "hook planted": (plant_hook, "write_outside_scope"),
    "history rewritten": (rewrite_history, "numerical_mismatch"),
    "stranger's file committed": (commit_a_strangers_file, "write_outside_scope"),
}  # fmt: skip


def at_first_attempt(bench: Bench, trick: Trick) -> None:
    """Let the trick be done when stage 1's first attempt has made its edits."""

    def on_event(event: Any) -> None:
        if event.event == "note" and (event.stage, event.attempt) == (1, 1) and event.text == "sleep 0":
            trick(bench)

    bench.on_event = on_event


def failures(bench: Bench) -> list[tuple[int, int, str]]:
    return [(e.stage, e.attempt, str(e.kind)) for e in bench.seen if e.event == "failure_classified"]


@pytest.mark.parametrize("name", SEEN)
def test_a_trick_fails_the_attempt_and_leaves_no_trace(bench: Bench, all_commits: list[str], name: str) -> None:
    trick, kind = SEEN[name]
    bench.play({1: [[write_good(1), {"sleep": 0}], [write_good(0), write_good(1)]]})
    at_first_attempt(bench, trick)
    assert bench.run(last=1)
    assert (1, 1, kind) in failures(bench), failures(bench)
    assert [e.attempt for e in bench.seen if e.event == "attempt_started" and e.stage == 1] == [1, 2]
    assert bench.commits() == all_commits[:2]
    assert git(bench.root, "show", "op/toy:README") == "A project."
    assert git(bench.root, "diff", "--name-only", "main", "op/toy").splitlines() == [
        f"{TOY_PATH}/0.txt",
        f"{TOY_PATH}/1.txt",
    ]
    assert not (bench.root / ".git/hooks/pre-commit").exists()


def forge(bench: Bench) -> None:
    """Log lines that say that everything is green, and a state that says so, too."""
    folder = bench.root / "logs" / "latest"
    lines = [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]
    head = git(bench.tree, "rev-parse", "HEAD")
    common = {"v": 1, "ts": lines[-1]["ts"], "run": lines[-1]["run"]}
    forged = [
        {**common, "seq": 1000 + n, "event": "stage_finished", "stage": n, "name": "x", "status": "green", "attempts": 1, "commit": head}
        for n in range(4)
    ]  # fmt: skip
    forged.append({**common, "seq": 1010, "event": "run_finished", "status": "green"})
    with (folder / "events.jsonl").open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in forged)
    (folder / "state.json").write_text('{"status": "green", "stages": []}')


def forge_commit(bench: Bench) -> None:
    """A commit on a ref of its own that carries the trailers of all stages."""
    trailers = git(bench.root, "log", "-1", "--format=%(trailers)", "op/toy")
    for number, stage in ((1, "1 api"), (2, "2 validation"), (3, "3 correctness")):
        text = "\n".join(
            f"Op-Pipeline-Stage: {stage}" if line.startswith("Op-Pipeline-Stage") else line
            for line in trailers.splitlines()
        )
        commit(bench, message=f"toy: stage {number}\n\n{text}\n") if number == 1 else git(
            bench.tree, "commit", "-q", "--allow-empty", "-m", f"toy: stage {number}\n\n{text}\n"
        )


@pytest.mark.parametrize("trick", [forge, forge_commit], ids=["log", "commits"])
def test_forged_records_are_no_work(bench: Bench, all_commits: list[str], trick: Trick) -> None:
    bench.play({1: [[write_good(1, "BAD"), {"sleep": 0}]] + [[]] * 9})
    at_first_attempt(bench, trick)
    result = bench.run()
    assert (result.status, result.stage) == (RunStatus.RED, 1)
    assert bench.commits() == all_commits[:1]
    # Nor does a later run believe them.
    bench.on_event = None
    again = bench.run(run=Workspace(bench.root).find_run().id)
    assert again.status is RunStatus.RED
    assert bench.run().status is RunStatus.RED
    assert bench.commits() == all_commits[:1]


def test_commits_of_the_agent_count_as_edits(bench: Bench, all_commits: list[str]) -> None:
    bench.play({1: [[write_good(1), {"sleep": 0}]]})
    at_first_attempt(bench, commit)
    assert bench.run(last=1)
    assert failures(bench) == []
    assert [e.message for e in bench.seen if e.event == "warning"] == [
        "the agent committed by itself; its commits were taken back"
    ]
    assert bench.commits() == all_commits[:2]
