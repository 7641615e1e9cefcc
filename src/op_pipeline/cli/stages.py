"""`pipeline stages`: what a flow consists of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption
from op_pipeline.cli.workspaces import WorkspaceOption, workspace_root


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("stages")(stages)


def stages(
    ctx: typer.Context,
    *,
    spec: Annotated[Path | None, typer.Argument(metavar="[SPEC]", help="Take the flow this spec names.")] = None,
    flow: Annotated[str, typer.Option("--flow", metavar="NAME", help="Flow to list.")] = "cpp",
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """List the stages of a flow with owners, gates and limits."""
    from op_pipeline.config import load_flow  # noqa: PLC0415
    from op_pipeline.config.quantities import written_time  # noqa: PLC0415 - keeps help fast
    from op_pipeline.spec import load_spec  # noqa: PLC0415

    out = output_of(ctx).configure(json=json)
    root = workspace_root(workspace, None if spec is None else spec.resolve().parent)
    loaded = load_flow(flow if spec is None else load_spec(spec).flow, root)
    out.data({"v": 1, "flow": loaded.name, "stages": [stage.model_dump(mode="json") for stage in loaded.stages]})
    rows = []
    for stage in loaded.stages:
        budget = f"{stage.max_hard} hard, {stage.max_cheap} cheap"
        limits = f"{written_time(stage.attempt_deadline)} attempt, {written_time(stage.gate_deadline)} gate"
        rows.append((stage.number, stage.name, stage.agent, stage.gate, budget, limits, ", ".join(stage.red)))
    out.table(("", "stage", "agent", "gate", "failures allowed", "deadlines", "red before"), rows)
    return 0
