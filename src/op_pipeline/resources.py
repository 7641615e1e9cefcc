"""Where agents, references and stage tests come from: the project's own files first, then the shipped ones.

In an installed wheel the shipped ones are in `op_pipeline/_data/<kind>`, in a source tree at the repository's root.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from op_pipeline.errors import ConfigError

Kind = Literal["agents", "references", "stage_tests"]

_PACKAGE = Path(__file__).resolve().parent


def shipped(kind: Kind, project: Path | None) -> list[Path]:
    """Folders to look in, the project's own first. A file of an earlier folder hides one of the same relative name."""
    own = [project / kind] if project is not None else []
    candidates = [*own, _PACKAGE / "_data" / kind, _PACKAGE.parents[1] / kind]
    roots: list[Path] = []
    for candidate in candidates:
        if candidate.is_dir() and candidate.resolve() not in [root.resolve() for root in roots]:
            roots.append(candidate)
    return roots


def find_resource(kind: Kind, relative: str, project: Path | None) -> Path:
    """The file `relative` of that kind. Raises ConfigError naming the folders looked in."""
    roots = shipped(kind, project)
    for root in roots:
        found = root / relative
        if found.is_file():
            return found
    looked = ", ".join(str(root) for root in roots) or "no folder of that kind exists"
    raise ConfigError(f"no file {relative!r} among {kind}", hint=f"looked in: {looked}")


def list_resources(kind: Kind, project: Path | None, pattern: str = "*") -> dict[str, Path]:
    """Relative name → file, for all files of that kind that match the glob, sorted by name."""
    found: dict[str, Path] = {}
    for root in shipped(kind, project):
        for path in root.rglob(pattern):
            if path.is_file():
                found.setdefault(path.relative_to(root).as_posix(), path)
    return dict(sorted(found.items()))
