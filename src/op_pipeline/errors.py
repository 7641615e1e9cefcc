"""The exception tree: misuse and broken surroundings only; a red gate is a value, never an exception.

Each class carries the exit code the command line ends with. Knows nothing about printing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One mistake in a file. Prints as `file:line: path: message`; line 0 and an empty path are left out."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.message) if part)


class PipelineError(Exception):
    """Something the user can act on. `hint` says how."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(PipelineError):
    """Wrong usage, or wrong content of a file the user wrote. Carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, message: str = "", *, problems: Sequence[Problem] = (), hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__(message or "\n".join(str(problem) for problem in self.problems), hint=hint)


class LimitReached(PipelineError):  # noqa: N818 - named for what happened
    """A money, turn or time limit was reached."""

    exit_code = 4


class EmptyGate(PipelineError):  # noqa: N818 - named for what happened
    """A gate collected nothing, so nothing can be said."""

    exit_code = 5


class Paused(PipelineError):  # noqa: N818 - named for what happened
    """The run waits for a human."""

    exit_code = 6


class InfrastructureError(PipelineError):
    """The surroundings are not usable: git, disk, toolchain, device, model API. Trying again later may help."""

    exit_code = 7


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """' (did you mean 'x'?)' for the nearest known word, or an empty string."""
    import difflib  # noqa: PLC0415 - this module is everybody's, the import is not

    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""
