"""What gates are made from, kept beside a run's log: the spec, its golden and the gate templates, as they were."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline.errors import InfrastructureError
from op_pipeline.resources import list_resources

if TYPE_CHECKING:
    from op_pipeline.spec import Spec

FOLDER = "inputs"
_DIGITS = 16


def keep_inputs(run: Path, spec: Spec, project: Path | None) -> str:
    """Copy the inputs below `run/inputs/<digest>/`; the digest. Each process of a run keeps its own, equal ones once.

    `spec/` holds the spec, and the golden where its front matter names it; `stage_tests/` every template, the
    project's own in the place of the shipped ones. Raises InfrastructureError when they cannot be written.
    """
    files = {f"spec/{spec.source.name}": spec.source.read_bytes()}
    if spec.golden is not None:
        beside = Path(spec.golden.rpartition(":")[0])
        if not beside.is_absolute() and ".." not in beside.parts:  # else it has no place beside the copy of the spec
            files[f"spec/{beside.as_posix()}"] = (spec.source.parent / beside).read_bytes()
    templates = list_resources("stage_tests", project, "*.j2")
    files |= {f"stage_tests/{name}": path.read_bytes() for name, path in templates.items()}
    digest = _digest(files)
    folder = run / FOLDER / digest
    try:
        for name, content in files.items():
            path = folder / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
    except OSError as error:
        raise InfrastructureError(f"cannot write {folder}: {error.strerror or error}", hint="check the disk") from error
    return digest


def inputs_digest(folder: Path) -> str:
    """The digest of what a folder of keep_inputs() holds now; it is the folder's name when nothing was changed."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return _digest({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


def _digest(files: dict[str, bytes]) -> str:
    parts = (f"{name}\0{hashlib.sha256(files[name]).hexdigest()}\n" for name in sorted(files))
    return hashlib.sha256("".join(parts).encode()).hexdigest()[:_DIGITS]
