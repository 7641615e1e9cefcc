"""`pipeline run`: the default story."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.flow_option import FlowOption
from op_pipeline.cli.limits import NAMES, AttemptsOption, DollarsOption, TimeOption, TokensOption, given, limits_line
from op_pipeline.cli.output import JsonOption, Output, QuietOption, VerboseOption
from op_pipeline.cli.workspaces import WorkspaceOption, workspace_root
from op_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from op_pipeline.engine import Request, RunResult
    from op_pipeline.spec import Spec

BackendOption = Annotated[
    str | None,
    typer.Option(
        "--backend",
        metavar="NAME",
        help="claude, template (offline), command:NAME, scripted:FILE; auto: claude if there is a key.",
    ),
]
TargetOption = Annotated[
    str | None, typer.Option("--target", metavar="NAME", help="Where operations run: emulator, simulator or hardware.")
]
AlsoOption = Annotated[
    list[str] | None,
    typer.Option("--also", metavar="NAME", help="A further judge whose checks join the gates: mock. May stand twice."),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="STAGE", help="Do this stage and all later ones again.")
]
UntilOption = Annotated[str | None, typer.Option("--until", metavar="STAGE", help="Stop after this stage.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would run and why; changes nothing.")]


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("run")(run)


def run(
    ctx: typer.Context,
    *,
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The operation's specification.")] = Path("spec.md"),
    backend: BackendOption = None,
    target: TargetOption = None,
    also: AlsoOption = None,
    flow: FlowOption = None,
    first: FromOption = None,
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
    no_color: Annotated[bool, typer.Option("--no-color", help="The same as --color never.")] = False,
) -> int:
    """Turn a spec into a tested, committed operation."""
    out = output_of(ctx).configure(json=json, quiet=quiet, verbose=verbose, color="never" if no_color else None)
    limits = given(max_dollars, max_tokens, max_attempts, max_time)
    request, why = make_request(
        spec,
        workspace,
        backend=backend,
        target=target,
        also=also or (),
        flow=flow,
        first=first,
        until=until,
        limits=limits,
    )
    if dry_run:
        return show_plan(out, request)
    return execute(out, request, why)


def make_request(
    spec: Path,
    workspace: Path | None,
    *,
    backend: str | None,
    target: str | None,
    first: str | None,
    until: str | None,
    also: Sequence[str] = (),
    flow: str | None = None,
    run_id: str | None = None,
    limits: Mapping[str, object] | None = None,
) -> tuple[Request, str]:
    """The request, with settings applied, and a remark on how the backend was chosen."""
    from op_pipeline.backends import choose_backend  # noqa: PLC0415 - keeps help fast
    from op_pipeline.config import load_settings  # noqa: PLC0415
    from op_pipeline.engine import Request  # noqa: PLC0415
    from op_pipeline.spec import load_spec  # noqa: PLC0415

    root = workspace_root(workspace, spec.resolve().parent)
    settings = load_settings(root, flags={"backend": backend, "target": target, **(limits or {})})
    chosen, because = choose_backend(settings.backend)
    request = Request(
        spec=spec,
        workspace=root,
        backend=chosen,
        target=settings.target,
        also=tuple(dict.fromkeys(also)),
        flow=flow,
        sandbox=settings.sandbox,
        first=None if first is None else stage_number(load_spec(spec).in_flow(flow), root, first, "--from"),
        last=None if until is None else stage_number(load_spec(spec).in_flow(flow), root, until, "--until"),
        run=run_id,
        argv=tuple(sys.argv),
        max_hard=settings.max_hard,
        max_cheap=settings.max_cheap,
        max_dollars=settings.max_dollars,
        max_tokens=settings.max_tokens,
        max_attempts=settings.max_attempts,
        max_time=settings.max_time,
        sources={name: settings.sources[name] for name in (*NAMES, "max_hard", "max_cheap")},
    )
    return request, because if settings.backend == "auto" else f"from {settings.sources['backend']}"


def stage_number(spec: Spec, root: Path, wanted: str, option: str) -> int:
    """A stage given by number or name. Raises ConfigError naming the stages there are."""
    import difflib  # noqa: PLC0415

    from op_pipeline.config import load_flow  # noqa: PLC0415

    names = {stage.name: stage.number for stage in load_flow(spec.flow, root).stages}
    if wanted.isdecimal() and int(wanted) in names.values():
        return int(wanted)
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    listed = ", ".join(f"{number} {name}" for name, number in names.items())
    raise ConfigError(f"{option}: no stage {wanted!r}{guess}", hint=f"stages: {listed}")


def execute(out: Output, request: Request, why: str) -> int:
    """Run with progress on the terminal, then the summary; the exit code."""
    from op_pipeline.cli.progress import showing  # noqa: PLC0415
    from op_pipeline.engine import Interrupts, run_pipeline  # noqa: PLC0415
    from op_pipeline.events import AnyEvent, RunStarted  # noqa: PLC0415

    interrupts = Interrupts()
    with showing(out) as progress, interrupts.installed():

        def report(event: AnyEvent) -> None:
            if isinstance(event, RunStarted):
                _header(out, event, request, why)
            progress(event)

        result = run_pipeline(request, report, interrupts=interrupts)
    _summary(out, result)
    return result.exit_code


def _header(out: Output, event: object, request: Request, why: str) -> None:
    from op_pipeline.cli.confining import warn_of_weakness  # noqa: PLC0415
    from op_pipeline.cli.words import shown  # noqa: PLC0415
    from op_pipeline.events import RunStarted  # noqa: PLC0415

    assert isinstance(event, RunStarted)
    word = "resuming" if event.resumed else "run"
    out.progress(f"{out.paint(f'{word} {event.run}', 'bold')}: {shown(request.spec)}, flow {event.flow}")
    target = " and ".join((event.target, *request.also))
    out.progress(f"backend {event.backend} ({why}), target {target}, sandbox {event.sandbox}")
    out.progress(limits_line(event))
    out.progress(f"branch {event.branch} in {shown(request.workspace / 'logs' / 'worktrees' / event.operation)}")
    warn_of_weakness(out, event.sandbox)


def _summary(out: Output, result: RunResult) -> None:
    """The last lines: verdict, failures with what to do, the next command."""
    from op_pipeline.cli.words import consumed, duration, failure_block, shown  # noqa: PLC0415
    from op_pipeline.report import attempt_folder, load, summary_of  # noqa: PLC0415
    from op_pipeline.state import RunFolder  # noqa: PLC0415

    folder = RunFolder(result.folder)
    progress = load(folder)
    summary = summary_of(folder, progress)
    if out.json:
        return
    stage = progress.stages.get(result.stage) if result.stage is not None else None
    log = None
    if stage is not None and stage.attempts:
        log = attempt_folder(folder, stage, max(stage.attempts)) / "gate.txt"
    for failure in result.failures[:3]:
        _final(out, "\n".join(failure_block(out, failure, log if log is not None and log.exists() else None)))
    verdict = out.paint(str(result.status), "green" if result else "red")
    counts = f"{summary.green}/{summary.total} stages green"
    spent = consumed(replace(summary.used, seconds=0.0))
    head = f"{summary.operation}: {verdict}, {counts} in {duration(summary.seconds)}, {spent}"
    _final(out, head if result.reason in {"", "all stages green"} else f"{head}: {result.reason}")
    _final(out, f"log: {shown(result.folder)}")
    following = result.next_command or f"pipeline diff {max(progress.stages, default=0)}"
    _final(out, f"next: {following}")


def _final(out: Output, text: str) -> None:
    """The final lines are said also when quiet."""
    print(text, file=out.stderr, flush=True)


def show_plan(out: Output, request: Request) -> int:
    """What would run and why."""
    from op_pipeline.config.quantities import written_time  # noqa: PLC0415
    from op_pipeline.engine import plan_pipeline  # noqa: PLC0415

    plan, parts = plan_pipeline(request)
    rows = []
    for planned in plan.stages:
        stage = planned.stage
        record = planned.record.commit[:7] if planned.record else ""
        why = "; ".join(planned.reasons) or (f"green at {record}" if record else "")
        limits = f"{stage.max_hard} hard, {stage.max_cheap} cheap, {written_time(stage.attempt_deadline)}"
        rows.append((stage.number, stage.name, stage.agent, str(planned.action), limits, why))
    out.data(
        {
            "v": 1,
            "operation": parts.spec.operation,
            "backend": parts.backend.name,
            "target": parts.target.name,
            "stages": [
                {"stage": p.stage.number, "name": p.stage.name, "action": str(p.action), "reasons": list(p.reasons)}
                for p in plan.stages
            ],
        }
    )
    out.table(("", "stage", "agent", "would", "limits", "why"), rows)
    if all(str(planned.action) == "keep" for planned in plan.stages):
        out.result("nothing to do: all stages are green; a run would run their gates again")
    return 0
