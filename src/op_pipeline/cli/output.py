"""The terminal door: results on stdout, everything else on stderr; knows colour, quietness and JSON.

Knows nothing about runs, specs or git. Verbs get it from `op_pipeline.cli.app.output_of(ctx)`.
"""

from __future__ import annotations

import json as jsonlib
import os
import platform
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from op_pipeline import __version__
from op_pipeline.errors import ConfigError, PipelineError

if TYPE_CHECKING:
    from rich.console import Console

COLOR_HELP = "Colour: auto, always or never. NO_COLOR and FORCE_COLOR are honoured."
COLOR_CHOICES = ("auto", "always", "never")

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else there.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Only failures and the final line.")]
VerboseOption = Annotated[int, typer.Option("--verbose", "-v", count=True, help="More detail; repeat for more.")]

_ANSI = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36"}


def wants_color(when: str, stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether `stream` gets colour: --color wins, then NO_COLOR, FORCE_COLOR, TERM=dumb, then whether it is a TTY."""
    if when != "auto":
        return when == "always"
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return environment.get("TERM") != "dumb" and stream.isatty()


class Output:
    """Where a verb's words go. `result`/`data` are the verb's answer (stdout); the rest is for the eye (stderr)."""

    def __init__(
        self,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.stdout = stdout or sys.stdout
        self.stderr = stderr or sys.stderr
        self.environment = os.environ if environment is None else environment
        self.json = False
        self.quiet = False
        self.verbose = 0
        self.color = "auto"
        self.debug = False

    def configure(
        self,
        *,
        json: bool | None = None,
        quiet: bool | None = None,
        verbose: int | None = None,
        color: str | None = None,
        debug: bool | None = None,
    ) -> Output:
        """Set what the command line said; None leaves a setting as it is. Returns self."""
        if color is not None and color not in COLOR_CHOICES:
            raise ConfigError(f"--color is one of {', '.join(COLOR_CHOICES)}, not {color!r}")
        self.json = self.json if json is None else json
        self.quiet = self.quiet if quiet is None else quiet
        self.verbose = self.verbose if verbose is None else verbose
        self.color = self.color if color is None else color
        self.debug = self.debug if debug is None else debug
        return self

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked and a live region shown: both ends are terminals and no JSON is asked for."""
        return not self.json and sys.stdin.isatty() and self.stderr.isatty()

    def result(self, text: str = "") -> None:
        """One line or block of the verb's answer, on stdout. Silent under --json."""
        if not self.json:
            print(text, file=self.stdout)

    def data(self, value: object) -> None:
        """One JSON object on one line of stdout; silent without --json. Paths and enums become strings."""
        if self.json:
            print(jsonlib.dumps(value, default=str, ensure_ascii=False), file=self.stdout, flush=True)

    def progress(self, text: str, *, end: str = "\n", level: int = 0) -> None:
        """A line on stderr unless quiet; `level` is how many -v it takes."""
        if not self.quiet and self.verbose >= level:
            print(text, file=self.stderr, end=end, flush=True)

    def warn(self, text: str) -> None:
        """A warning on stderr, also when quiet."""
        print(f"{self.paint('warning:', 'yellow')} {text}", file=self.stderr, flush=True)

    def error(self, text: str, *, hint: str = "") -> None:
        """An error and its remedy on stderr; under --json also an object with key `error` on stdout."""
        self.data({"v": 1, "error": {"message": text, "hint": hint}})
        print(f"{self.paint('error:', 'red')} {text}", file=self.stderr)
        if hint:
            print(f"{self.paint('hint:', 'cyan')} {hint}", file=self.stderr)
        self.stderr.flush()

    def failure(self, error: PipelineError) -> None:
        """Show a PipelineError; a ConfigError shows all of its problems, one `file:line: path: message` a line."""
        if self.debug:
            traceback.print_exception(error, file=self.stderr)
        problems = getattr(error, "problems", ())
        if not problems:
            self.error(str(error), hint=error.hint)
            return
        self.data(
            {
                "v": 1,
                "error": {
                    "message": str(error),
                    "hint": error.hint,
                    "problems": [
                        {"file": p.file, "line": p.line, "path": p.path, "message": p.message} for p in problems
                    ],
                },
            }
        )
        for problem in problems:
            print(problem, file=self.stderr)
        count = len(problems)
        print(f"{self.paint('error:', 'red')} {count} problem{'s' if count != 1 else ''}", file=self.stderr)
        if error.hint:
            print(f"{self.paint('hint:', 'cyan')} {error.hint}", file=self.stderr)

    def crash(self, error: BaseException, argv: Sequence[str], code: int) -> int:
        """Write a report of an internal error to a file, name the file on stderr, return `code`."""
        if self.debug:
            traceback.print_exception(error, file=self.stderr)
        stamp = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H-%M-%SZ")
        folder = Path("logs") if Path("logs").is_dir() and os.access("logs", os.W_OK) else Path(tempfile.gettempdir())
        path = folder / f"crash-{stamp}-{os.getpid()}.txt"
        text = "".join(traceback.format_exception(error))
        path.write_text(f"{_environment_line()}\nargv: {list(argv)}\n\n{text}", encoding="utf-8")
        self.error(f"internal error: {type(error).__name__}: {error}", hint=f"the full report is in {path}")
        return code

    def paint(self, text: str, style: str, *, stream: TextIO | None = None) -> str:
        """`text` in a colour of `_ANSI` where `stream` (default stderr) takes colour, else as it is."""
        if not wants_color(self.color, stream or self.stderr, self.environment):
            return text
        return f"\x1b[{_ANSI[style]}m{text}\x1b[0m"

    def table(self, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """An aligned table on stdout; the last column is not padded."""
        lines = [list(headings), *([str(cell) for cell in row] for row in rows)]
        widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
        for number, line in enumerate(lines):
            text = "  ".join([cell.ljust(w) for cell, w in zip(line[:-1], widths, strict=False)] + [line[-1]]).rstrip()
            self.result(self.paint(text, "bold", stream=self.stdout) if number == 0 else text)

    def console(self) -> Console:
        """A Rich console on stderr with this invocation's colour decision; Rich is imported here."""
        from rich.console import Console  # noqa: PLC0415 - costs 60 ms, few verbs need it

        color = wants_color(self.color, self.stderr, self.environment)
        return Console(file=self.stderr, no_color=not color, force_terminal=True if color else None, highlight=False)

    def confirm(self, question: str, *, default: bool = False) -> bool:
        """Ask on the terminal; `default` where nobody can be asked."""
        if not self.interactive:
            return default
        print(f"{question} [{'Y/n' if default else 'y/N'}] ", file=self.stderr, end="", flush=True)
        answer = sys.stdin.readline().strip().lower()
        return default if not answer else answer in {"y", "yes"}

    def flush(self) -> None:
        """Push out what is buffered, so that a closed pipe shows here and not at interpreter exit."""
        self.stdout.flush()
        self.stderr.flush()


def _environment_line() -> str:
    where: dict[str, Any] = {"op-pipeline": __version__, "python": platform.python_version(), "on": platform.platform()}
    return ", ".join(f"{name} {value}" for name, value in where.items())
