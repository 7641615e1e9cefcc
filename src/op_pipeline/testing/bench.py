"""A tiny project on disk, and running its pipeline in this process or in one that does something to itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.engine import Request, RunResult, run_pipeline
from op_pipeline.events import AnyEvent, read_events
from op_pipeline.testing.gates import ScriptGates
from op_pipeline.testing.project import STAGES, script_file, write_good
from op_pipeline.testing.trees import git


@dataclass
class Bench:
    """A project on disk and what has been run in it."""

    root: Path
    keeper: ScriptGates = field(default_factory=ScriptGates)
    seen: list[Any] = field(default_factory=list)
    on_event: Callable[[AnyEvent], None] | None = None

    @property
    def script(self) -> Path:
        """The script's file."""
        return self.root.parent / "script.json"

    @property
    def tree(self) -> Path:
        """The operation's work tree."""
        return self.root / "logs" / "worktrees" / "toy"

    def play(self, stages: Mapping[int, Any]) -> None:
        """Write the script; stages that are not given turn green at once."""
        good: dict[int, Any] = {number: [[write_good(number)]] for number, _, _ in STAGES}
        script_file(self.script, {**good, **stages})

    def run(self, **wishes: Any) -> RunResult:
        """Run or continue the pipeline; `seen` holds its events."""
        self.seen.clear()
        request = Request(self.root / "spec.md", self.root, backend=f"scripted:{self.script}", **wishes)
        return run_pipeline(request, self._report, keeper=self.keeper)

    def _report(self, event: AnyEvent) -> None:
        self.seen.append(event)
        if self.on_event is not None:
            self.on_event(event)

    def run_apart(self, action: str, event: str, **wishes: Any) -> proc.Completed:
        """The same in a process that does `action` to itself when it has written an event; see driver.py."""
        words = [f"{key}={value}" for key, value in wishes.items()]
        command = [
            sys.executable,
            "-m",
            "op_pipeline.testing.driver",
            str(self.root),
            str(self.script),
            action,
            event,
            *words,
        ]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return proc.run(command, env=environment, deadline=60)

    def log(self, run: str | None = None) -> list[Any]:
        """Events as they are on disk."""
        folder = self.root / "logs" / (run or "latest")
        return read_events(folder / "events.jsonl")

    def kinds(self, *wanted: str) -> list[str]:
        """Names of the events seen, or of those wanted."""
        return [event.event for event in self.seen if not wanted or event.event in wanted]

    def commits(self) -> list[str]:
        """Subjects of the branch's commits, oldest first."""
        return git(self.root, "log", "--reverse", "--format=%s", "main..op/toy").splitlines()

    def refs(self, pattern: str) -> list[str]:
        """Names of refs that match."""
        return git(self.root, "for-each-ref", "--format=%(refname)", pattern).splitlines()
