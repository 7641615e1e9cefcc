"""Where runs are kept: `<workspace>/logs/<run id>/`, complete and readable without this program."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from op_pipeline.errors import ConfigError, InfrastructureError
from op_pipeline.events import AnyEvent, RawEvent, read_events
from op_pipeline.state.log import write_atomic

_RUN_ID = re.compile(r"^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ-[a-z0-9_]+-[0-9a-f]{4}$")


def new_run_id(operation: str) -> str:
    """Time (UTC), operation and four random digits; sorts by time."""
    now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")
    return f"{now}-{operation}-{secrets.token_hex(2)}"


@dataclass(frozen=True)
class RunFolder:
    """One run's folder."""

    path: Path

    @property
    def id(self) -> str:
        """The run's id is the folder's name."""
        return self.path.name

    @property
    def events_path(self) -> Path:
        """The log all else is derived from."""
        return self.path / "events.jsonl"

    def events(self) -> list[AnyEvent | RawEvent]:
        """Everything that can be read of the log."""
        return read_events(self.events_path)

    def header(self) -> dict[str, Any]:
        """Content of run.json; empty when it cannot be read."""
        try:
            data = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def write_json(self, name: str, data: object) -> None:
        """Replace a JSON file of the folder."""
        write_atomic(self.path / name, json.dumps(data, indent=1, default=str) + "\n")

    def stage_dir(self, number: int, name: str) -> Path:
        """Folder of a stage."""
        return self.path / "stages" / f"{number:02d}-{name}"

    def attempt_dir(self, number: int, name: str, attempt: int) -> Path:
        """Folder of an attempt; made when absent."""
        folder = self.stage_dir(number, name) / f"attempt-{attempt}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InfrastructureError(f"cannot make {folder}: {error.strerror}") from error
        return folder


@dataclass(frozen=True)
class Workspace:
    """The folder a user works in."""

    root: Path

    @property
    def logs(self) -> Path:
        """Where runs, work trees and locks are."""
        return self.root / "logs"

    @property
    def locks(self) -> Path:
        """Folder of the locks."""
        return self.logs / "locks"

    def worktree(self, operation: str) -> Path:
        """Where the operation's branch is checked out."""
        return self.logs / "worktrees" / operation

    def prepare(self) -> None:
        """Make the logs folder, hidden from the user's git. Raises InfrastructureError when it cannot be written."""
        try:
            self.logs.mkdir(parents=True, exist_ok=True)
            ignore = self.logs / ".gitignore"
            if not ignore.exists() and not (self.logs / ".gitkeep").exists():
                ignore.write_text("*\n", encoding="utf-8")
            if not os.access(self.logs, os.W_OK):
                raise PermissionError(13, "permission denied")
        except OSError as error:
            raise InfrastructureError(
                f"the workspace cannot be written: {self.logs}: {(error.strerror or str(error)).lower()}",
                hint="choose another folder with --workspace",
            ) from error

    def create_run(self, run: str) -> RunFolder:
        """A new run's folder; `logs/latest` points at it."""
        folder = RunFolder(self.logs / run)
        try:
            folder.path.mkdir(parents=True)
            temporary = self.logs / f".latest.{os.getpid()}"
            temporary.unlink(missing_ok=True)
            temporary.symlink_to(run)
            temporary.replace(self.logs / "latest")
        except OSError as error:
            raise InfrastructureError(f"cannot make the run folder {folder.path}: {error.strerror}") from error
        return folder

    def runs(self) -> list[RunFolder]:
        """All runs, newest first."""
        if not self.logs.is_dir():
            return []
        folders = [RunFolder(path) for path in self.logs.iterdir() if _RUN_ID.match(path.name) and path.is_dir()]
        return sorted(folders, key=lambda folder: (folder.id[:20], _born(folder)), reverse=True)

    def find_run(self, name: str | None = None) -> RunFolder:
        """The run called `name` (or whose id contains it), or the newest. Raises ConfigError when there is none."""
        runs = self.runs()
        if not runs:
            raise ConfigError(f"no runs in {self.logs}", hint="pipeline run spec.md")
        if name is None or name == "latest":
            return runs[0]
        found = [run for run in runs if run.id == name] or [run for run in runs if name in run.id]
        if len(found) != 1:
            what = "no run is" if not found else f"{len(found)} runs are"
            shown = ", ".join(run.id for run in (found or runs)[:5])
            raise ConfigError(f"{what} called {name!r}", hint=f"runs: {shown}")
        return found[0]


def _born(folder: RunFolder) -> float:
    with contextlib.suppress(OSError):
        return (folder.path / "run.json").stat().st_mtime
    return 0.0
