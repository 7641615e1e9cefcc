"""`pipeline doctor`: what is here, what that allows, how to get the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, workspace_root
from op_pipeline.errors import InfrastructureError

if TYPE_CHECKING:
    from op_pipeline.doctor import Report


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("doctor")(doctor)


def doctor(ctx: typer.Context, *, workspace: WorkspaceOption = None, json: JsonOption = False) -> int:
    """Show what is here, what it allows and how to get the rest. Exit code 7 when something needed is missing."""
    from op_pipeline.config import load_settings  # noqa: PLC0415 - keeps help fast
    from op_pipeline.doctor import examine  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    settings = load_settings(workspace_root(workspace))
    report = examine(sandbox=settings.sandbox, cli=settings.claude.cli)
    out.data(report.as_json())
    _tell(out, report)
    return InfrastructureError.exit_code if report.missing else 0


def _tell(out: Output, report: Report) -> None:
    found = [finding for finding in report.findings if finding.found]
    absent = [finding for finding in report.findings if not finding.found]
    out.table(("found", "here", "allows"), [(it.name, it.detail, it.allows) for it in found])
    for finding in found:
        for note in finding.notes:
            out.result(f"  {finding.name} {note}")
    for finding in absent:
        word = out.paint("missing", "red" if finding.needed else "yellow", stream=out.stdout)
        out.result(f"\n{word}: {finding.name}: {finding.detail}")
        out.result(f"  allows: {finding.allows}")
        out.result(f"  get it: {finding.remedy}")
    out.result()
    if not report.missing:
        out.result(f"{out.paint('ready', 'green', stream=out.stdout)}: everything for target emulator is here")
        return
    names = ", ".join(finding.name for finding in report.missing)
    out.result(f"{out.paint('not ready', 'red', stream=out.stdout)}: target emulator needs {names}")
