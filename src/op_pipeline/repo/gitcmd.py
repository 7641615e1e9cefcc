"""One git command: pinned settings, no hooks, no prompts, no variables that point it at another repository."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError

# Variables by which a caller (a git hook, an alias) would aim our commands elsewhere: `git rev-parse --local-env-vars`.
_LOCAL = (
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
)
_PINNED = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.trustctime", "true"),
    ("core.checkStat", "default"),
    ("core.quotePath", "false"),
    ("core.safecrlf", "false"),
    ("advice.detachedHead", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
)
_SECONDS = 600.0
# These write many files: left alone by a killed parent, they would still be at it when the run is resumed.
_LONG = frozenset({"worktree", "read-tree", "checkout", "clean"})


class GitError(InfrastructureError):
    """A git command failed. `stderr` is what it said."""

    def __init__(self, message: str, *, stderr: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.stderr = stderr


@dataclass(frozen=True)
class Git:
    """Runs git in one folder."""

    cwd: Path

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Standard output of `git <arguments>`, unchanged. Raises GitError when git fails."""
        done = self.attempt(*arguments, stdin=stdin)
        if not done:
            said = done.errors.strip() or done.output.strip()[-2000:]
            hint = "free some space, then resume" if "No space left" in said else ""
            raise GitError(f"git {arguments[0]} failed in {self.cwd}: {said}", stderr=said, hint=hint)
        return done.output

    def line(self, *arguments: str) -> str:
        """First line of the output."""
        return self(*arguments).partition("\n")[0].strip()

    def attempt(self, *arguments: str, stdin: str | None = None) -> proc.Completed:
        """The command's end, good or bad."""
        settings = [word for key, value in _PINNED for word in ("-c", f"{key}={value}")]
        return proc.run(
            ["git", "--literal-pathspecs", *settings, *arguments],
            cwd=self.cwd,
            env=_environment(),
            deadline=_SECONDS,
            stdin_text=stdin,
            split_errors=True,
            die_with_parent=arguments[0] in _LONG,
        )


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "1"}
