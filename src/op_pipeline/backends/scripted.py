"""Recorded or hand-written edits instead of an agent: `--backend scripted:FILE`.

The file (YAML or JSON) maps a stage's number or name to a list of attempts, an attempt to a list of edits:

    stages:
      1:
        - [{write: src/a.py, text: "BAD"}]
        - [{write: src/a.py, text: "GOOD"}, {delete: old.txt}]

Edits: write+text, append+text, delete, rename+to, link+to, chmod+mode, sleep (seconds), fail (failure class)+message.
Paths are relative to the work tree. When a stage has fewer attempts than are made, the later ones do nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from op_pipeline.errors import ConfigError
from op_pipeline.events import Note
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, Usage

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.events import AnyEvent

Edit = Mapping[str, Any]
_VERBS = ("write", "append", "delete", "rename", "link", "chmod", "sleep", "fail")
_NEEDS = {"write": "text", "append": "text", "rename": "to", "link": "to", "chmod": "mode"}


@dataclass
class ScriptedBackend:
    """Plays edits by stage and attempt. `calls` remembers what was asked for, in order."""

    stages: Mapping[str, Sequence[Sequence[Edit]]]
    name: str = "scripted"
    dollars: float = 0.0
    calls: list[Task] = field(default_factory=list)

    @classmethod
    def from_file(cls, path: Path) -> ScriptedBackend:
        """Read a script. Raises ConfigError with what is wrong in it."""
        try:
            data = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ConfigError(f"script {path} cannot be read: {error}") from error
        stages = data.get("stages") if isinstance(data, dict) else None
        if not isinstance(stages, dict):
            raise ConfigError(f"{path}: a mapping with key 'stages' is expected")
        backend = cls({str(key): value or [] for key, value in stages.items()}, name=f"scripted:{path.name}")
        backend.dollars = float(data.get("dollars", 0.0))
        for key, attempts in backend.stages.items():
            _check(f"{path}: stages.{key}", attempts)
        return backend

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:
        """Play the edits of this stage and attempt."""
        self.calls.append(task)
        attempts = self.stages.get(str(task.stage.number)) or self.stages.get(task.stage.name) or []
        edits = attempts[task.attempt - 1] if task.attempt <= len(attempts) else []
        for edit in edits:
            verb = next(verb for verb in _VERBS if verb in edit)
            emit(Note(kind="edit", text=f"{verb} {edit[verb]}"))
            if verb == "fail":
                message = str(edit.get("message", "the script says so"))
                return AgentOutcome(message, self._usage(), Failure(FailureClass(edit["fail"]), message, Cost.HARD))
            play(task.tree, verb, edit)
        return AgentOutcome(f"{len(edits)} scripted edits", self._usage())

    def _usage(self) -> Usage:
        return Usage(dollars=self.dollars)


def play(tree: Path, verb: str, edit: Edit) -> None:
    """Carry out one edit below `tree`."""
    if verb == "sleep":
        time.sleep(float(edit["sleep"]))
        return
    path = tree / str(edit[verb])
    if verb == "delete":
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    if verb == "write":
        path.write_text(str(edit["text"]), encoding="utf-8")
    elif verb == "append":
        with path.open("a", encoding="utf-8") as file:
            file.write(str(edit["text"]))
    elif verb == "rename":
        path.rename(tree / str(edit["to"]))
    elif verb == "link":
        path.symlink_to(str(edit["to"]))
    elif verb == "chmod":
        path.chmod(int(str(edit["mode"]), 8))


def _check(where: str, attempts: object) -> None:
    if not isinstance(attempts, list) or not all(isinstance(edits, list) for edits in attempts):
        raise ConfigError(f"{where}: a list of attempts is expected, each a list of edits")
    for number, edits in enumerate(attempts, 1):
        for edit in edits:
            verbs = [verb for verb in _VERBS if isinstance(edit, dict) and verb in edit]
            if len(verbs) != 1:
                raise ConfigError(f"{where}, attempt {number}: {edit!r} is not one of {', '.join(_VERBS)}")
            if _NEEDS.get(verbs[0], verbs[0]) not in edit:
                raise ConfigError(f"{where}, attempt {number}: {verbs[0]} needs {_NEEDS[verbs[0]]!r}")
            if verbs[0] == "fail" and edit["fail"] not in set(FailureClass):
                raise ConfigError(f"{where}, attempt {number}: {edit['fail']!r} is no failure class")
