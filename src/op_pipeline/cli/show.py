"""`pipeline show`: what happened, from a run down to one attempt."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace, warn_of_log
from op_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from op_pipeline.state import Progress, RunFolder, StageState, Workspace


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("show")(show)


def show(
    ctx: typer.Context,
    *,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[RUN] [STAGE]", help="Run id (default: newest), then a stage.")
    ] = None,
    attempt: Annotated[int | None, typer.Option("--attempt", metavar="N", help="That attempt; default: last.")] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Show what happened in a run, a stage or an attempt: prompt, tool calls, gate, diff."""
    out = output_of(ctx).configure(json=json)
    folder, progress, stage = resolve(open_workspace(workspace), list(words or []))
    warn_of_log(out, folder)
    if stage is None:
        _run(out, folder, progress)
    else:
        _stage(out, folder, stage, attempt)
    return 0


def resolve(place: Workspace, words: list[str]) -> tuple[RunFolder, Progress, StageState | None]:
    """`[RUN] [STAGE]` as a run and a stage; one word that is a stage of the newest run means that."""
    from op_pipeline.report import find_stage, load  # noqa: PLC0415 - keeps help fast

    if len(words) > 2:
        raise ConfigError(f"too many words: {' '.join(words)}", hint="pipeline show [RUN] [STAGE]")
    if len(words) == 1:
        folder = place.find_run()
        progress = load(folder)
        stage = find_stage(progress, words[0])
        if stage is not None:
            return folder, progress, stage
        if words[0].isdecimal():
            raise ConfigError(f"no stage {words[0]!r} in run {folder.id}", hint=_stages(progress))
    folder = place.find_run(words[0] if words else None)
    progress = load(folder)
    if len(words) < 2:
        return folder, progress, None
    stage = find_stage(progress, words[1])
    if stage is None:
        raise ConfigError(f"no stage {words[1]!r} in run {folder.id}", hint=_stages(progress))
    return folder, progress, stage


def _stages(progress: Progress) -> str:
    return "stages: " + ", ".join(f"{stage.number} {stage.name}" for stage in progress.stages.values())


def _run(out: Output, folder: RunFolder, progress: Progress) -> None:
    from op_pipeline.cli.limits import most  # noqa: PLC0415
    from op_pipeline.cli.words import LEVELS, Narrator, consumed  # noqa: PLC0415
    from op_pipeline.events import RawEvent  # noqa: PLC0415
    from op_pipeline.report import stage_as_json, summary_of  # noqa: PLC0415

    summary = summary_of(folder, progress)
    stages = [stage_as_json(stage) for stage in progress.stages.values()]
    out.data({**summary.as_json(), "header": folder.header(), "stages": stages})
    header = folder.header()
    for key in ("spec", "flow", "backend", "target", "branch", "git_head", "version", "argv"):
        value = header.get(key, "")
        text = shlex.join(map(str, value)) if isinstance(value, list) else value
        out.result(f"{key.replace('_', ' ') + ':':10} {text}")
    narrator = Narrator(out)
    for event in folder.events():
        line = f"{event.event}: {event.data}" if isinstance(event, RawEvent) else narrator.line(event)
        if line and LEVELS.get(event.event, 0) <= 1:
            out.result(line)
    if summary.limits is not None:
        out.result(f"limits: {most(summary.limits)}")
    out.result(f"used: {consumed(summary.used)}, {summary.attempts} attempts")
    out.result(f"{summary.status}: {summary.reason}")


def _stage(out: Output, folder: RunFolder, stage: StageState, number: int | None) -> None:
    from op_pipeline.cli.words import consumed  # noqa: PLC0415
    from op_pipeline.report import attempt_files, attempt_folder, last_attempt, stage_as_json  # noqa: PLC0415

    attempt = last_attempt(stage, number)
    if attempt is None and number is not None:
        known = ", ".join(map(str, stage.attempts)) or "none"
        raise ConfigError(f"stage {stage.number} has no attempt {number}", hint=f"attempts: {known}")
    path = attempt_folder(folder, stage, attempt.number) if attempt is not None else None
    files = attempt_files(path) if path is not None else {}
    out.data({"v": 1, **stage_as_json(stage), "files": files})
    out.result(f"{stage.number} {stage.name} ({stage.agent}): {stage.status}")
    if stage.reason:
        out.result(stage.reason)
    out.result(f"used: {consumed(stage.spent.usage)}")
    out.result(f"before the attempt: {_before(stage)}")
    if attempt is None or path is None:
        return
    _attempt(out, folder, stage, attempt.number)
    for name, text in files.items():
        out.result(f"\n== {name} ({path / name})")
        out.result(text.rstrip())


def _before(stage: StageState) -> str:
    known = stage.certificate
    if known is None or stage.red != known.code:
        return stage.red or "not checked in this run"
    bound = f", gate {known.gate[:12]}, surroundings {known.environment}" if known.gate else ""
    return f"{known.code}: {len(known.ids)} tests, {', '.join(known.classes)}, on tree {known.tree[:12]}{bound}"


def _attempt(out: Output, folder: RunFolder, stage: StageState, number: int) -> None:
    from op_pipeline.cli.words import Narrator, failure_block  # noqa: PLC0415
    from op_pipeline.events import RawEvent, TestFinished  # noqa: PLC0415
    from op_pipeline.models import TestOutcome  # noqa: PLC0415
    from op_pipeline.report import events_of  # noqa: PLC0415

    out.result(f"\n== attempt {number}")
    narrator = Narrator(out)
    narrator.names = {stage.number: stage.name}
    for event in events_of(folder, stage=stage.number, attempt=number):
        if isinstance(event, RawEvent):
            out.result(f"{event.event}: {event.data}")
        elif isinstance(event, TestFinished) and event.outcome is TestOutcome.PASSED:
            continue  # hundreds; the count stands in the gate's line
        elif line := narrator.line(event):
            out.result(f"{event.ts[11:19]} {line}")
    for failure in stage.attempts[number].failures:
        out.result("\n".join(failure_block(out, failure, None)))
