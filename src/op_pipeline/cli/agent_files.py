"""`pipeline agents export` and `import`: agents as files of Claude Code, and back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from op_pipeline.cli.app import output_of
from op_pipeline.cli.output import JsonOption, Output
from op_pipeline.errors import ConfigError, InfrastructureError, Problem

if TYPE_CHECKING:
    from op_pipeline.config import Converted

FORMATS = ("claude",)
FormatOption = Annotated[str, typer.Option("--format", metavar="NAME", help="Whose files: claude.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace files that exist.")]


def export_agents(
    ctx: typer.Context,
    *,
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Which agents; default: all.")] = None,
    file_format: FormatOption = "claude",
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where; default: .claude/agents here.")
    ] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Write agents as files that Claude Code reads. What it knows no key for is named and left out."""
    from op_pipeline.config import export_agent, find_project, load_agent, load_agents  # noqa: PLC0415

    out = output_of(ctx).configure(json=json or None)
    _check_format(file_format)
    project = find_project(Path.cwd())
    agents = [load_agent(name, project) for name in dict.fromkeys(names)] if names else load_agents(project)
    files = [(agent.source, export_agent(agent)) for agent in agents]
    _write(out, files, folder or Path(".claude") / "agents", ".md", force=force)


def import_agents(
    ctx: typer.Context,
    *,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Agents of Claude Code.")],
    file_format: FormatOption = "claude",
    folder: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="DIR", help="Where; default: the workspace's agents/.")
    ] = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Read agents of Claude Code into YAML. Their write scope is a placeholder, for you to narrow."""
    from op_pipeline.config import find_project, import_agent  # noqa: PLC0415

    out = output_of(ctx).configure(json=json or None)
    _check_format(file_format)
    converted: list[tuple[Path, Converted]] = []
    problems: list[Problem] = []
    hint = ""
    for file in files:
        try:
            converted.append((file, import_agent(file)))
        except ConfigError as error:  # noqa: PERF203 - the mistakes of all files are told together
            problems += error.problems
            hint = hint or error.hint
    if problems:
        raise ConfigError(problems=problems, hint=hint)
    project = find_project(Path.cwd())
    _write(out, converted, folder or _agents_folder(project), ".yaml", force=force)
    if project is None and folder is None:
        out.progress("next: pipeline init  (this folder is no workspace yet; agents are looked for in workspaces)")


def _agents_folder(project: Path | None) -> Path:
    """The workspace's agents/, as one would type it from here."""
    root = Path.cwd() if project is None else project
    return Path("agents") if root == Path.cwd() else root / "agents"


def _check_format(name: str) -> None:
    if name not in FORMATS:
        raise ConfigError(f"no format {name!r}", hint=f"formats: {', '.join(FORMATS)}")


def _write(out: Output, files: Sequence[tuple[Path, Converted]], folder: Path, suffix: str, *, force: bool) -> None:
    """All of the files or, where one is in the way, none."""
    targets = [folder / f"{converted.name}{suffix}" for _, converted in files]
    if twice := {str(target) for target in targets if targets.count(target) > 1}:
        raise ConfigError(f"two agents have the same name: {', '.join(sorted(twice))} would be written twice")
    taken = [str(target) for target in targets if target.exists() or target.is_symlink()]
    if taken and not force:
        raise ConfigError(f"exists: {', '.join(taken)}", hint="--force replaces; -o DIR writes elsewhere")
    for (_, converted), target in zip(files, targets, strict=True):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(converted.text, encoding="utf-8", newline="\n")
        except OSError as error:
            raise InfrastructureError(f"cannot write {target}: {(error.strerror or str(error)).lower()}") from None
        out.result(f"made {target}")
        for remark in converted.remarks:
            out.progress(f"  {remark}")
    rows = [
        {"from": str(source), "file": str(target), "remarks": list(converted.remarks)}
        for (source, converted), target in zip(files, targets, strict=True)
    ]
    out.data({"v": 1, "files": rows})
