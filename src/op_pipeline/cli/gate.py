"""`pipeline gate`: one stage's gate on the operation as it stands, by hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.flow_option import FlowOption
from op_pipeline.cli.output import JsonOption, Output, VerboseOption
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace, tree_of, workspace_root
from op_pipeline.errors import ConfigError, EmptyGate, InfrastructureError

if TYPE_CHECKING:
    from op_pipeline.models import GateRun, GreenVerdict
    from op_pipeline.spec import Spec
    from op_pipeline.state import Workspace


def register(app: typer.Typer) -> None:
    """Add the verb; what stands after `--` goes to pytest."""
    app.command("gate", context_settings={"allow_extra_args": True, "ignore_unknown_options": False})(gate)


def gate(
    ctx: typer.Context,
    *,
    stage: Annotated[
        str, typer.Argument(metavar="STAGE", help="Number or name; with --certify a spec, or nothing.")
    ] = "",
    pytest_args: Annotated[
        list[str] | None, typer.Argument(metavar="[-- PYTEST...]", help="For pytest, after --.")
    ] = None,
    spec: Annotated[
        Path | None, typer.Option("--spec", metavar="FILE", help="Spec; default: the newest run's, else spec.md.")
    ] = None,
    tree: Annotated[
        Path | None, typer.Option("--tree", metavar="DIR", help="Tree to test; default: the operation's work tree.")
    ] = None,
    upto: Annotated[bool, typer.Option("--upto", help="All earlier gates, too.")] = False,
    certify: Annotated[
        bool, typer.Option("--certify", help="Run all gates on wrong variants of the operation: which are let pass?")
    ] = False,
    mutants: Annotated[
        int | None, typer.Option("--mutants", metavar="N", min=1, help="With --certify: run at most N wrong variants.")
    ] = None,
    target: Annotated[str | None, typer.Option("--target", metavar="NAME", help="Where operations run.")] = None,
    also: Annotated[
        list[str] | None, typer.Option("--also", metavar="NAME", help="A further judge whose checks join: mock.")
    ] = None,
    flow: FlowOption = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
    verbose: VerboseOption = 0,
) -> int:
    """Run one stage's gate on the operation as it stands, or certify its gates. Exit code 0 when green, 1 when not."""
    from op_pipeline.spec import load_spec  # noqa: PLC0415 - keeps help fast

    out = output_of(ctx).configure(json=json, verbose=verbose)
    place = open_workspace(workspace)
    if certify and stage.endswith(".md"):
        spec, stage = spec or Path(stage), ""
    _check_options(stage, certify=certify, mutants=mutants, others=bool(pytest_args or upto))
    loaded = load_spec(spec or _latest_spec(place)).in_flow(flow or (None if spec else _latest_flow(place)))
    if workspace is None and spec is not None:
        place = type(place)(workspace_root(None, spec.resolve().parent))
    where = tree or tree_of(place, loaded.operation)
    if certify:
        from op_pipeline.cli.certifying import certify_operation  # noqa: PLC0415

        return certify_operation(out, place, loaded, where, target, most=mutants)
    wishes = _Wishes(where, target, tuple(also or ()), tuple(pytest_args or ()), upto)
    return _judge(out, place, loaded, stage, wishes)


def _check_options(stage: str, *, certify: bool, mutants: int | None, others: bool) -> None:
    """Refuse what does not go together. Raises ConfigError."""
    if not certify and not stage:
        raise ConfigError("which stage?", hint="pipeline gate 7, or pipeline gate --certify for all of them")
    if certify and (stage or others):
        raise ConfigError("--certify runs all gates: a stage, --upto and pytest's arguments do not go with it")
    if mutants is not None and not certify:
        raise ConfigError("--mutants is for --certify")


@dataclass(frozen=True)
class _Wishes:
    """What to run where: the tree, the target, further judges, words for pytest, earlier gates too or not."""

    tree: Path
    target: str | None
    also: tuple[str, ...]
    extra: tuple[str, ...]
    upto: bool


def _judge(out: Output, place: Workspace, spec: Spec, stage: str, wishes: _Wishes) -> int:
    """Run the gate and say what came out; the exit code."""
    run, verdict, folder = _run(out, place, spec, stage, wishes)
    extra = wishes.extra
    _tell(out, run, verdict, folder, narrowed=bool(extra))
    if run.env_problem:
        raise InfrastructureError(f"the gate could not be run: {run.env_problem}")
    if not run.results:
        raise EmptyGate("the gate collected nothing", hint=f"see {folder / 'out' / 'output.txt'}")
    return 0 if verdict or (extra and _all_passed(run)) else 1


def _run(out: Output, place: Workspace, spec: Spec, stage: str, wishes: _Wishes) -> tuple[GateRun, GreenVerdict, Path]:
    """Render the gate below logs/gates and run it."""
    from op_pipeline.cli.confining import chosen_strength  # noqa: PLC0415
    from op_pipeline.cli.run import stage_number  # noqa: PLC0415
    from op_pipeline.config import load_flow, load_settings  # noqa: PLC0415
    from op_pipeline.gates import judge_green, render_gate, run_gates  # noqa: PLC0415
    from op_pipeline.targets import load_target  # noqa: PLC0415
    from op_pipeline.targets.further import with_further_checks  # noqa: PLC0415

    place.prepare()
    number = stage_number(spec, place.root, stage, "gate")
    flow = with_further_checks(load_flow(spec.flow, place.root), wishes.also)
    chosen = [item for item in flow.stages if item.number == number or (wishes.upto and item.number < number)]
    settings = load_settings(place.root, flags={"target": wishes.target})
    folder = place.logs / "gates" / f"{spec.operation}-{number}"
    gates = [render_gate(item, spec, folder, place.root) for item in chosen]
    run = run_gates(
        gates,
        spec=spec,
        tree=wishes.tree.resolve(),
        target=load_target(settings.target),
        out=folder / "out",
        seed=secrets.token_hex(8),
        deadline=sum(item.gate_deadline for item in chosen),
        pytest_args=wishes.extra,
        confine=chosen_strength(out, settings),
    )
    return run, judge_green(run, gates, {}), folder


def _latest_flow(place: Workspace) -> str | None:
    runs = place.runs()
    found = runs[0].header().get("flow") if runs else None
    return None if found is None else str(found)


def _latest_spec(place: Workspace) -> Path:
    runs = place.runs()
    header: dict[str, Any] = runs[0].header() if runs else {}
    return Path(str(header["spec"])) if header.get("spec") else Path("spec.md")


def _all_passed(run: GateRun) -> bool:
    return all(result.outcome.value == "passed" for result in run.results)


def _tell(out: Output, run: GateRun, verdict: GreenVerdict, folder: Path, *, narrowed: bool) -> None:
    from op_pipeline.cli.words import duration, failure_block  # noqa: PLC0415

    passed = sum(result.outcome.value == "passed" for result in run.results)
    out.data(
        {
            "v": 1,
            "green": verdict.green,
            "passed": passed,
            "tests": [{"test": r.test, "outcome": str(r.outcome), "message": r.message} for r in run.results],
            "failures": [failure.__dict__ for failure in verdict.failures],
            "target": run.target,
            "sandbox": run.sandbox,
            "seconds": run.seconds,
            "build_seconds": run.build_seconds,
        }
    )
    for result in run.results:
        if out.verbose or result.outcome.value != "passed":
            out.result(f"{result.outcome:8} {result.test} {result.message.partition(chr(10))[0]}".rstrip())
    failures = () if narrowed and _all_passed(run) else verdict.failures
    for failure in failures:
        out.result("\n".join(failure_block(out, failure, folder / "out" / "output.txt")))
    word = "green" if verdict else "passed, but only a part was run" if narrowed and _all_passed(run) else "not green"
    out.result(f"{passed}/{len(run.results)} on {run.target} in {duration(run.seconds)}: {word}")
