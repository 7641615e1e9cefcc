"""Other agent programs: a real process per attempt, in real runs on a real repository."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends import load_backend
from op_pipeline.engine import Request, RunResult, run_pipeline
from op_pipeline.errors import ConfigError
from op_pipeline.testing import STAGES, Bench, tiny_project

APPRENTICE = Path(__file__).with_name("apprentice.py")
Run = Callable[..., RunResult]


def describe(root: Path, argv: Sequence[str], **keys: Any) -> None:
    """Write the command `apprentice` into the project's pyproject.toml."""
    lines = [f"{key} = {json.dumps(value)}" for key, value in {"argv": list(argv), **keys}.items()]
    (root / "pyproject.toml").write_text("[tool.op-pipeline.commands.apprentice]\n" + "\n".join(lines) + "\n")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tiny_project(tmp_path / "project"))


@pytest.fixture
def run(bench: Bench) -> Run:
    """Run the tiny project's stage 0, or up to `last`, with the apprentice in a given habit."""

    def call(habit: str, *more: str, last: int | None = 0, **keys: Any) -> RunResult:
        given = ["--prompt-file", "{prompt_file}"] if keys.get("prompt", "file") == "file" else []
        describe(bench.root, [sys.executable, str(APPRENTICE), *given, "--habit", habit, *more], **keys)
        bench.seen.clear()
        request = Request(bench.root / "spec.md", bench.root, backend="command:apprentice", last=last)
        return run_pipeline(request, bench.seen.append, keeper=bench.keeper)

    return call


def attempts(result: RunResult) -> list[Path]:
    """Folders of stage 0's attempts."""
    return sorted((result.folder / "stages" / "00-spec").glob("attempt-*"))


def failures(bench: Bench) -> list[tuple[str, str]]:
    return [(str(event.kind), event.message) for event in bench.seen if event.event == "failure_classified"]


@pytest.mark.parametrize("prompt", ["file", "stdin"])
def test_all_stages_are_built_gated_and_committed(bench: Bench, run: Run, prompt: str) -> None:
    result = run("diligent", last=None, prompt=prompt)
    assert (str(result.status), result.exit_code) == ("green", 0)
    assert bench.commits() == [f"toy: stage {number} {name}" for number, name, _ in STAGES]
    started = next(event for event in bench.seen if event.event == "attempt_started")
    assert started.backend == "command:apprentice"
    ended = next(event for event in bench.seen if event.event == "attempt_finished")
    assert (ended.summary, ended.dollars) == ("done", None)
    folder = attempts(result)[0]
    said = "stage 0: writing ttnn/cpp/ttnn/operations/eltwise/toy/0.txt\ndone\n"
    assert (folder / "command.log").read_text() == said
    assert "## Goal\n0.txt says GOOD" in (folder / "prompt.md").read_text()
    told = [event.text for event in bench.seen if event.event == "agent_message" and event.stage == 0]
    assert "\n".join(told) == said.strip()


def test_placeholders_are_filled_in_and_other_braces_stay(run: Run) -> None:
    result = run("diligent", "--note", "{operation}/{stage}/{attempt} in {tree}, {out_dir} {} {0} {'a': 1}")
    folder = attempts(result)[0].resolve()
    tree = folder.parents[3] / "worktrees" / "toy"
    assert f"toy/0/1 in {tree}, {folder} {{}} {{0}} {{'a': 1}}\n" in (folder / "command.log").read_text()


def test_failures_of_the_gate_reach_the_next_prompt(bench: Bench, run: Run) -> None:
    assert run("learning")
    assert failures(bench) == [("numerical_mismatch", "0.txt says WRONG")]


def test_writes_outside_the_scope_are_taken_back(bench: Bench, run: Run) -> None:
    assert run("straying")
    assert [kind for kind, _ in failures(bench)] == ["write_outside_scope"]
    assert (bench.tree / "README").read_text() == "A project.\n"


def test_commits_of_its_own_are_taken_back(bench: Bench, run: Run) -> None:
    assert run("committing")
    assert bench.commits() == ["toy: stage 0 spec"]
    assert any(event.event == "warning" and "committed by itself" in event.message for event in bench.seen)


@pytest.mark.parametrize(
    ("habit", "message"),
    [
        ("failing", "ended with code 3: error: quota exceeded for this month"),
        ("dying", "was ended by signal 9: stage 0: writing ttnn/cpp/ttnn/operations/eltwise/toy/0.txt"),
    ],
)
def test_a_program_that_fails_is_a_failed_attempt(bench: Bench, run: Run, habit: str, message: str) -> None:
    result = run(habit)
    assert result
    program = Path(sys.executable).name
    assert failures(bench) == [("unknown", f"{program} {message}")]
    assert len(attempts(result)) == 2
    assert not (attempts(result)[0] / "gate.txt").exists(), "no gate is run on half an attempt"


def test_at_the_deadline_the_whole_group_ends_and_its_words_are_kept(bench: Bench, run: Run) -> None:
    before = time.monotonic()
    result = run("dawdling", timeout=1.0)
    assert result.exit_code == 4
    assert time.monotonic() - before < 15
    kind, message = failures(bench)[0]
    assert kind == "limit_reached"
    assert message.endswith("was stopped after 1 s, all the time an attempt has")
    assert "timeout in [tool.op-pipeline.commands.apprentice]" in result.failures[0].action
    log = (attempts(result)[0] / "command.log").read_text()
    for pid in log.split("pids ")[1].split():
        status = Path(f"/proc/{pid}/status")
        assert not status.exists() or "zombie" in status.read_text()


def test_what_was_written_before_the_deadline_is_judged(bench: Bench, run: Run) -> None:
    assert run("lingering", timeout=1.0)
    finished = next(event for event in bench.seen if event.event == "attempt_finished")
    assert [str(item.kind) for item in finished.failures] == ["limit_reached"]
    assert bench.commits() == ["toy: stage 0 spec"]


def test_the_environment_is_clean_but_for_the_allow_list(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APPRENTICE_KEY", "sk-very-secret-0815")
    monkeypatch.setenv("OTHER_KEY", "another")
    monkeypatch.setenv("LANG", "C.UTF-8")
    for name in ("LC_ALL", "TMPDIR", "TZ"):
        monkeypatch.delenv(name, raising=False)
    result = run("telling", env=["APPRENTICE_*", "ABSENT"])
    log = (attempts(result)[0] / "command.log").read_text()
    seen = set(log.split("variables ")[1].splitlines()[0].split()) - {"LC_CTYPE"}  # Python sets that one itself
    assert seen == {"APPRENTICE_KEY", "PATH", "HOME", "LANG"}
    assert "401 for key [APPRENTICE_KEY]" in log
    assert not [path for path in result.folder.rglob("*") if path.is_file() and b"very-secret" in path.read_bytes()]


def test_much_talk_makes_few_events_and_a_whole_log(bench: Bench, run: Run) -> None:
    result = run("talkative")
    log = (attempts(result)[0] / "command.log").read_text().splitlines()
    assert log[1:] == [f"thought {number}" for number in range(20_000)]
    told = [event.text for event in bench.seen if event.event == "agent_message"]
    assert len(told) < 100
    assert "\n".join(told).splitlines() == log


def test_a_program_that_is_missing_fails_the_attempt_and_is_not_tried_again(bench: Bench, run: Run) -> None:
    describe(bench.root, ["./no/such-agent", "{prompt_file}"])
    request = Request(bench.root / "spec.md", bench.root, backend="command:apprentice", last=0)
    result = run_pipeline(request, bench.seen.append, keeper=bench.keeper)
    assert (result.exit_code, len(attempts(result))) == (7, 1), "nothing would be different the next time"
    assert (result.failures[0].kind, result.failures[0].message) == (
        "env_error", "cannot start './no/such-agent': No such file or directory",
    )  # fmt: skip
    assert "argv in [tool.op-pipeline.commands.apprentice]" in result.failures[0].action


def test_what_is_not_described_or_not_installed_is_refused_at_once(bench: Bench) -> None:
    with pytest.raises(ConfigError, match="none is described there"):
        load_backend("command:codex", bench.root)
    describe(bench.root, ["no-such-program-here", "{prompt_file}"])
    with pytest.raises(ConfigError, match=r"did you mean 'apprentice'\?\); described there: apprentice"):
        load_backend("command:aprentice", bench.root)
    with pytest.raises(ConfigError, match="no program 'no-such-program-here' on PATH"):
        load_backend("command:apprentice", bench.root)
    assert not (bench.root / "logs").exists()
