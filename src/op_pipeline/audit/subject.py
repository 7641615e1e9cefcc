"""Which operation, up to which commit, an audit is of."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.audit.runs import RunLog
from op_pipeline.errors import ConfigError
from op_pipeline.repo import Record, Repository, branch_name, read_ledger, trailers_of
from op_pipeline.state import Workspace


@dataclass(frozen=True)
class Target:
    """`run` is the one asked for, whose green stages must all be in the ledger; '' for a commit or a superseded run."""

    operation: str
    tip: str
    ledger: dict[int, Record]
    run: str = ""
    note: str = ""


def find_target(workspace: Workspace, repository: Repository, wanted: str | None) -> Target:
    """The newest run, the run called `wanted`, or the commit of that name. Raises ConfigError for neither."""
    names = [run.id for run in workspace.runs()]
    if wanted is None or wanted == "latest" or any(wanted in name for name in names):
        return _of_run(repository, RunLog(workspace.find_run(wanted)))
    commit = repository.commit_of(wanted)
    if not commit:
        raise ConfigError(
            f"{wanted!r} is neither a run in {workspace.logs} nor a commit", hint="`pipeline logs` lists the runs"
        )
    operation = trailers_of(repository.git, commit).get("Operation", "")
    if not operation:
        raise ConfigError(f"commit {commit[:12]} is no stage of an operation", hint="git log --grep=Op-Pipeline-Stage")
    return Target(operation, commit, read_ledger(repository.git, commit, operation))


def _of_run(repository: Repository, log: RunLog) -> Target:
    operation = log.progress.operation or str(log.folder.header().get("operation", ""))
    if not operation:
        raise ConfigError(f"run {log.folder.id} does not tell its operation", hint="name a commit instead")
    tip = _branch(repository, operation)
    made = [commit for commit in log.stories if repository.commit_of(commit)]
    ledger = read_ledger(repository.git, tip, operation) if tip else {}
    mine = any(record.run == log.folder.id for record in ledger.values())
    if made and not mine and not any(repository.is_ancestor(commit, tip) for commit in made if tip):
        note = f"{branch_name(operation)} no longer has what this run made; audited are the commits of its log"
        return Target(operation, made[-1], read_ledger(repository.git, made[-1], operation), note=note)
    return Target(operation, tip, ledger, log.folder.id)


def _branch(repository: Repository, operation: str) -> str:
    """The operation's branch here, else, in a clone, the one of a remote; '' when there is none."""
    name = branch_name(operation)
    remote = repository.git("for-each-ref", "--format=%(objectname)", f"refs/remotes/*/{name}").split()
    return repository.commit_of(f"refs/heads/{name}") or (remote[0] if remote else "")
