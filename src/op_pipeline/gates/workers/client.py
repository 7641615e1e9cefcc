"""The judge's end of a worker: started when it is needed, ended when it misbehaves, its failures named.

A worker that dies, is late or answers nonsense gives a GateFailure, never another exception; the next request finds a
fresh worker.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline import proc
from op_pipeline.models import FailureClass

# Imported where needed: workers are started before the judge itself has NumPy and the kit, so that all load at once.
if TYPE_CHECKING:
    from op_pipeline.gates.kit.failure import GateFailure
    from op_pipeline.gates.workers.wire import Exchange, Message

STARTING_SECONDS = 60.0
LATER_SECONDS = 10.0  # for a request after one that came to nothing: what hung once hangs again, and tests are many
TAIL = 8_000  # bytes of a worker's stderr that are kept
MOST_TEXT = 32 << 20  # bytes a worker may write there in one request
_LAST_WORDS_SECONDS = 2.0


@dataclass(frozen=True)
class Command:
    """How to start a worker: the confined command line, its folder, its environment."""

    argv: tuple[str, ...]
    cwd: Path
    env: dict[str, str]
    grace: float = proc.GRACE_SECONDS  # to end in, when it is asked to


class Worker:
    """One worker process. `what` says in messages whose code runs there; `started` counts the processes there were."""

    def __init__(self, what: str, command: Command) -> None:
        self.what = what
        self.started = 0
        self._command = command
        self._process: proc.Conversation | None = None
        self._exchange: Exchange | None = None
        self._greeted = False
        self._count = 0
        self._tail = b""
        self._written = 0
        self._late = False

    def start(self) -> None:
        """Start the process if there is none, without waiting for it."""
        if self._process is not None:
            return
        self._process = proc.Conversation(self._command.argv, cwd=self._command.cwd, env=self._command.env)
        self.started += 1
        self._greeted = False
        self._tail = b""

    def greet(self) -> None:
        """Wait until the worker is ready. GateFailure env_error when it cannot be: no candidate code is in it yet."""
        from op_pipeline.gates.workers.wire import Exchange, Late, WireError  # noqa: PLC0415

        self.start()
        if self._greeted:
            return
        assert self._process is not None
        self._exchange = Exchange(self._process.stdin, self._process.stdout, self._process.stderr, self._keep)
        try:
            self._exchanged("hello", {}, (), STARTING_SECONDS)
        except (WireError, Late) as error:
            message = f"the {self.what} cannot be started: it {self._end(error)}"
            raise self._failure(FailureClass.ENV_ERROR, message) from None
        self._greeted = True

    def request(
        self, do: str, body: dict[str, Any], arrays: Sequence[Any] = (), *, seconds: float, doing: str
    ) -> Message:
        """The reply to a request. GateFailure crash or hang_unknown when there is none within `seconds`.

        `doing` says for people what was asked, as in "while …".
        """
        from op_pipeline.gates.workers.wire import Closed, Late, WireError  # noqa: PLC0415

        self.greet()
        try:
            seconds = min(seconds, LATER_SECONDS) if self._late else seconds
            reply = self._exchanged(do, body, arrays, seconds)
        except Late as error:
            self._late = True
            self._end(error)
            message = f"the {self.what} did not answer within {seconds:.0f} s while {doing}"
            raise self._failure(FailureClass.HANG_UNKNOWN, message) from None
        except Closed as error:
            message = f"the {self.what} {self._end(error)} while {doing}"
            raise self._failure(FailureClass.CRASH, message) from None
        except WireError as error:
            self._end(error)
            raise self.nonsense(f"{error} ({doing})") from None
        if reply.body.get("children"):
            self.close()
            message = f"the {self.what} started processes while {doing}; a call starts none"
            raise self._failure(FailureClass.CRASH, message)
        return reply

    def nonsense(self, why: str) -> GateFailure:
        """The failure of a worker whose answer cannot be used; the worker is ended."""
        self.close()
        return self._failure(FailureClass.CRASH, f"the {self.what} gave an answer that is none: {why}")

    def _failure(self, kind: FailureClass, message: str) -> GateFailure:
        from op_pipeline.gates.kit.failure import GateFailure  # noqa: PLC0415

        return GateFailure(kind, message, excerpt=self.tail())

    def _exchanged(self, do: str, body: dict[str, Any], arrays: Sequence[Any], seconds: float) -> Message:
        from op_pipeline.gates.workers.wire import Message, WireError  # noqa: PLC0415

        assert self._exchange is not None
        self._count += 1
        self._written = 0
        reply = self._exchange.call(Message({**body, "do": do, "id": self._count}, tuple(arrays)), seconds)
        if reply.body.get("id") != self._count:
            raise WireError(f"it answers request {str(reply.body.get('id'))[:20]}, not {self._count}")
        return reply

    def tail(self) -> str:
        """The end of what the worker wrote on stderr and stdout."""
        return self._tail.decode("utf-8", "replace")

    def _keep(self, text: bytes) -> None:
        from op_pipeline.gates.workers.wire import WireError  # noqa: PLC0415

        self._tail = (self._tail + text)[-TAIL:]
        self._written += len(text)
        if self._written > MOST_TEXT:
            raise WireError(f"it writes without end: {self._written >> 20} MiB of output")

    def _end(self, error: Exception) -> str:
        """End the process; how it ended by itself, if it did."""
        from op_pipeline.gates.workers.wire import Closed, WireError  # noqa: PLC0415

        process, exchange = self._process, self._exchange
        assert process is not None
        assert exchange is not None
        gone = process.wait(_LAST_WORDS_SECONDS if isinstance(error, Closed) else 0)
        with contextlib.suppress(WireError):
            exchange.drain()
        self.close()
        if gone is not None:
            return how_it_ended(gone)
        return "closed its wire" if isinstance(error, Closed) else f"gave no proper answer ({error or 'none in time'})"

    def stop(self) -> None:
        """Ask the process to end; `close` waits for it."""
        if self._process is not None:
            self._process.stop()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process, self._exchange = self._process, None, None
            self._greeted = False
            process.stop()
            process.close(self._command.grace)


def how_it_ended(status: int) -> str:
    """In words. A confined process says with 128 + n that signal n ended it, with 124 that there were too many."""
    number = -status if status < 0 else status - 128
    if number > 0:
        try:
            return f"was ended by {signal.Signals(number).name}"
        except ValueError:
            pass
    return "started too many processes" if status == 124 else f"ended itself with status {status}"
