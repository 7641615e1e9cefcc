"""The worker's side: take the wire away from the code to come, answer requests one by one, say errors as data."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from op_pipeline.gates.workers.wire import Closed, Message, receive, send

Handler = Callable[[Mapping[str, Any], tuple[Any, ...]], Message]
TEXT = 20_000  # characters of an exception's text that travel
RECORDS = 64
_ABOVE = 64  # descriptors that count from 3 upwards do not meet the wire by accident


def serve(
    handlers: Mapping[str, Handler], *, own_children: bool = False, at_end: Callable[[], None] | None = None
) -> NoReturn:
    """Answer requests until the judge closes the wire, do `at_end`; ends the process.

    stdin is empty from here on and stdout goes where stderr goes: what candidate code prints is no answer. That code
    may still find the wire; what it writes there is a bad answer, which the judge notices. `own_children`: processes
    of this one are no candidate's, and nothing to report.
    """
    requests = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    replies = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    # Modules do not become garbage: looking for some takes a tenth of the start, and each look makes the processes that
    # kernels run in copy pages.
    gc.freeze()
    gc.enable()
    own = os.getpid()
    with contextlib.suppress(Closed, BrokenPipeError):
        while True:
            message = receive(requests)
            answer = _answer(handlers, message)
            if os.getpid() != own:
                os._exit(0)  # a fork of candidate code came back through the call: it has no say
            answer.body["id"] = message.body.get("id")
            answer.body["children"] = not own_children and _has_children()
            send(replies, answer)
    if at_end is not None:
        at_end()
    os._exit(0)  # no destructors of candidate code


def _answer(handlers: Mapping[str, Handler], message: Message) -> Message:
    try:
        return handlers[str(message.body["do"])](message.body, message.arrays)
    except Exception as error:  # noqa: BLE001 - the judge says what it means
        return Message({"error": error_data(error)})


def error_data(error: BaseException) -> dict[str, Any]:
    """An exception as data: names of its classes, text, fault records when it has some."""
    records = getattr(error, "records", None)
    return {
        "types": [kind.__name__ for kind in type(error).__mro__],
        "text": str(error)[:TEXT],
        "records": [dict(record) for record in records[:RECORDS]] if isinstance(records, list) else [],
    }


def _has_children() -> bool:
    """Whether candidate code started processes that it did not wait for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
