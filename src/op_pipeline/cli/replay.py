"""`pipeline replay`: a recorded run again, with today's gates and tools; names the first thing that differs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output, QuietOption, VerboseOption
from op_pipeline.cli.run import make_request
from op_pipeline.cli.workspaces import RunArgument, WorkspaceOption, open_workspace

if TYPE_CHECKING:
    from op_pipeline.state import RunFolder, Workspace
    from op_pipeline.testing.replay import Replayed


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("replay")(replay)


def replay(
    ctx: typer.Context,
    *,
    run: RunArgument = None,
    into: Annotated[
        Path | None, typer.Option("--into", metavar="DIR", help="New folder for the clone; default: logs/replays/RUN.")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = 0,
) -> int:
    """Make a recorded run again in a clone: model turns from the recording, tools and gates for real, no costs.

    Exit code 0 when all went as recorded, 1 when it did not.
    """
    from op_pipeline.cli.progress import showing  # noqa: PLC0415 - keeps help fast
    from op_pipeline.engine import Interrupts  # noqa: PLC0415
    from op_pipeline.testing.replay import rehearse  # noqa: PLC0415
    from op_pipeline.testing.replay import replay as play  # noqa: PLC0415

    out = output_of(ctx).configure(json=json, quiet=quiet, verbose=verbose)
    place = open_workspace(workspace)
    folder = place.find_run(run)
    rehearsal = rehearse(folder, place.root, into.resolve() if into is not None else _new_folder(place, folder))
    header = rehearsal.header
    request, _ = make_request(
        rehearsal.spec,
        rehearsal.workspace,
        backend="claude",
        target=_text(header.get("target")),
        first=_text(header.get("from")),
        until=_text(header.get("until")),
    )
    out.progress(f"replay of {folder.id} in {rehearsal.workspace}")
    interrupts = Interrupts()
    with showing(out) as progress, interrupts.installed():
        done = play(rehearsal, request, progress, interrupts=interrupts)
    return _tell(out, folder, done)


def _new_folder(place: Workspace, folder: RunFolder) -> Path:
    place.prepare()
    base = place.logs / "replays" / folder.id
    number = 1
    while (target := base if number == 1 else base.with_name(f"{base.name}-{number}")).exists():
        number += 1
    return target


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _tell(out: Output, folder: RunFolder, done: Replayed) -> int:
    from op_pipeline.cli.words import duration, shown  # noqa: PLC0415

    out.data(
        {
            "v": 1,
            "run": folder.id,
            "same": bool(done),
            "divergence": None
            if done.divergence is None
            else {**done.divergence.__dict__, "text": str(done.divergence)},
            "turns": done.turns,
            "recorded_turns": done.recorded,
            "verdicts": done.verdicts,
            "seconds": done.seconds,
            "turn_seconds": done.turn_seconds,
            "modelled_seconds": done.modelled_seconds,
            "workspace": str(done.workspace),
        }
    )
    counts = (
        f"{done.turns} of {done.recorded} model turns, {done.verdicts} gate verdicts in {duration(done.seconds)}, $0.00"
    )
    if done.divergence is None:
        out.result(f"as recorded: {counts}")
    else:
        out.result(f"first difference: {done.divergence}\n{counts}")
    if done.turns:
        out.result(
            f"the turns took {duration(done.turn_seconds)}; at 10 s a turn a model would have taken"
            f" {duration(done.modelled_seconds)}, {done.times_faster:.0f} times as long"
        )
    out.result(f"workspace: {shown(done.workspace)}")
    return 0 if done else 1
