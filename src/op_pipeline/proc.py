"""The only place that starts processes: own process group, deadline, merged output, nothing left behind.

Knows nothing about what the commands mean.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import selectors
import signal
import subprocess  # noqa: TID251 - this is the one place
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from op_pipeline.errors import InfrastructureError

GRACE_SECONDS = 2.0
# For processes that compute on tiles: thread pools of NumPy's BLAS cost more than they give there, and their sums
# depend on the split.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
_DRAIN_SECONDS = 0.5
_PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ")
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class CommandNotFound(InfrastructureError):  # noqa: N818 - named for what happened
    """The program to start does not exist or cannot be executed."""


@dataclass(frozen=True)
class Completed:
    """How a command ended. `output` is stdout and stderr as they came; `returncode` is negative for a signal.

    `errors` holds stderr alone when it was asked for apart.
    """

    argv: tuple[str, ...]
    returncode: int | None
    output: str
    seconds: float
    timed_out: bool
    errors: str = ""

    def __bool__(self) -> bool:
        return self.returncode == 0 and not self.timed_out


@dataclass
class _Collector:
    """Decodes output as it comes and hands whole lines on."""

    on_line: Callable[[str], None] | None
    bad_bytes: str
    chunks: list[bytes] = field(default_factory=list)
    pending: bytes = b""

    def feed(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        if self.on_line is None:
            return
        *lines, self.pending = (self.pending + chunk).split(b"\n")
        for line in lines:
            self.on_line(line.decode("utf-8", self.bad_bytes))

    def finish(self) -> str:
        if self.on_line is not None and self.pending:
            self.on_line(self.pending.decode("utf-8", self.bad_bytes))
        return b"".join(self.chunks).decode("utf-8", self.bad_bytes)


def run(
    argv: Sequence[str | os.PathLike[str]],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    deadline: float | None = None,
    on_line: Callable[[str], None] | None = None,
    stdin_text: str | None = None,
    split_errors: bool = False,
    die_with_parent: bool = True,
) -> Completed:
    """Run a command to its end, or for `deadline` seconds.

    The command gets a session of its own. At the deadline its whole group is sent TERM, then KILL two seconds later;
    output so far is kept. Whatever the command left running in its group is killed. When this process dies, the
    command is killed too (Linux); `die_with_parent=False` saves the milliseconds that this costs in a large process,
    for commands that end at once. `split_errors` keeps stderr out of the output; bytes that are no UTF-8 become
    surrogates then (file names), and replacement characters otherwise.

    Raises CommandNotFound; on KeyboardInterrupt, or any error of `on_line`, the group is ended first and the
    exception goes on.
    """
    words = tuple(os.fspath(word) for word in argv)
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        errors = stack.enter_context(tempfile.TemporaryFile()) if split_errors else None
        process = _start(words, cwd, env, _stdin(stack, stdin_text), errors, tied=die_with_parent)
        collector = _Collector(on_line, "surrogateescape" if split_errors else "replace")
        try:
            timed_out = _pump(process, collector, None if deadline is None else started + deadline)
        except BaseException:
            _end_group(process)
            raise
        finally:
            _kill_group(process)
            if process.stdout is not None:
                process.stdout.close()
        return Completed(
            argv=words,
            returncode=process.returncode,
            output=collector.finish(),
            seconds=time.monotonic() - started,
            timed_out=timed_out,
            errors=_contents(errors),
        )


class Conversation:
    """A command that runs beside this process and is talked to over its stdin, stdout and stderr (raw descriptors)."""

    def __init__(self, argv: Sequence[str | os.PathLike[str]], *, cwd: Path, env: Mapping[str, str]) -> None:
        """Start it in a session of its own; it is killed when the starting thread dies. Raises CommandNotFound."""
        words = tuple(os.fspath(word) for word in argv)
        self._process = _start(words, cwd, env, subprocess.PIPE, subprocess.PIPE, tied=True)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        self.stdin, self.stdout, self.stderr = (pipe.fileno() for pipe in pipes if pipe is not None)

    def wait(self, seconds: float) -> int | None:
        """Its status, negative for a signal; None when it has not ended after `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def hang_up(self) -> None:
        """Close its stdin: there is nothing more to come."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def stop(self) -> None:
        """Ask it to end; `close` waits."""
        _signal_group(self._process, signal.SIGTERM)

    def close(self, grace: float = GRACE_SECONDS) -> int:
        """End it and whatever is left of its group; its status. May be called again."""
        try:
            if self.wait(grace) is None:
                _end_group(self._process)
        finally:
            _kill_group(self._process)
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # a pipe nobody reads any more
                        pipe.close()
        return self._process.returncode


def clean_environment(**extra: str) -> dict[str, str]:
    """The part of the environment commands may depend on (path, home, locale, temporary folder, time zone) + extra."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, **extra}


def _stdin(stack: contextlib.ExitStack, text: str | None) -> int:
    if text is None:
        return subprocess.DEVNULL
    # A file cannot block the way a pipe does when the command does not read all of it.
    file = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115 - the stack closes it
    file.write(text.encode("utf-8", "surrogateescape"))
    file.seek(0)
    return file.fileno()


def _contents(file: IO[bytes] | None) -> str:
    if file is None:
        return ""
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def _die_with_parent(parent: int) -> Callable[[], None] | None:
    libc = _libc
    if libc is None:
        return None

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # the parent died before the call above
            os._exit(1)

    return prepare


def _start(
    words: tuple[str, ...],
    cwd: Path | None,
    env: Mapping[str, str] | None,
    stdin: int,
    errors: IO[bytes] | int | None,
    *,
    tied: bool,
) -> subprocess.Popen[bytes]:
    if cwd is not None and not cwd.is_dir():
        raise InfrastructureError(f"cannot run {words[0]!r} in {str(cwd)!r}: no such folder")
    try:
        return subprocess.Popen(
            words,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if errors is None else errors,
            start_new_session=True,
            bufsize=0,
            preexec_fn=_die_with_parent(os.getpid()) if tied else None,  # noqa: PLW1509
        )
    except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
        raise CommandNotFound(
            f"cannot start {words[0]!r}: {error.strerror}", hint=f"install {words[0]} or put it on PATH"
        ) from error


def _pump(process: subprocess.Popen[bytes], collector: _Collector, until: float | None) -> bool:
    """Read output until the command has ended; True when the deadline ended it."""
    timed_out = False
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if process.poll() is None:
                wait = 0.05
            else:
                _signal_group(process, signal.SIGKILL)  # what it left behind holds the pipe open
                wait = _DRAIN_SECONDS
            if until is not None and process.returncode is None:
                wait = min(wait, max(0.0, until - time.monotonic()))
            if selector.select(wait):
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    break
                collector.feed(chunk)
            elif process.returncode is not None:
                break  # held open by a process that left the group
            if until is not None and not timed_out and time.monotonic() >= until:
                timed_out = True
                until = None
                _end_group(process)
    return _wait(process, until) or timed_out


def _wait(process: subprocess.Popen[bytes], until: float | None) -> bool:
    """Wait for a command that closed its output early."""
    try:
        process.wait(None if until is None else max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        _end_group(process)
        return True
    return False


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """TERM, two seconds of grace, KILL."""
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    _signal_group(process, signal.SIGKILL)
    process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # The group's id is the leader's pid and stays taken while any member lives, so no stranger is hit.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
