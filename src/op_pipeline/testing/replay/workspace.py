"""A workspace in which a recorded run can be made again: the repository as it was, the project's files as they are."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op_pipeline import events as ev
from op_pipeline.backends.transcript import Recording, read_transcript, transcripts
from op_pipeline.errors import ConfigError
from op_pipeline.repo import branch_name, clone_at, open_repository
from op_pipeline.spec import load_spec
from op_pipeline.state import RunFolder

_PROJECT = ("agents", "references", "stage_tests")


@dataclass(frozen=True)
class Rehearsal:
    """A recording and the new workspace for it. `recordings` is by stage name and attempt."""

    run: RunFolder
    header: Mapping[str, Any]
    recordings: Mapping[tuple[str, int], Recording]
    workspace: Path
    spec: Path


def rehearse(run: RunFolder, workspace: Path, into: Path) -> Rehearsal:
    """Read the recording and set up `into`.

    The repository is cloned at the commit the run started from. Agents, references, stage tests and settings are
    those the workspace has now: what they do to the recorded run is the question. Raises ConfigError when the run was
    not recorded, or the spec it was made for is not there any more.
    """
    header = run.header()
    recordings = _recordings(run)
    if "spec" not in header or not header.get("git_head"):
        raise ConfigError(f"run {run.id} has no readable run.json")
    if not recordings:
        raise ConfigError(
            f"run {run.id} holds no recorded model turns (backend {header.get('backend', 'unknown')})",
            hint="runs of the claude backend are recorded",
        )
    repository = open_repository(workspace)
    head = str(header["git_head"])
    operation = str(header["operation"])
    base = _base(run) or head
    clone = clone_at(repository, into, head, {} if base == head else {branch_name(operation): base})
    place = clone.root / workspace.resolve().relative_to(repository.root.resolve())
    place.mkdir(parents=True, exist_ok=True)
    _bring_project(workspace, place)
    spec = _bring_spec(Path(str(header["spec"])), str(header["spec_digest"]), repository.root, clone.root)
    return Rehearsal(run, header, recordings, place, spec)


def _recordings(run: RunFolder) -> dict[tuple[str, int], Recording]:
    found: dict[tuple[str, int], Recording] = {}
    for path in transcripts(run.path):
        recording = read_transcript(path)
        if recording is not None:
            found[path.parent.parent.name.partition("-")[2], recording.attempt] = recording
    return found


def _base(run: RunFolder) -> str:
    """The operation's commit from which the run went on; '' when it made none."""
    intents = (event for event in run.events() if isinstance(event, ev.Committing))
    return next((event.parent for event in intents), "")


def _bring_project(old: Path, new: Path) -> None:
    for name in _PROJECT:
        if (old / name).is_dir():
            shutil.rmtree(new / name, ignore_errors=True)
            shutil.copytree(old / name, new / name)
    if (old / "pyproject.toml").is_file():
        shutil.copy2(old / "pyproject.toml", new / "pyproject.toml")


def _bring_spec(source: Path, digest: str, old_root: Path, new_root: Path) -> Path:
    """The spec of the recorded run at its place in the clone: as it lies there now, else as it was committed."""
    root = old_root.resolve()
    inside = source.resolve().is_relative_to(root)
    target = new_root / (source.resolve().relative_to(root) if inside else source.name)
    if source.is_file() and _digest(source) == digest:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
        golden = load_spec(source).golden
        if golden is not None:
            name = golden.rpartition(":")[0]
            shutil.copy2(source.parent / name, target.parent / name)
    elif not target.is_file() or _digest(target) != digest:
        raise ConfigError(f"{source} is no longer the spec of that run", hint="put the spec back as it was then")
    return target


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
