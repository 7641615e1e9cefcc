"""One stage: red, attempts, green, commit. Every way to end is a value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline.engine.attempt import Turn, let_agent_work
from op_pipeline.engine.commit_text import commit_message, counted
from op_pipeline.engine.gating import certify, check_green, check_red, failure, renew
from op_pipeline.engine.limits import reached, tell_unknown_prices
from op_pipeline.errors import InfrastructureError
from op_pipeline.models import Cost, Failure, FailureClass, RedCode, RedVerdict, StageStatus
from op_pipeline.state import AttemptState

if TYPE_CHECKING:
    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session

EXIT_RED, EXIT_LIMIT, EXIT_EMPTY, EXIT_SURROUNDINGS = 1, 4, 5, 7
_SHOWN = 8


@dataclass(frozen=True)
class StageResult:
    """How a stage ended; true when green."""

    status: StageStatus
    reason: str = ""
    exit_code: int = 0
    failures: tuple[Failure, ...] = ()
    next_command: str = ""

    def __bool__(self) -> bool:
        return self.status is StageStatus.GREEN


@dataclass
class Work:
    """A stage's attempts so far and what is left of its two budgets."""

    stage: StageSpec
    done: list[AttemptState]
    judged: str  # the tree a gate last found red; leaving that unchanged is no attempt
    pending: Turn | None = None
    limit: Failure | None = None  # with which a turn of this process ended
    past: int = 0  # attempts of an earlier, closed round; their numbers are not used again

    def used(self, cost: Cost) -> int:
        """Failed attempts of that cost."""
        return sum(attempt.cost is cost for attempt in self.done if attempt.failures)

    def left(self, cost: Cost) -> int:
        """Failed attempts of that cost that are still allowed."""
        return (self.stage.max_cheap if cost is Cost.CHEAP else self.stage.max_hard) - self.used(cost)

    def may_try(self) -> bool:
        """Whether another attempt is allowed: neither budget is used up, and no turn ended at a limit."""
        return self.limit is None and not any(self.used(cost) and self.left(cost) <= 0 for cost in Cost)

    @property
    def previous(self) -> tuple[Failure, ...]:
        """What the next attempt is told."""
        return next((tuple(attempt.failures) for attempt in reversed(self.done) if attempt.failures), ())

    @property
    def next_number(self) -> int:
        """Number of the next attempt."""
        return max((attempt.number for attempt in self.done), default=self.past) + 1


def run_stage(s: Session, stage: StageSpec) -> StageResult:
    """Take a stage from red to a commit, within its budgets."""
    gate = s.gate(stage)
    s.stage = stage
    s.emit(
        ev.StageStarted(
            name=stage.name,
            agent=stage.agent,
            gate=stage.gate,
            gate_digest=gate.digest,
            also=stage.also,
            goal=stage.goal,
            classes=stage.red,
        ),
        stage,
    )
    red = require_red(s, stage)
    if red.code is RedCode.UNEXPECTED_GREEN:
        return satisfied_early(s, stage)
    if not red:
        return refuse(s, stage, red)
    work = begin(s, stage)
    final = False
    while work.pending or (work.may_try() and not final):
        if not work.pending:
            tell_unknown_prices(s, stage)
            if reached(s, stage):
                break
        turn = work.pending or let_agent_work(s, stage, work)
        stale = renew(s, s.up_to(stage))
        if stale is not None:
            return refuse(s, stage, no_longer_red(stage, *stale))
        failures = verdict(s, stage, work, turn)
        if not failures:
            return commit_stage(s, stage, turn)
        note_failures(s, stage, work, turn, failures)
        final = turn.final
    return give_up(s, stage, work, final=final)


def no_longer_red(stage: StageSpec, other: StageSpec, red: RedVerdict) -> RedVerdict:
    """What renew() found, as the end of a stage that was to be judged."""
    which = "" if other is stage else f"gate {other.number} {other.name}, "
    return RedVerdict(red.code, f"{which}taken again in changed surroundings: {red.reason}")


def verdict(s: Session, stage: StageSpec, work: Work, turn: Turn) -> tuple[Failure, ...]:
    """Why the turn is no success; () when its stage is green.

    A turn that only ended at a limit is judged all the same: what it wrote is paid for, and may be enough.
    """
    limited = all(item.kind is FailureClass.LIMIT_REACHED for item in turn.failures)
    if not limited or (turn.failures and turn.tree == work.judged):
        return turn.failures
    found = judge(s, stage, turn)
    return (*turn.failures, *found) if found else ()


def require_red(s: Session, stage: StageSpec) -> RedVerdict:
    """The stage's gate on the tree as it stands before the agent."""
    out = s.folder.stage_dir(stage.number, stage.name) / "red"
    red = check_red(s, stage, s.tree.path, s.head_tree, out)
    s.tree.untouched_since(s.head_tree)
    certify(s, stage, red, s.head_tree)
    return red


def satisfied_early(s: Session, stage: StageSpec) -> StageResult:
    """Green before the attempt: fair when the same agent did it at an earlier stage, else the gate is worth nothing.

    The certificate is the gate run on the tree from before this agent started: red there, it counts.
    """
    before = tree_before_agent(s, stage)
    if before is None:
        return refuse(s, stage, RedVerdict(RedCode.UNEXPECTED_GREEN, "green before its agent did anything"))
    folder = s.folder.stage_dir(stage.number, stage.name)
    with s.tree.scratch(before, s.folder.path / "scratch") as path:
        red = check_red(s, stage, path, before, folder / "certificate")
    certify(s, stage, red, before)
    if not red:
        reason = f"green before its agent did anything ({red.code} on the tree before {stage.agent} started)"
        return refuse(s, stage, RedVerdict(RedCode.UNEXPECTED_GREEN, reason))
    turn = Turn(number=0, tree=s.head_tree)
    failures = judge(s, stage, turn)
    return refuse_failures(s, stage, failures) if failures else commit_stage(s, stage, turn)


def tree_before_agent(s: Session, stage: StageSpec) -> str | None:
    """Tree before the first of the stages that this agent owns in a row; None when this stage is that first."""
    first = stage
    for other in reversed(s.up_to(stage)[:-1]):
        if other.agent != stage.agent:
            break
        first = other
    commit = s.progress.stages[first.number].commit
    if first is stage or not commit:
        return None
    before = s.repository.commit_of(f"{commit}^")
    return s.tree.tree_of(before) if before else None


def begin(s: Session, stage: StageSpec) -> Work:
    """Take up where an interrupted process stopped: attempts used, the tree they left, a turn not judged yet."""
    known = s.progress.stages[stage.number].attempts
    # An attempt whose turn never ended is made again under its number.
    done = [attempt for _, attempt in sorted(known.items()) if attempt.number > 0 and attempt.finished]
    finished = [a for a in done if s.repository.git.attempt("cat-file", "-e", f"{a.tree}^{{tree}}")]
    work = Work(stage, done, s.head_tree, past=s.progress.stages[stage.number].past)
    if finished:
        last = finished[-1]
        s.tree.restore(last.tree)
        if last.gated and not last.green:
            work.judged = last.tree
        if last is done[-1] and not last.judged:
            work.pending = Turn(last.number, last.tree, last.turn_failures, last.summary, last.final)
    return work


def judge(s: Session, stage: StageSpec, turn: Turn) -> tuple[Failure, ...]:
    """Run this gate and all earlier ones; () when everything is green and nothing was tampered with.

    What is committed is what was staged, so what the gate sees must be that from its first moment to its last: an
    agent may have left something running.
    """
    s.attempt = turn.number
    stages = s.up_to(stage)
    gates = [s.gate(other) for other in stages]
    seal = s.seal = s.tree.seal()
    sealed = {gate.root / name for gate in gates for name in gate.files}
    s.tree.sweep()
    still = s.tree.stillness(*sealed, *{path.parent for path in sealed})
    early = s.tree.unsettled()
    verdict = check_green(s, stages, turn.tree, attempt_dir(s, stage, turn.number))
    moved = sorted({*early, *(_shown(s, path) for path in still.broken())})
    broken = [failure(FailureClass.TAMPERED_GATE, f"{name} was changed after the turn") for name in moved[:_SHOWN]]
    broken += [failure(FailureClass.TAMPERED_GATE, f"{name} was changed during the gate") for name in seal.restore()]
    s.seal = None
    if not s.tree.untouched_since(turn.tree):
        s.emit(ev.Warned(message="the gate run left files in the work tree; they were removed"), stage, turn.number)
    broken += s.keeper.tampered(gates)
    if broken or verdict:
        return tuple(broken)
    unsaid = (failure(FailureClass.UNKNOWN, "the gate is not green and gave no reason"),)
    return verdict.failures or unsaid


def _shown(s: Session, path: Path) -> str:
    """A path relative to the work tree or the run's folder."""
    root = next((root for root in (s.tree.path, s.folder.path) if path.is_relative_to(root)), path.anchor)
    shown = path.relative_to(root).as_posix()
    return "the top folder" if shown == "." else shown


def note_failures(s: Session, stage: StageSpec, work: Work, turn: Turn, failures: Sequence[Failure]) -> None:
    """Tell of an attempt's failures and charge its budget."""
    number = turn.number
    folder = attempt_dir(s, stage, number)
    s.folder.write_json(str((folder / "failure.json").relative_to(s.folder.path)), [asdict(f) for f in failures])
    for item in failures:
        s.emit(ev.FailureClassified(**asdict(item)), stage, number)
    known = s.progress.stages[stage.number].attempts[number]
    if known.gated:
        work.judged = turn.tree
    if known not in work.done:
        work.done.append(known)
    work.limit = next((item for item in failures if item.kind is FailureClass.LIMIT_REACHED), None)
    work.pending = s.attempt = None


def commit_stage(s: Session, stage: StageSpec, turn: Turn) -> StageResult:
    """Commit what the gate saw. The intent is written first: a commit that a killed process made is found again."""
    s.phase, number = "commit", turn.number
    message = commit_message(s, stage, number)
    s.emit(ev.Committing(tree=turn.tree, parent=s.tree.head, branch=s.tree.branch, message=message), stage, number)
    commit = s.tree.commit(turn.tree, message)
    s.head_tree = turn.tree
    subject = message.partition("\n")[0]
    s.emit(ev.Committed(commit=commit, tree=turn.tree, branch=s.tree.branch, subject=subject), stage, number)
    finish(s, stage, StageStatus.GREEN)
    return StageResult(StageStatus.GREEN)


def give_up(s: Session, stage: StageSpec, work: Work, *, final: bool) -> StageResult:
    """Budget used up, limit reached, or the agent has no more to offer; partial edits are kept on a ref."""
    last = work.previous
    hit = reached(s, stage) if work.may_try() or work.limit else None
    limited = bool(hit or work.limit)
    used = f"{work.used(Cost.HARD)} hard, {work.used(Cost.CHEAP)} cheap"
    reason = f"still red after {counted(len(work.done), 'attempt')} ({used})"
    if hit or work.limit:
        reason = hit.text if hit else work.limit.message if work.limit else ""
        s.emit(
            ev.LimitHit(limit=hit.currency if hit else "turn", scope=hit.scope if hit else "stage", value=reason), stage
        )
    elif final:
        said = "could not work" if _blame(last, final=True) == EXIT_SURROUNDINGS else "has nothing else to offer"
        reason = f"{reason}; backend {s.parts.backend.name} {said}"
    else:
        s.emit(ev.LimitHit(limit="attempts", value=reason), stage)
    save_partial(s, stage)
    s.tree.restore(s.tree.head)
    status = StageStatus.LIMIT_REACHED if limited else StageStatus.RED
    finish(s, stage, status, reason)
    resume = f"pipeline resume {s.folder.id} {hit.option}".rstrip() if hit else ""
    return StageResult(status, reason, EXIT_LIMIT if limited else _blame(last, final=final), last, resume)


def _blame(failures: Sequence[Failure], *, final: bool) -> int:
    """Exit code of a stage that stays red: was it the work, or the model, the network, the machine?"""
    surroundings = final and bool(failures) and failures[0].kind is FailureClass.ENV_ERROR
    return EXIT_SURROUNDINGS if surroundings else EXIT_RED


def save_partial(s: Session, stage: StageSpec | None) -> str:
    """Keep what an unfinished attempt left under `refs/op-pipeline/wip/<run>/<stage>`; '' when there is nothing."""
    name = stage.number if stage is not None else "start"
    return s.tree.save(f"refs/op-pipeline/wip/{s.folder.id}/{name}", f"partial edits of {s.folder.id}\n")


def refuse(s: Session, stage: StageSpec, red: RedVerdict) -> StageResult:
    """A gate that is not red for a declared reason proves nothing: stop before anything is spent."""
    if red.code is RedCode.ENV_ERROR:
        finish(s, stage, StageStatus.RED, f"{red.code}: {red.reason}")
        raise InfrastructureError(
            f"the gate of stage {stage.number} {stage.name} could not be run: {red.reason}",
            hint="mend that, then `pipeline resume`",
        )
    reason = f"{red.code}: {red.reason}"
    finish(s, stage, StageStatus.RED, reason)
    code = EXIT_EMPTY if red.code is RedCode.NOTHING_COLLECTED else EXIT_RED
    return StageResult(StageStatus.RED, reason, code)


def refuse_failures(s: Session, stage: StageSpec, failures: tuple[Failure, ...]) -> StageResult:
    """The stage itself was satisfied early, but the gates together are not green."""
    for item in failures:
        s.emit(ev.FailureClassified(**asdict(item)), stage, 0)
    reason = f"{failures[0].kind}: {failures[0].message}"
    finish(s, stage, StageStatus.RED, reason)
    return StageResult(StageStatus.RED, reason, EXIT_RED, failures)


def finish(s: Session, stage: StageSpec, status: StageStatus, reason: str = "") -> None:
    """Write the stage's end with its times."""
    known = s.progress.stages[stage.number]
    s.emit(
        ev.StageFinished(
            name=stage.name,
            status=status,
            reason=reason,
            attempts=sum(number > 0 for number in known.attempts),
            commit=known.commit if status is StageStatus.GREEN else "",
            seconds=s.clock.wall,
            backend_seconds=s.clock.backend,
            gate_seconds=s.clock.gate,
            build_seconds=s.clock.build,
            overhead_seconds=s.clock.overhead,
            dollars=known.spent.cost,
            input_tokens=known.spent.input_tokens,
            output_tokens=known.spent.output_tokens,
        ),
        stage,
    )
    s.stage, s.attempt, s.phase = None, None, "between stages"


def attempt_dir(s: Session, stage: StageSpec, number: int) -> Path:
    """Folder of an attempt."""
    return s.folder.attempt_dir(stage.number, stage.name, number)
