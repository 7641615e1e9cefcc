"""One class per event, told apart by a literal tag."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from op_pipeline.events.agent_kinds import AgentMessage, AgentSession, ModelAsked, ModelCall, Note, ToolCall, ToolResult
from op_pipeline.events.base import Event
from op_pipeline.events.gate_kinds import GateFinished, GateStarted, RedChecked, TestFinished, TestStarted
from op_pipeline.models import (
    Cost,
    Failure,
    FailureClass,
    Limits,
    RunStatus,
    StageStatus,
    Usage,
)


class RunStarted(Event):
    """A run, or its continuation in a new process (`resumed`), begins."""

    event: Literal["run_started"] = "run_started"
    operation: str
    spec: str
    flow: str
    backend: str
    target: str
    branch: str
    worktree: str = ""
    sandbox: str = ""  # strength of what confines code that gates run
    stages: tuple[tuple[int, str, str], ...] = ()  # number, name, agent
    resumed: bool = False
    pid: int = 0
    limits: Limits = Limits()  # of the run
    failures_allowed: tuple[int, int] = (0, 0)  # hard and cheap ones, of the stage that allows most
    used: Usage = Usage()  # by earlier processes of the run
    environment: dict[str, str] = Field(default_factory=dict)  # what decides a verdict besides tree and gate
    inputs: str = ""  # folder below inputs/ that holds the spec and the gate templates of this process


class RunFinished(Event):
    """A run ends; absent when the process was killed."""

    event: Literal["run_finished"] = "run_finished"
    status: RunStatus
    reason: str = ""
    seconds: float = 0.0
    next_command: str = ""


class StageKept(Event):
    """A stage that is green already, with matching fingerprints; its gate is run again before it is trusted."""

    event: Literal["stage_kept"] = "stage_kept"
    name: str
    commit: str
    gate: str = ""
    gate_digest: str = ""
    also: tuple[str, ...] = ()  # templates of further tests of the gate
    classes: tuple[FailureClass, ...] = ()  # with which its gate may be red


class StageStale(Event):
    """A stage that was green and has to be done again, and why."""

    event: Literal["stage_stale"] = "stage_stale"
    name: str
    reasons: tuple[str, ...]


class StageStarted(Event):
    """A stage's gate is rendered and sealed; its check before the attempt follows."""

    event: Literal["stage_started"] = "stage_started"
    name: str
    agent: str
    gate: str = ""
    gate_digest: str = ""
    also: tuple[str, ...] = ()  # templates of further tests of the gate
    goal: str = ""
    classes: tuple[FailureClass, ...] = ()  # with which its gate may be red


class StageFinished(Event):
    """`overhead_seconds` is the wall time less backend, gate and build: what the harness itself took."""

    event: Literal["stage_finished"] = "stage_finished"
    name: str
    status: StageStatus
    reason: str = ""
    attempts: int = 0
    commit: str = ""
    seconds: float = 0.0
    backend_seconds: float = 0.0
    gate_seconds: float = 0.0
    build_seconds: float = 0.0
    overhead_seconds: float = 0.0
    dollars: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0


class AttemptStarted(Event):
    """An agent's turn begins; the numbers are what is left of the stage's two budgets."""

    event: Literal["attempt_started"] = "attempt_started"
    agent: str
    backend: str
    hard_left: int
    cheap_left: int
    scope: tuple[str, ...] = ()  # globs of what the agent may write


class AttemptFinished(Event):
    """The agent's turn ended; no verdict yet. `tree` is what it left behind, out-of-scope changes taken back.

    `failures` are what the turn itself did wrong, whatever its gate will say; `final`: it would do no other.
    """

    event: Literal["attempt_finished"] = "attempt_finished"
    ok: bool
    summary: str = ""
    changed: tuple[str, ...] = ()
    tree: str = ""
    seconds: float = 0.0
    dollars: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    failures: tuple[Failure, ...] = ()
    final: bool = False


class FailureClassified(Event):
    """One failure of an attempt, as the next attempt is told."""

    event: Literal["failure_classified"] = "failure_classified"
    kind: FailureClass
    cost: Cost
    message: str
    action: str = ""
    file: str = ""
    line: int = 0
    test: str = ""
    excerpt: str = ""


class Committing(Event):
    """Written before the commit, so that a commit made by a killed process is adopted and not repeated."""

    event: Literal["committing"] = "committing"
    tree: str
    parent: str
    branch: str
    message: str = ""


class Committed(Event):
    """`adopted`: found on the branch after the process that made it was killed."""

    event: Literal["committed"] = "committed"
    commit: str
    tree: str
    branch: str
    subject: str
    adopted: bool = False


class RolledBack(Event):
    """The operation's branch was moved back; `backup` is the ref that keeps what it pointed at."""

    event: Literal["rolled_back"] = "rolled_back"
    to: str
    backup: str
    reason: str = ""


class LimitHit(Event):
    """A limit of the run or of a stage is reached, or a stage's failures are used up.

    `limit`: dollars, tokens, attempts, seconds, or turn for one that the agent's own turn ended with.
    """

    event: Literal["limit_hit"] = "limit_hit"
    limit: str
    value: str = ""
    scope: str = "stage"  # or run


class Interrupted(Event):
    """Ctrl-C, termination, or traces of a killed process; `saved` is the ref holding the partial edits."""

    event: Literal["interrupted"] = "interrupted"
    phase: str
    saved: str = ""


class Warned(Event):
    """Something the reader of the log should know and the run survives."""

    event: Literal["warning"] = "warning"
    message: str


class Crashed(Event):
    """An internal error; the traceback is in `file`."""

    event: Literal["crash"] = "crash"
    message: str
    file: str = ""


AnyEvent = Annotated[
    RunStarted
    | RunFinished
    | StageKept
    | StageStale
    | StageStarted
    | StageFinished
    | RedChecked
    | AttemptStarted
    | AttemptFinished
    | AgentMessage
    | AgentSession
    | ModelAsked
    | ModelCall
    | ToolCall
    | ToolResult
    | Note
    | GateStarted
    | TestStarted
    | TestFinished
    | GateFinished
    | FailureClassified
    | Committing
    | Committed
    | RolledBack
    | LimitHit
    | Interrupted
    | Warned
    | Crashed,
    Field(discriminator="event"),
]
