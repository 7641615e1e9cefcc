"""What a run shows while it runs: JSON lines, plain lines with a heartbeat, or a live region on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from op_pipeline import events as ev
from op_pipeline.cli.words import LEVELS, Narrator, duration, money

if TYPE_CHECKING:
    from op_pipeline.cli.output import Output

HEARTBEAT_SECONDS = 50.0


class Progress(Protocol):
    """Receives every event of a run after it is on disk."""

    def __call__(self, event: ev.AnyEvent) -> None:
        """Show it, or not."""
        ...


class JsonLines:
    """One event per line on stdout, nothing else there."""

    def __init__(self, out: Output) -> None:
        self.out = out

    def __call__(self, event: ev.AnyEvent) -> None:
        """Print the event as it stands in the log."""
        self.out.data(json.loads(event.as_line()))


class PlainLines:
    """One line per event that matters; under GitHub Actions failures are annotations, too."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.narrator = Narrator(out)
        self.where = "starting"
        self.since = self.spoken = time.monotonic()

    def __call__(self, event: ev.AnyEvent) -> None:
        """Print the event's line when it has one at this verbosity."""
        line = self.narrator.line(event)
        self._follow(event)
        if isinstance(event, ev.FailureClassified) and os.environ.get("GITHUB_ACTIONS"):
            self.out.result(f"::error file={event.file},line={event.line}::{event.kind}: {event.message}")
        if line and self.out.verbose >= LEVELS.get(event.event, 0):
            self.spoken = time.monotonic()
            self.show(line)

    def show(self, line: str) -> None:
        """Put a line out."""
        self.out.progress(line)

    def _follow(self, event: ev.AnyEvent) -> None:
        if event.event in {"attempt_started", "gate_started", "stage_started", "committing"}:
            what = {"attempt_started": "agent at work", "gate_started": "gate", "committing": "commit"}
            name = self.narrator.names.get(event.stage or 0, "")
            stage = "" if event.stage is None else f"stage {event.stage} {name}: "
            self.where, self.since = f"{stage}{what.get(event.event, 'starting')}", time.monotonic()

    def beat(self) -> None:
        """Say that it still goes on, when nothing was said for long."""
        now = time.monotonic()
        if now - self.spoken >= HEARTBEAT_SECONDS:
            self.spoken = now
            self.out.progress(f"… {self.where}, {duration(now - self.since)}")


class LiveRegion(PlainLines):
    """Lines above, and one region below: stage, elapsed, tests or turns, dollars, the last tool call."""

    def __init__(self, out: Output) -> None:
        super().__init__(out)
        from rich.live import Live  # noqa: PLC0415 - only a terminal pays for it

        self.started = time.monotonic()
        self.calls = 0
        self.tests = 0
        self.dollars: float | None = 0.0
        self.last = ""
        self.console = out.console()
        self.live = Live(console=self.console, get_renderable=self._render, refresh_per_second=8, transient=True)

    def show(self, line: str) -> None:
        """Print above the region; colour is in the line already."""
        from rich.text import Text  # noqa: PLC0415

        if not self.out.quiet:
            self.console.print(Text.from_ansi(line), soft_wrap=True)

    def _follow(self, event: ev.AnyEvent) -> None:
        super()._follow(event)
        match event:
            case ev.ToolCall():
                self.calls, self.last = self.calls + 1, f"{event.tool} {event.summary}"
            case ev.Note():
                self.last = event.text
            case ev.GateStarted() | ev.AttemptStarted():
                self.tests, self.calls, self.last = 0, 0, ""
            case ev.TestStarted():
                self.tests, self.last = self.tests + 1, event.test
            case ev.RunStarted():
                self.dollars = event.used.dollars
            case ev.AttemptFinished():
                known = self.dollars is not None and event.dollars is not None
                self.dollars = (self.dollars or 0.0) + (event.dollars or 0.0) if known else None
            case _:
                pass

    def _render(self) -> Any:
        from rich.text import Text  # noqa: PLC0415

        now = time.monotonic()
        counts = f"{self.tests} tests" if self.tests else f"{self.calls} tool calls"
        head = f"{self.where} · {duration(now - self.since)} · {counts} · {money(self.dollars)}"
        text = f"{head} · total {duration(now - self.started)} · {self.last}"
        return Text(text, style="dim", no_wrap=True, overflow="ellipsis")


@contextlib.contextmanager
def showing(out: Output) -> Iterator[Progress]:
    """The right way to show progress here, for the time of the block."""
    if out.json:
        yield JsonLines(out)
    elif out.interactive and not out.quiet:
        region = LiveRegion(out)
        with region.live:
            yield region
    else:
        plain = PlainLines(out)
        with _heartbeat(plain):
            yield plain


@contextlib.contextmanager
def _heartbeat(plain: PlainLines) -> Iterator[None]:
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(HEARTBEAT_SECONDS / 5):
            plain.beat()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
