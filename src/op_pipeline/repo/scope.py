"""Which changed paths an agent may have changed. Pure but for looking at what kind of file a path is.

Git's `*` rules are not used: a scope is a list of globs over paths relative to the work tree, where `*` stays within a
folder and `**` does not.
"""

from __future__ import annotations

import functools
import os
import re
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Inside a scope, too, these would change what git sees, or what is committed.
_GIT_NAMES = frozenset({".git", ".gitattributes", ".gitignore", ".gitmodules", ".mailmap"})
_JUNK_FOLDERS = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


@dataclass(frozen=True)
class Change:
    """One path that differs from the last commit. `tracked`: the last commit has it."""

    path: str
    tracked: bool


@dataclass(frozen=True)
class Verdict:
    """Changed paths by what happens to them. `refused` maps a path to the reason."""

    inside: tuple[str, ...]
    refused: dict[str, str]
    junk: tuple[str, ...]


@functools.lru_cache(maxsize=512)
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    table = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(table.get(part, re.escape(part)) for part in parts), re.DOTALL)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a path lies in a scope."""
    return any(_pattern(glob).fullmatch(path) for glob in globs)


def judge_changes(tree: Path, changes: Sequence[Change], scope: Sequence[str]) -> Verdict:
    """Sort changed paths into those the scope allows, those refused and why, and caches nobody wants to keep."""
    inside: list[str] = []
    refused: dict[str, str] = {}
    junk: list[str] = []
    for change in changes:
        if not change.tracked and is_junk(change.path):
            junk.append(change.path)
        elif reason := _refusal(tree, change, scope):
            refused[change.path] = reason
        else:
            inside.append(change.path)
    return Verdict(tuple(inside), refused, tuple(junk))


def is_junk(path: str) -> bool:
    """Whether a path is a cache that tools leave behind."""
    parts = path.rstrip("/").split("/")
    return not _JUNK_FOLDERS.isdisjoint(parts) or parts[-1].endswith((".pyc", ".pyo"))


def _refusal(tree: Path, change: Change, scope: Sequence[str]) -> str:
    path = change.path.rstrip("/")
    if not matches(path, scope):
        return "outside the agent's write scope"
    if not _GIT_NAMES.isdisjoint(path.split("/")):
        return "a file that steers git"
    if change.path.endswith("/"):
        return "a git repository of its own"
    try:
        mode = os.lstat(tree / path).st_mode
    except FileNotFoundError:
        return ""
    except NotADirectoryError:
        return ""
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return "not a regular file"
    return ""
