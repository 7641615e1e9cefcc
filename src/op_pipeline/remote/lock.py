"""One user of a card at a time, and a mark that outlives a process that died while the card was at work."""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from op_pipeline.errors import InfrastructureError

_PAUSE = 0.1


class Busy(InfrastructureError):  # noqa: N818 - said as it is
    """Somebody else holds the device."""


@contextlib.contextmanager
def held(path: Path, seconds: float, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock for the time of the block; waits at most `seconds`.

    `on_wait` is told once who holds it. Raises Busy with pid, user and since when; InfrastructureError when the file
    cannot be opened. The kernel lets go of it when the process ends, however it ends.
    """
    descriptor = _opened(path)
    try:
        _take(descriptor, path, seconds, on_wait)
        holder = {"pid": os.getpid(), "user": _user(), "since": _now()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(holder).encode(), 0)
        try:
            yield
        finally:
            os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    """Readable and writable by everybody: several users share a card."""
    try:
        # Not with O_CREAT at first: the kernel refuses that for another user's file in a folder that all may write to.
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise _unusable(path, error) from error
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        with contextlib.suppress(OSError):  # made by somebody else in between
            os.fchmod(descriptor, 0o666)  # whatever the umask
    except OSError as error:
        raise _unusable(path, error) from error
    return descriptor


def _unusable(path: Path, error: OSError) -> InfrastructureError:
    hint = "OP_PIPELINE_DEVICE_LOCK names another file"
    return InfrastructureError(f"the device's lock {path} cannot be opened: {error.strerror}", hint=hint)


def _take(descriptor: int, path: Path, seconds: float, on_wait: Callable[[str], None] | None) -> None:
    until = time.monotonic() + seconds
    told = False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            return
        holder = _holder(descriptor)
        if time.monotonic() >= until:
            raise Busy(f"the device is held by {holder} ({path})", hint="wait for it, or end that process yourself")
        if on_wait is not None and not told:
            on_wait(holder)
            told = True
        time.sleep(_PAUSE)


def _holder(descriptor: int) -> str:
    try:
        data = json.loads(os.pread(descriptor, 4096, 0))
        return f"pid {data['pid']} of {data['user']} since {data['since']}"
    except (ValueError, KeyError, TypeError):
        return "another process"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


class Dirty:
    """The mark beside a lock: the device was at work, or hung, and was not seen in order since then."""

    def __init__(self, lock: Path) -> None:
        self._file = lock.with_name(f"{lock.name}.dirty")

    def why(self) -> str:
        """What happened; empty when the device is in order."""
        try:
            return self._file.read_text(encoding="utf-8", errors="replace")[:300]
        except FileNotFoundError:
            return ""
        except OSError as error:
            return f"the mark {self._file} cannot be read: {error.strerror}"

    def set(self, what: str) -> None:
        """Mark it. Raises InfrastructureError when it cannot be written; nothing is started without it."""
        self._write(f"{what} (pid {os.getpid()}, {_now()})")

    def clear(self) -> None:
        """The device is in order. The file stays: in a folder of all, only owners may remove files."""
        if self.why():
            self._write("")

    def _write(self, text: str) -> None:
        descriptor = _opened(self._file)
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, text.encode(), 0)
        except OSError as error:
            raise _unusable(self._file, error) from error
        finally:
            os.close(descriptor)
