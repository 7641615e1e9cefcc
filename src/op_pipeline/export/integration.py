"""Lines that tt-metal's build files need for a C++ operation, and where they go.

Places as in tt-metal of 2026: `ttnn/CMakeLists.txt` adds each operation's folder and links its target into ttnncpp;
`ttnn/cpp/ttnn-nanobind/__init__.cpp` includes and calls each operation's binding.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

BUILD = "ttnn/CMakeLists.txt"
BINDING = "ttnn/cpp/ttnn-nanobind/__init__.cpp"


@dataclass(frozen=True)
class Step:
    """One edit: `add` returns the text with it, None when the place for it is not found. `lines` are what it adds."""

    file: str
    what: str
    lines: tuple[str, ...]
    add: Callable[[str], str | None]

    def is_done(self, text: str) -> bool:
        """Whether the text has the lines already, at whatever place."""
        present = {line.strip() for line in text.splitlines()}
        return all(line.strip() in present for line in self.lines)


def steps(operation: str, category: str, target: str) -> tuple[Step, ...]:
    """The edits for an operation. `target` is the alias of its CMake target, such as TTNN::Ops::Eltwise::Swish."""
    folder = f"add_subdirectory(cpp/ttnn/operations/{category}/{operation})"
    header = f'#include "ttnn/operations/{category}/{operation}/{operation}_nanobind.hpp"'
    calls = (
        f'auto m_{operation} = mod.def_submodule("{operation}", "{operation} operation");',
        f"{category}::{operation}::bind_{operation}_operation(m_{operation});",
    )
    return (
        Step(BUILD, "build the operation's folder", (folder,), lambda text: _among(text, _FOLDER, folder)),
        Step(BUILD, "link its target into ttnncpp", (target,), lambda text: _link(text, target)),
        Step(BINDING, "include its binding", (header,), lambda text: _among(text, _INCLUDE, header)),
        Step(BINDING, "bind it", calls, lambda text: _bind(text, calls)),
    )


_FOLDER = re.compile(r"^add_subdirectory\(cpp/ttnn/operations/[\w/]+\)$")
_INCLUDE = re.compile(r'^#include "ttnn/operations/[\w/]+_nanobind\.hpp"$')
_TARGET = re.compile(r"^\s+TTNN::Ops::[\w:]+$")
_LINKING = re.compile(r"^target_link_libraries\(\s*\n?\s*ttnncpp\b", re.MULTILINE)
_FUNCTION = re.compile(r"^void py_module\(nb::module_& mod\) \{$", re.MULTILINE)


def _among(text: str, kind: re.Pattern[str], line: str) -> str | None:
    """Put `line` before the first line of its kind that sorts after it, else after the last one."""
    lines = text.splitlines(keepends=True)
    places = [number for number, old in enumerate(lines) if kind.match(old.rstrip("\r\n"))]
    if not places:
        return None
    at = next((number for number in places if lines[number].strip() > line), places[-1] + 1)
    return _inserted(lines, at, [line])


def _link(text: str, target: str) -> str | None:
    call = _LINKING.search(text)
    if call is None:
        return None
    first = text.count("\n", 0, call.start())
    last = text.count("\n", 0, _closing(text, call.start(), "()"))
    lines = text.splitlines(keepends=True)
    places = [number for number in range(first, last) if _TARGET.match(lines[number].rstrip("\r\n"))]
    if not places:
        return None
    indent = lines[places[0]][: len(lines[places[0]]) - len(lines[places[0]].lstrip())]
    at = next((number for number in places if lines[number].strip() > target), places[-1] + 1)
    return _inserted(lines, at, [f"{indent}{target}"])


def _bind(text: str, calls: tuple[str, ...]) -> str | None:
    function = _FUNCTION.search(text)
    if function is None:
        return None
    end = text.count("\n", 0, _closing(text, function.start(), "{}"))
    lines = text.splitlines(keepends=True)
    return _inserted(lines, end, ["", *(f"    {call}" for call in calls)])


def _closing(text: str, start: int, pair: str) -> int:
    """Index of the bracket that closes the first one after `start`; the text's length when none does."""
    depth = 0
    for at in range(text.index(pair[0], start), len(text)):
        depth += (text[at] == pair[0]) - (text[at] == pair[1])
        if depth == 0:
            return at
    return len(text)


def _inserted(lines: list[str], at: int, new: list[str]) -> str:
    ending = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
    return "".join([*lines[:at], *(f"{line}{ending}" for line in new), *lines[at:]])
