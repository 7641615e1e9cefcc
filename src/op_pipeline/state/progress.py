"""What a run's events add up to. A pure fold: the same events give the same state, in any process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from op_pipeline import events as ev
from op_pipeline.models import Certificate, Cost, Failure, Limits, RedCode, RunStatus, StageStatus, Usage
from op_pipeline.state.spending import Calls, Spent, Stopwatch


@dataclass
class AttemptState:
    """One attempt. `judged` once its gate spoke or a failure was classified."""

    number: int
    finished: bool = False
    judged: bool = False
    gated: bool = False
    green: bool = False
    tree: str = ""
    summary: str = ""
    changed: tuple[str, ...] = ()
    failures: list[Failure] = field(default_factory=list)
    seconds: float = 0.0
    passed: int = 0
    collected: int = 0
    turn_failures: tuple[Failure, ...] = ()  # of the turn itself, before any gate
    final: bool = False
    calls: Calls = field(default_factory=Calls)
    reported: Usage | None = None  # at the turn's end

    @property
    def spent(self) -> Spent:
        """What the attempt is charged, its killed turns included."""
        return Spent.of_attempt(self.calls, self.reported, counts=self.finished and self.number > 0)

    @property
    def cost(self) -> Cost:
        """A failed attempt is cheap when all of its failures are."""
        return Cost.CHEAP if self.failures and all(f.cost is Cost.CHEAP for f in self.failures) else Cost.HARD


@dataclass
class StageState:
    """One stage of a run."""

    number: int
    name: str = ""
    agent: str = ""
    status: StageStatus = StageStatus.PENDING
    reason: str = ""
    commit: str = ""
    kept: bool = False
    red: str = ""
    certificate: Certificate | None = None  # the last check that was red
    attempts: dict[int, AttemptState] = field(default_factory=dict)
    seconds: float = 0.0
    overhead_seconds: float = 0.0
    intent: ev.Committing | None = None
    past: int = 0  # highest attempt number of rounds that are over
    past_spent: Spent = field(default_factory=Spent)  # in those rounds
    watch: Stopwatch = field(default_factory=Stopwatch)

    @property
    def spent(self) -> Spent:
        """In this run, all rounds."""
        return sum((attempt.spent for attempt in self.attempts.values()), self.past_spent)

    @property
    def dollars(self) -> float | None:
        """The same in dollars; None when that is not known."""
        return self.spent.cost

    def close_round(self) -> None:
        """Forget the attempts: what comes has a fresh budget, and goes on counting."""
        self.past, self.past_spent = max((self.past, *self.attempts)), self.spent
        self.attempts, self.intent = {}, None

    def attempt(self, number: int) -> AttemptState:
        """The attempt of that number, made when it is new."""
        return self.attempts.setdefault(number, AttemptState(number))


@dataclass
class Progress:
    """A whole run."""

    run: str = ""
    operation: str = ""
    spec: str = ""
    flow: str = ""
    backend: str = ""
    target: str = ""
    branch: str = ""
    worktree: str = ""
    status: RunStatus | None = None
    reason: str = ""
    started: str = ""
    last: str = ""
    next_command: str = ""
    pid: int = 0
    seconds: float = 0.0
    seq: int = 0
    stages: dict[int, StageState] = field(default_factory=dict)
    watch: Stopwatch = field(default_factory=Stopwatch)
    limits: Limits | None = None

    @property
    def spent(self) -> Spent:
        """By all stages."""
        return sum((stage.spent for stage in self.stages.values()), Spent())

    def stage(self, number: int) -> StageState:
        """The stage of that number, made when it is new."""
        return self.stages.setdefault(number, StageState(number))

    def add(self, event: ev.AnyEvent | ev.RawEvent) -> None:
        """Take one event in; unknown ones change nothing."""
        if isinstance(event, ev.RawEvent):
            return
        self.last, self.seq = event.ts or self.last, max(self.seq, event.seq)
        self._tick(event)
        if event.stage is None:
            self._add_run(event)
        elif event.attempt is None:
            self._add_stage(self.stage(event.stage), event)
        else:
            stage = self.stage(event.stage)
            self._add_attempt(stage, stage.attempt(event.attempt), event)

    def _tick(self, event: ev.AnyEvent) -> None:
        """Time by the log alone, since a killed process writes no last word."""
        begins = isinstance(event, ev.RunStarted)
        self.watch.see(event.ts, starts=begins)
        if begins:
            for stage in self.stages.values():
                stage.watch.stop()
        elif event.stage is not None:
            stage = self.stage(event.stage)
            stage.watch.see(event.ts, starts=isinstance(event, ev.StageStarted))
            if isinstance(event, ev.StageFinished):
                stage.watch.stop()

    def _add_run(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.RunStarted():
                self.run, self.operation, self.spec = event.run, event.operation, event.spec
                self.flow, self.backend, self.target = event.flow, event.backend, event.target
                self.branch, self.worktree, self.pid = event.branch, event.worktree, event.pid
                self.started, self.limits = self.started or event.ts, event.limits
                self.status, self.reason = RunStatus.RUNNING, ""
                for stage in self.stages.values():
                    for attempt in stage.attempts.values():
                        attempt.calls.ended(killed=True)
                for number, name, agent in event.stages:
                    stage = self.stage(number)
                    stage.name, stage.agent = name, agent
            case ev.RunFinished():
                self.status, self.reason, self.next_command = event.status, event.reason, event.next_command
                self.seconds += event.seconds
            case ev.Crashed():
                self.status, self.reason = RunStatus.ERROR, event.message
            case _:
                pass

    def _add_stage(self, stage: StageState, event: ev.AnyEvent) -> None:
        match event:
            case ev.StageKept():
                stage.status, stage.kept, stage.commit = StageStatus.GREEN, True, event.commit
            case ev.StageStale():
                stage.status, stage.kept, stage.reason = StageStatus.STALE, False, "; ".join(event.reasons)
                stage.close_round()
            case ev.StageStarted():
                if stage.status is StageStatus.RED:  # tried again after it had failed: a fresh budget
                    stage.close_round()
                stage.status, stage.reason, stage.kept = StageStatus.RUNNING, "", False
            case ev.RedChecked():
                stage.red = str(event.code)
                if event.code is RedCode.RED:
                    stage.certificate = event.certificate
            case ev.StageFinished():
                stage.status, stage.reason, stage.commit = event.status, event.reason, event.commit
                stage.seconds, stage.overhead_seconds = event.seconds, event.overhead_seconds
            case ev.Interrupted():
                stage.status = StageStatus.INTERRUPTED
            case _:
                pass

    def _add_attempt(self, stage: StageState, attempt: AttemptState, event: ev.AnyEvent) -> None:
        match event:
            case ev.ModelAsked():
                attempt.calls.ask(event)
            case ev.ModelCall():
                attempt.calls.add(event)
            case ev.AttemptFinished():
                attempt.calls.ended()
                attempt.finished, attempt.tree, attempt.summary = True, event.tree, event.summary
                attempt.changed, attempt.seconds = event.changed, event.seconds
                attempt.turn_failures, attempt.final = event.failures, event.final
                attempt.reported = Usage(event.dollars, event.input_tokens, event.output_tokens, event.seconds)
            case ev.GateFinished() if event.purpose != "agent":  # an agent's own run is no verdict
                attempt.gated = True
                attempt.green, attempt.passed, attempt.collected = event.green, event.passed, event.collected
            case ev.FailureClassified():
                attempt.judged = True
                attempt.failures.append(failure_of(event))
            case ev.Committing():
                stage.intent = event
            case ev.Committed():
                attempt.judged, stage.commit, stage.intent = True, event.commit, None
                stage.status = StageStatus.GREEN
            case ev.Interrupted():
                stage.status = StageStatus.INTERRUPTED
            case _:
                pass

    def as_json(self) -> dict[str, Any]:
        """Plain data for state.json."""
        data = asdict(self)
        for number, stage in data["stages"].items():
            stage.pop("intent")
            stage["used"] = self.stages[number].spent.as_json()
        return data


def failure_of(event: ev.FailureClassified) -> Failure:
    """The value that a failure_classified event tells of."""
    return Failure(
        kind=event.kind,
        message=event.message,
        cost=event.cost,
        action=event.action,
        file=event.file,
        line=event.line,
        test=event.test,
        excerpt=event.excerpt,
    )


def fold(events: Iterable[ev.AnyEvent | ev.RawEvent]) -> Progress:
    """State after all of these events."""
    progress = Progress()
    for event in events:
        progress.add(event)
    return progress
