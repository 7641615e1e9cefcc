"""`pipeline status`: where a run stands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.cli.workspaces import RunArgument, WorkspaceOption, find_run, warn_of_log

if TYPE_CHECKING:
    from op_pipeline.state import StageState


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("status")(status)


def status(
    ctx: typer.Context,
    *,
    run: RunArgument = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Show where a run stands, stage by stage."""
    from op_pipeline.cli.limits import most  # noqa: PLC0415 - keeps help fast
    from op_pipeline.cli.words import consumed, duration, shown  # noqa: PLC0415 - keeps help fast
    from op_pipeline.report import load, stage_as_json, summary_of  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    folder = find_run(workspace, run)
    warn_of_log(out, folder)
    progress = load(folder)
    summary = summary_of(folder, progress)
    out.data({**summary.as_json(), "stages": [stage_as_json(stage) for stage in progress.stages.values()]})
    out.result(f"{out.paint(summary.run, 'bold', stream=out.stdout)}: {summary.status}")
    if summary.reason:
        out.result(summary.reason)
    rows = []
    for stage in progress.stages.values():
        last = next((a.failures[0] for a in reversed(list(stage.attempts.values())) if a.failures), None)
        told = f"{last.kind}: {last.message}" if last and stage.status.value != "green" else ""
        why = told or stage.reason
        took = duration(stage.seconds) if stage.seconds else ""
        rows.append(
            (stage.number, stage.name, stage.agent, stage.status, _attempts(stage), took,
             consumed(stage.spent.usage), stage.commit[:7], " ".join(why.split())[:80])
        )  # fmt: skip
    out.table(("", "stage", "agent", "status", "attempts", "time", "cost", "commit", ""), rows)
    took = duration(summary.used.seconds)
    limits = f"; limits {most(summary.limits)}" if summary.limits is not None else ""
    count = f"{summary.attempts} attempt{'' if summary.attempts == 1 else 's'}"
    out.result(f"used: {consumed(replace(summary.used, seconds=0.0))}, {took}, {count}{limits}")
    out.result(f"log: {shown(folder.path)}")
    if summary.next_command:
        out.result(f"next: {summary.next_command}")
    return 0


def _attempts(stage: StageState) -> str:
    """`1`, `3 (2 hard)`, `4 (1 hard, 3 cheap)`: how many, and how many of them failed at which cost."""
    number = sum(number > 0 for number in stage.attempts)
    costs = [str(attempt.cost) for attempt in stage.attempts.values() if attempt.failures]
    failed = ", ".join(f"{costs.count(cost)} {cost}" for cost in ("hard", "cheap") if cost in costs)
    return f"{number} ({failed})" if failed else str(number or "")
