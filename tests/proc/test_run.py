"""Commands end, one way or another, and leave nothing behind."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError


def gone(pid: int, seconds: float = 5.0) -> bool:
    """Whether a process ends, or has become a zombie, within some time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return True
        if state == "Z":
            return True
        time.sleep(0.02)
    return False


def test_output_is_merged_in_order_and_the_code_kept() -> None:
    done = proc.run(["sh", "-c", "echo out; echo err >&2; echo again; exit 3"])
    assert (done.output, done.returncode, done.timed_out, bool(done)) == ("out\nerr\nagain\n", 3, False, False)
    assert done.argv[0] == "sh"
    assert done.seconds > 0


def test_errors_can_be_kept_apart_and_odd_bytes_survive() -> None:
    done = proc.run(["sh", "-c", r"printf 'a\377b'; echo err >&2"], split_errors=True)
    assert done.output.encode("utf-8", "surrogateescape") == b"a\xffb"
    assert done.errors == "err\n"
    assert bool(done)
    assert proc.run(["printf", r"a\377b"]).output == "a\ufffdb"


def test_lines_arrive_while_the_command_runs() -> None:
    seen: list[tuple[str, float]] = []
    started = time.monotonic()
    proc.run(
        ["sh", "-c", "echo one; sleep 0.5; printf 'two\nthree'"],
        on_line=lambda line: seen.append((line, time.monotonic() - started)),
    )
    assert [line for line, _ in seen] == ["one", "two", "three"]
    assert seen[1][1] - seen[0][1] > 0.3


@pytest.mark.parametrize("script", ["echo before; sleep 60", "echo before; exec >/dev/null 2>&1; sleep 60"])
def test_deadline_ends_the_command_and_keeps_its_output(script: str) -> None:
    done = proc.run(["sh", "-c", script], deadline=0.3)
    assert done.timed_out
    assert not done
    assert done.output == "before\n"
    assert done.seconds < 2


def test_deadline_kills_what_ignores_the_request() -> None:
    done = proc.run(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 0.1; done"], deadline=0.3)
    assert (done.timed_out, done.returncode) == (True, -signal.SIGKILL)
    assert gone(int(done.output.split()[0]))


def test_grandchildren_die_with_the_group(tmp_path: Path) -> None:
    done = proc.run(["sh", "-c", "sleep 60 & echo $!; sleep 60"], deadline=0.3)
    assert gone(int(done.output))


def test_what_a_finished_command_left_running_is_killed_and_not_waited_for() -> None:
    started = time.monotonic()
    done = proc.run(["sh", "-c", "sleep 60 & echo $!"])
    assert done.returncode == 0
    assert time.monotonic() - started < 3
    assert gone(int(done.output))


def test_a_process_that_left_the_group_does_not_hold_us_up() -> None:
    started = time.monotonic()
    done = proc.run(["sh", "-c", "setsid sleep 20 & echo $!; sleep 0.1"])
    assert time.monotonic() - started < 5
    os.kill(int(done.output), signal.SIGKILL)


@pytest.mark.parametrize("tied", [True, False])
def test_a_command_dies_with_its_parent_unless_told_otherwise(tmp_path: Path, tied: bool) -> None:
    note = tmp_path / "pid"
    code = (
        "import os, signal; from op_pipeline import proc\n"
        f"proc.run(['sh', '-c', 'echo $$ > {note}; kill -9 $PPID; sleep 30'], die_with_parent={tied})"
    )
    done = proc.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == -signal.SIGKILL
    pid = int(note.read_text())
    assert gone(pid, 2.0 if tied else 0.3) is tied
    if not tied:
        os.kill(pid, signal.SIGKILL)


def test_ctrl_c_ends_the_group_and_goes_on() -> None:
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        threading.Timer(0.2, lambda: signal.raise_signal(signal.SIGINT)).start()

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            proc.run(["sh", "-c", "echo $$; sleep 60"], on_line=on_line)
    finally:
        signal.signal(signal.SIGINT, before)
    assert gone(pids[0])


def test_an_error_in_a_callback_ends_the_group_too() -> None:
    pids: list[int] = []

    def on_line(line: str) -> None:
        pids.append(int(line))
        raise RuntimeError("reader broke")

    with pytest.raises(RuntimeError, match="reader broke"):
        proc.run(["sh", "-c", "echo $$; sleep 60"], on_line=on_line)
    assert gone(pids[0])


def test_stdin_is_given_whole_or_empty() -> None:
    assert proc.run(["cat"]).output == ""
    text = "ä" * 300_000
    assert proc.run(["cat"], stdin_text=text).output == text
    assert proc.run(["true"], stdin_text=text).returncode == 0


@pytest.mark.parametrize("name", ["no-such-program-here", "/etc/passwd"])
def test_a_program_that_cannot_start_is_named(name: str) -> None:
    with pytest.raises(proc.CommandNotFound, match=name) as caught:
        proc.run([name])
    assert caught.value.exit_code == 7


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(InfrastructureError, match="no such folder"):
        proc.run(["true"], cwd=tmp_path / "nowhere")


def test_clean_environment_holds_only_what_commands_may_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTEST_ADDOPTS", "PYTHONPATH", "LD_PRELOAD", "GIT_DIR"):
        monkeypatch.setenv(name, "x")
    environment = proc.clean_environment(EXTRA="1")
    assert set(environment) <= {"PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "EXTRA"}
    assert environment["EXTRA"] == "1"
    assert proc.run([sys.executable, "-c", "import os; print(len(os.environ))"], env={}).output.strip() in {"0", "1"}
