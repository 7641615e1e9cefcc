"""Bad input and broken surroundings, as the user meets them: what is said, the remedy, the exit code, what is left."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess  # noqa: TID251 - signals and limits need a process of our own
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from op_pipeline.state import operation_lock
from op_pipeline.testing import TOY_PATH, git, snapshot, write_good


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


def edited(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        assert old in text
        return text.replace(old, new)

    return edit


PARAMETER = "output: {"
WITH_PARAMETER = "parameters: [{name: beta, type: float, default: 9.0, range: [0.1, 4.0]}]\noutput: {"

# An edit of the spec, and what is said of it.
SPECS: dict[str, tuple[Callable[[str], str], str]] = {
    "no front matter": (lambda _: "# toy\nTwice the input.\n", "spec.md:1: no contract: the file does not begin with a line `---`; missing: operation,"),
    "empty file": (lambda _: "", "spec.md:1: no contract: the file does not begin with a line `---`; missing: operation,"),
    "front matter not closed": (lambda text: text.rpartition("---")[0], "spec.md:1: the front matter is not closed by a line `---`"),
    "unknown key": (edited("category", "categroy"), "spec.md:3: categroy: unknown key (did you mean 'category'?)"),
    "unknown function": (edited("x * 2", "sigmod(x)"), "spec.md:7: formula: column 1: unknown function 'sigmod' (did you mean 'sigmoid'?)"),
    "attribute in the formula": (edited("x * 2", "x.real"), "spec.md:7: formula: column 1: attribute access is not allowed"),
    "no golden": (edited("formula: x * 2\n", ""), "no golden: give either formula or golden"),
    "golden file missing": (edited("formula: x * 2", "golden: golden.py:toy"), "spec.md:7: golden: no file 'golden.py' beside the spec"),
    "contradictory shapes": (edited("[1, 1, 64, 96]", "[1, 1, 1, 64, 96]"), "spec.md:8: shapes.1: case 1: [1, 1, 1, 64, 96] has rank 5, and 'x' takes"),
    "output shape of nobody": (edited("x.shape", "y.shape"), "spec.md:6: output.shape: unknown input 'y'"),
    "parameter out of range": (edited(PARAMETER, WITH_PARAMETER), "spec.md:6: parameters.0: default 9.0 is out of range [0.1, 4.0]"),
    "unknown flow": (edited("flow: tiny", "flow: tinny"), "no flow 'tinny' (did you mean 'tiny'?)"),
}  # fmt: skip


@pytest.mark.parametrize("verb", ["check", "run"])
@pytest.mark.parametrize("name", SPECS)
def test_a_bad_spec_stops_everything_before_it_begins(pipeline: Shell, name: str, verb: str) -> None:
    edit, said = SPECS[name]
    spec = pipeline.root / "spec.md"
    spec.write_text(edit(spec.read_text()))
    backend = ["--backend", pipeline.backend] if verb == "run" else []
    assert pipeline(verb, "spec.md", *backend) == 2
    assert said in pipeline.err
    assert pipeline.err.count(said) == 1
    assert pipeline.out == ""
    assert not (pipeline.root / "logs").exists()
    assert git(pipeline.root, "branch", "--list", "op/*") == ""
    assert pipeline(verb, "spec.md", *backend, "--json") == 2
    assert pipeline.data()["v"] == 1
    error = pipeline.data()["error"]
    assert said.partition(": ")[2] in json.dumps(error, ensure_ascii=False) or said in error["message"]


def file_in_the_way(root: Path) -> None:
    (root / "logs").write_text("a file\n")


def folder_of_the_kernel(root: Path) -> None:
    (root / "logs").symlink_to("/proc/sys")  # even root makes no folder there


def half_a_merge(root: Path) -> None:
    (root / ".git" / "MERGE_HEAD").write_text(git(root, "rev-parse", "HEAD") + "\n")


def no_commit(root: Path) -> None:
    shutil.rmtree(root / ".git")
    git(root, "init", "-q")


def no_identity(root: Path) -> None:
    for role in ("AUTHOR", "COMMITTER"):
        for what in ("NAME", "EMAIL"):
            os.environ.pop(f"GIT_{role}_{what}", None)
    for name in ("user.name", "user.email"):
        git(root, "config", "--unset-all", name) if f"{name}=" in git(root, "config", "--local", "--list") else None


# What is broken, the code, what is said and the remedy.
BROKEN: dict[str, tuple[Callable[[Path], object], int, str, str]] = {
    "a file where logs go": (file_in_the_way, 7, "the workspace cannot be written", "--workspace"),
    "logs where nobody may write": (folder_of_the_kernel, 7, "the workspace cannot be written", "--workspace"),
    "no repository": (lambda root: shutil.rmtree(root / ".git"), 7, "is not in a git repository", "git init"),
    "no commit yet": (no_commit, 7, "has no commit yet", "git add -A && git commit -m start"),
    "no identity": (no_identity, 7, "git has no identity to commit with", "git config user.name"),
    "a merge in progress": (half_a_merge, 7, "a merge is in progress", "git merge --abort"),
    "branch checked out": (lambda root: git(root, "switch", "-q", "-c", "op/toy"), 7, "checked out elsewhere", "switch that tree to another branch"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_broken_surroundings_are_named_with_their_remedy(
    pipeline: Shell, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in ("AUTHOR", "COMMITTER"):  # put back afterwards
        for what in ("NAME", "EMAIL"):
            monkeypatch.setenv(f"GIT_{role}_{what}", "test@example.org")
    breaking, code, said, remedy = BROKEN[name]
    breaking(pipeline.root)
    assert pipeline("run", "spec.md", "--backend", pipeline.backend) == code
    first, second = pipeline.err.splitlines()[-2:]
    assert first.startswith("error: ")
    assert said in first
    assert second.startswith("hint: ")
    assert remedy in second
    assert "Traceback" not in pipeline.err


def test_a_workspace_in_use_names_its_holder(pipeline: Shell) -> None:
    with operation_lock(pipeline.root / "logs" / "locks", "toy", "the-other-run"):
        assert pipeline("run", "spec.md", "--backend", pipeline.backend) == 7
    assert re.search(rf"error: .*pid {os.getpid()} on .*, run the-other-run", pipeline.err)
    assert "hint: " in pipeline.err
    assert pipeline("run", "spec.md", "--until", "0", "--backend", pipeline.backend) == 0


SWISH = """---
operation: swish
category: eltwise
flow: cpp
inputs: [{name: x, dtypes: [bfloat16], layout: tile}]
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(x)
shapes: [[1, 1, 32, 32], [1, 1, 64, 96], [2, 3, 128, 64], [1, 1, 320, 32]]
---
# swish
"""


def test_without_a_compiler_nothing_is_attempted(
    pipeline: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    (pipeline.root / "swish.md").write_text(SWISH)
    assert pipeline("run", "swish.md", "--backend", "template") == 7
    assert "no usable C++ compiler" in pipeline.err
    assert "install g++ 12 or newer" in pipeline.err
    assert "attempt 1" not in pipeline.err
    assert pipeline("gate", "0", "--spec", "swish.md") == 7
    assert "install g++ 12 or newer" in pipeline.err


def start(
    pipeline: Shell, *words: str, prefix: Sequence[str] = (), environment: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    command = [*prefix, sys.executable, "-m", "op_pipeline", *words]
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=pipeline.root, env=surroundings, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe
    )


def wait_for(pipeline: Shell, pattern: str) -> None:
    until = time.monotonic() + 30
    log = pipeline.root / "logs" / "latest" / "events.jsonl"
    while time.monotonic() < until:
        if log.exists() and re.search(pattern, log.read_text()):
            return
        time.sleep(0.01)
    pytest.fail(f"{pattern} never came")


def count_commits(pipeline: Shell) -> int:
    return len(git(pipeline.root, "log", "--format=%s", "main..op/toy").splitlines())


@pytest.mark.slow
def test_a_full_disk_ends_the_run_and_resume_goes_on(pipeline: Shell) -> None:
    before = snapshot(pipeline.root)
    limit = ["sh", "-c", 'ulimit -f 6; exec "$@"', "sh"]  # no file above 3 or 6 KiB, as the shell counts
    process = start(pipeline, "run", "spec.md", "--backend", pipeline.backend, prefix=limit)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 7, err
    assert b"error: " in err
    assert b"hint: " in err
    assert b"Traceback" not in err
    log = pipeline.root / "logs" / "latest" / "events.jsonl"
    assert all(json.loads(line) for line in log.read_text().splitlines())
    assert pipeline("resume", "-q") == 0, pipeline.err
    assert count_commits(pipeline) == 4
    assert snapshot(pipeline.root) == before


SLOW_GIT = """#!/bin/sh
for word in "$@"; do
  if [ "$word" = commit-tree ]; then touch "$MARK"; sleep 1; fi
done
exec "$GIT" "$@"
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", ["agent", "gate", "commit"])
def test_ctrl_c_at_any_moment_ends_with_130_and_resumes(pipeline: Shell, tmp_path: Path, moment: str) -> None:
    environment, pattern = {}, r'"stage":0,.*sleep'
    if moment == "agent":
        pipeline.play({0: [[write_good(0), {"sleep": 30}], [write_good(0)]]})
    elif moment == "gate":
        pipeline.play({0: [[write_good(0, "HANG")], [write_good(0)]]})
        pattern = r'"test_started"(?s:.*)"test_started"'
        flow = pipeline.root / "agents/flows/tiny.yaml"
        flow.write_text(flow.read_text().replace('"gate_deadline": 20', '"gate_deadline": 3'))
    else:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin/git").write_text(SLOW_GIT)
        (tmp_path / "bin/git").chmod(0o755)
        environment = {
            "PATH": f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "GIT": str(shutil.which("git")),
            "MARK": str(tmp_path / "mark"),
        }
        pattern = r'"committing"'
    process = start(pipeline, "run", "spec.md", "--backend", pipeline.backend, environment=environment)
    wait_for(pipeline, pattern)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert err.splitlines()[-1].startswith(b"next: pipeline resume "), err
    assert b"Traceback" not in err
    assert count_commits(pipeline) == (moment == "commit")
    if moment == "agent":
        pipeline.play({})
    assert pipeline("resume", "-q") == 0, pipeline.err
    assert count_commits(pipeline) == 4
    assert f"{TOY_PATH}/0.txt" in git(pipeline.root, "show", "--name-only", "--format=", "op/toy~3")


@pytest.mark.slow
@pytest.mark.parametrize("stage", range(4))
def test_resume_after_kill_9_in_any_stage(pipeline: Shell, stage: int) -> None:
    pipeline.play({stage: [[write_good(stage, "HALF"), {"sleep": 30}]]})
    process = start(pipeline, "run", "spec.md", "--backend", pipeline.backend)
    wait_for(pipeline, rf'"stage":{stage},.*sleep')
    process.kill()
    process.communicate(timeout=20)
    assert pipeline("status", "--json") == 0
    assert (pipeline.data()["status"], pipeline.data()["green"]) == ("interrupted", stage)
    pipeline.play({})
    assert pipeline("resume") == 0, pipeline.err
    assert "toy: green, 4/4 stages green" in pipeline.err
    assert count_commits(pipeline) == 4
    assert git(pipeline.root, "status", "--porcelain") == ""


def test_words_on_a_pipe_are_plain_lines(pipeline: Shell) -> None:
    process = start(pipeline, "run", "spec.md", "--until", "0", "--backend", pipeline.backend)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"")
    assert not re.search(rb"[\x1b\r]", err)
    assert all(len(line) < 200 for line in err.splitlines())
    head = subprocess.run(
        f"{sys.executable} -m op_pipeline logs --json | head -c 1",
        shell=True, cwd=pipeline.root, capture_output=True, check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert (head.stdout, head.stderr) == (b"{", b"")
