"""What would run, and why. Pure: the same ledger, fingerprints and wishes give the same plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from op_pipeline.errors import ConfigError
from op_pipeline.models import StrEnum
from op_pipeline.repo import Record
from op_pipeline.state import why_stale

if TYPE_CHECKING:
    from op_pipeline.config import FlowSpec, StageSpec


class Action(StrEnum):
    """What happens to a stage."""

    KEEP = "keep"  # green already; its gate is run again before it is trusted
    RUN = "run"
    SKIP = "skip"  # after --until


@dataclass(frozen=True)
class PlannedStage:
    """One stage of a plan. `stale`: it was green once and no longer counts."""

    stage: StageSpec
    action: Action
    reasons: tuple[str, ...] = ()
    record: Record | None = None
    stale: bool = False


@dataclass(frozen=True)
class Plan:
    """All stages of the flow in order."""

    stages: tuple[PlannedStage, ...]

    def having(self, action: Action) -> tuple[PlannedStage, ...]:
        """The stages with that action."""
        return tuple(planned for planned in self.stages if planned.action is action)

    @property
    def base(self) -> Record | None:
        """Commit of the last stage that is kept; None to begin from the user's commit."""
        kept = self.having(Action.KEEP)
        return kept[-1].record if kept else None

    @property
    def undone(self) -> tuple[Record, ...]:
        """Commits that fall away because a stage at or before theirs runs."""
        todo = self.having(Action.RUN)
        first = todo[0].stage.number if todo else None
        kept = [p.record for p in self.stages if first is not None and p.stage.number >= first]
        return tuple(record for record in kept if record is not None)

    def restart_at(self, number: int, reason: str) -> Plan:
        """The same plan, with the stage of that number and all later kept ones done again."""
        changed = []
        for planned in self.stages:
            if planned.action is Action.KEEP and planned.stage.number >= number:
                why = reason if planned.stage.number == number else _after(number)
                changed.append(PlannedStage(planned.stage, Action.RUN, (why,), planned.record, stale=True))
            else:
                changed.append(planned)
        return Plan(tuple(changed))


def make_plan(
    flow: FlowSpec,
    ledger: Mapping[int, Record],
    inputs: Mapping[int, Mapping[str, str]],
    *,
    first: int | None = None,
    last: int | None = None,
) -> Plan:
    """Decide for each stage: kept, run, or left out.

    `inputs` are the current fingerprints by stage. `first` (--from) does that stage and later ones again and takes
    earlier ones as they are; `last` (--until) leaves out later ones. Raises ConfigError for a number the flow does not
    have, or an earlier stage that was never green.
    """
    _check_number(flow, first, "--from")
    _check_number(flow, last, "--until")
    if first is not None and last is not None and first > last:
        raise ConfigError(f"--from {first} is after --until {last}")
    planned: list[PlannedStage] = []
    broken: int | None = None
    for stage in flow.stages:
        record = ledger.get(stage.number)
        reasons = _reasons(stage, record, inputs.get(stage.number, {}), first, broken)
        if reasons and broken is None:
            broken = stage.number
        wanted = last is None or stage.number <= last
        stale = bool(reasons) and record is not None
        if not reasons:
            planned.append(PlannedStage(stage, Action.KEEP if wanted else Action.SKIP, (), record))
        else:
            planned.append(PlannedStage(stage, Action.RUN if wanted else Action.SKIP, reasons, record, stale))
    return Plan(tuple(planned))


def _reasons(
    stage: StageSpec,
    record: Record | None,
    current: Mapping[str, str],
    first: int | None,
    broken: int | None,
) -> tuple[str, ...]:
    """Why the stage has to run; () when its commit counts."""
    if first is not None and stage.number < first:
        if record is None:
            raise ConfigError(
                f"--from {first}: stage {stage.number} {stage.name} is not green yet",
                hint=f"start at --from {stage.number} or earlier",
            )
        return ()
    if first is not None and stage.number == first:
        return (f"--from {first}",)
    if record is None:
        return ("not green yet",)
    if broken is not None:
        return (_after(broken),)
    return why_stale(record.inputs, current, agent=stage.agent, template=stage.gate)


def _after(number: int) -> str:
    return f"stage {number}, on which it builds, is done again"


def _check_number(flow: FlowSpec, number: int | None, option: str) -> None:
    known = [stage.number for stage in flow.stages]
    if number is not None and number not in known:
        names = ", ".join(f"{stage.number} {stage.name}" for stage in flow.stages)
        raise ConfigError(f"{option} {number}: flow {flow.name!r} has no such stage", hint=f"stages: {names}")
