"""Who plays the agents: the protocol, the task handed over, and the table of backends.

A backend edits files of the work tree and reports how its turn ended. It never runs gates, commits or decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from op_pipeline.errors import ConfigError
from op_pipeline.models import AgentOutcome, Failure, Gate

if TYPE_CHECKING:
    from op_pipeline.config import AgentSpec, StageSpec
    from op_pipeline.events import AnyEvent
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Target

BACKENDS = ("auto", "claude", "template", "scripted:FILE", "command:NAME")


@dataclass(frozen=True)
class Task:
    """All a backend is told. `deadline` is in seconds of `time.monotonic()`; `out_dir` takes its prompt and notes.

    `gates` are the sealed gates up to the stage's own, which comes last; with `target` they let tools run it, confined
    as `sandbox` says (sandbox.strength).
    `dollars_left` and `tokens_left` are what the run's limits leave (None: no limit); `knobs` names, by currency
    (dollars, tokens, seconds), the setting or flag that gives an attempt more of it.
    """

    spec: Spec
    agent: AgentSpec
    stage: StageSpec
    tree: Path
    attempt: int
    previous: tuple[Failure, ...]
    gate_description: str
    out_dir: Path
    deadline: float
    gates: tuple[Gate, ...] = ()
    target: Target | None = None
    sandbox: str = "auto"
    project: Path | None = None
    dollars_left: float | None = None
    tokens_left: int | None = None
    knobs: Mapping[str, str] = field(default_factory=dict)

    def more(self, currency: str) -> str:
        """What to do when an attempt was cut for lack of `currency`."""
        return f"Raise {self.knobs.get(currency) or f'the limit of {currency}'}, then `pipeline resume`."


class Backend(Protocol):
    """One turn of an agent at a stage."""

    @property
    def name(self) -> str:
        """What the log calls it."""
        ...

    def attempt(self, task: Task, emit: Callable[[AnyEvent], None]) -> AgentOutcome:
        """Edit files under `task.tree`; a turn that went wrong is an outcome with a failure, not an exception."""
        ...


def choose_backend(wanted: str, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """The backend that `auto` stands for here, and why in words for the header; any other name stands for itself."""
    if wanted != "auto":
        return wanted, "asked for"
    from op_pipeline.backends.claude.credentials import find_credentials  # noqa: PLC0415

    found = find_credentials(environment)
    return ("claude", found.why) if found.found else ("template", f"{found.why}; works offline")


def load_backend(name: str, project: Path | None = None) -> Backend:
    """The backend called `name`, one of `BACKENDS`. Modules are imported only when asked for.

    `project` is the workspace whose pyproject.toml describes commands.

    Raises ConfigError with the valid names for any other.
    """
    kind, _, argument = name.partition(":")
    if kind == "template" and not argument:
        from op_pipeline.backends.template import TemplateBackend  # noqa: PLC0415

        return TemplateBackend()
    if kind == "scripted" and argument:
        from op_pipeline.backends.scripted import ScriptedBackend  # noqa: PLC0415

        return ScriptedBackend.from_file(Path(argument))
    if kind == "claude" and not argument:
        from op_pipeline.backends.claude import ClaudeBackend  # noqa: PLC0415

        return ClaudeBackend.configured(project)
    if kind == "auto" and not argument:
        return load_backend(choose_backend(name)[0], project)
    if kind == "command" and argument:
        from op_pipeline.backends.command import CommandBackend  # noqa: PLC0415

        return CommandBackend.configured(argument, project)
    raise ConfigError(f"unknown backend {name!r}", hint=f"valid backends: {', '.join(BACKENDS)}")
