"""One stage of the tiny project, laid out as the engine does it, for the claude backend against a scripted API."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from op_pipeline.backends import Task
from op_pipeline.backends.claude import ClaudeBackend
from op_pipeline.backends.claude.surroundings import MARK
from op_pipeline.config import ClaudeSettings, load_agent, load_flow
from op_pipeline.events import AnyEvent
from op_pipeline.failures import cost_of
from op_pipeline.models import AgentOutcome, Failure, FailureClass, Gate
from op_pipeline.spec import load_spec
from op_pipeline.testing.project import TOY_PATH, tiny_project
from op_pipeline.testing.scripted_api import Script, ScriptedAPI
from op_pipeline.testing.trees import git

MODEL = "claude-sonnet-5"  # one whose price the CLI knows


IMPATIENT = ClaudeSettings(cli_retries=0, turn_retries=0, retry_wait=0.05, idle_seconds=20, request_seconds=3)


@dataclass
class Desk:
    """One stage of a run, as the engine lays it out, and what happened at it."""

    root: Path
    start: Callable[..., ScriptedAPI]
    settings: ClaudeSettings = IMPATIENT
    tools: tuple[str, ...] = ("Read", "Glob", "Grep", "Edit", "Write")
    agent_changes: dict[str, Any] = field(default_factory=dict)
    events: list[AnyEvent] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def at(cls, root: Path, start: Callable[..., ScriptedAPI]) -> Desk:
        """A new project with a work tree and a gate. `start` makes a server: the fixture `scripted_api`."""
        desk = cls(tiny_project(root), start)
        desk.gate.parent.mkdir(parents=True)
        desk.gate.write_text("def test_gate():\n    assert False\n", encoding="utf-8")
        git(root, "worktree", "add", "-q", "-b", "op/toy", str(desk.tree))
        return desk

    @property
    def tree(self) -> Path:
        """The operation's work tree."""
        return self.root / "logs" / "worktrees" / "toy"

    @property
    def run_folder(self) -> Path:
        """The run's folder."""
        return self.root / "logs" / "2026-01-01T00-00-00Z-toy-0000"

    @property
    def stage_folder(self) -> Path:
        """The stage's folder."""
        return self.run_folder / "stages" / "00-spec"

    @property
    def gate(self) -> Path:
        """The sealed test."""
        return self.run_folder / "gates" / "stage_0" / "test_spec.py"

    @property
    def target(self) -> Path:
        """A file inside the write scope."""
        return self.tree / TOY_PATH / "0.txt"

    def task(self, **changes: Any) -> Task:
        """What the backend is given."""
        agent = load_agent("alpha", self.root).model_copy(
            update={"tools": self.tools, "model": MODEL, "max_turns": 20, **self.agent_changes}
        )
        task = Task(
            spec=load_spec(self.root / "spec.md"),
            agent=agent,
            stage=load_flow("tiny", self.root).stage(0),
            tree=self.tree,
            attempt=1,
            previous=(),
            gate_description="The file 0.txt says GOOD.",
            out_dir=self.stage_folder / "attempt-1",
            deadline=time.monotonic() + 60,
            gates=(Gate(0, "test_spec", self.gate.parents[1], {}, "", "", ()),),
            project=self.root,
        )
        task = replace(task, **changes)
        if "out_dir" not in changes:
            task = replace(task, out_dir=self.stage_folder / f"attempt-{task.attempt}")
        task.out_dir.mkdir(parents=True, exist_ok=True)
        return task

    def attempt(self, *steps: Any, stages: Any = None, subagents: Any = (), **changes: Any) -> AgentOutcome:
        """One attempt of the backend against these steps; the API is `self.api` afterwards."""
        seconds = changes.pop("seconds", 60.0)
        script = steps[0] if len(steps) == 1 and isinstance(steps[0], Script) else list(steps)
        self.api = self.start(script, stages=stages, subagents=subagents)
        started = time.monotonic()
        task = self.task(**{"deadline": started + seconds, **changes})
        outcome = ClaudeBackend(self.settings).attempt(task, self.events.append)
        self.seconds = time.monotonic() - started
        return outcome

    def failures(self, *kinds: FailureClass) -> tuple[Failure, ...]:
        """Failures of an earlier attempt."""
        return tuple(Failure(kind, f"it is {kind}", cost_of(kind)) for kind in kinds)

    def notes(self, kind: str) -> list[str]:
        """Texts of the remarks of a kind."""
        return [event.text for event in self.events if event.event == "note" and event.kind == kind]

    def of(self, kind: str) -> list[Any]:
        """Events of a kind."""
        return [event for event in self.events if event.event == kind]


def marked_processes(root: Path) -> list[str]:
    """Command lines of living processes that belong to a turn in this project."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int(entry.name) == os.getpid():
                continue
            variables = dict(item.partition(b"=")[::2] for item in (entry / "environ").read_bytes().split(b"\0"))
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        own = variables.get(b"CLAUDE_CONFIG_DIR", b"").startswith(os.fsencode(root.resolve()))
        if MARK.encode() in variables and state != "Z" and own:
            found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found
