"""Recorded or hand-written edits instead of an agent: `--backend scripted:FILE`.

The file (YAML or JSON) maps a stage's number or name to a list of attempts, an attempt to a list of edits:

    stages:
      1:
        - [{write: src/a.py, text: "BAD"}]
        - [{write: src/a.py, text: "GOOD"}, {delete: old.txt}]

Edits: write+text, append+text, delete, rename+to, link+to, chmod+mode, sleep (seconds), fail (failure class)+message.
Any of them, or none, may come with usage, the model call that asked for it: a mapping of input_tokens, output_tokens,
dollars (null: the price is not known) and model. Before a call for which the task leaves nothing, and when the task's
time is over, the turn ends with limit_reached.
Paths are relative to the work tree. When a stage has fewer attempts than are made, the later ones do nothing.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from op_pipeline.errors import ConfigError
from op_pipeline.events import ModelCall, Note
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, Usage

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.events import AnyEvent

Edit = Mapping[str, Any]
_VERBS = ("write", "append", "delete", "rename", "link", "chmod", "sleep", "fail")
_NEEDS = {"write": "text", "append": "text", "rename": "to", "link": "to", "chmod": "mode"}
_CALL = frozenset({"input_tokens", "output_tokens", "dollars", "model"})


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
        used = Usage(dollars=self.dollars)
        for edit in edits:
            if "usage" in edit and (stop := _over(task, used)):
                return AgentOutcome(stop.message, used, stop)
            failed = _edit(task, edit, emit)
            if "usage" in edit:
                used = _call(used, edit["usage"], emit)
            if failed is not None:
                return AgentOutcome(failed.message, used, failed)
        return AgentOutcome(f"{len(edits)} scripted edits", used)


def _edit(task: Task, edit: Edit, emit: Callable[[AnyEvent], None]) -> Failure | None:
    """Play one edit; the failure when it ends the turn."""
    verb = next((verb for verb in _VERBS if verb in edit), None)
    if verb is None:  # a model call alone
        return None
    emit(Note(kind="edit", text=f"{verb} {edit[verb]}"))
    if verb == "fail":
        return Failure(FailureClass(edit["fail"]), str(edit.get("message", "the script says so")), Cost.HARD)
    if verb == "sleep":
        return None if _slept(task, float(edit["sleep"])) else _limit("the task's time is over")
    play(task.tree, verb, edit)
    return None


def _over(task: Task, used: Usage) -> Failure | None:
    """Why another model call is not allowed."""
    if task.dollars_left is not None and used.dollars is not None and used.dollars >= task.dollars_left - 1e-9:
        return _limit(f"the ${task.dollars_left:.2f} left for this attempt are spent")
    if task.tokens_left is not None and used.tokens >= task.tokens_left:
        return _limit(f"the {task.tokens_left} tokens left for this attempt are used")
    return None


def _limit(message: str) -> Failure:
    return Failure(FailureClass.LIMIT_REACHED, message, Cost.HARD)


def _call(used: Usage, call: Mapping[str, Any], emit: Callable[[AnyEvent], None]) -> Usage:
    """Tell of one model call; what the turn has used with it."""
    event = ModelCall(
        model=str(call.get("model", "scripted")),
        input_tokens=int(call.get("input_tokens", 0)),
        output_tokens=int(call.get("output_tokens", 0)),
        dollars=call.get("dollars", 0.0),
    )
    emit(event)
    known = used.dollars is not None and event.dollars is not None
    return replace(
        used,
        dollars=(used.dollars or 0.0) + (event.dollars or 0.0) if known else None,
        input_tokens=used.input_tokens + event.input_tokens,
        output_tokens=used.output_tokens + event.output_tokens,
    )


def _slept(task: Task, seconds: float) -> bool:
    """Sleep that long, or to the task's deadline; whether it was that long."""
    left = task.deadline - time.monotonic()
    time.sleep(max(0.0, min(seconds, left)))
    return seconds <= left


def play(tree: Path, verb: str, edit: Edit) -> None:
    """Carry out one edit below `tree`."""
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
            problem = _problem(edit)
            if problem:
                raise ConfigError(f"{where}, attempt {number}: {problem}")


def _problem(edit: object) -> str:
    """What is wrong with an edit; '' when nothing is."""
    if not isinstance(edit, dict):
        return f"{edit!r} is not one of {', '.join(_VERBS)}"
    verbs = [verb for verb in _VERBS if verb in edit]
    if len(verbs) != 1 and set(edit) != {"usage"}:
        return f"{edit!r} is not one of {', '.join(_VERBS)}"
    call = edit.get("usage", {})
    if not isinstance(call, dict) or not set(call) <= _CALL:
        return f"usage is a mapping of {', '.join(sorted(_CALL))}"
    if verbs and _NEEDS.get(verbs[0], verbs[0]) not in edit:
        return f"{verbs[0]} needs {_NEEDS[verbs[0]]!r}"
    if "fail" in edit and edit["fail"] not in set(FailureClass):
        return f"{edit['fail']!r} is no failure class"
    return ""
