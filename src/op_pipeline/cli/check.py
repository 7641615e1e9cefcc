"""`pipeline check`: the spec, its flow and the agents, all problems at once; starts nothing and changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.errors import ConfigError, Problem
from op_pipeline.yamlfile import display

if TYPE_CHECKING:
    from op_pipeline.spec import Spec


# Larger test cases are left to gate 0: this command answers at once.
MAX_ELEMENTS = 2**18


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("check")(check)


def check(
    ctx: typer.Context,
    specs: Annotated[list[Path], typer.Argument(metavar="SPEC...", help="Specs to check; default: spec.md.")] = [],  # noqa: B006 - Typer copies it
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as problems.")] = False,
    json: JsonOption = False,
) -> None:
    """Check specs, and the flow and agents they name. Exit code 2 when something is wrong."""
    out = output_of(ctx).configure(json=json)
    problems: list[Problem] = []
    warnings: list[Problem] = []
    hints: list[str] = []
    lines: list[str] = []
    for path in specs or [Path("spec.md")]:
        try:
            found, warned = _one(path)
            lines += found
            warnings += warned
        except ConfigError as error:  # noqa: PERF203 - each spec is told its own problems
            problems += error.problems or [Problem(str(path), 0, "flow", str(error))]
            hints += [error.hint] if error.hint and error.hint not in hints else []
    if strict:
        problems, warnings = problems + warnings, []
    _report(out, lines, problems, warnings)
    if problems:
        raise ConfigError(problems=problems, hint=hints[0] if len(hints) == 1 else "")


def _one(path: Path) -> tuple[list[str], tuple[Problem, ...]]:
    """Lines about a good spec, and its warnings. Raises ConfigError."""
    from op_pipeline.config import check_flow, find_project, load_flow  # noqa: PLC0415 - keeps the other verbs fast
    from op_pipeline.spec import load_spec, spec_warnings  # noqa: PLC0415

    spec = load_spec(path)
    project = find_project(path.resolve().parent)
    flow = load_flow(spec.flow, project)
    if problems := check_flow(flow, project):
        raise ConfigError(problems=problems)
    signature = ", ".join(
        [*spec.input_names, *(f"{p.name}={p.default}" for p in spec.parameters), "*", "memory_config"]
    )
    cases = f"{len(spec.shapes)} shape{'s' if len(spec.shapes) != 1 else ''}"
    line = f"{path}: ok: ttnn.{spec.operation}({signature}), flow {flow.name}, {cases}"
    return [line, *_margins(spec)], spec_warnings(spec)


def _margins(spec: Spec) -> list[str]:
    """A line per dtype: its tolerance and what rounding on the device uses of it. ConfigError when it cannot be met."""
    from op_pipeline.gates.kit.reachable import margins  # noqa: PLC0415

    found = margins(spec, elements=MAX_ELEMENTS)
    place = display(spec.source), spec.lines.get("tolerance", 1), "tolerance"
    if problems := [Problem(*place, item.refusal) for item in found if not item]:
        raise ConfigError(problems=problems)
    return [f"  {item}" for item in found]


def _report(out: Output, lines: list[str], problems: list[Problem], warnings: list[Problem]) -> None:
    for warning in warnings:
        out.warn(str(warning))
    for line in lines:
        out.result(line)
    if not problems:
        out.data({"v": 1, "ok": True, "checked": lines, "warnings": [str(warning) for warning in warnings]})
