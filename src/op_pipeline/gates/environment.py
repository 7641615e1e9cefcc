"""What decides a verdict besides the tree and the gate: the program's own sources, the interpreter, the compiler."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from op_pipeline import __version__

if TYPE_CHECKING:
    from op_pipeline.targets import Target

_PACKAGE = Path(__file__).resolve().parents[1]
# What makes, runs and judges gates; agents, backends and the terminal decide nothing.
_ROOMS = (
    "gates", "emulator", "failures", "models", "numerics", "proc", "remote", "sandbox", "spec", "static_checks",
    "targets",
)  # fmt: skip
_DIGITS = 16
_known: dict[Path, tuple[tuple[int, int], bytes]] = {}


def environment_of(target: Target) -> dict[str, str]:
    """Named parts of the surroundings that a verdict depends on; see digest_of.

    Read anew at each call, at the price of one stat per source file: an upgrade in the middle of a run must be seen.
    """
    return {
        "op-pipeline": __version__,
        "sources": _digest_of_files(_sources()),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "target": target.name,
        **target.identity(),
    }


def digest_of(parts: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits that differ when a part does."""
    return hashlib.sha256(json.dumps(dict(parts), sort_keys=True).encode()).hexdigest()[:_DIGITS]


def _sources() -> Iterator[Path]:
    for name in _ROOMS:
        found = [_PACKAGE / f"{name}.py", *(_PACKAGE / name).rglob("*")]
        yield from sorted(path for path in found if "__pycache__" not in path.parts and path.is_file())


def _digest_of_files(paths: Iterator[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\0" + _content(path))
    return total.hexdigest()[:_DIGITS]


def _content(path: Path) -> bytes:
    """The sha256 of a file, remembered for as long as its time and size stay."""
    status = path.stat()
    mark = (status.st_mtime_ns, status.st_size)
    known = _known.get(path)
    if known is None or known[0] != mark:
        _known[path] = known = (mark, hashlib.sha256(path.read_bytes()).digest())
    return known[1]
