"""Any agent program: `--backend command:NAME`, described in the workspace's pyproject.toml.

The program gets a prompt, the work tree as its current folder and a deadline. What it may write, whether it was any
good and what is committed is decided elsewhere, as for every backend.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from op_pipeline import proc
from op_pipeline.backends.prompting import render_task
from op_pipeline.backends.transcript import redactor
from op_pipeline.config import CommandSettings, load_settings
from op_pipeline.errors import ConfigError, InfrastructureError, did_you_mean
from op_pipeline.events import AgentMessage
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass, Usage

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.events import AnyEvent

PROMPT, LOG = "prompt.md", "command.log"
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b-\x1f\x7f]")
_EVENT_SECONDS, _EVENT_CHARACTERS = 0.25, 4_000
_MOST_IN_EVENTS = 1_000_000
_TAIL = 2_000
_SECRET = 8  # shorter values would blank ordinary words


@dataclass(frozen=True)
class CommandBackend:
    """Starts one process per attempt. Its usage is unknown: the program has its own account."""

    settings: CommandSettings
    name: str

    @classmethod
    def configured(cls, name: str, project: Path | None) -> CommandBackend:
        """The command `name` of the workspace's pyproject.toml. Raises ConfigError naming those there are."""
        commands = load_settings(project).commands
        if name in commands:
            _require_program(commands[name].argv[0], name)
            return cls(commands[name], f"command:{name}")
        known = f"described there: {', '.join(commands)}" if commands else "none is described there"
        raise ConfigError(
            f"no [tool.op-pipeline.commands.{name}] in pyproject.toml{did_you_mean(name, commands)}; {known}",
            hint="docs/backends.md shows how to describe an agent program",
        )

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:
        """Render the prompt, run the program in the tree, keep its output in the attempt's folder.

        A program that is missing, fails or takes too long is an outcome with a failure.
        """
        started = time.monotonic()
        folder = task.out_dir.resolve()
        prompt = render_task(task).text
        try:
            (folder / PROMPT).write_text(prompt, encoding="utf-8")
            with (folder / LOG).open("w", encoding="utf-8", errors="replace") as log:
                return self._run(task, prompt, log, emit, started)
        except OSError as error:
            raise InfrastructureError(f"cannot write {folder}: {error.strerror}") from error

    def _run(
        self, task: Task, prompt: str, log: IO[str], emit: Callable[[AnyEvent], None], started: float
    ) -> AgentOutcome:
        passed_on = {key: value for key, value in os.environ.items() if self.settings.allows(key)}
        said = _Said(log, emit, _masks(passed_on))
        allowed = min(max(0.0, task.deadline - started), self.settings.timeout or float("inf"))
        try:
            done = proc.run(
                self.settings.filled(**_values(task)),
                cwd=task.tree,
                env=proc.clean_environment(**passed_on),
                deadline=allowed,
                on_line=said.line,
                stdin_text=prompt if self.settings.prompt == "stdin" else None,
            )
        except proc.CommandNotFound as error:
            action = f"Install it, or correct argv in [tool.op-pipeline.commands.{self.name.partition(':')[2]}]."
            return replace(_failed(started, FailureClass.ENV_ERROR, str(error), action), final=True)
        finally:
            said.flush()
        return self._outcome(task, done, allowed, said.tail, started)

    def _outcome(self, task: Task, done: proc.Completed, allowed: float, tail: str, started: float) -> AgentOutcome:
        """A program that was cut by the deadline has reached a limit: what it wrote is judged all the same."""
        program, last = Path(done.argv[0]).name, _last_line(tail)
        if done.timed_out:
            own = self.settings.timeout is not None and allowed >= self.settings.timeout
            knob = f"timeout in [tool.op-pipeline.commands.{self.name.partition(':')[2]}]"
            action = f"Raise {knob}, then `pipeline resume`." if own else task.more("seconds")
            message = f"{program} was stopped after {allowed:.0f} s, all the time an attempt has"
            return _failed(started, FailureClass.LIMIT_REACHED, message, action, tail)
        if done.returncode:
            signal = -done.returncode
            how = f"was ended by signal {signal}" if signal > 0 else f"ended with code {done.returncode}"
            message = f"{program} {how}" + (f": {last}" if last else "")
            return _failed(started, FailureClass.UNKNOWN, message, f"Read {LOG} in the attempt's folder.", tail)
        return AgentOutcome(last, _usage(started))


@dataclass
class _Said:
    """What the program says: to the log at once, to events in pieces, since each event is a write to disk."""

    log: IO[str]
    emit: Callable[[AnyEvent], None]
    masks: Mapping[str, str]
    redact: Callable[[str], str] = field(default_factory=redactor)
    tail: str = ""
    _held: list[str] = field(default_factory=list)
    _since: float = 0.0
    _told: int = 0

    def line(self, raw: str) -> None:
        """Take a line of output, without terminal codes and without values of variables that were passed on."""
        text = _TERMINAL.sub("", raw.rpartition("\r")[2] if not raw.endswith("\r") else raw)
        for value, name in self.masks.items():
            text = text.replace(value, name)
        text = self.redact(text)
        self.log.write(f"{text}\n")
        self.log.flush()
        self.tail = f"{self.tail}{text}\n"[-_TAIL:]
        self._held.append(text)
        now = time.monotonic()
        if now - self._since >= _EVENT_SECONDS or sum(map(len, self._held)) >= _EVENT_CHARACTERS:
            self.flush()

    def flush(self) -> None:
        """Tell what was held back."""
        text = "\n".join(self._held).strip("\n")
        self._held.clear()
        self._since = time.monotonic()
        if not text or self._told > _MOST_IN_EVENTS:
            return
        self._told += len(text)
        if self._told > _MOST_IN_EVENTS:
            text = f"[{_MOST_IN_EVENTS} characters told; the rest is in {LOG} only]"
        self.emit(AgentMessage(text=text))


def _failed(started: float, kind: FailureClass, message: str, action: str, excerpt: str = "") -> AgentOutcome:
    return AgentOutcome(message, _usage(started), Failure(kind, message, Cost.HARD, action, excerpt=excerpt))


def _usage(started: float) -> Usage:
    return Usage(dollars=None, seconds=time.monotonic() - started)


def _values(task: Task) -> dict[str, str]:
    folder = task.out_dir.resolve()
    return {
        "prompt_file": str(folder / PROMPT),
        "tree": str(task.tree.resolve()),
        "stage": str(task.stage.number),
        "operation": task.spec.operation,
        "attempt": str(task.attempt),
        "out_dir": str(folder),
    }


def _masks(passed_on: Mapping[str, str]) -> dict[str, str]:
    """Value → what stands for it in the log, longest first: programs like to print the key they were refused with."""
    values = {value: f"[{key}]" for key, value in passed_on.items() if len(value) >= _SECRET}
    return dict(sorted(values.items(), key=lambda item: -len(item[0])))


def _last_line(text: str) -> str:
    return next((line.strip()[:300] for line in reversed(text.splitlines()) if line.strip()), "")


def _require_program(program: str, name: str) -> None:
    """Before anything is changed: a name that is not on PATH. Paths may lie in the tree, which is not there yet."""
    if "/" not in program and "{" not in program and shutil.which(program) is None:
        raise ConfigError(
            f"command {name!r}: there is no program {program!r} on PATH",
            hint=f"install it, or correct argv in [tool.op-pipeline.commands.{name}]",
        )
