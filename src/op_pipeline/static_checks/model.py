"""What a check says: a rule, and one finding of it at a place in the candidate's sources."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.models import StrEnum


class Severity(StrEnum):
    """`error`: certain, fails the gate. `warning`: likely, shown only."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Rule:
    """One row of the table. `kind` is the failure class a gate reports; `title` says what is wrong in general."""

    id: str
    severity: Severity
    kind: str
    title: str
    why: str
    remedy: str


@dataclass(frozen=True, order=True)
class Finding:
    """One rule broken at one place. `file` is relative to the work tree; `line` and `column` count from 1."""

    file: str
    line: int
    column: int
    rule: str
    reason: str
    remedy: str
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}: {self.reason} [{self.rule}]; {self.remedy}"
