"""Whether precompiled headers of ours may be forced into a source without changing what it means.

They may when every name of theirs that the source uses comes from a header that it included before: then a compilation
without them ends the same way. This is decided on tokens, and errs towards no: a source that gives no clear answer is
compiled with what it includes itself, as on the device's side.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from op_pipeline.emulator.compiler import HOST_HEADERS, RUNTIME_HEADERS

PRECOMPILED = "op_emulator/precompiled_ttnn.hpp"
_OURS = (HOST_HEADERS, RUNTIME_HEADERS)
_INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"\n]+)"|<([^>\n]+)>)\s*\Z')
# Comments and literals, raw strings among them. A quote within a number is none that begins a character.
_NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|\bR"([^()\\\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'',
    re.DOTALL,
)
# Names of one letter are local ones: what has such a member is reached by a longer name.
_NAME = re.compile(r"(?<!\w)[A-Za-z_]\w+")
_DIRECTIVE = re.compile(r"\s*#\s*\w*\s*")
# Declared only: whoever needs the rest of it needs another header.
_FORWARD = re.compile(r"\b(?:class|struct|enum class|enum)\s+\w+(?:\s*:\s*[\w:]+)?\s*;")
_NAMESPACE = re.compile(r"\s*namespace\s+([\w:]+)\s*\{")
_WORDS = frozenset(
    _NAME.findall(
        "alignas auto bool break case catch char class const consteval constexpr continue decltype default delete"
        " do double else enum explicit extern false float for friend if inline int long mutable namespace new noexcept"
        " nullptr operator private protected public return short signed sizeof static static_assert static_cast"
        " struct switch template this throw true try typename union unsigned using virtual void volatile while std"
    )
)


def fits(text: str, path: Path, folders: Sequence[str], root: str) -> bool:
    """Whether the source `text`, which stands at `path`, may be compiled with PRECOMPILED in front of it.

    Headers are looked up beside the file that includes them, then in `folders`, among ours, and below `root` in the
    order of the compiler.
    """
    reading = _Reading(tuple(folders), root)
    return reading.read(text, path)


@dataclass
class _Reading:
    """A source on its way through the preprocessor: what has been included so far."""

    folders: tuple[str, ...]
    root: str
    visible: set[Path] = field(default_factory=set)  # headers of ours
    names: set[str] = field(default_factory=set)  # their words
    own: set[Path] = field(default_factory=set)
    depth: int = 0  # of braces
    last: str = ";"  # the last character of code
    macros: bool = False  # a directive that could change what a header says has come

    def read(self, text: str, path: Path) -> bool:
        if "\\\n" in text:
            return False
        for line in _lines(text):
            directive = line.lstrip().startswith("#")
            if directive and not self._directive(line, path):
                return False
            if not directive and not self._code(line):
                return False
        return True

    def _directive(self, line: str, path: Path) -> bool:
        found = _INCLUDE.match(line)
        if found is None:
            once = line.split() == ["#pragma", "once"]
            self.macros = self.macros or not once
            return once or self._code(_DIRECTIVE.sub("", line) or ";")
        header = self._find(found[1] or found[2], path if found[1] else None)
        if header is None:
            return True  # of the standard library or nanobind
        if self.depth or self.last not in ";}":
            return False  # it would be part of something else
        if header not in _known():
            if header in self.own:
                return True
            self.own.add(header)
            return self._has_once(header) and self.read(_text(header), header)
        if self.macros:
            return False
        for each in _closure(header) - self.visible:
            self.visible.add(each)
            self.names |= _words_of(each)
        return True

    def _code(self, line: str) -> bool:
        self.depth += line.count("{") - line.count("}")
        self.last = line.rstrip()[-1]
        opened = _NAMESPACE.match(line)
        if opened:
            self.names.update(opened[1].split("::"))
        return all(name in self.names or name not in _all_words() for name in _NAME.findall(line))

    def _has_once(self, header: Path) -> bool:
        return "#pragma once" in _text(header)

    def _find(self, name: str, beside: Path | None) -> Path | None:
        places = [beside.parent] if beside else []
        for folder in [*places, *map(Path, self.folders), *_OURS, *_tree(self.root)]:
            found = folder / name
            if found.is_file():
                return found.resolve()
        return None


def _tree(root: str) -> list[Path]:
    return [Path(root, "ttnn", "cpp"), Path(root, "ttnn"), Path(root)] if root else []


def _lines(text: str) -> list[str]:
    """Lines of code. An include keeps its name."""
    kept = [line if _INCLUDE.match(line) else None for line in text.split("\n")]
    code = _NO_CODE.sub(lambda found: " " + "\n" * found[0].count("\n"), text).split("\n")
    lines = [as_is if as_is is not None and "#" in bare else bare for as_is, bare in zip(kept, code, strict=True)]
    return [line for line in lines if line.strip()]


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@functools.lru_cache(maxsize=512)
def _includes_of(header: Path) -> tuple[Path, ...]:
    """Headers of ours that a header of ours includes itself."""
    found = []
    for line in _lines(_text(header)):
        include = _INCLUDE.match(line)
        if include is not None:
            name = include[1] or include[2]
            places = [header.parent, *_OURS] if include[1] else [*_OURS]
            found += [path for path in (folder / name for folder in places) if path.is_file()][:1]
    return tuple(path.resolve() for path in found)


@functools.lru_cache(maxsize=512)
def _closure(header: Path) -> frozenset[Path]:
    seen: set[Path] = set()
    pending = [header]
    while pending:
        path = pending.pop()
        if path not in seen:
            seen.add(path)
            pending += _includes_of(path)
    return frozenset(seen)


@functools.lru_cache(maxsize=1)
def _known() -> frozenset[Path]:
    """All headers of ours, precompiled or not."""
    return frozenset(
        path.resolve() for folder in _OURS for path in folder.rglob("*") if path.suffix in {".h", ".hpp", ".inc"}
    )


@functools.lru_cache(maxsize=512)
def _words_of(header: Path) -> frozenset[str]:
    code = "\n".join(line for line in _lines(_text(header)) if not _INCLUDE.match(line))
    return frozenset(_NAME.findall(_FORWARD.sub(" ", code))) - _WORDS


@functools.lru_cache(maxsize=1)
def _all_words() -> frozenset[str]:
    """Words that precompiled headers of ours say."""
    top = (HOST_HEADERS / PRECOMPILED).resolve()
    return frozenset(word for header in _closure(top) for word in _words_of(header))
