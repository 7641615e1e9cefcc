"""Limits bite, statuses and streams pass through, nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess  # noqa: TID251 - a parent that is killed must not be one of ours
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import sandbox


def with_mark(mark: str) -> list[int]:
    """Processes that have the word among their arguments and are no zombies."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if mark.encode() in (entry / "cmdline").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found


def none_left(mark: str, seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while with_mark(mark) and time.monotonic() < until:
        time.sleep(0.05)
    return not with_mark(mark)


@pytest.fixture
def mark() -> str:
    return f"mark-{os.getpid()}-{time.monotonic_ns()}"


def test_streams_and_status_pass_through(confined: Any) -> None:
    done = confined.run("sh", "-c", "cat; echo said >&2; exit 7", stdin="given\n")
    assert (done.output, done.errors, done.returncode) == ("given\n", "said\n", 7)


@pytest.mark.parametrize("name", ["SEGV", "TERM"])
def test_a_signal_becomes_a_status(confined: Any, name: str) -> None:
    done = confined.run("sh", "-c", f"kill -{name} $$")
    assert done.returncode == 128 + getattr(signal, f"SIG{name}")
    assert "sandbox:" not in done.errors


def test_a_program_that_is_not_there_is_named(confined: Any) -> None:
    done = confined.run("no-such-program-anywhere")
    assert done.returncode == 127
    assert "sandbox: cannot start no-such-program-anywhere: No such file or directory" in done.errors


def test_a_closed_pipe_ends_the_command_as_outside(confined: Any) -> None:
    done = confined.run("sh", "-c", "(yes; echo status $? >&2) | head -1")
    assert (done.output, done.errors) == ("y\n", f"status {128 + signal.SIGPIPE}\n")


def test_size_of_a_file(confined: Any) -> None:
    done = confined.run("sh", "-c", "head -c 100000 /dev/zero > small && head -c 3000000 /dev/zero > large")
    assert done.returncode != 0
    assert (confined.folder / "small").stat().st_size == 100_000
    assert (confined.folder / "large").stat().st_size == confined.rules.file_bytes


def test_memory(confined: Any) -> None:
    text = "import sys; print(len(bytearray(int(sys.argv[1]))))"
    assert confined.python(text, "50000000", memory=1 << 28).output == "50000000\n"
    refused = confined.python(text, "500000000", memory=1 << 28)
    assert refused.returncode == 1
    assert "MemoryError" in refused.errors


def test_a_large_shared_mapping_is_no_private_memory(confined: Any) -> None:
    # The emulator's device memory is one.
    text = "import mmap; m = mmap.mmap(-1, 1 << 33, flags=mmap.MAP_SHARED | mmap.MAP_NORESERVE); m[1 << 32] = 7; print(m[1 << 32])"
    done = confined.python(text, memory=1 << 28)
    if "NORESERVE" in done.errors:  # the constant is newer than Python 3.10
        done = confined.python(text.replace("mmap.MAP_NORESERVE", "0x4000"), memory=1 << 28)
    assert done.output == "7\n", done.errors


def test_limits_cannot_be_raised(confined: Any) -> None:
    text = """
import resource
for name in ("CPU", "DATA", "FSIZE", "CORE"):
    which = getattr(resource, "RLIMIT_" + name)
    try:
        resource.setrlimit(which, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        print(name, "raised")
    except ValueError:
        pass
print(resource.getrlimit(resource.RLIMIT_CORE))
"""
    assert confined.python(text).output == "(0, 0)\n"


def test_processor_time(confined: Any) -> None:
    done = confined.python("while True: pass", cpu_seconds=1)
    assert done.returncode in {128 + signal.SIGXCPU, 128 + signal.SIGKILL}
    assert not done.timed_out


BOMB = """
import os, sys, time
for number in range(2000):
    if os.fork() == 0:
        os.setsid()
        time.sleep(120)
        os._exit(0)
print("all started")
time.sleep(120)
"""


def test_a_fork_bomb_is_ended(confined: Any, mark: str) -> None:
    done = confined.python(BOMB, mark)
    assert not done.timed_out
    assert "all started" not in done.output
    if done.returncode == sandbox.TOO_MANY:
        assert "sandbox: more than 43 processes and threads at a time" in done.errors
    else:  # the kernel refused it first, which it does not for root
        assert "BlockingIOError" in done.errors
    assert none_left(mark)


def test_as_many_processes_as_allowed(confined: Any) -> None:
    done = confined.run("sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 0.3 & done; wait; echo well", processes=10)
    assert (done.output, done.returncode) == ("well\n", 0)


DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.close(1); os.close(2)
        time.sleep(120)
    os._exit(0)
os.wait()
print("left one behind")
"""


def test_what_is_left_behind_is_ended(confined: Any, mark: str) -> None:
    done = confined.python(DAEMON, mark)
    assert (done.output, done.returncode) == ("left one behind\n", 0), done.errors
    assert none_left(mark)


def test_a_deadline_ends_everything(confined: Any, mark: str) -> None:
    done = confined.run("sh", "-c", f"{sys.executable} -S -c 'import time; time.sleep(120)' {mark} & wait", deadline=1)
    assert done.timed_out
    assert none_left(mark)


def test_the_child_of_a_killed_parent_disappears(confined: Any, mark: str) -> None:
    argv = confined.argv([sys.executable, "-S", "-c", "import time; print('up', flush=True); time.sleep(120)", mark])
    text = (
        "import sys; from op_pipeline import proc; proc.run(sys.argv[1:], on_line=lambda line: print(line, flush=True))"
    )
    with subprocess.Popen([sys.executable, "-c", text, *argv], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        assert with_mark(mark)
        parent.kill()
    assert none_left(mark)


def test_rules_that_confine_nothing_are_misuse(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="allow / confine nothing"):
        sandbox.Rules((Path("/"),), (), 1, 1, 1, 1)
    with pytest.raises(ValueError, match="positive"):
        sandbox.Rules((), (tmp_path,), 1 << 30, 0, 1, 1)


def test_a_folder_that_vanished_gives_nothing(confined: Any, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    done = confined.run("sh", "-c", f"echo x > {gone}/file", write=(confined.folder, gone))
    assert done.returncode != 0
    assert not gone.exists()
