"""What is known about a device before it is used, in a form that travels to the process that uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Kind = Literal["simulator", "hardware"]


@dataclass(frozen=True)
class Settings:
    """One device. All times are seconds.

    `python` has ttnn; `env` is what the library is started with, beside path, home and locale. `lock` and `smi` are
    empty for a simulator, which each process has for itself. `operation_seconds` is for putting inputs there, building
    kernels, running them and reading the output; `own_seconds` is the library's own time-out of a dispatch, 0 for none.
    `node` is the card's device file.
    """

    kind: Kind
    number: int
    python: str
    env: Mapping[str, str]
    lock: str = ""
    smi: str = ""
    node: str = ""
    triage: tuple[str, ...] = ()
    operation_seconds: float = 60.0
    own_seconds: int = 0
    start_seconds: float = 60.0
    triage_seconds: float = 60.0
    reset_seconds: float = 120.0
    wait_seconds: float = 900.0

    @property
    def name(self) -> str:
        """For people."""
        return f"{self.kind} {self.number}" if self.kind == "hardware" else self.kind

    @property
    def answer_seconds(self) -> float:
        """The longest that one operation takes, hang, triage, reset and a new start included."""
        after = self.triage_seconds + (2 * self.reset_seconds if self.smi else 0)
        return 2 * self.start_seconds + self.operation_seconds + after + 30

    def as_text(self) -> str:
        """For a command line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """The inverse of `as_text`."""
        data: dict[str, Any] = json.loads(text)
        return cls(**{**data, "triage": tuple(data["triage"])})
