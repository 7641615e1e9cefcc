"""`pipeline export`: an operation into a checkout of tt-metal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.flow_option import FlowOption
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, workspace_root

if TYPE_CHECKING:
    from op_pipeline.export import Export


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("export")(export)


def export(
    ctx: typer.Context,
    *,
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The operation's specification.")] = Path("spec.md"),
    to: Annotated[Path, typer.Option("--to", metavar="CHECKOUT", help="Root of a checkout of tt-metal.")],
    check: Annotated[bool, typer.Option("--check", help="Say what would be changed; change nothing.")] = False,
    flow: FlowOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that git could not give back.")] = False,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Put the operation's newest green commit into a checkout. Exit code 1 when lines are left to add by hand."""
    from op_pipeline.export import plan_export, source_of, write  # noqa: PLC0415 - keeps help fast
    from op_pipeline.repo import open_repository  # noqa: PLC0415
    from op_pipeline.spec import load_spec  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    loaded = load_spec(spec).in_flow(flow)
    root = workspace_root(workspace, spec.resolve().parent)
    source = source_of(open_repository(root, for_commits=False), loaded)
    plan = plan_export(source, to.resolve())
    if not check:
        write(plan, force=force)
    _tell(out, plan, check=check)
    return 1 if plan.manual else 0


def _tell(out: Output, plan: Export, *, check: bool) -> None:
    """What was, or would be, changed."""
    source = plan.source
    out.data(
        {
            "v": 1,
            "operation": source.operation,
            "commit": source.commit,
            "stages": list(source.stages),
            "checked_only": check,
            "files": sorted(plan.files),
            "unchanged": sorted(plan.unchanged),
            "edits": [{"file": step.file, "what": step.what, "lines": list(step.lines)} for step in plan.steps],
            "by_hand": [{"file": step.file, "what": step.what, "lines": list(step.lines)} for step in plan.manual],
            "blocked": list(plan.blocked),
        }
    )
    word = "would write" if check else "wrote"
    for path in sorted(plan.files):
        out.result(f"{word} {path}{' (differs there, and git does not have it)' if path in plan.blocked else ''}")
    for step in plan.steps:
        out.result(f"{'would edit' if check else 'edited'} {step.file}: {step.what}")
        for line in step.lines:
            out.result(f"  + {line}")
    for step in plan.manual:
        out.warn(f"{step.file}: no place found to {step.what}; add by hand: {' '.join(step.lines)}")
    stages = f"stages 0 to {max(source.stages)} green" if source.stages else "no stage green"
    done = "all of it is there already" if plan.is_nothing else f"{len(plan.files)} files, {len(plan.steps)} edits"
    out.result(f"{source.operation} at {source.commit[:7]} ({stages}): {done}")
