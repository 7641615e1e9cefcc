"""Keeps the compile cache within bounds: what was used longest ago goes first, what may be in use stays.

Every use of an entry sets its time, so that times tell the order. Removing is safe beside other processes: an entry is
one file (its companions mean nothing without it), and who finds it gone compiles again.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from op_pipeline.emulator.compiler import cache_folder

MOST_MEGABYTES = 4096  # OP_PIPELINE_CACHE_MB says otherwise
IN_USE_SECONDS = 3600.0  # a run that found an entry has loaded it by then
LOOK_SECONDS = 600.0  # between two looks, whichever process takes them
KEPT_SHARE = 0.8  # of the bound is left after pruning, so that it is rare
_STAMP = ".pruned"


@dataclass(frozen=True)
class _Entry:
    """A file or folder that goes as a whole; `used` is when it was last."""

    path: Path
    used: float
    size: int


def touch(path: Path) -> None:
    """Note that an entry is being used. A cache that cannot be written to is used as it is."""
    with contextlib.suppress(OSError):
        os.utime(path)


def prune_sometimes() -> None:
    """Prune unless some process looked lately. Never fails: a cache that is too large is only that."""
    stamp = cache_folder() / _STAMP
    with contextlib.suppress(OSError):
        if stamp.exists() and time.time() - stamp.stat().st_mtime < LOOK_SECONDS:
            return
        stamp.touch()
        prune(int(os.environ.get("OP_PIPELINE_CACHE_MB") or MOST_MEGABYTES) << 20)


def prune(most_bytes: int) -> int:
    """Remove entries, longest unused first, until the cache has well less than `most_bytes`; bytes that went."""
    entries = sorted(_entries(cache_folder()), key=lambda entry: entry.used)
    held = sum(entry.size for entry in entries)
    if held <= most_bytes:
        return 0
    gone, recent = 0, time.time() - IN_USE_SECONDS
    for entry in entries:
        if held - gone <= KEPT_SHARE * most_bytes or entry.used > recent:
            break
        _remove(entry.path)
        gone += entry.size
    return gone


def _entries(cache: Path) -> Iterator[_Entry]:
    """Libraries and objects one by one, operations and precompiled headers by folder."""
    for kind in ("kernels", "objects"):
        for path in cache.glob(f"{kind}/*/*"):
            yield from _entry(path)
    for kind in ("operations", "precompiled"):
        for path in cache.glob(f"{kind}/*"):
            yield from _entry(path)


def _entry(path: Path) -> Iterator[_Entry]:
    with contextlib.suppress(OSError):
        files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
        marks = [file.stat() for file in files] or [path.stat()]
        yield _Entry(path, max(mark.st_mtime for mark in marks), sum(mark.st_size for mark in marks))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with contextlib.suppress(OSError):
            path.unlink()
