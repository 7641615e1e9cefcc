"""Remembers what was compiled by content: a source compiled before, in whatever folder, is not compiled again.

Layout below `<cache>/kernels` and `<cache>/objects`: `<aa>/<key>.so` or `.o`, beside it `<key>.json` with the
compiler's warnings; `<aa>/<first>.deps` lists, for a first key made of everything known before compilation, the sets
of headers that earlier compilations included. The key of the library is the first key and the contents of those
headers, and which folders have a file of each name that is included or asked for: a header that stands in front of
another one later is seen. Everything is written aside and moved into place, so concurrent processes see whole files
only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import stat
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from op_pipeline.emulator import cache_pruning
from op_pipeline.emulator.compiler import cache_folder, text_digest

MAX_DEPENDENCY_SETS = 16  # of one source; older ones go, which costs a compilation at most
_LOOKED_UP = re.compile(rb'(?:include|embed)(?:_next)?[^"<\n]*["<]([^">\n]+)[">]')
_BY_MACRO = re.compile(rb'(?:#|%:|__has_)[ \t]*(?:include|embed)(?:_next)?\b(?![ \t(]*["<])')


@dataclass(frozen=True)
class Entry:
    """Place of one compilation in the cache, before it is known what it includes. `root`: "" or a work tree.

    `source` is the file that is compiled and `text` what was read of it; headers are looked up in `folders`.
    """

    first: str
    root: str
    kind: str = "kernels"
    suffix: str = ".so"
    source: str = ""
    text: str = ""
    folders: tuple[str, ...] = ()

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
                    cache_pruning.touch(library)
                    return library
        return None

    def add(
        self,
        compiled: Path,
        dependencies: Sequence[str],
        warnings: Sequence[dict[str, object]],
        *,
        since: int | None = None,
    ) -> Path:
        """Move a fresh library or object into the cache; `dependencies` are paths as the compiler wrote them.

        Where a file was touched after `since` (st_ctime_ns), or is none (a pipe), nobody knows what was compiled: the
        library is kept under a name that is not found again.
        """
        named = sorted({self._relative(path) for path in dependencies})
        key = self._key(named)
        steady = since is None or self._steady(dependencies, since)
        library = self.folder() / f"{key if key and steady else f'once-{secrets.token_hex(16)}'}{self.suffix}"
        library.parent.mkdir(parents=True, exist_ok=True)
        if warnings:
            write_atomically(library.with_suffix(".json"), json.dumps(list(warnings), indent=0))
        compiled.replace(library)
        cache_pruning.prune_sometimes()
        if not (key and steady):
            return library
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

    def _steady(self, dependencies: Iterable[str], since: int) -> bool:
        """Whether source and headers are plain files, untouched since then, the source with the text that was keyed."""
        try:
            marks = [os.stat(path) for path in (*dependencies, *filter(None, [self.source]))]  # noqa: PTH116
            if not all(stat.S_ISREG(mark.st_mode) and mark.st_ctime_ns <= since for mark in marks):
                return False  # reading a pipe might never end
            return not self.source or Path(self.source).read_text(encoding="utf-8", errors="replace") == self.text
        except OSError:
            return False

    def _lookups(self, content: bytes, here: str) -> bytes | None:
        """Which folders have a file of each name the text includes; None when a macro holds the name."""
        content = content.replace(b"\\\n", b"")
        if _BY_MACRO.search(content):
            return None
        names = sorted({os.fsdecode(name) for name in _LOOKED_UP.findall(content)})
        places = (here, *self.folders)
        return bytes(Path(place, name).exists() for name in names for place in places if place)

    def _key(self, dependencies: Iterable[str]) -> str | None:
        here = str(Path(self.source).parent) if self.source else ""
        found = self._lookups(self.text.encode("utf-8", "replace"), here)
        if found is None:
            return None
        digest = hashlib.sha256(self.first.encode() + found)
        for name in dependencies:
            path = Path(self.root + name[1:] if name.startswith("./") else name)
            try:
                content = path.read_bytes()
            except OSError:
                return None
            found = self._lookups(content, str(path.parent))
            if found is None:
                return None
            digest.update(text_digest(name).encode() + hashlib.sha256(content).digest() + found)
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
