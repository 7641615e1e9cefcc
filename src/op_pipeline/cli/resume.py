"""`pipeline resume`: go on with a run that has not ended green."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.limits import AttemptsOption, DollarsOption, TimeOption, TokensOption, given, recalled
from op_pipeline.cli.output import JsonOption, QuietOption, VerboseOption
from op_pipeline.cli.run import (
    AlsoOption,
    BackendOption,
    DryRunOption,
    TargetOption,
    UntilOption,
    execute,
    make_request,
    show_plan,
)
from op_pipeline.cli.workspaces import RunArgument, WorkspaceOption, open_workspace
from op_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from op_pipeline.state import RunFolder, Workspace


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("resume")(resume)


def resume(
    ctx: typer.Context,
    *,
    run: RunArgument = None,
    backend: BackendOption = None,
    target: TargetOption = None,
    also: AlsoOption = None,
    until: UntilOption = None,
    max_dollars: DollarsOption = None,
    max_tokens: TokensOption = None,
    max_time: TimeOption = None,
    max_attempts: AttemptsOption = None,
    dry_run: DryRunOption = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> int:
    """Continue the latest unfinished run, or the one given, at its first stage that is not green."""
    out = output_of(ctx).configure(json=json, quiet=quiet, verbose=verbose)
    place = open_workspace(workspace)
    folder = _choose(place, run)
    if folder is None:
        out.result("nothing to do: no run is unfinished")
        out.data({"v": 1, "status": "green", "reason": "no run is unfinished"})
        return 0
    header = folder.header()
    if "spec" not in header:
        raise ConfigError(f"run {folder.id} has no readable run.json", hint="pipeline run SPEC starts a new run")
    until = until if until is not None else _text(header.get("until"))
    request, why = make_request(
        Path(str(header["spec"])),
        place.root,
        backend=backend or _text(header.get("backend")),
        target=target or _text(header.get("target")),
        also=also if also is not None else [str(name) for name in header.get("also") or ()],
        flow=_text(header.get("flow")),
        first=_text(header.get("from")),
        until=until,
        run_id=folder.id,
        limits=recalled(header, given(max_dollars, max_tokens, max_attempts, max_time)),
    )
    return show_plan(out, request) if dry_run else execute(out, request, "as before" if backend is None else why)


def _choose(place: Workspace, run: str | None) -> RunFolder | None:
    """The run given; else the newest that is neither green nor still running; None when there is none."""
    from op_pipeline.report import summarize  # noqa: PLC0415 - keeps help fast

    if run is not None:
        return place.find_run(run)
    settled: set[str] = set()
    for folder in place.runs():
        summary = summarize(folder)
        if summary.operation in settled:
            continue  # a newer run of that operation has ended well; the older one is history
        if not summary.finished:
            return folder
        settled.add(summary.operation)
    if not place.runs():
        place.find_run()  # raises, with what to do
    return None


def _text(value: object) -> str | None:
    return None if value is None else str(value)
