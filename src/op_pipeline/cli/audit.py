"""`pipeline audit`: rebuild the verdicts of an operation and say what differs from what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace

if TYPE_CHECKING:
    from op_pipeline.audit import Audit, RunAudit, StageAudit

_WIDTH = 300


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("audit")(audit)


def audit(
    ctx: typer.Context,
    *,
    what: Annotated[
        str | None, typer.Argument(metavar="[RUN|COMMIT]", help="Run id or a part of it, or a commit; default: newest.")
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Everything but running the gates again.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Rebuild every verdict of an operation from its commits and logs. Exit code 0 when all is the same, 1 when not."""
    from op_pipeline.audit import audit as rebuild  # noqa: PLC0415 - keeps help fast
    from op_pipeline.cli.confining import chosen_strength  # noqa: PLC0415
    from op_pipeline.config import load_settings  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    place = open_workspace(workspace)
    confine = "auto" if fast else chosen_strength(out, load_settings(place.root))
    found = rebuild(place, what, fast=fast, confine=confine, tell=out.progress)
    out.data(found.as_json())
    _tell(out, found, fast=fast)
    return 0 if found else 1


def _tell(out: Output, found: Audit, *, fast: bool) -> None:
    out.result(f"{out.paint(found.operation, 'bold', stream=out.stdout)} at {found.tip[:12] or 'no commit'}")
    for stage in found.stages:
        again = " and ".join(stage.again)
        how = f"same; {again} again" if again else "same, as far as it was checked"
        _one(out, stage, f"{stage.stage} {stage.name:20} {stage.commit[:7]}  {_verdict(stage, how)}")
    for run in found.runs:
        _one(out, run, f"log {run.run}  {_verdict(run, 'same')}")
    for note in found.notes:
        out.result(f"note: {note}")
    count = f"{found.differences} difference{'' if found.differences == 1 else 's'}" if found.differences else "same"
    left = "; gates were not run again (--fast)" if fast else ""
    out.result(f"audit: {count} in {len(found.stages)} stages{left}")


def _verdict(item: StageAudit | RunAudit, same: str) -> str:
    number = len(item.differences)
    return same if not number else f"{number} difference{'' if number == 1 else 's'}"


def _one(out: Output, item: StageAudit | RunAudit, line: str) -> None:
    out.result(line)
    for difference in item.differences:
        out.result(f"    {difference.what}")
        out.result(f"      recorded: {_short(difference.recorded)}")
        out.result(f"      found:    {_short(difference.found)}")
    for reason in item.unchecked:
        out.result(f"    not checked: {_short(reason)}")


def _short(text: str) -> str:
    line = " ".join(text.split()) or "nothing"
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"
