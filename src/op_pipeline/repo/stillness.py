"""Whether files stayed untouched while something else ran, even if their content was put back in time.

What is compared is the inode and the time of its last change (ctime), which no user can set. Writing to a file, giving
it another name or link, and putting something into a folder or taking it out all move that time.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_Mark = tuple[int, int, int]


@dataclass(frozen=True)
class Stillness:
    """Marks of files and folders at one instant."""

    marks: dict[str, _Mark | None]

    @classmethod
    def of(cls, paths: Iterable[str | Path]) -> Stillness:
        """The paths themselves, not what is below them; one that does not exist counts, too."""
        return cls({name: _mark(name) for name in map(str, paths)})

    def broken(self) -> tuple[Path, ...]:
        """What was touched since, sorted."""
        return tuple(sorted(Path(name) for name, mark in self.marks.items() if _mark(name) != mark))


def _mark(path: str) -> _Mark | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_ctime_ns
