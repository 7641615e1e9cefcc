"""One turn: a CLI process, a prompt, its messages until the end, a deadline or silence. Leaves no process behind."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
from claude_agent_sdk import (
    ClaudeSDKClient,
    ClaudeSDKError,
    CLIConnectionError,
    CLIJSONDecodeError,
    CLINotFoundError,
    ProcessError,
    ResultMessage,
)

from op_pipeline.backends.claude.verdict import Ending, environment_failure, fail, of_result
from op_pipeline.models import FailureClass

if TYPE_CHECKING:
    from op_pipeline.backends import Task
    from op_pipeline.backends.claude.stream import Stream

_CONNECT_SECONDS = 60.0
_ABORT_SECONDS = 6.0
_RESUME = "`pipeline resume`"


@dataclass
class Watch:
    """When a turn is stopped, and what is known of it afterwards. `result` is absent when the CLI died."""

    task: Task
    deadline: float
    idle: float
    tokens: int | None
    stream: Stream
    result: ResultMessage | None = None
    errors: deque[str] = field(default_factory=lambda: deque(maxlen=60))

    def stop_reason(self, silent: float) -> Ending | None:
        """Why the turn must not go on, after `silent` seconds without a message; None when it may."""
        if time.monotonic() >= self.deadline:
            return Ending(_out_of_time(self.task, self.stream))
        if self.tokens is not None and self.stream.tokens > self.tokens:
            message = f"the token limit is reached: {self.stream.tokens:,} tokens in this turn of {self.tokens:,} left"
            return Ending(fail(FailureClass.LIMIT_REACHED, message, self.task.more("tokens")))
        if silent >= self.idle and not self.stream.tools:
            message = f"the model was silent for {silent:.0f} s"
            action = f"Check the network and the API's status page, then {_RESUME}."
            return Ending(environment_failure(message, action, self.stderr), again=True)
        return None

    def wait(self) -> float:
        """Seconds until the next look, at most."""
        left = self.deadline - time.monotonic()
        return max(0.0, left if self.stream.tools else min(self.idle, left))

    @property
    def stderr(self) -> str:
        """The CLI's last words."""
        return "\n".join(self.errors)


def _out_of_time(task: Task, stream: Stream) -> Any:
    begun = "" if stream.tokens else "; the model had not begun to answer"
    return fail(FailureClass.LIMIT_REACHED, f"the attempt's time is used up{begun}", task.more("seconds"))


async def take_turn(options: Any, prompt: str, watch: Watch) -> Ending:
    """Ask, and follow the answer to its end. Never raises for anything the CLI or the API does."""
    client = ClaudeSDKClient(options)
    try:
        with anyio.fail_after(max(0.1, min(_CONNECT_SECONDS, watch.deadline - time.monotonic()))):
            await client.connect()
        with anyio.fail_after(_CONNECT_SECONDS):
            await client.query(prompt)
        ending = await _follow(client, watch)
    except TimeoutError:
        ending = watch.stop_reason(0.0) or Ending(_not_started(watch, "it did not answer"), again=True)
    except (ClaudeSDKError, OSError) as error:
        ending = _broken(error, watch)
    finally:
        with anyio.CancelScope(shield=True):
            await _close(client, running=watch.result is None)
    return ending


async def _follow(client: ClaudeSDKClient, watch: Watch) -> Ending:
    send, receive = anyio.create_memory_object_stream[object](1000)
    broken: list[Exception] = []
    own: Exception | None = None
    stopped: Ending | None = None

    async def read() -> None:
        async with send:
            try:
                async for message in client.receive_response():
                    await send.send(message)
            except (ClaudeSDKError, OSError) as error:  # not through the task group: it would wrap it
                broken.append(error)

    async with anyio.create_task_group() as group, receive:
        group.start_soon(read)
        try:
            stopped = await _listen(client, receive, watch)
        except Exception as error:  # noqa: BLE001 - the log cannot be written: not through the group either
            own = error
        group.cancel_scope.cancel()
    if own is not None:
        raise own
    if stopped is not None:
        return stopped
    if broken and watch.result is None:
        return _broken(broken[0], watch)
    if watch.result is None:
        return Ending(_died("it ended without a result", watch), again=True)
    return of_result(watch.result, watch.task, watch.stream.model or str(client.options.model))


async def _listen(client: ClaudeSDKClient, receive: Any, watch: Watch) -> Ending | None:
    """Take in messages up to the result; the reason when the turn was stopped, whose result is waited for briefly."""
    stopped: Ending | None = None
    last = time.monotonic()
    while watch.result is None:
        message = await _next(receive, watch.wait() if stopped is None else _ABORT_SECONDS)
        if message is _END or (message is _NOTHING and stopped is not None):
            break
        if message is not _NOTHING:
            last = time.monotonic()
            watch.result = watch.stream.feed(message)
        if stopped is None and watch.result is None:
            stopped = watch.stop_reason(time.monotonic() - last)
            if stopped is not None:
                await _interrupt(client)
    return stopped


_END, _NOTHING = object(), object()


async def _next(receive: Any, seconds: float) -> object:
    """The next message, or `_NOTHING` after that time, or `_END`."""
    with anyio.move_on_after(seconds):
        try:
            return await receive.receive()
        except anyio.EndOfStream:
            return _END
    return _NOTHING


async def _interrupt(client: ClaudeSDKClient) -> None:
    """End the model's turn: it stops within milliseconds, and shell commands with it."""
    with contextlib.suppress(Exception), anyio.move_on_after(_ABORT_SECONDS):
        await client.interrupt()


async def _close(client: ClaudeSDKClient, *, running: bool) -> None:
    """End the process. Without the interrupt it would go on for up to five seconds, with tools and all."""
    if running:
        await _interrupt(client)
    with contextlib.suppress(Exception):
        await client.disconnect()


def _broken(error: BaseException, watch: Watch) -> Ending:
    text = f"{error}\n{watch.stderr}"
    if "No conversation found" in text:
        return Ending(_not_started(watch, "the conversation is gone"), lost=True)
    if isinstance(error, CLINotFoundError):
        action = f"Install it again (pip install --force-reinstall claude-agent-sdk), then {_RESUME}."
        return Ending(environment_failure(f"Claude Code is not there: {error}", action))
    if isinstance(error, CLIJSONDecodeError):
        message = f"the CLI wrote what is no JSON: {str(error)[:200]}"
        return Ending(environment_failure(message, f"{_RESUME} tries again.", watch.stderr), fresh=True)
    if isinstance(error, ProcessError):
        code = error.exit_code
        how = f"it was ended by signal {-code}" if code is not None and code < 0 else f"it ended with {code}"
        return Ending(_died(how, watch), again=code is None or code < 0 or code in {137, 143})
    if isinstance(error, CLIConnectionError):
        return Ending(_not_started(watch, str(error).splitlines()[0]), again=True)
    return Ending(_died(f"{type(error).__name__}: {error}"[:300], watch))


def _died(how: str, watch: Watch) -> Any:
    tail = watch.errors[-1] if watch.errors else ""
    message = f"the Claude Code process died: {how}" + (f": {tail[:200]}" if tail else "")
    action = f"Look for memory pressure or somebody who kills processes, then {_RESUME}."
    return environment_failure(message, action, watch.stderr)


def _not_started(watch: Watch, why: str) -> Any:
    tail = watch.errors[-1] if watch.errors else ""
    message = f"Claude Code could not be started: {why}" + (f": {tail[:200]}" if tail else "")
    return environment_failure(message, f"Repair the installation of claude-agent-sdk, then {_RESUME}.", watch.stderr)
