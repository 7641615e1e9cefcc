"""`pipeline logs`: runs, newest first, or one of them as it happens."""

from __future__ import annotations

import json as jsonlib
import time
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output, VerboseOption
from op_pipeline.cli.workspaces import RunArgument, WorkspaceOption, open_workspace, warn_of_log

if TYPE_CHECKING:
    from op_pipeline.state import RunFolder

_POLL_SECONDS = 0.2


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("logs")(logs)


def logs(
    ctx: typer.Context,
    *,
    run: RunArgument = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Show a run's events until it ends.")] = False,
    number: Annotated[int, typer.Option("-n", help="How many runs to list; 0 for all.")] = 10,
    status: Annotated[str | None, typer.Option("--status", help="Only runs of that status.")] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> int:
    """List runs, newest first, or show and follow one."""
    out = output_of(ctx).configure(json=json, verbose=verbose)
    place = open_workspace(workspace)
    if run is not None or follow:
        folder = place.find_run(run)
        warn_of_log(out, folder)
        _tell(out, folder, follow=follow)
        return 0
    from op_pipeline.cli.words import duration, money  # noqa: PLC0415 - keeps help fast
    from op_pipeline.report import list_runs  # noqa: PLC0415

    found = [summary for summary in list_runs(place) if status is None or summary.status == status]
    found = found[:number] if number else found
    warn_of_log(out, *(folder for folder in place.runs() if folder.id in {summary.run for summary in found}))
    out.data({"v": 1, "runs": [summary.as_json() for summary in found]})
    if not found:
        out.result(f"no runs in {place.logs}")
        return 0
    rows = [
        (s.run, s.operation, s.status, f"{s.green}/{s.total}", duration(s.seconds), money(s.dollars), s.backend)
        for s in found
    ]
    out.table(("run", "operation", "status", "green", "time", "cost", "backend"), rows)
    return 0


def _tell(out: Output, folder: RunFolder, *, follow: bool) -> None:
    """Print a run's events; with `follow`, wait for more until it ends or its process is gone."""
    from op_pipeline.cli.words import LEVELS, Narrator  # noqa: PLC0415
    from op_pipeline.events import RawEvent  # noqa: PLC0415
    from op_pipeline.report import summarize  # noqa: PLC0415

    narrator = Narrator(out)
    told = 0
    while True:
        alive = follow and summarize(folder).alive
        events = folder.events()
        for event in events[told:]:
            if out.json:
                data = event.data if isinstance(event, RawEvent) else jsonlib.loads(event.as_line())
                out.data(data)
            elif isinstance(event, RawEvent):
                out.result(f"{event.event}: {event.data}")
            else:
                line = narrator.line(event)
                if line and out.verbose >= LEVELS.get(event.event, 0):
                    out.result(f"{event.ts[11:19]} {line}")
        told = len(events)
        if not alive:
            return
        time.sleep(_POLL_SECONDS)
