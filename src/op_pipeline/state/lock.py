"""One run per operation of a workspace: a lock that dies with its process and says who holds it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import filelock

from op_pipeline.errors import InfrastructureError
from op_pipeline.state.log import utc_now


@contextlib.contextmanager
def operation_lock(folder: Path, operation: str, run: str) -> Iterator[None]:
    """Hold the operation for the time of the block.

    Raises InfrastructureError naming pid, host and run of the holder when it is taken, or when the folder cannot be
    written. The kernel lets go of the lock when the process ends, however it ends.
    """
    holder = folder / f"{operation}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / f"{operation}.lock", timeout=0)
        lock.acquire()
    except filelock.Timeout as error:
        raise InfrastructureError(
            f"operation {operation!r} is being worked on by {_describe(holder)}",
            hint="wait for it, or stop that process; the lock goes away with it",
        ) from error
    except OSError as error:
        raise InfrastructureError(
            f"cannot write to {folder}: {error.strerror or error}", hint="choose another folder with --workspace"
        ) from error
    try:
        text = json.dumps({"pid": os.getpid(), "host": socket.gethostname(), "run": run, "since": utc_now()})
        with contextlib.suppress(OSError):  # who holds it is a courtesy
            holder.write_text(text, encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def _describe(holder: Path) -> str:
    try:
        data = json.loads(holder.read_text(encoding="utf-8"))
        return f"pid {data['pid']} on {data['host']}, run {data['run']}, since {data['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
