"""Remembers what was compiled by content: a source compiled before, in whatever folder, is not compiled again.

Layout below `<cache>/kernels` and `<cache>/objects`: `<aa>/<key>.so` or `.o`, beside it `<key>.json` with the
compiler's warnings; `<aa>/<first>.deps` lists, for a first key made of everything known before compilation, the sets
of headers that earlier compilations included. The key of the library is the first key and the contents of those
headers. Everything is written aside and moved into place, so concurrent processes see whole files only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from op_pipeline.emulator.compiler import cache_folder, text_digest

MAX_DEPENDENCY_SETS = 16  # of one source; older ones go, which costs a compilation at most


@dataclass(frozen=True)
class Entry:
    """Place of one compilation in the cache, before it is known what it includes. `root`: "" or a work tree."""

    first: str
    root: str
    kind: str = "kernels"
    suffix: str = ".so"

    def folder(self) -> Path:
        """Where files of this first key stand."""
        return cache_folder() / self.kind / self.first[:2]

    def find(self) -> Path | None:
        """The library or object, when these inputs have been compiled before."""
        for dependencies in self._known():
            key = self._key(dependencies)
            if key is not None:
                library = self.folder() / f"{key}{self.suffix}"
                if library.exists():
                    return library
        return None

    def add(self, compiled: Path, dependencies: Iterable[str], warnings: Sequence[dict[str, object]]) -> Path:
        """Move a fresh library or object into the cache; `dependencies` are paths as the compiler wrote them."""
        named = sorted({self._relative(path) for path in dependencies})
        key = self._key(named)
        library = self.folder() / f"{key or self.first}{self.suffix}"
        library.parent.mkdir(parents=True, exist_ok=True)
        if warnings:
            write_atomically(library.with_suffix(".json"), json.dumps(list(warnings), indent=0))
        compiled.replace(library)
        known = [named, *(other for other in self._known() if other != named)]
        write_atomically(self._index(), json.dumps(known[:MAX_DEPENDENCY_SETS]))
        return library

    def _index(self) -> Path:
        return self.folder() / f"{self.first}.deps"

    def _known(self) -> list[list[str]]:
        try:
            value = json.loads(self._index().read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return []
        return value if isinstance(value, list) else []

    def _relative(self, path: str) -> str:
        prefix = self.root + "/"
        return "." + path[len(prefix) - 1 :] if self.root and path.startswith(prefix) else path

    def _key(self, dependencies: Iterable[str]) -> str | None:
        digest = hashlib.sha256(self.first.encode())
        for name in dependencies:
            try:
                content = Path(self.root + name[1:] if name.startswith("./") else name).read_bytes()
            except OSError:
                return None
            digest.update(text_digest(name).encode() + hashlib.sha256(content).digest())
        return digest.hexdigest()


def warnings_of(library: Path) -> list[dict[str, object]]:
    """Records of the warnings that came with a cached library."""
    try:
        value = json.loads(library.with_suffix(".json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return value if isinstance(value, list) else []


def write_atomically(path: Path, text: str) -> None:
    """Replace a file in one step; a reader sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    work = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        work.write_text(text, encoding="utf-8")
        work.replace(path)
    finally:
        with contextlib.suppress(OSError):
            work.unlink()
