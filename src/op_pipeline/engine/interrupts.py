"""Ctrl-C and termination: noticed at once while others work, and only between steps while the program writes.

The first signal lets the bookkeeping finish; the second ends the process. Children die with it (see proc).
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from types import FrameType


class Terminated(KeyboardInterrupt):
    """SIGTERM: like Ctrl-C, but the exit code tells them apart."""


class Interrupts:
    """Delivers SIGINT and SIGTERM as KeyboardInterrupt inside `allowed` blocks only.

    Without `installed` (in tests, in threads) Python's own handling stays in force.
    """

    def __init__(self) -> None:
        self._allowed = 0
        self._pending: int | None = None

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Handle the signals for the time of the block. Main thread only."""
        before = {number: signal.signal(number, self._on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextlib.contextmanager
    def allowed(self) -> Iterator[None]:
        """A block that may be interrupted anywhere. A signal that came before is delivered at its beginning."""
        self.check()
        self._allowed += 1
        try:
            yield
        finally:
            self._allowed -= 1

    def check(self) -> None:
        """Deliver a signal that has come."""
        if self._pending is not None:
            raise Terminated if self._pending == signal.SIGTERM else KeyboardInterrupt

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self._pending is not None:
            os._exit(128 + number)
        self._pending = number
        if self._allowed:
            self.check()
