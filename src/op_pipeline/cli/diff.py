"""`pipeline diff`: what a stage changed."""

from __future__ import annotations

from typing import Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.cli.show import resolve
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace
from op_pipeline.errors import ConfigError


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("diff")(diff)


def diff(
    ctx: typer.Context,
    *,
    words: Annotated[list[str], typer.Argument(metavar="[RUN] STAGE", help="Run id (default: newest) and a stage.")],
    attempt: Annotated[int | None, typer.Option("--attempt", metavar="N", help="Edits up to that attempt.")] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Show what a stage changed: its commit, or the last attempt's edits while it has none."""
    from op_pipeline.report import attempt_folder, last_attempt  # noqa: PLC0415 - keeps help fast

    out = output_of(ctx).configure(json=json)
    place = open_workspace(workspace)
    folder, _, stage = resolve(place, words)
    if stage is None:
        raise ConfigError("which stage?", hint="pipeline diff [RUN] STAGE")
    if stage.commit and attempt is None:
        from op_pipeline.repo import open_repository  # noqa: PLC0415

        git = open_repository(place.root, for_commits=False).git
        patch = git("show", "--format=commit %H%n%n%w(0,4,4)%B", "--no-ext-diff", "--no-color", stage.commit)
    else:
        tried = last_attempt(stage, attempt)
        file = attempt_folder(folder, stage, tried.number) / "diff.patch" if tried is not None else None
        if file is None or not file.is_file():
            raise ConfigError(f"stage {stage.number} {stage.name} has no edits in run {folder.id}")
        patch = file.read_text(encoding="utf-8", errors="replace")
    out.data({"v": 1, "run": folder.id, "stage": stage.number, "commit": stage.commit, "patch": patch})
    out.result(patch.rstrip("\n"))
    return 0
