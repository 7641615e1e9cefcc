"""What a certificate says, as plain data: one row per mutant, the bound check, and the verdict that follows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from op_pipeline.models import StrEnum

FORMAT = 1  # of the JSON; another one is not read
GOAL = 0.95  # least share of the mutants that must be killed


class Level(StrEnum):
    """Where a mutation changes the operation."""

    KERNEL = "kernel"
    DESCRIPTOR = "descriptor"
    HOST = "host"


class Status(StrEnum):
    """What became of a mutant. Only killed and survived ones count."""

    KILLED = "killed"
    SURVIVED = "survived"
    EQUIVALENT = "equivalent"  # computes the same: nothing could tell it from the original
    NOT_APPLICABLE = "not applicable"  # the operation has no such place
    STILLBORN = "stillborn"  # does not build: no wrong implementation, but none


@dataclass(frozen=True)
class MutantResult:
    """One mutant. `change` is file:line and what was done there; `killed_by` a test id; `reason` why it is not killed.

    A survivor with `excused` set has a stated reason why no gate of this contract can tell it from the original.
    """

    id: str
    level: Level
    kind: str
    origin: str
    status: Status
    change: str = ""
    trivial: bool = False
    killed_by: str = ""
    stage: int | None = None
    failure: str = ""
    reason: str = ""
    excused: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Bound:
    """Whether the verdict depends on the candidate's kernels.

    `noop` are value tests that still passed with kernels that do nothing, `watermark_seen` is whether values written by
    kernels of ours came out as the output. `problem` says why the check could not be made.
    """

    holds: bool
    passed_with_noop: tuple[str, ...] = ()
    watermark_seen: bool = False
    value_tests: int = 0
    problem: str = ""


@dataclass(frozen=True)
class Certificate:
    """What the gates of one spec can tell apart on one implementation of it."""

    operation: str
    category: str
    spec: str  # sha256 of the spec
    gates: Mapping[str, str]  # stage → digest
    tree: str  # digest of the operation's files
    environment: str
    mutants: tuple[MutantResult, ...]
    left_out: int  # mutants that could be made and were not run
    bound: Bound | None
    seconds: float

    def of(self, *statuses: Status) -> tuple[MutantResult, ...]:
        """Mutants with one of these statuses."""
        return tuple(item for item in self.mutants if item.status in statuses)

    @property
    def counted(self) -> int:
        """Mutants that say something about the gates: killed and surviving ones, without those that have an excuse."""
        return len(self.of(Status.KILLED)) + sum(not item.excused for item in self.of(Status.SURVIVED))

    @property
    def share(self) -> float:
        """Killed mutants among those that count; 0 when none counts."""
        return len(self.of(Status.KILLED)) / self.counted if self.counted else 0.0

    def problems(self) -> tuple[str, ...]:
        """Why this certificate does not hold; () when it does."""
        trivial = [item.id for item in self.of(Status.SURVIVED) if item.trivial]
        found = [f"a trivial implementation passes: {', '.join(trivial)}"] if trivial else []
        if not self.counted:
            found.append("no mutant could be made of this operation")
        elif self.share < GOAL:
            found.append(f"{self.share:.1%} of the mutants are killed, less than {GOAL:.0%}")
        if self.bound is not None and not self.bound.holds:
            found.append(self.bound.problem or "the verdict does not depend on the candidate's kernels")
        return tuple(found)

    def as_data(self) -> dict[str, Any]:
        """For JSON; `from_data` reads it."""
        return {"v": FORMAT, **asdict(self), "share": round(self.share, 4), "problems": list(self.problems())}


def from_data(data: Mapping[str, Any]) -> Certificate:
    """A certificate from its JSON. Raises ValueError for another format or content."""
    if data.get("v") != FORMAT:
        raise ValueError(f"format {data.get('v')!r} of the certificate, {FORMAT} is read")
    try:
        mutants = tuple(
            MutantResult(**{**item, "level": Level(item["level"]), "status": Status(item["status"])})
            for item in data["mutants"]
        )
        bound = data["bound"]
        if bound is not None:
            bound = Bound(**{**bound, "passed_with_noop": tuple(bound["passed_with_noop"])})
        named = {
            name: data[name] for name in ("operation", "category", "spec", "gates", "tree", "environment", "left_out")
        }
        return Certificate(**named, mutants=mutants, bound=bound, seconds=float(data["seconds"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a certificate: {error}") from error
