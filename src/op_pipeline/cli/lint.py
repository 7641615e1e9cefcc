"""`pipeline lint`: what the text of an operation's sources shows, printed like a compiler's errors."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.cli.workspaces import WorkspaceOption, open_workspace, workspace_root
from op_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from op_pipeline.static_checks import Finding

_ROOTS = ("ttnn/cpp/ttnn/operations", "ttnn/ttnn/operations")


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command("lint")(lint)


def lint(
    ctx: typer.Context,
    what: Annotated[
        Path,
        typer.Argument(metavar="[SPEC|FOLDER]", help="A spec, or the folder of an operation; default: spec.md."),
    ] = Path("spec.md"),
    tree: Annotated[
        Path | None, typer.Option("--tree", metavar="DIR", help="Root that paths of kernels are relative to.")
    ] = None,
    workspace: WorkspaceOption = None,
    json: JsonOption = False,
) -> int:
    """Check an operation's sources for mistakes that their text shows. Exit code 1 when there are errors."""
    from op_pipeline.static_checks import Severity, check  # noqa: PLC0415 - keeps help fast

    out = output_of(ctx).configure(json=json)
    root, operation, tests = _spec(what, tree, workspace) if what.suffix == ".md" else _folder(what, tree)
    if not (root / operation).is_dir():
        raise ConfigError(f"{root / operation}: no such folder", hint="run the spec first, or name the folder")
    found = check(root, operation, tests=tests)
    _tell(out, found)
    return 1 if any(finding.severity is Severity.ERROR for finding in found) else 0


def _spec(path: Path, tree: Path | None, workspace: Path | None) -> tuple[Path, str, tuple[str, ...]]:
    """Tree, operation and unit test of a spec: those of the operation's work tree when there is one."""
    from op_pipeline.repo import open_repository  # noqa: PLC0415
    from op_pipeline.spec import load_spec  # noqa: PLC0415

    spec = load_spec(path)
    test = f"tests/ttnn/unit_tests/operations/{spec.category}/test_{spec.operation}.py"
    if tree is None:
        place = open_workspace(workspace_root(workspace, path.resolve().parent))
        tree = place.worktree(spec.operation)
        if not (tree / ".git").exists():
            tree = open_repository(place.root, for_commits=False).root
    return tree.resolve(), spec.operation_path, (test,)


def _folder(path: Path, tree: Path | None) -> tuple[Path, str, tuple[str, ...]]:
    """Tree and operation of a folder; the tree is what stands before ttnn/…/operations, else the folder above."""
    folder = path.resolve()
    if tree is None:
        found = [above for above in folder.parents for root in _ROOTS if folder.is_relative_to(above / root)]
        tree = found[0] if found else folder.parent
    tree = tree.resolve()
    if not folder.is_relative_to(tree):
        raise ConfigError(f"{path} is not below {tree}", hint="--tree names the root that kernel paths are relative to")
    return tree, folder.relative_to(tree).as_posix(), ()


def _tell(out: Output, found: tuple[Finding, ...]) -> None:
    out.data({"v": 1, "findings": [asdict(finding) for finding in found]})
    for finding in found:
        place = f"{finding.file}:{finding.line}:{finding.column}"
        word = out.paint(f"{finding.severity}:", "red" if finding.severity == "error" else "yellow", stream=out.stdout)
        out.result(f"{place}: {word} {finding.reason} [{finding.rule}]")
        out.result(f"    {finding.remedy}")
    errors = sum(finding.severity == "error" for finding in found)
    warnings = len(found) - errors
    out.result(f"{_count(errors, 'error')}, {_count(warnings, 'warning')}")


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
