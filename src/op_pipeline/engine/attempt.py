"""One turn of an agent: its edits, held to its write scope. The verdict on what it wrote is the gate's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline.backends import Task
from op_pipeline.config import agent_scope
from op_pipeline.engine.gating import failure
from op_pipeline.engine.limits import left
from op_pipeline.errors import InfrastructureError
from op_pipeline.models import AgentOutcome, Cost, Failure, FailureClass

if TYPE_CHECKING:
    from pathlib import Path

    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session
    from op_pipeline.engine.stage import Work
    from op_pipeline.repo import Intrusion

_SHOWN = 8


@dataclass(frozen=True)
class Turn:
    """What an agent's turn left behind. `failures`: why it counts for nothing, whatever the gate would say."""

    number: int
    tree: str
    failures: tuple[Failure, ...] = ()
    summary: str = ""
    final: bool = False  # the agent has nothing else to offer


def let_agent_work(s: Session, stage: StageSpec, work: Work) -> Turn:
    """One attempt of the stage's agent; returns when its turn is over and its edits are taken in."""
    number = s.attempt = work.next_number
    scope = agent_scope(s.parts.agents[stage.agent], s.spec)
    s.emit(
        ev.AttemptStarted(
            agent=stage.agent,
            backend=s.parts.backend.name,
            hard_left=work.left(Cost.HARD),
            cheap_left=work.left(Cost.CHEAP),
            scope=scope,
        ),
        stage,
        number,
    )
    folder = s.folder.attempt_dir(stage.number, stage.name, number)
    seal = s.seal = s.tree.seal()
    started = time.monotonic()
    outcome = _call_backend(s, stage, work, number, folder)
    seconds = time.monotonic() - started
    s.clock.backend += seconds
    s.phase = "take in"
    taken = s.tree.take_in(seal, scope)
    s.seal = None
    _write_diff(s, folder, taken.tree)
    if taken.moved:
        s.emit(ev.Warned(message="the agent committed by itself; its commits were taken back"), stage, number)
    # With the event that ends the turn: a process killed right after it must not forget what the agent did.
    failures = _failures(s, stage, work, outcome, taken)
    s.emit(_finished(outcome, taken, seconds, failures), stage, number)
    return Turn(number, taken.tree, failures, outcome.summary, outcome.final)


def _call_backend(s: Session, stage: StageSpec, work: Work, number: int, folder: Path) -> AgentOutcome:
    agent, budget = s.parts.agents[stage.agent], left(s, stage)
    task = Task(
        spec=s.spec,
        agent=agent,
        stage=stage,
        tree=s.tree.path,
        attempt=number,
        previous=work.previous,
        gate_description=s.gate(stage).description,
        out_dir=folder,
        deadline=time.monotonic() + budget.seconds,
        gates=tuple(s.gate(other) for other in s.up_to(stage)),
        target=s.parts.target,
        sandbox=s.sandbox,
        project=s.parts.project,
        dollars_left=budget.dollars,
        tokens_left=budget.tokens,
        knobs=budget.knobs,
    )
    s.phase = "agent"
    with s.interrupts.allowed():
        return s.parts.backend.attempt(task, lambda event: s.emit(event, stage, number))


def _finished(
    outcome: AgentOutcome, taken: Intrusion, seconds: float, failures: tuple[Failure, ...]
) -> ev.AttemptFinished:
    return ev.AttemptFinished(
        ok=bool(outcome) and not taken.refused,
        summary=outcome.summary,
        changed=taken.inside,
        tree=taken.tree,
        seconds=seconds,
        dollars=outcome.usage.dollars,
        input_tokens=outcome.usage.input_tokens,
        output_tokens=outcome.usage.output_tokens,
        failures=failures,
        final=outcome.final,
    )


def _failures(s: Session, stage: StageSpec, work: Work, outcome: AgentOutcome, taken: Intrusion) -> tuple[Failure, ...]:
    """Reasons to fail the attempt before any gate is run, worst first."""
    found = list(s.keeper.tampered([s.gate(other) for other in s.up_to(stage)]))
    if taken.refused:
        found.append(_outside(taken.refused))
    if outcome.failure is not None:
        found.append(outcome.failure)
    if not found and taken.tree == work.judged:
        unchanged = (failure(FailureClass.NO_CHANGE, "the attempt changed nothing"),)
        # An agent that can only repeat itself leaves the verdict as it was: that is what the reader wants to see.
        found += (work.previous if outcome.final else ()) or unchanged
    return tuple(found)


def _outside(refused: dict[str, str]) -> Failure:
    shown = [f"{path} ({reason})" for path, reason in sorted(refused.items())]
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    message = f"changed and taken back: {', '.join(shown[:_SHOWN])}{more}"
    return failure(FailureClass.WRITE_OUTSIDE_SCOPE, message, file=min(refused))


def _write_diff(s: Session, folder: Path, tree: str) -> None:
    patch = s.tree.diff(s.head_tree, tree) if tree != s.head_tree else ""
    try:
        (folder / "diff.patch").write_text(patch, encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        raise InfrastructureError(f"cannot write {folder / 'diff.patch'}: {error.strerror}") from error
