"""`pipeline status`: where a run stands."""

from __future__ import annotations

from dataclasses import replace

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.cli.workspaces import RunArgument, WorkspaceOption, find_run


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
    progress = load(folder)
    summary = summary_of(folder, progress)
    out.data({**summary.as_json(), "stages": [stage_as_json(stage) for stage in progress.stages.values()]})
    out.result(f"{out.paint(summary.run, 'bold', stream=out.stdout)}: {summary.status}")
    if summary.reason:
        out.result(summary.reason)
    rows = []
    for stage in progress.stages.values():
        hard = sum(a.cost.value == "hard" for a in stage.attempts.values() if a.failures)
        cheap = sum(a.cost.value == "cheap" for a in stage.attempts.values() if a.failures)
        last = next((a.failures[0] for a in reversed(list(stage.attempts.values())) if a.failures), None)
        why = stage.reason or (f"{last.kind}: {last.message}" if last and stage.status.value != "green" else "")
        took = duration(stage.seconds) if stage.seconds else ""
        rows.append(
            (stage.number, stage.name, stage.agent, stage.status, f"hard:{hard} cheap:{cheap}", took,
             consumed(stage.spent.usage), stage.commit[:7], " ".join(why.split())[:80])
        )  # fmt: skip
    out.table(("", "stage", "agent", "status", "failures", "time", "cost", "commit", ""), rows)
    took = duration(summary.used.seconds)
    limits = f"; limits {most(summary.limits)}" if summary.limits is not None else ""
    out.result(f"used: {consumed(replace(summary.used, seconds=0.0))}, {took}, {summary.attempts} attempts{limits}")
    out.result(f"log: {shown(folder.path)}")
    if summary.next_command:
        out.result(f"next: {summary.next_command}")
    return 0
