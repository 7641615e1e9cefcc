"""What an agent may write, decided before the tool runs. Pure but for resolving links.

This is the first of several layers: it refuses early and says why. Deny rules, the sandbox and the check of the tree
after the turn hold where it cannot see, above all in programs that a shell command starts.
"""

from __future__ import annotations

import os
import re
import shlex
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op_pipeline.repo import matches

_PATH_OF = {"Write": "file_path", "Edit": "file_path", "MultiEdit": "file_path", "NotebookEdit": "notebook_path"}
_SEPARATORS = frozenset({";", "&", "&&", "||", "|", "|&", "(", ")", "\n", "{", "}"})
_REDIRECTS = frozenset({">", ">>", ">|", ">&", "&>", "&>>", "<>"})
_ALL_ARE_TARGETS = frozenset({"tee", "rm", "rmdir", "touch", "truncate", "mkdir", "unlink", "chmod", "chown", "shred"})
_DIRECTORIES = frozenset({"mkdir", "rmdir"})
_LAST_IS_TARGET = frozenset({"cp", "ln", "install", "rsync"})
_BOTH_ARE_TARGETS = frozenset({"mv"})
_GIT_READS = frozenset({"status", "diff", "log", "show", "blame", "grep", "ls-files", "rev-parse", "cat-file"})
_HARMLESS = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/fd/", "/dev/tty")
_UNSEEN = re.compile(r"[$`*?\[\]{}]")


@dataclass(frozen=True)
class Guard:
    """The rules of one turn: the work tree's root, the agent's scope (globs relative to it), folders to leave alone."""

    tree: Path
    scope: Sequence[str]
    protected: Sequence[Path] = ()

    def refusal(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Why a call must not happen; empty when there is nothing against it."""
        if tool in _PATH_OF:
            return self._path(str(arguments.get(_PATH_OF[tool], "")), self.tree)
        if tool == "Bash":
            return self._command(str(arguments.get("command", "")))
        return ""

    def _path(self, name: str, folder: Path, *, directory: bool = False) -> str:
        path = Path(os.path.realpath(folder / Path(name).expanduser()))
        root = Path(os.path.realpath(self.tree))
        if not path.is_relative_to(root):
            return f"{name} is outside the work tree; you may write: {self._allowed}"
        relative = path.relative_to(root).as_posix()
        if not matches(relative, self.scope) and not (directory and self._leads_in(relative)):
            return f"{relative} is outside your write scope; you may write: {self._allowed}"
        return ""

    def _leads_in(self, relative: str) -> bool:
        """Whether a folder holds, or lies above, files of the scope."""
        return matches(f"{relative}/file", self.scope) or any(glob.startswith(f"{relative}/") for glob in self.scope)

    @property
    def _allowed(self) -> str:
        return ", ".join(self.scope)

    def _command(self, command: str) -> str:
        try:
            words = _words(command)
        except ValueError:
            return ""  # unbalanced quotes: the shell will refuse it
        folder = self.tree
        for simple in _simple_commands(words):
            program = _program(simple)
            if program == "git" and (verb := _git_verb(simple)) not in _GIT_READS:
                return f"`git {verb}` changes the repository; the program commits by itself"
            if program == "cd" and len(simple) > 1:
                folder = folder / simple[1]
                continue
            for target in _targets(program, simple):
                if _UNSEEN.search(target) or target.startswith(_HARMLESS) or self._temporary(target):
                    continue
                if reason := self._path(target, folder, directory=program in _DIRECTORIES):
                    return reason
        return ""

    def _temporary(self, target: str) -> bool:
        """Whether a path is in the folder for temporary files, and neither in the tree nor protected."""
        path = Path(os.path.realpath(target))
        apart = (Path(os.path.realpath(root)) for root in (self.tree, *self.protected))
        if not Path(target).is_absolute() or any(path.is_relative_to(root) for root in apart):
            return False
        return path.is_relative_to(os.path.realpath(tempfile.gettempdir()))


def _words(command: str) -> list[str]:
    reader = shlex.shlex(command.replace("\n", " ; "), posix=True, punctuation_chars=True)
    reader.commenters = ""
    reader.whitespace_split = True
    return list(reader)


def _simple_commands(words: Sequence[str]) -> Iterator[list[str]]:
    current: list[str] = []
    for word in words:
        if word in _SEPARATORS:
            if current:
                yield current
            current = []
        else:
            current.append(word)
    if current:
        yield current


def _program(words: Sequence[str]) -> str:
    """Name of the program, assignments and common prefixes skipped."""
    for word in words:
        if not re.match(r"^\w+=", word) and word not in {"sudo", "env", "command", "exec", "time", "nohup"}:
            return Path(word).name
    return ""


def _git_verb(words: Sequence[str]) -> str:
    rest = list(words[words.index("git") + 1 :]) if "git" in words else []
    while rest and rest[0].startswith("-"):
        rest = rest[2:] if rest[0] in {"-C", "-c"} else rest[1:]
    return rest[0] if rest else "status"


def _targets(program: str, words: Sequence[str]) -> Iterator[str]:
    """Paths that a simple command visibly writes."""
    plain: list[str] = []
    for before, word, after in zip(["", *words], words, [*words[1:], ""], strict=False):
        if before in _REDIRECTS:
            if not re.fullmatch(r"\d+|-", word):
                yield word
        elif word not in _REDIRECTS and not (word.isdecimal() and after in _REDIRECTS):
            plain.append(word)
    arguments = [word for word in plain[1:] if not word.startswith("-")]
    if program in _ALL_ARE_TARGETS or program in _BOTH_ARE_TARGETS:
        yield from (word for word in arguments if not (program in {"chmod", "chown"} and word == arguments[0]))
    elif program in _LAST_IS_TARGET and arguments:
        yield arguments[-1]
    elif program == "dd":
        yield from (word[3:] for word in plain if word.startswith("of="))
    elif program in {"sed", "perl"} and any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in plain):
        yield from arguments[0 if any(word in {"-e", "-f"} for word in plain) else 1 :]
