"""Writes events: one line each, on disk before the next step begins."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from op_pipeline.errors import InfrastructureError
from op_pipeline.events import AnyEvent, chained, last_chain, link

# Written at once, which a killed process survives, but not forced onto the disk: remarks within a step, and events that
# another one follows before any step begins. That one forces them with itself; the order in the file is kept.
_UNFORCED = frozenset(
    {
        *("test_started", "test_finished", "agent_message", "tool_call", "tool_result", "note"),
        *("stage_kept", "stage_started", "gate_finished", "red_checked", "attempt_finished", "failure_classified"),
        *("stage_finished",),
    }
)


def utc_now() -> str:
    """UTC time, ISO 8601 with milliseconds."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class EventLog:
    """Appends events to a run's log. `on_event` sees each one after it is safely written.

    Raises InfrastructureError when an event cannot be written: a step that leaves no trace must not be taken. What
    was written of a torn line is cut off again, and a torn last line of a killed writer is closed when a log is
    continued, so every later line stands for itself.
    """

    def __init__(
        self, path: Path, run: str, *, on_event: Callable[[AnyEvent], None] | None = None, seq: int = 0
    ) -> None:
        self.path = path
        self.run = run
        self.on_event = on_event
        self.seq = seq
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            self.chain = last_chain(self._text(), run)
            self._close_torn_line()
        except OSError as error:
            raise _no_log(path, error) from error

    def _text(self) -> bytes:
        size = os.fstat(self._file).st_size
        parts: list[bytes] = []
        while size and (part := os.pread(self._file, size, sum(map(len, parts)))):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _close_torn_line(self) -> None:
        size = os.fstat(self._file).st_size
        if size and os.pread(self._file, 1, size - 1) != b"\n":
            os.write(self._file, b"\n")

    def emit(self, event: AnyEvent, *, stage: int | None = None, attempt: int | None = None) -> AnyEvent:
        """Complete the event's base fields, write it, hand it on. Returns the completed event."""
        changes: dict[str, Any] = {"ts": utc_now(), "seq": self.seq + 1, "run": self.run}
        if event.stage is None and stage is not None:
            changes["stage"] = stage
        if event.attempt is None and attempt is not None:
            changes["attempt"] = attempt
        bare = event.model_copy(update=changes)
        line = bare.as_line()
        chain = link(self.chain, line)
        self._append(chained(line, chain).encode() + b"\n", force=event.event not in _UNFORCED)
        self.seq, self.chain = self.seq + 1, chain
        complete = bare.model_copy(update={"chain": chain})
        if self.on_event is not None:
            self.on_event(complete)
        return complete

    def _append(self, line: bytes, *, force: bool) -> None:
        before = os.fstat(self._file).st_size
        try:
            rest = line
            while rest:
                rest = rest[os.write(self._file, rest) :]
            if force:
                os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, before)
            raise _no_log(self.path, error) from error

    def close(self) -> None:
        """Close the file; writing is over."""
        os.close(self._file)


def _no_log(path: Path, error: OSError) -> InfrastructureError:
    hint = "free some space; `pipeline resume` continues" if error.errno in {errno.ENOSPC, errno.EDQUOT} else ""
    reason = error.strerror or str(error)
    return InfrastructureError(f"cannot write the event log {path}: {reason}", hint=hint or "check the workspace")


def write_atomic(path: Path, text: str) -> None:
    """Replace a file in one step: readers see the old text or the new one. Raises InfrastructureError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise InfrastructureError(f"cannot write {path}: {error.strerror or error}", hint="check the disk") from error
