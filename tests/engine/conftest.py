"""A tiny project, and running its pipeline in this process or in one that is killed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import proc
from op_pipeline.engine import Request, RunResult, run_pipeline
from op_pipeline.events import AnyEvent, RawEvent, read_events
from op_pipeline.testing import STAGES, ScriptGates, git, script_file, tiny_project, write_good

DRIVER = Path(__file__).with_name("driver.py")


@dataclass
class Bench:
    """A project on disk and what has been run in it."""

    root: Path
    keeper: ScriptGates = field(default_factory=ScriptGates)
    seen: list[AnyEvent] = field(default_factory=list)
    on_event: Callable[[AnyEvent], None] | None = None

    @property
    def script(self) -> Path:
        return self.root.parent / "script.json"

    @property
    def tree(self) -> Path:
        return self.root / "logs" / "worktrees" / "toy"

    def play(self, stages: Mapping[int | str, Any]) -> None:
        """Stages that are not given turn green at once."""
        good = {str(number): [[write_good(number)]] for number, _, _ in STAGES}
        script_file(self.script, {**good, **{str(key): value for key, value in stages.items()}})

    def run(self, **wishes: Any) -> RunResult:
        self.seen.clear()
        request = Request(self.root / "spec.md", self.root, backend=f"scripted:{self.script}", **wishes)
        return run_pipeline(request, self._report, keeper=self.keeper)

    def _report(self, event: AnyEvent) -> None:
        self.seen.append(event)
        if self.on_event is not None:
            self.on_event(event)

    def run_apart(self, action: str, event: str, **wishes: Any) -> proc.Completed:
        """The same in a process that does something to itself when it has written an event; see driver.py."""
        words = [f"{key}={value}" for key, value in wishes.items()]
        command = [sys.executable, str(DRIVER), str(self.root), str(self.script), action, event, *words]
        return proc.run(command, deadline=60)

    def log(self, run: str | None = None) -> list[AnyEvent | RawEvent]:
        folder = self.root / "logs" / (run or "latest")
        return read_events(folder / "events.jsonl")

    def kinds(self, *wanted: str) -> list[str]:
        return [event.event for event in self.seen if not wanted or event.event in wanted]

    def commits(self) -> list[str]:
        return git(self.root, "log", "--reverse", "--format=%s", "main..op/toy").splitlines()

    def refs(self, pattern: str) -> list[str]:
        return git(self.root, "for-each-ref", "--format=%(refname)", pattern).splitlines()


ALL_COMMITS = [f"toy: stage {number} {name}" for number, name, _ in STAGES]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """The tiny project with a script that turns every stage green at its first attempt."""
    made = Bench(tiny_project(tmp_path / "project"))
    made.play({})
    return made


@pytest.fixture
def all_commits() -> list[str]:
    return list(ALL_COMMITS)
