"""The audit: one look at each run's log, one at each stage's commit."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from op_pipeline.audit.commits import Subject, check_commit, check_trailers
from op_pipeline.audit.gates import Bench, render_again, run_again
from op_pipeline.audit.runs import RunLog, audit_run
from op_pipeline.audit.subject import find_target
from op_pipeline.audit.values import Audit, StageAudit
from op_pipeline.engine import Gatekeeper
from op_pipeline.repo import Record, Repository, open_checkout, open_repository, trailers_of
from op_pipeline.state import RunFolder, Workspace

Tell = Callable[[str], None]


def audit(
    workspace: Workspace,
    wanted: str | None = None,
    *,
    fast: bool = False,
    keeper: Gatekeeper | None = None,
    confine: str = "auto",
    tell: Tell = lambda _: None,
) -> Audit:
    """Audit the operation of a run or of a commit (default: of the newest run), all stages up to its last commit.

    `fast` runs no gate; others are confined as `confine` says (sandbox.strength). `tell` hears
    what is about to be done. Raises ConfigError when there is no such run or commit, InfrastructureError when code
    cannot be confined as wanted.
    """
    repository = open_repository(workspace.root, for_commits=False)
    target = find_target(workspace, repository, wanted)
    found = Audit(target.operation, target.tip, notes=[target.note] if target.note else [])
    names = sorted({record.run for record in target.ledger.values() if "/" not in record.run} | {target.run} - {""})
    logs = {name: RunLog(RunFolder(workspace.logs / name)) for name in names if name}
    with _bench(repository, keeper or Gatekeeper(), confine, tell) as bench:
        for record in target.ledger.values():
            log = logs.get(record.run)
            found.stages.append(_stage(repository, record, log, bench, fast=fast))
    found.runs = [audit_run(log, target.ledger, whole=name == target.run) for name, log in logs.items()]
    if not target.ledger:
        found.notes.append(f"no commit of a stage of {target.operation} is here")
    return found


def _stage(repository: Repository, record: Record, log: RunLog | None, bench: Bench, *, fast: bool) -> StageAudit:
    found = StageAudit(stage=record.stage, name=_name(record), commit=record.commit, run=record.run)
    trailers = trailers_of(repository.git, record.commit)
    if not check_trailers(record, trailers, found) or log is None:
        return found
    if not log.there:
        found.skip(f"the log of run {record.run} is not here: nothing else can be checked")
        return found
    story = log.story_of(record)
    if story is None:
        found.differ("commit", record.commit, f"no commit of stage {record.stage} in the log of run {record.run}")
        return found
    subject = Subject(repository, record, trailers, log, story, found)
    check_commit(subject)
    again = render_again(subject, bench)
    if again is not None and not fast:
        run_again(subject, bench, again)
    return found


def _name(record: Record) -> str:
    """The stage's name, from a subject like `swish: stage 4 device_operation`."""
    return record.subject.rpartition(" ")[2]


@contextmanager
def _bench(repository: Repository, keeper: Gatekeeper, confine: str, tell: Tell) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="op-pipeline-audit-", ignore_cleanup_errors=True) as name:
        scratch = Path(name).resolve()
        yield Bench(scratch, open_checkout(repository, scratch / "tree"), keeper, confine, tell)
