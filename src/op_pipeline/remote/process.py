"""One process of the real library and the wire to it. What it writes is kept in a file of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.gates.workers.client import how_it_ended
from op_pipeline.gates.workers.wire import Closed, Exchange, Late, Message, WireError
from op_pipeline.remote.settings import Settings

WORKER = Path(__file__).with_name("worker.py")
CLOSING_SECONDS = 8.0  # for the library to give the device back
_LAST_WORDS_SECONDS = 2.0
_TAIL = 20_000
_MOST = 64 << 20  # bytes that are kept of what the library writes

__all__ = ["CLOSING_SECONDS", "Closed", "Late", "LibraryProcess", "WireError"]


class LibraryProcess:
    """Started at once; `greet` waits until the device is open. It has a session of its own, and only that is ended."""

    def __init__(self, settings: Settings, tree: str, folder: Path, log: Path) -> None:
        (folder / "tmp").mkdir(parents=True, exist_ok=True)
        self.env = environment(settings, tree, folder, log.parent)
        self._process = proc.Conversation([settings.python, "-B", WORKER], cwd=folder, env=self.env)
        self._log = log
        self._tail, self._written, self._count = b"", 0, 0
        self._exchange = Exchange(self._process.stdin, self._process.stdout, self._process.stderr, self._keep)

    def call(self, do: str, body: Mapping[str, Any], arrays: Sequence[Any], seconds: float) -> Message:
        """One request. Raises Late, Closed or WireError; the process is left as it is."""
        self._count += 1
        message = Message({**body, "do": do, "id": self._count}, tuple(arrays))
        reply = self._exchange.call(message, seconds)
        if reply.body.get("id") != self._count:
            raise WireError("it answers another request")
        return reply

    def tail(self) -> str:
        """The end of what it wrote."""
        with contextlib.suppress(OSError):
            self._exchange.drain()
        return self._tail.decode("utf-8", "replace")

    def ended(self) -> str:
        """How it ended by itself, in words; empty while it runs."""
        status = self._process.wait(_LAST_WORDS_SECONDS)
        return "" if status is None else how_it_ended(status)

    def leave(self) -> bool:
        """Let it close the device and end by itself; whether it did in time. It is gone in any case."""
        self._process.hang_up()
        status = self._process.wait(CLOSING_SECONDS)
        self.tail()
        self.end()
        return status == 0

    def end(self) -> None:
        """End its process group now."""
        self._process.stop()
        self._process.close()

    def _keep(self, text: bytes) -> None:
        self._tail = (self._tail + text)[-_TAIL:]
        self._written += len(text)
        if self._written <= _MOST:
            with self._log.open("ab") as file:
                file.write(text)


def environment(settings: Settings, tree: str, folder: Path, logs: Path) -> dict[str, str]:
    """What the library is started with: the user's settings of it, our folders, a compile cache of this session's own.

    Its cache does not know who compiled, nor is a kernel of an earlier attempt to be found in it.
    """
    extra = {
        **settings.env,
        "TMPDIR": str(folder / "tmp"),
        "TT_METAL_KERNEL_PATH": tree,
        "TT_METAL_CACHE": str(folder / "cache"),
        "TT_METAL_LOGS_PATH": str(logs),
    }
    if settings.triage and settings.own_seconds:
        script = " ".join(f"'{word}'" for word in settings.triage)
        extra["TT_METAL_DISPATCH_TIMEOUT_COMMAND_TO_EXECUTE"] = f"{script} > '{logs}/triage-by-library.txt' 2>&1"
    return proc.clean_environment(**extra)
