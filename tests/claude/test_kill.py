"""Kill -9 of the whole program at spread instants of a run with Claude: nothing is paid twice, nothing goes on."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.testing import STAGES, TOY_PATH, git, tiny_project
from op_pipeline.testing.desk import marked_processes
from op_pipeline.testing.scripted_api import Reply, Request, Script, ScriptedAPI, text, use

pytestmark = [pytest.mark.claude_cli, pytest.mark.slow]
KILLS = int(os.environ.get("OP_PIPELINE_TEST_KILLS", "5"))
SPREAD = 0.8  # seconds after the first model call of a process: its turn, the gate, the commit, the next stage
NUMBERS = {name: number for number, name, _ in STAGES}
# One process of a run: the first, or one that goes on.
RUN = """
import os, sys
from pathlib import Path
from op_pipeline.engine import Interrupts, Request, run_pipeline
from op_pipeline.testing import ScriptGates
root = Path(sys.argv[1])
latest = root / "logs" / "latest"
run = os.readlink(latest) if latest.is_symlink() else None
interrupts = Interrupts()
with interrupts.installed():
    result = run_pipeline(Request(root / "spec.md", root, backend="claude", run=run), lambda event: None,
                          interrupts=interrupts, keeper=ScriptGates())
print(result.status, result.reason)
sys.exit(result.exit_code)
"""


def start(root: Path, asked: Callable[[], bool], seconds: float) -> proc.Completed:
    """One process, killed that many seconds after `asked()` came true; never when it does not."""
    ended = threading.Event()

    def kill() -> None:
        while not asked():
            if ended.wait(0.01):
                return
        ended.wait(seconds)
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:2] == [b"-c"] and os.fsencode(root) in words:
                os.kill(int(entry.name), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = proc.run([sys.executable, "-c", RUN, str(root)], env=environment, deadline=90)
    ended.set()
    killer.join()
    return done


def test_killed_run_is_resumed_without_paying_twice(tmp_path: Path, scripted_api: Callable[..., ScriptedAPI]) -> None:
    pytest.importorskip("claude_agent_sdk")
    root = tiny_project(tmp_path / "project")
    (root / "pyproject.toml").write_text('[tool.op-pipeline]\nmodel = "claude-sonnet-5"\n')
    git(root, "add", "-A")
    git(root, "commit", "-qm", "settings")

    def model(request: Request) -> Reply:
        """Writes the stage's file, then stops; whatever happened before."""
        if request.results():
            return Reply([text("done")])
        path = root / "logs" / "worktrees" / "toy" / TOY_PATH / f"{NUMBERS[request.stage]}.txt"
        path.unlink(missing_ok=True)  # a file that is there would have to be read first
        return Reply([use("Write", file_path=str(path), content="GOOD\n")], delay=0.1)

    api = scripted_api(Script(forever=model))
    killed = 0
    for number in range(KILLS):
        before = len(api.requests)
        done = start(root, lambda before=before: len(api.requests) > before, SPREAD * number / KILLS)  # type: ignore[misc]
        killed += done.returncode == -signal.SIGKILL
        if done.returncode == 0:
            break
    done = start(root, lambda: False, 0)
    until = time.monotonic() + 8
    while marked_processes(root) and time.monotonic() < until:
        time.sleep(0.1)
    assert done.returncode == 0, done.output
    assert killed >= min(2, KILLS)
    assert len(git(root, "log", "--format=%s", "main..op/toy").splitlines()) == len(STAGES)
    order = [NUMBERS[request.stage] for request in api.requests]
    assert order == sorted(order)  # a green stage is never asked about again
    assert len(order) <= 2 * len(STAGES) + 2 * killed  # each kill costs the turn that it hit, no more
    assert not marked_processes(root)
