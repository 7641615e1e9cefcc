"""Hold a rendered gate to what was rendered: compare, and put back."""

from __future__ import annotations

import hashlib
import shutil

from op_pipeline.errors import InfrastructureError
from op_pipeline.models import Gate


def write(gate: Gate) -> None:
    """Put the gate's texts on disk. Raises InfrastructureError when that fails."""
    try:
        for name, text in gate.texts.items():
            target = gate.root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.is_symlink() or target.is_dir():
                raise InfrastructureError(f"cannot write gate file {target}: something else is there")
            target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InfrastructureError(f"cannot write gate {gate.stage}: {error}") from error


def verify_seal(gate: Gate) -> tuple[str, ...]:
    """What differs from the rendered gate, as `changed: path`, `missing: path`, `extra: path`; () when intact.

    Symbolic links are never intact, whatever they point at.
    """
    problems: list[str] = []
    for name, digest in gate.files.items():
        path = gate.root / name
        if path.is_symlink() or (path.exists() and not path.is_file()):
            problems.append(f"changed: {name}")
        elif not path.exists():
            problems.append(f"missing: {name}")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            problems.append(f"changed: {name}")
    for folder in sorted({name.partition("/")[0] for name in gate.files}):
        for path in sorted((gate.root / folder).rglob("*")):
            name = path.relative_to(gate.root).as_posix()
            if name not in gate.files and (path.is_symlink() or not path.is_dir()):
                problems.append(f"extra: {name}")
    return tuple(problems)


def restore(gate: Gate) -> None:
    """Put the gate back to what was rendered. Raises InfrastructureError when its texts were not kept or do not fit."""
    wrong = [name for name, digest in gate.files.items() if _digest(gate.texts.get(name)) != digest]
    if wrong:
        raise InfrastructureError(f"gate {gate.stage} cannot be restored, its text was not kept: {', '.join(wrong)}")
    for folder in {name.partition("/")[0] for name in gate.files}:
        path = gate.root / folder
        if path.is_symlink() or path.is_file():
            path.unlink()
        shutil.rmtree(path, ignore_errors=True)
    write(gate)


def _digest(text: str | None) -> str:
    return "" if text is None else hashlib.sha256(text.encode()).hexdigest()
