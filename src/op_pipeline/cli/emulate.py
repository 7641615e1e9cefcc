"""`pipeline emulate`: an operation run once on the emulator, for looking at."""

from __future__ import annotations

import json as jsonlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace, tree_of, workspace_root
from op_pipeline.errors import ConfigError, InfrastructureError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from op_pipeline.emulate import Outcome, Wish
    from op_pipeline.spec import Spec
    from op_pipeline.state import Workspace

_TRACE_EVENTS = 100_000
_MOST_TRACE_EVENTS = 2_000_000
_LARGEST_GRID = 16  # cores in a row or column
_Texts = list[str] | None


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("emulate")(emulate)


@dataclass(frozen=True)
class _Files:
    """What is written where."""

    save: Path | None
    trace: Path | None
    trace_events: int


def emulate(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(metavar="[SPEC|OP]", help="A spec file, or an operation with a run in the workspace.")
    ] = "spec.md",
    *,
    case: Annotated[str, typer.Option("--case", metavar="LABEL", help="A case of the spec; default: the first.")] = "",
    shape: Annotated[
        _Texts, typer.Option("--shape", metavar="[NAME=]AxBxC", help="Shape of an input, or of all of them.")
    ] = None,
    dtype: Annotated[str, typer.Option("--dtype", metavar="LABEL", help="A dtype of the spec.")] = "",
    inputs: Annotated[
        _Texts, typer.Option("--input", metavar="NAME=FILE.npy", help="Values of an input; others are drawn.")
    ] = None,
    param: Annotated[_Texts, typer.Option("--param", metavar="NAME=VALUE", help="Value of a parameter.")] = None,
    seed: Annotated[str, typer.Option("--seed", help="Values that are drawn follow from it.")] = "0",
    kind: Annotated[str, typer.Option("--kind", help="Kind of values that are drawn, as in gates.")] = "randn",
    grid: Annotated[str, typer.Option("--grid", metavar="XxY", help="Worker grid of the device.")] = "8x8",
    tree: Annotated[
        Path | None, typer.Option("--tree", metavar="DIR", help="Tree to run; default: the operation's work tree.")
    ] = None,
    save: Annotated[Path | None, typer.Option("--save", metavar="FILE.npy", help="Write the output there.")] = None,
    trace: Annotated[
        Path | None, typer.Option("--trace", metavar="FILE.json", help="Write a trace for ui.perfetto.dev.")
    ] = None,
    trace_events: Annotated[
        int, typer.Option("--trace-events", metavar="N", min=1, max=_MOST_TRACE_EVENTS, help="Keep the last N events.")
    ] = _TRACE_EVENTS,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Run an operation once: values, circular buffers, DST, L1, NOC. Exit code 1 for a fault; judges nothing."""
    out = output_of(ctx).configure(json=json)
    place, spec = _found(workspace, what)
    from op_pipeline.emulate import Wish  # noqa: PLC0415 - keeps help fast

    wish = Wish(
        case=case, shapes=_shapes(shape or ()), dtype=dtype, kind=kind, seed=seed, grid=_grid(grid),
        parameters=dict(_pair("--param", text, "beta=0.5") for text in param or ()),
        arrays={name: _array(name, file) for name, file in (_pair("--input", t, "x=x.npy") for t in inputs or ())},
    )  # fmt: skip
    files = _Files(save, trace, trace_events)
    for path in (save, trace):
        if path is not None and not path.absolute().parent.is_dir():
            raise ConfigError(f"{path}: there is no folder {path.parent}", hint="make it first")
    return _run(out, place, spec, tree, wish, files)


def _run(  # noqa: PLR0917 - what to run, where, and what to write
    out: Output, place: Workspace, spec: Spec, tree: Path | None, wish: Wish, files: _Files
) -> int:
    from op_pipeline.cli.confining import chosen_strength  # noqa: PLC0415 - keeps help fast
    from op_pipeline.config import load_settings  # noqa: PLC0415
    from op_pipeline.emulate import contract_for, run_once, sample_of  # noqa: PLC0415
    from op_pipeline.targets import load_target  # noqa: PLC0415

    contract = contract_for(spec)
    drawn = sample_of(contract, spec, wish)
    where = (tree or tree_of(place, spec.operation)).resolve()
    if not (where / spec.operation_path).is_dir():
        raise ConfigError(
            f"{where} holds no {spec.operation_path}", hint=f"pipeline run {spec.source.name}, or --tree DIR"
        )
    out.progress(f"building and running {spec.operation} of {where}")
    outcome = run_once(
        spec, contract, drawn, where, load_target("emulator"),
        chosen_strength(out, load_settings(place.root)), grid=wish.grid, seed=wish.seed,
        trace_events=files.trace_events if files.trace else 0,
    )  # fmt: skip
    written = _write(spec, outcome, files)
    _tell(out, spec, where, outcome, written)
    return 1 if outcome.failure else 0


def _found(workspace: Path | None, what: str) -> tuple[Workspace, Spec]:
    """Workspace and spec of a spec file, or of the newest run of an operation."""
    from op_pipeline.spec import load_spec  # noqa: PLC0415 - keeps help fast

    path = Path(what)
    if path.suffix == ".md" or path.is_file():
        return open_workspace(workspace_root(workspace, path.resolve().parent)), load_spec(path)
    place = open_workspace(workspace)
    headers = [run.header() for run in place.runs()]
    for header in headers:
        if header.get("operation") == what:
            return place, load_spec(Path(str(header["spec"])))
    known = ", ".join(dict.fromkeys(str(header.get("operation")) for header in headers if header.get("operation")))
    raise ConfigError(
        f"no run of an operation {what!r} in {place.logs}",
        hint=f"runs are there of: {known}" if known else "pipeline run spec.md, or name a spec file",
    )


def _pair(flag: str, text: str, example: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ConfigError(f"{flag} {text}: a name and a value are asked for", hint=f"{flag} {example}")
    return name, value


def _shapes(texts: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Shapes by input; under "" what is for all."""
    found = {}
    for text in texts:
        name, _, words = text.rpartition("=")
        if not re.fullmatch(r"[1-9]\d*(x[1-9]\d*)*", words):
            raise ConfigError(f"--shape {text}: no shape", hint="--shape 1x1x64x96, or --shape x=64x96 for one input")
        found[name] = tuple(int(word) for word in words.split("x"))
    return found


def _grid(text: str) -> str:
    match = re.fullmatch(r"([1-9]\d?)x([1-9]\d?)", text)
    if match is None or max(int(match[1]), int(match[2])) > _LARGEST_GRID:
        raise ConfigError(f"--grid {text}: no worker grid", hint=f"--grid 8x8; at most {_LARGEST_GRID}x{_LARGEST_GRID}")
    return text


def _array(name: str, file: str) -> Any:
    import numpy as np  # noqa: PLC0415 - keeps help fast

    try:
        found = np.load(file, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"--input {name}: {file} cannot be read: {error}", hint="write it with numpy.save") from error
    if not isinstance(found, np.ndarray):
        raise ConfigError(f"--input {name}: {file} holds several arrays", hint="write one with numpy.save")
    return found


def _write(spec: Spec, outcome: Outcome, files: _Files) -> list[Path]:
    """Write what was asked for and is there; its paths."""
    import numpy as np  # noqa: PLC0415 - keeps help fast

    from op_pipeline.emulate import trace_of  # noqa: PLC0415

    written = []
    try:
        if files.save is not None and outcome.output is not None:
            with files.save.open("wb") as file:  # by name, NumPy would add a suffix
                np.save(file, outcome.output)
            written.append(files.save)
        if files.trace is not None and outcome.traces:
            about = {"operation": spec.operation, "grid": outcome.grid, "seed": outcome.seed}
            files.trace.write_text(jsonlib.dumps(trace_of(outcome, about), separators=(",", ":")), encoding="utf-8")
            written.append(files.trace)
    except ValueError as error:
        raise InfrastructureError(f"the trace is none: {error}", hint="a kernel writes over its own process") from error
    except OSError as error:
        raise InfrastructureError(f"cannot write {error.filename}: {error.strerror}") from error
    return written


def _tell(out: Output, spec: Spec, tree: Path, outcome: Outcome, written: Sequence[Path]) -> None:
    from op_pipeline.cli.words import duration, failure_block, shown  # noqa: PLC0415 - keeps help fast
    from op_pipeline.emulate import as_data, as_text  # noqa: PLC0415
    from op_pipeline.emulate.figures import call_text  # noqa: PLC0415

    head = {"v": 1, "operation": spec.operation, "tree": str(tree), "written": [str(path) for path in written]}
    out.data({**head, **as_data(outcome)})
    name = out.paint(spec.operation, "bold", stream=out.stdout)
    out.result(f"{name}({call_text(outcome.drawn)}) on {outcome.grid} cores, seed {outcome.seed}, from {shown(tree)}")
    out.result(f"\n{as_text(outcome)}\n")
    if outcome.failure is not None:
        out.result("\n".join(failure_block(out, outcome.failure, None)))
    for path in written:
        out.result(f"wrote {shown(path)}")
    word = "ended in a failure" if outcome.failure is not None else "ran to its end"
    out.result(f"{word} in {duration(outcome.seconds)} (built in {duration(outcome.build_seconds)})")
