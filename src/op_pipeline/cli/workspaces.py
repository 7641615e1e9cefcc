"""Which folder a verb works in, and which run it means."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from op_pipeline.cli.output import Output
    from op_pipeline.state import RunFolder, Workspace

WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-C", metavar="DIR", help="Folder with logs/; default: the project around here."),
]
RunArgument = Annotated[str | None, typer.Argument(metavar="[RUN]", help="Run id or a part of it; default: newest.")]


def workspace_root(given: Path | None, near: Path | None = None) -> Path:
    """The folder given; else the project around the spec or here; else the git repository around here; else here."""
    from op_pipeline.config import find_project  # noqa: PLC0415 - keeps help fast

    if given is not None:
        return given.resolve()
    for start in (near, Path.cwd()):
        found = find_project(start) if start is not None else None
        if found is not None:
            return found
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)


def open_workspace(given: Path | None) -> Workspace:
    """The same as an object."""
    from op_pipeline.state import Workspace  # noqa: PLC0415

    return Workspace(workspace_root(given))


def tree_of(place: Workspace, operation: str) -> Path:
    """The operation's work tree when there is one, else the user's own tree."""
    from op_pipeline.repo import open_repository  # noqa: PLC0415 - keeps help fast

    made = place.worktree(operation)
    return made if (made / ".git").exists() else open_repository(place.root, for_commits=False).root


def find_run(given: Path | None, run: str | None) -> RunFolder:
    """The run meant. Raises ConfigError when there is none."""
    return open_workspace(given).find_run(run)


def warn_of_log(out: Output, *folders: RunFolder) -> None:
    """One warning when a run's log is not as it was written."""
    from op_pipeline.report import log_warning  # noqa: PLC0415 - keeps help fast

    warning = log_warning(folders)
    if warning:
        out.warn(warning)
