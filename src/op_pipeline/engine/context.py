"""What one execution works with: the request, the loaded parts, the open session, the result."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.backends import Backend, load_backend
from op_pipeline.config import AgentSpec, FlowSpec, StageSpec, load_agent, load_flow
from op_pipeline.engine.gating import Gatekeeper
from op_pipeline.engine.interrupts import Interrupts
from op_pipeline.events import AnyEvent
from op_pipeline.models import Certificate, Failure, Gate, Limits, RunStatus
from op_pipeline.repo import Repository, Worktree
from op_pipeline.sandbox import Strength
from op_pipeline.spec import Spec, load_spec
from op_pipeline.state import EventLog, Progress, RunFolder, Workspace, stage_inputs
from op_pipeline.targets import Target, load_target
from op_pipeline.targets.further import with_further_checks

if TYPE_CHECKING:
    from op_pipeline.repo.seal import Seal

Reporter = Callable[[AnyEvent], None]


@dataclass(frozen=True)
class Request:
    """What the user asked for. `run` continues that run; `first` and `last` are --from and --until.

    `also` names further targets whose checks join the gates; `flow` stands in for the spec's own.
    `max_dollars` to `max_time` (seconds) limit the run, `max_hard` and `max_cheap` each stage; None is no limit, or
    the flow's. `sources` says where values are from, for the log. `sandbox` is the wish that sandbox.strength() grants.
    """

    spec: Path
    workspace: Path
    backend: str = "template"
    target: str = "emulator"
    also: tuple[str, ...] = ()
    flow: str | None = None
    sandbox: str = "auto"
    first: int | None = None
    last: int | None = None
    run: str | None = None
    argv: tuple[str, ...] = ()
    max_hard: int | None = None
    max_cheap: int | None = None
    max_dollars: float | None = None
    max_tokens: int | None = None
    max_attempts: int | None = None
    max_time: float | None = None
    sources: Mapping[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """Those of the run."""
        return Limits(self.max_dollars, self.max_tokens, self.max_attempts, self.max_time)


@dataclass(frozen=True)
class RunResult:
    """How an execution ended, and with which exit code the program should."""

    status: RunStatus
    run: str
    folder: Path
    exit_code: int = 0
    reason: str = ""
    stage: int | None = None
    failures: tuple[Failure, ...] = ()
    next_command: str = ""

    def __bool__(self) -> bool:
        return self.exit_code == 0


@dataclass(frozen=True)
class Parts:
    """Everything that is read before anything is changed."""

    spec: Spec
    flow: FlowSpec
    agents: dict[str, AgentSpec]
    backend: Backend
    target: Target
    inputs: dict[int, dict[str, str]]
    project: Path


def load_parts(request: Request) -> Parts:
    """Read spec, flow, agents, backend and target. Raises ConfigError with the problems found."""
    project = request.workspace
    spec = load_spec(request.spec).in_flow(request.flow)
    flow = with_further_checks(_with_budgets(load_flow(spec.flow, project), request), request.also)
    agents = {name: load_agent(name, project) for name in {stage.agent for stage in flow.stages}}
    return Parts(
        spec=spec,
        flow=flow,
        agents=agents,
        backend=load_backend(request.backend, project),
        target=load_target(request.target),
        inputs={s.number: stage_inputs(spec, flow, agents[s.agent], s, project) for s in flow.stages},
        project=project,
    )


def _with_budgets(flow: FlowSpec, request: Request) -> FlowSpec:
    """The flow with the budgets of the settings, where those say anything."""
    wishes = {"max_hard": request.max_hard, "max_cheap": request.max_cheap}
    changes = {key: value for key, value in wishes.items() if value is not None}
    if not changes:
        return flow
    stages = tuple(stage.model_copy(update=changes) for stage in flow.stages)
    return flow.model_copy(update={"stages": stages})


@dataclass
class Clock:
    """Seconds of one stage by who spent them."""

    started: float = field(default_factory=time.monotonic)
    backend: float = 0.0
    gate: float = 0.0
    build: float = 0.0

    @property
    def wall(self) -> float:
        """Since the stage began."""
        return time.monotonic() - self.started

    @property
    def overhead(self) -> float:
        """What is left for the program itself."""
        return max(0.0, self.wall - self.backend - self.gate - self.build)


@dataclass
class Session:
    """One open execution. The only mutable thing of the engine."""

    parts: Parts
    workspace: Workspace
    repository: Repository
    tree: Worktree
    folder: RunFolder
    log: EventLog
    progress: Progress
    keeper: Gatekeeper
    interrupts: Interrupts
    sandbox: Strength
    gates: dict[int, Gate] = field(default_factory=dict)
    certificates: dict[int, Certificate] = field(default_factory=dict)  # RED of each stage, as last taken
    environment: dict[str, str] = field(default_factory=dict)
    clock: Clock = field(default_factory=Clock)
    seal: Seal | None = None
    phase: str = "start"
    stage: StageSpec | None = None
    attempt: int | None = None
    head_tree: str = ""
    limits: Limits = field(default_factory=Limits)
    last_event: float = field(default_factory=time.monotonic)
    told_prices: bool = False
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    @property
    def spec(self) -> Spec:
        """The contract."""
        return self.parts.spec

    def emit(self, event: AnyEvent, stage: StageSpec | None = None, attempt: int | None = None) -> None:
        """Write an event; the next step begins after it is on disk."""
        self.last_event = time.monotonic()
        self.log.emit(event, stage=None if stage is None else stage.number, attempt=attempt)

    def gate(self, stage: StageSpec) -> Gate:
        """The stage's gate, rendered and sealed on first use."""
        if stage.number not in self.gates:
            root = self.folder.path / "gates"
            self.gates[stage.number] = self.keeper.render(stage, self.spec, root, self.parts.project)
        return self.gates[stage.number]

    def seed(self, tree: str) -> str:
        """Seed of a gate run: nobody can know it before the tree is frozen."""
        return hashlib.sha256(self.secret + tree.encode()).hexdigest()[:16]

    def up_to(self, stage: StageSpec) -> list[StageSpec]:
        """The stage and all before it."""
        return [other for other in self.parts.flow.stages if other.number <= stage.number]


def process_id() -> int:
    """Of this process."""
    return os.getpid()
