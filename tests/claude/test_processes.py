"""When this program ends, however it ends, nothing it started goes on; the next process takes the conversation up."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import proc
from op_pipeline.backends.claude.surroundings import end_leftovers
from op_pipeline.testing.desk import Desk, marked_processes
from op_pipeline.testing.scripted_api import Hang, Reply, Script, text, use

DONE = Reply([text("done")])
# One attempt at an existing desk, in a process of its own.
ATTEMPT = """
import sys, time
from pathlib import Path
from op_pipeline.backends.claude import ClaudeBackend
from op_pipeline.engine import Interrupts
from op_pipeline.testing.desk import Desk
desk = Desk(Path(sys.argv[1]), None, tools=tuple(sys.argv[2].split(",")))
interrupts = Interrupts()
with interrupts.installed(), interrupts.allowed():
    print(ClaudeBackend(desk.settings).attempt(desk.task(deadline=time.monotonic() + 60), desk.events.append))
"""


def attempt_apart(desk: Desk, number: int, when: Any, tools: str = "Read,Write,Bash") -> tuple[proc.Completed, float]:
    """Run an attempt in another process, send it a signal as soon as `when()` holds; how it ended, and seconds after."""
    sent: list[float] = []

    def send() -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and not when():
            time.sleep(0.02)
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:2] == [b"-c"] and os.fsencode(desk.root) in words:
                sent.append(time.monotonic())
                os.kill(int(entry.name), number)

    sender = threading.Thread(target=send)
    sender.start()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = proc.run([sys.executable, "-c", ATTEMPT, str(desk.root), tools], env=environment, deadline=90)
    sender.join()
    assert sent, done.output
    return done, time.monotonic() - sent[0]


def gone(desk: Desk, seconds: float) -> bool:
    """Whether every process of the turn ends within that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not marked_processes(desk.root):
            return True
        time.sleep(0.05)
    return not marked_processes(desk.root)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=["KILL", "TERM", "INT"])
def test_cli_dies_with_this_program_while_the_model_thinks(desk: Desk, number: int) -> None:
    desk.api = desk.start(Script(forever=Hang()))
    _, seconds = attempt_apart(desk, number, lambda: len(desk.api.requests) > 0)
    assert seconds < 20
    assert gone(desk, 20)
    assert len(desk.api.requests) == 1


def test_shell_commands_die_too(desk: Desk) -> None:
    marker = desk.target.parent / "started"
    command = f"mkdir -p {marker.parent}; touch {marker}; tail -f /dev/null"
    desk.api = desk.start([Reply([use("Bash", command=command)])])
    attempt_apart(desk, signal.SIGKILL, marker.exists)
    assert gone(desk, 20)


def test_next_process_goes_on_with_the_conversation_and_counts_all(desk: Desk) -> None:
    desk.api = desk.start(
        [Reply([use("Read", file_path=str(desk.tree / "README"))], input_tokens=5000), Hang()],
    )
    attempt_apart(desk, signal.SIGKILL, lambda: len(desk.api.requests) > 1)
    known = json.loads((desk.stage_folder / "claude" / "conversation.json").read_text())
    session = desk.api.requests[0].session
    assert known["session"] == session
    assert known["open"] == 1
    outcome = desk.attempt(Reply([text("done")], input_tokens=300))
    request = desk.api.requests[0]
    assert outcome.failure is None
    assert request.session == session
    assert "The program was stopped during your turn" in request.user_texts()[-1]
    assert "formula: x * 2" in request.user_texts()[-1]
    # A CLI that still could save its totals reports the killed turn here; else only its logged calls tell of it.
    assert outcome.usage.input_tokens in {300, 5300}


def test_leftovers_are_found_by_their_mark() -> None:
    done = proc.run(
        ["sh", "-c", "setsid sh -c 'echo $$; exec tail -f /dev/null' & sleep 0.2"],
        env=proc.clean_environment(OP_PIPELINE_TURN="mark-of-a-test"),
        deadline=10,
    )
    number = int(done.output.split()[0])
    assert end_leftovers("another-mark") == 0
    assert Path(f"/proc/{number}").exists()
    assert end_leftovers("mark-of-a-test") == 1
    assert end_leftovers("") == 0
