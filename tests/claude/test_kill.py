"""Kill -9 of the whole program at spread instants of runs with Claude: nothing is paid twice, nothing goes on."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import proc
from op_pipeline.events import read_events
from op_pipeline.testing import STAGES as TOY_STAGES
from op_pipeline.testing import TOY_PATH, git, tiny_project
from op_pipeline.testing.desk import marked_processes
from op_pipeline.testing.scripted_api import Reply, Request, Script, ScriptedAPI, text, use

pytestmark = [pytest.mark.claude_cli, pytest.mark.slow]
KILLS = int(os.environ.get("OP_PIPELINE_TEST_KILLS", "5"))
STAGES = TOY_STAGES[:3]
EVENTS = 70  # of a run that nobody kills
LIMIT = 15_000  # tokens: too few for all stages, so that every chain meets it
NUMBERS = {name: number for number, name, _ in STAGES}
# One process of a run: the first, or one that goes on.
RUN = """
import os, sys
from pathlib import Path
from op_pipeline.engine import Interrupts, Request, run_pipeline
from op_pipeline.testing import ScriptGates
root, limit = Path(sys.argv[1]), int(sys.argv[2])
latest = root / "logs" / "latest"
run = os.readlink(latest) if latest.is_symlink() else None
interrupts = Interrupts()
with interrupts.installed():
    result = run_pipeline(Request(root / "spec.md", root, backend="claude", run=run, max_tokens=limit or None),
                          lambda event: None, interrupts=interrupts, keeper=ScriptGates())
print(result.status, result.reason)
sys.exit(result.exit_code)
"""


@dataclass
class Chain:
    """One operation from its first process to green, however many are killed on the way."""

    root: Path
    api: ScriptedAPI
    first: int = 0  # number of the server's requests before it
    limit: int = LIMIT
    killed: list[str] = field(default_factory=list)  # the events after which

    @classmethod
    def at(cls, root: Path, api: ScriptedAPI) -> Chain:
        tiny_project(root, stages=STAGES)
        (root / "pyproject.toml").write_text('[tool.op-pipeline]\nmodel = "claude-sonnet-5"\n')
        git(root, "add", "-A")
        git(root, "commit", "-qm", "settings")
        return cls(root, api, len(api.requests))

    @property
    def requests(self) -> Sequence[Request]:
        return self.api.requests[self.first :]

    def events(self) -> list[Any]:
        path = self.root / "logs" / "latest" / "events.jsonl"
        return read_events(path) if path.is_file() else []

    def process(self, after: int | None, pause: float = 0.0) -> int:
        """One process, killed so long after its event of that number; never when it has fewer. Its exit code."""
        log, before = self.root / "logs" / "latest" / "events.jsonl", len(self.events())
        ended = threading.Event()

        def kill() -> None:
            while not log.is_file() or log.read_bytes().count(b"\n") < before + (after or 0):
                if ended.wait(0.003):
                    return
            ended.wait(pause)
            for number in self.processes():
                os.kill(number, signal.SIGKILL)

        killer = threading.Thread(target=kill if after is not None else lambda: None)
        killer.start()
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = proc.run([sys.executable, "-c", RUN, str(self.root), str(self.limit)], env=environment, deadline=90)
        ended.set()
        killer.join()
        assert done.returncode in {0, 4, -signal.SIGKILL}, done.output
        if done.returncode == -signal.SIGKILL:
            last = self.events()[-1]
            self.killed.append(f"{last.stage}:{last.event}")
        if done.returncode == 4:
            self.check_limit()
            self.limit = 0  # the user lifts it
        return done.returncode

    def processes(self) -> list[int]:
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:2] == [b"-c"] and os.fsencode(self.root) in words:
                found.append(int(entry.name))
        return found

    def check_limit(self) -> None:
        """What the server was asked for, killed calls included, is above the limit by one call at most."""
        sizes = [size(request) for request in self.requests]
        asked = sum(event.event == "model_asked" for event in self.events())
        unseen = max(0, len(sizes) - asked)  # killed in the milliseconds between the request and its line in the log
        assert unseen <= 1
        assert sum(sizes) <= self.limit + (1 + unseen) * max(sizes)

    def check(self) -> None:
        """Every stage is green once; none was asked about after it was; nothing is left running."""
        until = time.monotonic() + 8
        while marked_processes(self.root) and time.monotonic() < until:
            time.sleep(0.1)
        assert not marked_processes(self.root)
        assert len(git(self.root, "log", "--format=%s", "main..op/toy").splitlines()) == len(STAGES)
        assert self.limit == 0, "it was met"
        order = [NUMBERS[request.stage] for request in self.requests]
        assert order == sorted(order)
        assert len(order) <= 2 * len(STAGES) + 2 * len(self.killed) + 2  # a kill, and the limit, cost a turn


def size(request: Request) -> int:
    """Tokens of a request and of its answer, as the scripted model counts them."""
    return len(json.dumps(request.body)) // 4 + 10


def test_killed_runs_are_resumed_without_paying_twice(tmp_path: Path, scripted_api: Callable[..., ScriptedAPI]) -> None:
    pytest.importorskip("claude_agent_sdk")
    chains: list[Chain] = []
    code = 0

    def model(request: Request) -> Reply:
        """Writes the stage's file, then stops; whatever happened before."""
        if request.results():
            return Reply([text("done")], input_tokens=size(request) - 10)
        path = chains[-1].root / "logs" / "worktrees" / "toy" / TOY_PATH / f"{NUMBERS[request.stage]}.txt"
        path.unlink(missing_ok=True)  # a file that is there would have to be read first
        write = use("Write", file_path=str(path), content="GOOD\n")
        return Reply([write], input_tokens=size(request) - 10, delay=0.05)

    api = scripted_api(Script(forever=model))
    for number in range(10 * KILLS):
        if sum(len(chain.killed) for chain in chains) >= KILLS:
            break
        if code == 0:
            chains.append(Chain.at(tmp_path / f"project-{number}", api))
        # Spread evenly, whatever their number: the golden section.
        code = chains[-1].process(3 + int(EVENTS * (number * 0.618034 % 1)), pause=number % 5 * 0.01)
        if code == 0:
            chains[-1].check()
    while code != 0:
        code = chains[-1].process(None)
    chains[-1].check()
    killed = [event for chain in chains for event in chain.killed]
    sizes = sorted(size(request) for request in api.requests)
    print(f"{len(killed)} kills in {len(chains)} runs, {len(sizes)} model calls of {sizes[0]} to {sizes[-1]} tokens;")
    print(f"killed after (stage:event) {' '.join(killed)}")
    assert len(killed) >= KILLS
