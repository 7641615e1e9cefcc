"""Frozen value types that the layers hand to one another.

Knows nothing about files, processes or git. Enum values are what stands in logs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

if sys.version_info >= (3, 11):
    from enum import StrEnum
else:  # Python 3.10 has no StrEnum; its str() of a mixed-in enum prints the class name

    class StrEnum(str, Enum):
        """The part of Python 3.11's StrEnum that is used here."""

        __str__ = str.__str__
        __format__ = str.__format__  # type: ignore[assignment]  # Enum names the parameter differently


class FailureClass(StrEnum):
    """Why a gate or an attempt is not green."""

    ENV_ERROR = "env_error"
    TAMPERED_GATE = "tampered_gate"
    HANG_DEADLOCK = "hang_deadlock"
    HANG_UNKNOWN = "hang_unknown"
    CRASH = "crash"  # the candidate's code ended its process, or made it answer nonsense
    OUT_OF_MEMORY = "out_of_memory"
    BUILD_ERROR = "build_error"
    COMPILE_ERROR = "compile_error"
    LINK_ERROR = "link_error"
    MISSING_SYMBOL = "missing_symbol"
    SIGNATURE_MISMATCH = "signature_mismatch"
    VALIDATION_MISSING = "validation_missing"
    CONTRACT_INCOMPLETE = "contract_incomplete"
    NOT_IMPLEMENTED = "not_implemented"
    UNBOUND_OUTPUT = "unbound_output"  # the output does not come from the kernels
    SHAPE_MISMATCH = "shape_mismatch"
    DTYPE_MISMATCH = "dtype_mismatch"
    NUMERICAL_MISMATCH = "numerical_mismatch"
    NAN_OR_INF = "nan_or_inf"
    PROTOCOL_ERROR = "protocol_error"
    WRITE_OUTSIDE_SCOPE = "write_outside_scope"
    NO_CHANGE = "no_change"
    LIMIT_REACHED = "limit_reached"
    UNKNOWN = "unknown"


class Cost(StrEnum):
    """What a failed attempt costs its stage: cheap ones have a budget of their own."""

    CHEAP = "cheap"
    HARD = "hard"


class TestOutcome(StrEnum):
    """Outcome of one test of a gate."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"  # in a fixture or at collection
    SKIPPED = "skipped"
    HUNG = "hung"  # started, never reported


class RedCode(StrEnum):
    """Verdict on a gate that was run before an attempt."""

    RED = "red"
    UNEXPECTED_GREEN = "unexpected_green"
    NOTHING_COLLECTED = "nothing_collected"
    WRONG_CLASS = "wrong_class"
    ENV_ERROR = "env_error"
    IDS_CHANGED = "ids_changed"


class StageStatus(StrEnum):
    """State of a stage within a run."""

    PENDING = "pending"
    RUNNING = "running"
    GREEN = "green"
    RED = "red"
    STALE = "stale"
    INTERRUPTED = "interrupted"
    LIMIT_REACHED = "limit_reached"  # not given up: with a higher limit its attempts go on


class RunStatus(StrEnum):
    """State of a run."""

    RUNNING = "running"
    GREEN = "green"
    RED = "red"
    LIMIT_REACHED = "limit_reached"
    INTERRUPTED = "interrupted"
    ERROR = "error"
    DONE_UNTIL = "done_until"  # every requested stage is green, later ones were not asked for


@dataclass(frozen=True)
class Failure:
    """One classified failure: what the next attempt and the reader of the log are told."""

    kind: FailureClass
    message: str
    cost: Cost = Cost.HARD
    action: str = ""
    file: str = ""
    line: int = 0
    test: str = ""
    excerpt: str = ""


@dataclass(frozen=True)
class TestResult:
    """One test of a gate run. `kind` is set when the test failed with a declared failure class."""

    __test__ = False

    test: str
    outcome: TestOutcome
    seconds: float = 0.0
    guard: bool = False  # guards may be green before the attempt; target tests must not
    kind: FailureClass | None = None
    message: str = ""
    file: str = ""
    line: int = 0
    excerpt: str = ""
    figures: Mapping[str, float] = field(default_factory=dict)  # what the test measured


@dataclass(frozen=True)
class Gate:
    """A rendered, sealed gate of one stage. `files` maps paths relative to `root` to sha256 of their text.

    `tests` are the ids its run must collect; `texts` is what `files` held when rendered, kept to restore them.
    """

    stage: int
    name: str
    root: Path
    files: dict[str, str]
    digest: str
    template: str
    red: tuple[FailureClass, ...]
    description: str = ""
    tests: tuple[str, ...] = ()
    texts: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class GateRun:
    """What happened when gates were run in a clean process. No verdict in itself."""

    stages: tuple[int, ...]
    results: tuple[TestResult, ...]
    collected: tuple[str, ...]
    exit_status: int | None  # pytest's own; None when the process did not end by itself
    timed_out: bool
    seconds: float
    target: str
    build_seconds: float = 0.0
    env_problem: str = ""  # non-empty: the surroundings failed, nothing can be said of the candidate
    output_tail: str = ""
    sandbox: str = ""  # strength of what confined the candidate's code


@dataclass(frozen=True)
class RedVerdict:
    """Whether a gate was red for a declared reason."""

    code: RedCode
    reason: str
    ids: tuple[str, ...] = ()
    classes: tuple[FailureClass, ...] = ()  # of the target tests that failed

    def __bool__(self) -> bool:
        return self.code is RedCode.RED


@dataclass(frozen=True)
class Certificate:
    """That a stage's gate was, or was not, red before its agent began, and what that holds for.

    `tree` is the git tree the gate ran on, `gate` the digest of its files, `environment` the digest of what else
    decides a verdict, `classes` those of the target tests that failed. GREEN counts only against a certificate of the
    same ids, gate and environment. Old logs leave `gate` and `environment` empty: unknown, and equal to nothing.
    """

    stage: int
    code: RedCode
    tree: str
    gate: str = ""
    environment: str = ""
    ids: tuple[str, ...] = ()
    classes: tuple[FailureClass, ...] = ()

    def __bool__(self) -> bool:
        return self.code is RedCode.RED

    def holds_for(self, gate: Gate, environment: str) -> bool:
        """Whether a run of `gate` in that environment may be compared with it."""
        return self.gate == gate.digest and self.environment == environment


@dataclass(frozen=True)
class GreenVerdict:
    """Whether a gate run is green; when not, `failures` says why, worst first."""

    green: bool
    failures: tuple[Failure, ...] = ()
    passed: int = 0

    def __bool__(self) -> bool:
        return self.green


@dataclass(frozen=True)
class Usage:
    """What an attempt consumed. Unknown dollars are None, not 0."""

    dollars: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Of both directions."""
        return self.input_tokens + self.output_tokens


@dataclass(frozen=True)
class Limits:
    """Most dollars, tokens (both directions, cached ones included), attempts and seconds; None is no limit."""

    dollars: float | None = None
    tokens: int | None = None
    attempts: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class AgentOutcome:
    """How an agent's turn ended. `failure` is set when the turn itself failed; the gate judges all else.

    `final`: another turn would give the same, so a stage that is still red is not tried again.
    """

    summary: str = ""
    usage: Usage = field(default_factory=Usage)
    failure: Failure | None = None
    final: bool = False

    def __bool__(self) -> bool:
        return self.failure is None
