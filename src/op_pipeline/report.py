"""Reads run folders: what the command line and later the HTML report show.

Never imports the engine, so that old logs stay readable whatever becomes of it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from op_pipeline.events import AnyEvent, RawEvent, check_log
from op_pipeline.models import Limits, RunStatus, StageStatus, Usage
from op_pipeline.state import AttemptState, Progress, RunFolder, StageState, Workspace, fold


@dataclass(frozen=True)
class RunSummary:
    """One run on one line. `alive`: its process is still there."""

    run: str
    operation: str
    spec: str
    status: str
    reason: str
    started: str
    seconds: float
    green: int
    total: int
    dollars: float | None
    backend: str
    target: str
    branch: str
    next_command: str
    folder: Path
    alive: bool = False
    used: Usage = field(default_factory=Usage)
    attempts: int = 0
    limits: Limits | None = None  # of the run, as its last process had them; None in old logs

    @property
    def finished(self) -> bool:
        """Whether `resume` has nothing to go on with."""
        return self.status in {RunStatus.GREEN, RunStatus.DONE_UNTIL}

    def as_json(self) -> dict[str, Any]:
        """Plain data, schema version 1."""
        limits = None if self.limits is None else asdict(self.limits)
        return {"v": 1, **self.__dict__, "folder": str(self.folder), "used": asdict(self.used), "limits": limits}


def summarize(folder: RunFolder) -> RunSummary:
    """Summary of a run from its events; a run whose process is gone without a last word counts as interrupted."""
    return summary_of(folder, load(folder))


def load(folder: RunFolder) -> Progress:
    """What the events add up to; for a run killed before its first one, what its header says."""
    progress = fold(folder.events())
    header = folder.header()
    progress.run = progress.run or folder.id
    for name in ("operation", "spec", "flow", "backend", "target", "branch"):
        if not getattr(progress, name):
            setattr(progress, name, str(header.get(name, "")))
    return progress


def log_warning(folders: Sequence[RunFolder]) -> str:
    """One line on lines of the runs' logs that this program did not write so; '' when there are none."""
    found = [(folder, warning) for folder in folders if (warning := check_log(folder.events_path, folder.id).warning)]
    if not found:
        return ""
    folder, warning = found[0]
    more = f"; so are {len(found) - 1} other logs" if len(found) > 1 else ""
    return f"{folder.events_path}: {warning}{more}; `pipeline audit {folder.id}` looks closer"


def summary_of(folder: RunFolder, progress: Progress) -> RunSummary:
    """The same from what is already loaded."""
    alive = progress.status is RunStatus.RUNNING and is_alive(progress.pid)
    status, reason, advice = progress.status, progress.reason, progress.next_command
    if status in {None, RunStatus.RUNNING} and not alive:
        status, reason, advice = RunStatus.INTERRUPTED, "its process was killed", f"pipeline resume {folder.id}"
    stages = list(progress.stages.values())
    spent = progress.spent
    return RunSummary(
        run=folder.id,
        operation=progress.operation,
        spec=progress.spec,
        status=str(status),
        reason=reason,
        started=progress.started,
        seconds=progress.seconds,
        green=sum(stage.status is StageStatus.GREEN for stage in stages),
        total=len(stages),
        dollars=spent.cost,
        backend=progress.backend,
        target=progress.target,
        branch=progress.branch,
        next_command=advice,
        folder=folder.path,
        alive=alive,
        used=replace(spent.usage, seconds=progress.watch.seconds),
        attempts=spent.attempts,
        limits=progress.limits,
    )


def is_alive(pid: int) -> bool:
    """Whether a process of that number exists on this machine."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def list_runs(workspace: Workspace) -> list[RunSummary]:
    """All runs, newest first."""
    return [summarize(folder) for folder in workspace.runs()]


def find_stage(progress: Progress, wanted: str) -> StageState | None:
    """The stage of that number or name."""
    for stage in progress.stages.values():
        if wanted in {str(stage.number), stage.name}:
            return stage
    return None


def last_attempt(stage: StageState, number: int | None = None) -> AttemptState | None:
    """The attempt of that number, or the newest."""
    if number is not None:
        return stage.attempts.get(number)
    return stage.attempts[max(stage.attempts)] if stage.attempts else None


def stage_as_json(stage: StageState) -> dict[str, Any]:
    """Plain data of a stage with its attempts."""
    return {
        "stage": stage.number,
        "name": stage.name,
        "agent": stage.agent,
        "status": str(stage.status),
        "kept": stage.kept,
        "reason": stage.reason,
        "red": stage.red,
        "commit": stage.commit,
        "seconds": stage.seconds,
        "overhead_seconds": stage.overhead_seconds,
        **stage.spent.as_json(),
        "attempts": [
            {
                "attempt": attempt.number,
                "green": attempt.green,
                "summary": attempt.summary,
                "changed": list(attempt.changed),
                "passed": attempt.passed,
                "collected": attempt.collected,
                "seconds": attempt.seconds,
                "dollars": attempt.spent.cost,
                "input_tokens": attempt.spent.input_tokens,
                "output_tokens": attempt.spent.output_tokens,
                "failures": [failure.__dict__ for failure in attempt.failures],
            }
            for attempt in stage.attempts.values()
        ],
    }


def attempt_folder(folder: RunFolder, stage: StageState, attempt: int) -> Path:
    """Where an attempt's files are; not made when absent."""
    return folder.stage_dir(stage.number, stage.name) / f"attempt-{attempt}"


def attempt_files(path: Path) -> dict[str, str]:
    """Text of the known files of an attempt, in reading order; absent ones are left out."""
    found = {}
    for name in ("prompt.md", "failure.json", "gate.txt", "diff.patch"):
        file = path / name
        if file.is_file():
            found[name] = file.read_text(encoding="utf-8", errors="replace")
    return found


def events_of(folder: RunFolder, *, stage: int | None = None, attempt: int | None = None) -> list[AnyEvent | RawEvent]:
    """Events of a run, or only those of a stage or attempt."""

    def wanted(event: AnyEvent | RawEvent) -> bool:
        data = event.data if isinstance(event, RawEvent) else {"stage": event.stage, "attempt": event.attempt}
        return (stage is None or data.get("stage") == stage) and (attempt is None or data.get("attempt") == attempt)

    return [event for event in folder.events() if wanted(event)]


def overhead(folder: RunFolder) -> dict[int, float]:
    """Seconds that the program itself took, by stage, as measured while it ran."""
    return {number: stage.overhead_seconds for number, stage in load(folder).stages.items()}


def results(folder: RunFolder) -> dict[str, Any]:
    """Content of run_results.json; empty when the run has not ended."""
    try:
        data = json.loads((folder.path / "run_results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
