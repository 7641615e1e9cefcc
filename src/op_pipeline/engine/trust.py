"""Before earlier results are relied on: their gates run again, and the branch moved to where work begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline.engine.gating import check_green, renew
from op_pipeline.engine.plan import Action, Plan
from op_pipeline.errors import PipelineError
from op_pipeline.events import read_events
from op_pipeline.state import fold

if TYPE_CHECKING:
    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session


def settle(s: Session, plan: Plan) -> Plan:
    """Check the kept stages, move the branch when stages are done again, tell of both. The plan that then holds."""
    plan = _trusted(s, plan)
    for planned in plan.stages:
        if planned.action is Action.KEEP and planned.record is not None:
            stage = planned.stage
            kept = ev.StageKept(
                name=stage.name,
                commit=planned.record.commit,
                gate=stage.gate,
                gate_digest=s.gate(stage).digest,
                also=stage.also,
                classes=stage.red,
            )
            s.emit(kept, stage)
        elif planned.stale and planned.action is Action.RUN:
            s.emit(ev.StageStale(name=planned.stage.name, reasons=planned.reasons), planned.stage)
    _move_branch(s, plan)
    return plan


def _trusted(s: Session, plan: Plan) -> Plan:
    kept = [planned.stage for planned in plan.having(Action.KEEP)]
    if not kept:
        return plan
    _recall_certificates(s, plan)
    base = plan.base
    if plan.undone and base is not None:
        s.tree.restore(base.commit)
        tree = base.tree
    else:
        tree = s.head_tree
    broken = _first_broken(s, kept, tree)
    s.tree.restore(s.tree.head if broken is not None or not plan.undone else tree)
    if broken is None:
        return plan
    stage, reason = broken
    if any(reason.startswith("--from") for planned in plan.stages for reason in planned.reasons):
        raise PipelineError(
            f"stage {stage.number} {stage.name} is no longer green: {reason}",
            hint=f"start earlier: --from {stage.number}",
        )
    return plan.restart_at(stage.number, f"its gate is no longer green: {reason}")


def _first_broken(s: Session, kept: list[StageSpec], tree: str) -> tuple[StageSpec, str] | None:
    """The first stage whose gate, with all earlier ones, is not green; None when all are."""
    stale = renew(s, kept)
    s.tree.untouched_since(tree)
    if stale is not None:
        stage, red = stale
        return stage, f"taken again in changed surroundings, it was {red.code} before: {red.reason}"
    out = s.folder.path / "trust"
    verdict = check_green(s, kept, tree, out, purpose="trust")
    s.tree.untouched_since(tree)
    if verdict:
        return None
    for count in range(1, len(kept)):
        part = check_green(s, kept[:count], tree, out, purpose="trust")
        s.tree.untouched_since(tree)
        if not part:
            verdict = part
            kept = kept[:count]
            break
    first = verdict.failures[0] if verdict.failures else None
    return kept[-1], f"{first.kind}: {first.message}" if first else "no reason given"


def _recall_certificates(s: Session, plan: Plan) -> None:
    """RED of the kept stages, from the logs of the runs that made them, where there are such."""
    for planned in plan.having(Action.KEEP):
        record, number = planned.record, planned.stage.number
        if record is None or number in s.certificates or record.run == s.folder.id:
            continue
        known = fold(read_events(s.workspace.logs / record.run / "events.jsonl")).stages.get(number)
        if known is not None and known.certificate:
            s.certificates[number] = known.certificate


def _move_branch(s: Session, plan: Plan) -> None:
    """Start from the last kept stage's commit, or from the user's own; what the branch held stays under a ref."""
    target = _start_commit(s, plan)
    if target == s.tree.head:
        return
    old = s.tree.head
    backup = ""
    if not s.repository.is_ancestor(old, target):
        backup = f"refs/op-pipeline/backup/{s.folder.id}/{old[:12]}"
        s.repository.update_ref(backup, old)
    s.tree.move(target)
    s.head_tree = s.tree.tree_of("HEAD")
    s.emit(ev.RolledBack(to=target, backup=backup, reason=_why(plan)))


def _why(plan: Plan) -> str:
    todo = plan.having(Action.RUN)
    return f"stage {todo[0].stage.number}: {'; '.join(todo[0].reasons)}" if todo else ""


def _start_commit(s: Session, plan: Plan) -> str:
    if not plan.having(Action.RUN):
        return s.tree.head
    base = plan.base
    if base is not None:
        return base.commit if plan.undone else s.tree.head
    user = s.repository.head()
    if plan.undone:
        first = plan.undone[0]
        return first.parent if s.repository.is_ancestor(first.commit, user) else user
    return user if s.repository.is_ancestor(s.tree.head, user) else s.tree.head
