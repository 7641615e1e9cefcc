"""Open a session: run folder, log, work tree; find what a killed process left and make it whole."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from op_pipeline import __version__
from op_pipeline import events as ev
from op_pipeline.engine.context import Parts, Request, Session, process_id
from op_pipeline.engine.gating import Gatekeeper
from op_pipeline.engine.interrupts import Interrupts
from op_pipeline.errors import InfrastructureError
from op_pipeline.models import StageStatus, Usage
from op_pipeline.repo import Repository, Worktree, branch_name, open_worktree
from op_pipeline.sandbox import Strength
from op_pipeline.state import EventLog, Progress, Spent, StageState, Workspace, fold, keep_inputs

if TYPE_CHECKING:
    from op_pipeline.events import AnyEvent


def open_session(
    request: Request,
    parts: Parts,
    repository: Repository,
    run: str,
    *,
    report: Callable[[AnyEvent], None],
    interrupts: Interrupts,
    keeper: Gatekeeper,
    strength: Strength,
) -> Session:
    """Everything open and in order, with `run_started` written. The caller holds the operation's lock."""
    operation = parts.spec.operation
    known = bool(request.run)
    workspace = Workspace(request.workspace)
    tree = open_worktree(repository, operation, workspace.worktree(operation))
    folder = workspace.find_run(run) if known else workspace.create_run(run)
    progress = fold(folder.events()) if known else Progress()
    if not known:
        folder.write_json("run.json", _header(request, parts, repository, run))
    log = EventLog(folder.events_path, run, seq=progress.seq)
    s = Session(
        parts, workspace, repository, tree, folder, log, progress, keeper, interrupts, strength, limits=request.limits
    )
    log.on_event = _keep_state(s, report)
    s.certificates = {number: stage.certificate for number, stage in progress.stages.items() if stage.certificate}
    s.environment = keeper.environment(parts.target)
    inputs = keep_inputs(folder.path, parts.spec, parts.project)
    if known:
        folder.write_json("run.json", {**folder.header(), "limits": _limits(request)})
    started = _started(request, parts, tree, progress if known else None)
    s.emit(started.model_copy(update={"environment": s.environment, "inputs": inputs, "sandbox": str(strength)}))
    _make_whole(s)
    s.head_tree = tree.tree_of("HEAD")
    return s


# state.json is a cache: it is written where a reader would see a difference, not at every step.
_SEEN_IN_STATE = frozenset(
    {
        *("run_started", "run_finished", "stage_kept", "stage_stale", "stage_started", "stage_finished"),
        *("failure_classified", "committed", "interrupted", "crash"),
    }
)


def _keep_state(s: Session, report: Callable[[AnyEvent], None]) -> Callable[[AnyEvent], None]:
    def on_event(event: AnyEvent) -> None:
        s.progress.add(event)
        if event.event in _SEEN_IN_STATE:
            s.folder.write_json("state.json", s.progress.as_json())
        report(event)

    return on_event


def _started(request: Request, parts: Parts, tree: Worktree, before: Progress | None) -> ev.RunStarted:
    stages = parts.flow.stages
    spent, seconds = (Spent(), 0.0) if before is None else (before.spent, before.watch.seconds)
    return ev.RunStarted(
        operation=parts.spec.operation,
        spec=str(request.spec),
        flow=parts.flow.name,
        backend=parts.backend.name,
        target=parts.target.name,
        branch=tree.branch,
        worktree=str(tree.path),
        stages=tuple((stage.number, stage.name, stage.agent) for stage in stages),
        resumed=before is not None,
        pid=process_id(),
        limits=request.limits,
        failures_allowed=(max(stage.max_hard for stage in stages), max(stage.max_cheap for stage in stages)),
        used=Usage(spent.cost, spent.input_tokens, spent.output_tokens, seconds),
    )


def _limits(request: Request) -> dict[str, dict[str, object]]:
    """Limits as they hold now, each with its source: what a flag set holds for later processes of the run, too."""
    names = ("max_dollars", "max_tokens", "max_attempts", "max_time", "max_hard", "max_cheap")
    return {name: {"value": getattr(request, name), "source": request.sources.get(name, "")} for name in names}


def _header(request: Request, parts: Parts, repository: Repository, run: str) -> dict[str, object]:
    """run.json: what the run was asked to do, with what."""
    return {
        "v": 1,
        "run": run,
        "operation": parts.spec.operation,
        "spec": str(request.spec.resolve()),
        "spec_digest": parts.spec.digest,
        "flow": parts.flow.name,
        "flow_digest": parts.flow.digest,
        "agents": {name: agent.digest for name, agent in parts.agents.items()},
        "backend": request.backend,
        "target": request.target,
        "also": list(request.also),
        "from": request.first,
        "until": request.last,
        "limits": _limits(request),
        "branch": branch_name(parts.spec.operation),
        "git_head": repository.head(),
        "git_dirty": repository.dirty(),
        "version": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "executable": sys.executable,
        "argv": list(request.argv),
        "status": "running",
    }


def _make_whole(s: Session) -> None:
    """Finish a commit whose intent was written, adopt one that was made, set aside edits nobody finished."""
    for stage in s.progress.stages.values():
        if stage.intent is not None:
            _settle_intent(s, stage)
    changes, oid = s.tree.changes()
    if oid and oid != s.tree.head:
        raise InfrastructureError(f"branch {s.tree.branch} moved while it was opened", hint="try again")
    if changes:
        running = [stage for stage in s.progress.stages.values() if stage.status is StageStatus.RUNNING]
        number = running[0].number if running else None
        name = "start" if number is None else number
        saved = s.tree.save(f"refs/op-pipeline/wip/{s.folder.id}/{name}", f"partial edits found by {s.folder.id}\n")
        s.log.emit(ev.Interrupted(phase="found on opening", saved=saved), stage=number)
        s.tree.restore(s.tree.head)


def _settle_intent(s: Session, stage: StageState) -> None:
    intent = stage.intent
    assert intent is not None
    subject = intent.message.partition("\n")[0]
    head_tree, parent = s.tree.tree_of("HEAD"), s.repository.commit_of(f"{s.tree.head}^")
    if s.tree.head == intent.parent:
        commit, adopted = s.tree.commit(intent.tree, intent.message), False
        s.tree.restore(commit)
    elif head_tree == intent.tree and parent == intent.parent:
        commit, adopted = s.tree.head, True
    else:
        stage.intent = None
        return
    s.log.emit(
        ev.Committed(commit=commit, tree=intent.tree, branch=s.tree.branch, subject=subject, adopted=adopted),
        stage=stage.number,
        attempt=intent.attempt,
    )
    s.log.emit(
        ev.StageFinished(
            name=stage.name,
            status=StageStatus.GREEN,
            attempts=sum(number > 0 for number in stage.attempts),
            commit=commit,
            reason="found after an interruption",
            dollars=stage.spent.cost,
            input_tokens=stage.spent.input_tokens,
            output_tokens=stage.spent.output_tokens,
        ),
        stage=stage.number,
    )
