"""What the tools of one attempt work with, and the answers they give."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline.models import Failure

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.events import AnyEvent
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Prepared, Target

GATE_RUNS = 12  # of one attempt; a turn that needs more is guessing
EXCERPT = 1500  # characters of a failure's excerpt


@dataclass(frozen=True)
class Answer:
    """What a tool says. `ok` is false when it could not do what was asked; a red gate is a good answer."""

    data: dict[str, Any]
    ok: bool = True

    @property
    def text(self) -> str:
        """The answer as a model reads it: a line for each key, and for each row of a table below it."""
        if set(self.data) == {"text"}:
            return str(self.data["text"])
        return "\n".join(_lines(self.data, ""))


def _lines(data: dict[str, Any], margin: str) -> list[str]:
    lines: list[str] = []
    for key, value in data.items():
        if isinstance(value, dict) and value:
            lines += [f"{margin}{key}:", *_lines(value, margin + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines += [f"{margin}{key}:", *(f"{margin}  - {json.dumps(row)}" for row in value)]
        elif isinstance(value, str) and "\n" in value:
            lines += [f"{margin}{key}:", *(f"{margin}  {line}" for line in value.splitlines())]
        else:
            lines.append(f"{margin}{key}: {value if isinstance(value, str) else json.dumps(value)}")
    return lines


class _Marked:
    """A target that adds variables to the environment of what runs on it."""

    def __init__(self, inner: Target, environment: dict[str, str]) -> None:
        self.name, self._inner, self._environment = inner.name, inner, environment

    def identity(self) -> dict[str, str]:
        """As the target says."""
        return self._inner.identity()

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        """As the target does."""
        prepared = self._inner.prepare(spec, tree, cache)
        return replace(prepared, env={**prepared.env, **self._environment})


def refusal(message: str) -> Answer:
    """An answer that says why there is none."""
    return Answer({"error": message}, ok=False)


@dataclass
class Toolbox:
    """The tools' view of an attempt. `gate_runs` counts the gate runs so far, `calls` all children.

    `environment` is added to that of every child: a mark by which a backend that is interrupted finds and ends them.
    Events go to `emit`, through `route` when there is one: for callers whose log belongs to another thread.
    """

    task: Task
    emit: Callable[[AnyEvent], None]
    gate_limit: int = GATE_RUNS
    gate_runs: int = 0
    calls: int = field(default=0, repr=False)
    route: Callable[[AnyEvent], None] | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def tell(self, event: AnyEvent) -> None:
        """An event of a tool's."""
        (self.route or self.emit)(event)

    @property
    def target(self) -> Target | None:
        """The attempt's target, with the children's environment in what it prepares."""
        return None if self.task.target is None else _Marked(self.task.target, self.environment)

    def folder(self, tool: str) -> Path:
        """A new folder for what a call leaves behind, below the attempt's own."""
        self.calls += 1
        folder = self.task.out_dir / "tools" / f"{self.calls:02d}-{tool}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def seconds(self, wanted: float) -> float:
        """A deadline for a child: what was wanted, or what is left of the attempt."""
        return min(wanted, self.task.deadline - time.monotonic())

    def seed(self, tool: str, number: int) -> str:
        """Seed of a call: the same at every replay of the attempt. Verdicts are given on seeds nobody can know."""
        return f"{tool}-{self.task.stage.number}-{self.task.attempt}-{number}"

    def relative(self, text: str) -> str:
        """`text` with paths below the tree as the agent knows them."""
        for root in (str(self.task.tree.resolve()), str(self.task.tree)):
            text = text.replace(f"{root}/", "")
        return text

    def failure(self, failure: Failure) -> dict[str, Any]:
        """A failure as JSON, without what is empty; the excerpt cut."""
        cut = self.relative(failure.excerpt)[:EXCERPT]
        data = {**asdict(failure), "excerpt": cut, "message": self.relative(failure.message)}
        return {key: str(value) if key in {"kind", "cost"} else value for key, value in data.items() if value}
