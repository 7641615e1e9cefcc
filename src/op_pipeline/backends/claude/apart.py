"""An event loop in a thread of its own, so that Ctrl-C ends it in order instead of tearing through it."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import anyio

T = TypeVar("T")
_LOOK_SECONDS = 0.2
_END_SECONDS = 15.0


class _Loop(Generic[T]):
    """The thread's side."""

    def __init__(self, function: Callable[[], Awaitable[T]]) -> None:
        self.function = function
        self.result: list[T] = []
        self.error: BaseException | None = None
        self.begun = threading.Event()
        self.done = threading.Event()  # Thread.join cannot be trusted after it was interrupted (Python 3.10, 3.11)
        self.cancel: Callable[[], object] | None = None
        self.thread = threading.Thread(target=self._run, name="claude", daemon=True)

    def _run(self) -> None:
        try:
            anyio.run(self._main)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self.error = error
        finally:
            self.done.set()

    async def _main(self) -> None:
        with anyio.CancelScope() as scope:
            self.cancel = functools.partial(asyncio.get_running_loop().call_soon_threadsafe, scope.cancel)
            self.begun.set()
            self.result.append(await self.function())

    def stop(self) -> None:
        """Cancel the coroutine and wait until it has put things in order."""
        if self.begun.wait(_END_SECONDS) and self.cancel is not None:
            with contextlib.suppress(RuntimeError):  # it has ended by itself
                self.cancel()
        self.done.wait(_END_SECONDS)


def run_apart(function: Callable[[], Awaitable[T]]) -> T:
    """Run a coroutine function to its end and return its result, or raise its error.

    Whatever is raised in the waiting thread meanwhile (KeyboardInterrupt) cancels it, waits until it has put things in
    order, and goes on.
    """
    loop = _Loop(function)
    loop.thread.start()
    try:
        while not loop.done.wait(_LOOK_SECONDS):
            pass
    except BaseException:
        loop.stop()
        raise
    if loop.error is not None:
        raise loop.error
    return loop.result[0]
