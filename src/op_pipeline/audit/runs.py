"""A run's log and what stands beside it, held against each other."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from op_pipeline import events as ev
from op_pipeline.audit.story import Story, stories_of
from op_pipeline.audit.values import RunAudit
from op_pipeline.models import StageStatus
from op_pipeline.repo import Record
from op_pipeline.state import Progress, RunFolder, fold, inputs_digest


class RunLog:
    """One run's folder, read once."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self.there = folder.events_path.is_file()

    @cached_property
    def events(self) -> list[ev.AnyEvent | ev.RawEvent]:
        """Of the log, in order."""
        return self.folder.events()

    @cached_property
    def reading(self) -> ev.Reading:
        """What the log's chain shows."""
        return ev.check_log(self.folder.events_path, self.folder.id)

    @cached_property
    def stories(self) -> dict[str, Story]:
        """By commit."""
        return stories_of(self.folder.id, self.events)

    @cached_property
    def progress(self) -> Progress:
        """What the events add up to."""
        return fold(self.events)

    def story_of(self, record: Record) -> Story | None:
        """Of that commit; else the last one of its stage, which then has another commit."""
        if record.commit in self.stories:
            return self.stories[record.commit]
        return next((story for story in reversed(self.stories.values()) if story.stage == record.stage), None)


def audit_run(log: RunLog, ledger: Mapping[int, Record], *, whole: bool) -> RunAudit:
    """Chain, cached state, header, inputs and gate files of one run; with `whole`, its green stages against `ledger`.

    `whole` is for a run whose commits should all still be there.
    """
    found = RunAudit(run=log.folder.id)
    if not log.there:
        found.skip(f"its log {log.folder.events_path} is not here")
        return found
    for fault in log.reading.faults:
        found.differ("log", "lines as op-pipeline wrote them", str(fault))
    if log.reading.unchained:
        found.skip(f"{log.reading.unchained} log lines of an older version bear no chain: edits of them do not show")
    _state(log, found)
    _header(log, found)
    _results(log, found)
    _inputs(log, found)
    _gate_files(log, found)
    if whole:
        for stage in log.progress.stages.values():
            record = ledger.get(stage.number)
            if stage.status is StageStatus.GREEN and record is None:
                what = f"commit of stage {stage.number}"
                found.differ(what, stage.commit, "no commit of that stage on the branch")
    return found


def _state(log: RunLog, found: RunAudit) -> None:
    """state.json is made from the events up to its number; it must be so again."""
    state = _json(log.folder.path / "state.json")
    if state is None:
        return
    if not isinstance(state.get("seq"), int) or state["seq"] > log.progress.seq:
        found.differ("state.json", f"up to event {state.get('seq')}", f"a log of {log.progress.seq} events")
        return
    until = [event for event in log.events if not isinstance(event, ev.RawEvent) and event.seq <= state["seq"]]
    rebuilt = json.loads(json.dumps(fold(until).as_json(), default=str))
    for path, recorded, now in _unlike(state, rebuilt, ""):
        found.differ(f"state.json {path}", recorded, now)


def _unlike(recorded: Any, found: Any, path: str) -> list[tuple[str, str, str]]:
    """Where two pieces of JSON differ, in keys that both have: a newer version knows more."""
    if isinstance(recorded, dict) and isinstance(found, dict):
        pairs = [(f"{path}.{key}".lstrip("."), recorded[key], found[key]) for key in recorded if key in found]
        return [item for name, one, two in pairs for item in _unlike(one, two, name)]
    if isinstance(recorded, list) and isinstance(found, list) and len(recorded) == len(found):
        return [
            item for i, (a, b) in enumerate(zip(recorded, found, strict=True)) for item in _unlike(a, b, f"{path}.{i}")
        ]
    return [] if recorded == found else [(path, str(recorded)[:80], str(found)[:80])]


def _header(log: RunLog, found: RunAudit) -> None:
    header = log.folder.header()
    started = next((event for event in log.events if isinstance(event, ev.RunStarted)), None)
    if not header or started is None:
        found.skip("run.json cannot be read" if not header else "the log has no beginning")
        return
    for name in ("operation", "flow", "branch"):
        found.compare(f"run.json {name}", getattr(started, name), header.get(name, ""))
    found.compare("run.json run", started.run, header.get("run", ""))


def _results(log: RunLog, found: RunAudit) -> None:
    results = _json(log.folder.path / "run_results.json") or {}
    for row in results.get("stages", []):
        stage = log.progress.stages.get(row.get("stage"))
        if stage is not None:
            for name in ("status", "commit"):
                found.compare(f"run_results.json stage {stage.number} {name}", getattr(stage, name), row.get(name, ""))


def _inputs(log: RunLog, found: RunAudit) -> None:
    names = {event.inputs for event in log.events if isinstance(event, ev.RunStarted) and event.inputs}
    for name in sorted(names):
        folder = log.folder.path / "inputs" / name
        if not folder.is_dir():
            found.differ(f"inputs/{name}", "spec and templates", "no such folder")
        else:
            found.compare(f"inputs/{name} (spec and gate templates)", name, inputs_digest(folder))


def _gate_files(log: RunLog, found: RunAudit) -> None:
    """The rendered gates in the run's folder are those of its last process."""
    last = {event.stage: event for event in log.events if isinstance(event, ev.StageStarted | ev.StageKept)}
    for number, event in last.items():
        folder = log.folder.path / "gates" / f"stage_{number}"
        if event.gate_digest and folder.is_dir():
            found.compare(f"gates/stage_{number} (files of the gate)", event.gate_digest, _gate_digest(folder))


def _gate_digest(folder: Path) -> str:
    """As render_gate() computes it."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if not path.is_dir()):
        name = path.relative_to(folder.parent).as_posix()
        content = path.readlink().as_posix().encode() if path.is_symlink() else path.read_bytes()
        total.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    return total.hexdigest()


def _json(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}
