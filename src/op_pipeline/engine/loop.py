"""The spine: open what is needed, decide what runs, run stage after stage, close. One screen each."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline import sandbox
from op_pipeline.engine.context import Clock, Parts, Request, RunResult, Session, load_parts
from op_pipeline.engine.gating import Gatekeeper
from op_pipeline.engine.interrupts import Interrupts, Terminated
from op_pipeline.engine.opening import open_session
from op_pipeline.engine.plan import Action, Plan, make_plan
from op_pipeline.engine.stage import StageResult, run_stage, save_partial
from op_pipeline.engine.trust import settle
from op_pipeline.errors import InfrastructureError, PipelineError
from op_pipeline.models import RunStatus, StageStatus
from op_pipeline.repo import branch_name, open_repository, read_ledger
from op_pipeline.state import Workspace, new_run_id, operation_lock

if TYPE_CHECKING:
    from op_pipeline.backends import Backend
    from op_pipeline.events import AnyEvent

_RESUME = "pipeline resume"


def run_pipeline(
    request: Request,
    report: Callable[[AnyEvent], None],
    *,
    interrupts: Interrupts | None = None,
    keeper: Gatekeeper | None = None,
    backend: Backend | None = None,
) -> RunResult:
    """Run, or continue, a spec's stages. `report` is called with every event after it is on disk.

    `backend` takes the place of the one that the request names.

    Raises ConfigError for what the user wrote wrongly, InfrastructureError for surroundings that failed; the run's
    state is kept, and `pipeline resume` goes on from it. A stage that stays red is a result.
    """
    parts = load_parts(request)
    if backend is not None:
        parts = replace(parts, backend=backend)
    strength = sandbox.strength(request.sandbox)  # before anything is spent on what could not be judged
    workspace = Workspace(request.workspace)
    workspace.prepare()
    run = request.run or new_run_id(parts.spec.operation)
    with operation_lock(workspace.locks, parts.spec.operation, run):
        repository = open_repository(request.workspace)
        session = open_session(
            request,
            parts,
            repository,
            run,
            report=report,
            interrupts=interrupts or Interrupts(),
            keeper=keeper or Gatekeeper(),
            strength=strength,
        )
        with _closing(session):
            return _ended(session, lambda: drive(session, request))


def drive(s: Session, request: Request) -> RunResult:
    """The loop."""
    plan = settle(s, _plan(s, request))
    todo = plan.having(Action.RUN)
    for planned in todo:
        s.clock = Clock()
        result = run_stage(s, planned.stage)
        if not result:
            return _red(s, planned.stage.number, result)
    if plan.having(Action.SKIP):
        return _result(s, RunStatus.DONE_UNTIL, f"done until stage {request.last}", next_command=_RESUME)
    return _result(s, RunStatus.GREEN, "all stages green" if todo else "nothing to do: all stages are green")


def plan_pipeline(request: Request) -> tuple[Plan, Parts]:
    """What `run_pipeline` would do and why; changes nothing, not even a folder."""
    parts = load_parts(request)
    repository = open_repository(request.workspace)
    tip = repository.commit_of(f"refs/heads/{branch_name(parts.spec.operation)}") or "HEAD"
    ledger = read_ledger(repository.git, tip, parts.spec.operation)
    return make_plan(parts.flow, ledger, parts.inputs, first=request.first, last=request.last), parts


def _plan(s: Session, request: Request) -> Plan:
    ledger = read_ledger(s.repository.git, s.tree.head, s.spec.operation)
    # A continued run that has begun its first stage has done what --from asked for.
    waiting = {StageStatus.PENDING, StageStatus.STALE}  # red taken again for a stage that is kept begins nothing
    begun = any(
        stage.attempts or (stage.red and not stage.kept and stage.status not in waiting)
        for stage in s.progress.stages.values()
    )
    first = None if request.run and begun else request.first
    return make_plan(s.parts.flow, ledger, s.parts.inputs, first=first, last=request.last)


def _ended(s: Session, work: Callable[[], RunResult]) -> RunResult:
    """Run to the end, whatever the end is, and leave the run's state in order."""
    started = time.monotonic()
    try:
        result = work()
    except KeyboardInterrupt as stop:
        result = _interrupted(s, stop)
    except PipelineError as error:
        _record(s, RunStatus.ERROR, str(error), started, _RESUME)
        raise
    except BaseException as error:
        _record(s, RunStatus.ERROR, f"{type(error).__name__}: {error}", started, _RESUME, crash=True)
        raise
    _finish(s, result, started)
    return result


def _interrupted(s: Session, stop: KeyboardInterrupt) -> RunResult:
    """Bookkeeping after Ctrl-C: put git's state back, keep partial edits, say how to go on."""
    if s.seal is not None:
        s.seal.restore()
        s.seal = None
    phase, stage = s.phase, s.stage
    saved = save_partial(s, stage)
    s.emit(ev.Interrupted(phase=phase, saved=saved), stage, s.attempt)
    code = 143 if isinstance(stop, Terminated) else 130
    reason = f"interrupted ({phase})"
    return _result(s, RunStatus.INTERRUPTED, reason, exit_code=code, next_command=f"{_RESUME} {s.folder.id}")


def _red(s: Session, number: int, result: StageResult) -> RunResult:
    status = {4: RunStatus.LIMIT_REACHED, 7: RunStatus.ERROR}.get(result.exit_code, RunStatus.RED)
    return _result(
        s,
        status,
        f"stage {number}: {result.reason}",
        exit_code=result.exit_code,
        stage=number,
        failures=result.failures,
        next_command=result.next_command or _RESUME,
    )


def _result(s: Session, status: RunStatus, reason: str, **more: object) -> RunResult:
    return RunResult(status, s.folder.id, s.folder.path, reason=reason, **more)  # type: ignore[arg-type]


def _finish(s: Session, result: RunResult, started: float) -> None:
    _write_results(s, result.status)
    s.emit(
        ev.RunFinished(
            status=result.status,
            reason=result.reason,
            seconds=time.monotonic() - started,
            next_command=result.next_command,
        )
    )


def _record(
    s: Session, status: RunStatus, reason: str, started: float, next_command: str, *, crash: bool = False
) -> None:
    """Best effort: what broke may be the disk itself."""
    try:
        if crash:
            (s.folder.path / "crash.txt").write_text(traceback.format_exc(), encoding="utf-8")
            s.emit(ev.Crashed(message=reason, file="crash.txt"))
        s.emit(
            ev.RunFinished(status=status, reason=reason, seconds=time.monotonic() - started, next_command=next_command)
        )
        _write_results(s, status)
    except (InfrastructureError, OSError):
        pass


def _write_results(s: Session, status: RunStatus) -> None:
    header = {**s.folder.header(), "status": str(status)}
    s.folder.write_json("run.json", header)
    stages = [
        {
            "stage": stage.number,
            "name": stage.name,
            "agent": stage.agent,
            "status": str(stage.status),
            "kept": stage.kept,
            "reason": stage.reason,
            "attempts": sum(number > 0 for number in stage.attempts),
            "commit": stage.commit,
            "seconds": round(stage.seconds, 3),
            "overhead_seconds": round(stage.overhead_seconds, 4),
            **{key: value for key, value in stage.spent.as_json().items() if key != "attempts"},
        }
        for stage in s.progress.stages.values()
    ]
    total = {**s.progress.spent.as_json(), "seconds": round(s.progress.watch.seconds, 3)}
    results = {"run": s.folder.id, "status": str(status), "used": total, "limits": asdict(s.limits), "stages": stages}
    s.folder.write_json("run_results.json", results)


@contextmanager
def _closing(s: Session) -> Iterator[None]:
    try:
        yield
    finally:
        s.log.close()
