"""Split a spec.md into its YAML front matter and its prose. Knows nothing about what the keys mean."""

from __future__ import annotations

import re
from typing import NamedTuple

_FENCE = "---"
_HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")


class Document(NamedTuple):
    """A split spec. `header` is None when there is no front matter; `header_line` is its first line in the file."""

    header: str | None
    header_line: int
    prose: str
    prose_line: int
    closed: bool = True


def split(text: str) -> Document:
    """Front matter stands between a first line `---` and the next line `---`; all else is prose."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != _FENCE:
        return Document(None, 1, "\n".join(lines), 1)
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == _FENCE:
            return Document("\n".join(lines[1 : number - 1]), 2, "\n".join(lines[number:]), number + 1)
    return Document("\n".join(lines[1:]), 2, "", len(lines) + 1, closed=False)


def headings(prose: str, first_line: int) -> tuple[tuple[int, str, int], ...]:
    """(level, title, line) of every heading outside code fences."""
    found: list[tuple[int, str, int]] = []
    fence = ""
    for number, line in enumerate(prose.splitlines(), first_line):
        mark = line.lstrip()[:3]
        if mark in {"```", "~~~"} and (not fence or fence == mark):
            fence = "" if fence else mark
        elif not fence and (match := _HEADING.match(line)):
            found.append((len(match[1]), match[2], number))
    return tuple(found)
