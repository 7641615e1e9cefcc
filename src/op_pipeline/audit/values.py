"""What an audit finds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

_SHOWN = 5


@dataclass(frozen=True)
class Difference:
    """Something that was recorded and is not so. `recorded` and `found` are for people."""

    what: str
    recorded: str
    found: str

    def __str__(self) -> str:
        return f"{self.what}: recorded {self.recorded or 'nothing'}; found {self.found or 'nothing'}"


@dataclass
class Findings:
    """Differences, and what could not be checked and why."""

    differences: list[Difference] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)

    def compare(self, what: str, recorded: object, found: object) -> bool:
        """Note a difference of two values by their text; whether they are the same."""
        if str(recorded) == str(found):
            return True
        self.differ(what, str(recorded), str(found))
        return False

    def compare_sets(self, what: str, recorded: Iterable[str], found: Iterable[str]) -> bool:
        """The same of names, of which only those are shown that are in one set."""
        one, two = set(recorded), set(found)
        if one == two:
            return True
        self.differ(what, _only(one, two), _only(two, one))
        return False

    def differ(self, what: str, recorded: str, found: str) -> None:
        """Note a difference."""
        self.differences.append(Difference(what, recorded, found))

    def skip(self, reason: str) -> None:
        """Note, once, what cannot be checked."""
        if reason not in self.unchecked:
            self.unchecked.append(reason)

    def __bool__(self) -> bool:
        return not self.differences


def _only(these: set[str], others: set[str]) -> str:
    names = sorted(these - others)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(these)}" + (f", among them {', '.join(names[:_SHOWN])}{more}" if names else "")


@dataclass
class StageAudit(Findings):
    """One stage's commit. `again` says which gate runs were repeated."""

    stage: int = 0
    name: str = ""
    commit: str = ""
    run: str = ""
    again: list[str] = field(default_factory=list)


@dataclass
class RunAudit(Findings):
    """One run's log and the files beside it."""

    run: str = ""


@dataclass
class Audit:
    """All of an operation's stages up to `tip`, and the runs that made them; true when nothing differs."""

    operation: str
    tip: str
    stages: list[StageAudit] = field(default_factory=list)
    runs: list[RunAudit] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def differences(self) -> int:
        """How many."""
        return sum(len(item.differences) for item in (*self.stages, *self.runs))

    def __bool__(self) -> bool:
        return not self.differences

    def as_json(self) -> dict[str, Any]:
        """Plain data, schema version 1."""
        return {"v": 1, "same": bool(self), "differences": self.differences, **asdict(self)}
