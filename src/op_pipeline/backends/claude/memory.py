"""What is remembered of a stage's conversation between attempts and processes: one small file in the stage's folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from op_pipeline.errors import InfrastructureError
from op_pipeline.models import Usage

_COUNTED = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")


@dataclass
class Memory:
    """The current conversation of a stage.

    `dollars` and `models` are what the CLI reported for the whole session, so that only differences are counted;
    `hypotheses` are hard failures within it; `context` are the tokens that its last call took; `open` is the attempt
    that is under way, or that a killed process left.
    """

    path: Path
    session: str = ""
    agent: str = ""
    attempts: int = 0
    hypotheses: int = 0
    open: int = 0
    mark: str = ""
    context: int = 0
    dollars: float = 0.0
    models: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path) -> Memory:
        """From the stage's folder; empty when there is none, or an unreadable one."""
        path = folder / "conversation.json"
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            known = {item.name for item in fields(cls)} - {"path"}
            return cls(path, **{key: value for key, value in data.items() if key in known})
        except (OSError, ValueError, TypeError, AttributeError):
            return cls(path)

    def save(self) -> None:
        """Replace the file. Raises InfrastructureError when it cannot be written."""
        data = {key: value for key, value in asdict(self).items() if key != "path"}
        temporary = self.path.with_suffix(f".{os.getpid()}")
        try:
            temporary.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
            temporary.replace(self.path)
        except OSError as error:
            raise InfrastructureError(f"cannot write {self.path}: {error.strerror}") from error

    def forget(self, agent: str) -> None:
        """Begin a new conversation, of that agent."""
        self.session, self.agent = "", agent
        self.attempts = self.hypotheses = 0
        self.dollars, self.models, self.context = 0.0, {}, 0

    def take(self, dollars: float | None, models: dict[str, dict[str, Any]] | None) -> Usage:
        """Note the session's totals as reported; what was used since the last report.

        Dollars are None when the price of a model involved is not known to the CLI (`costBasis`). A CLI that was killed
        may not have saved its totals: when they are lower than before, the count began anew.
        """
        if dollars is not None and dollars < self.dollars - 1e-9:
            self.dollars, self.models = 0.0, {}
        new = {name: dict(usage) for name, usage in (models or {}).items()}
        changed = [name for name in new if _counts(new[name]) != _counts(self.models.get(name, {}))]
        tokens = [
            sum(max(0, int(new[name].get(key) or 0) - int(self.models.get(name, {}).get(key) or 0)) for name in changed)
            for key in _COUNTED
        ]
        spent = max(0.0, (dollars or 0.0) - self.dollars)
        unknown = dollars is None or any(new[name].get("costBasis") == "unknown" for name in changed)
        self.dollars = max(self.dollars, dollars or 0.0)
        self.models = {**self.models, **new}
        return Usage(None if unknown else spent, tokens[0] + tokens[2] + tokens[3], tokens[1])


def _counts(usage: dict[str, Any]) -> list[int]:
    return [int(usage.get(key) or 0) for key in _COUNTED]


def added(one: Usage, two: Usage) -> Usage:
    """Both together; unknown dollars make the sum unknown."""
    known = one.dollars is not None and two.dollars is not None
    return Usage(
        (one.dollars or 0.0) + (two.dollars or 0.0) if known else None,
        one.input_tokens + two.input_tokens,
        one.output_tokens + two.output_tokens,
        one.seconds + two.seconds,
    )
