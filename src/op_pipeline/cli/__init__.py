"""The command line: the only part of the program that reads arguments and writes to the terminal."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run `pipeline` with `argv` (default: the process's own) and return the exit code."""
    from op_pipeline.cli.app import run_program  # noqa: PLC0415 - importing this package must cost nothing

    return run_program(argv)
