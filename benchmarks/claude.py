"""What an attempt of the claude backend costs besides model, tools and gates; and how fast a recording is replayed.

The genuine SDK and Claude Code against a scripted model that answers at once, on the tiny project. Every figure stands
beside a reference taken in the same run, because machines differ and drift. Run it with `make bench`, or
`python benchmarks/claude.py` in an environment where op-pipeline[claude] is installed.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from op_pipeline import proc
from op_pipeline.backends import Backend, Task, load_backend
from op_pipeline.backends.prompting import render_task
from op_pipeline.engine import Request, run_pipeline
from op_pipeline.state import RunFolder
from op_pipeline.testing import STAGES, TOY_PATH, ScriptGates, commit_all, tiny_project
from op_pipeline.testing.replay import rehearse, replay
from op_pipeline.testing.scripted_api import Reply, Script, ScriptedAPI, text, use

RUNS = 3
LOOKS = 5  # turns of an attempt before it writes
# What the time before an event was spent on, from the event before it. Whatever is not here is the program's own.
MODEL, TOOLS, GATES, START, TURNS, END, ENGINE = "model", "tools", "gates", "start", "turns", "end", "engine"
PART_OF = {
    "agent_session": START,
    "model_call": MODEL,
    "tool_result": TOOLS,
    "attempt_finished": END,
    "test_started": GATES,
    "test_finished": GATES,
    "gate_finished": GATES,
}
TOLD = {
    START: "Claude Code and SDK start",
    "prompt": "  of that, prompt rendering",
    TURNS: "between calls and tools",
    END: "end of the process, edits taken in",
    ENGINE: "engine: events, git, seals, commit",
}


@dataclass
class Clock:
    """Seconds of every attempt, by part."""

    attempts: dict[tuple[int, int], dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    last: float = 0.0
    run: int = 0

    def __call__(self, event: Any) -> None:
        """Charge the time since the event before."""
        now = time.perf_counter()
        if event.stage is not None:
            part = PART_OF.get(event.event, TURNS if event.event == "model_asked" else ENGINE)
            # A tool call is told of before the call that asked for it is counted.
            part = MODEL if event.event in {"tool_call", "agent_message"} else part
            parts = self.attempts[self.run, event.stage]
            parts[part] = parts.get(part, 0.0) + now - self.last
        self.last = now


@dataclass
class Timed:
    """The claude backend; tells how long its prompts take to render."""

    inner: Backend
    rendering: list[float]
    name: str = "claude"

    def attempt(self, task: Task, emit: Any) -> Any:
        """One attempt."""
        started = time.perf_counter()
        render_task(task)
        self.rendering.append(time.perf_counter() - started)
        return self.inner.attempt(task, emit)


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """No credentials, settings or shell start-up files of the user's."""
    saved = dict(os.environ)
    for name in saved:
        if name.startswith(("ANTHROPIC_", "CLAUDE")):
            del os.environ[name]
    for who in ("AUTHOR", "COMMITTER"):
        os.environ |= {f"GIT_{who}_NAME": "bench", f"GIT_{who}_EMAIL": "bench@localhost"}
    os.environ["HOME"] = str(home)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)


def bare_turn() -> float:
    """Seconds of one turn that the SDK alone takes: start, question, answer, end."""
    import anyio  # noqa: PLC0415
    from claude_agent_sdk import ClaudeAgentOptions, ClaudeSDKClient  # noqa: PLC0415

    async def ask() -> None:
        options = ClaudeAgentOptions(setting_sources=[], tools=[], model="claude-sonnet-5")
        async with ClaudeSDKClient(options) as client:
            await client.query("Say done.")
            async for _ in client.receive_response():
                pass

    with ScriptedAPI(Script(forever=Reply([text("done")]))) as api:
        os.environ.update(api.environment() | {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"})
        started = time.perf_counter()
        anyio.run(ask)
        return time.perf_counter() - started


def turns(tree: Path) -> dict[str, list[Any]]:
    """Some looks around, the file, a last word; for every stage."""
    look = use("Read", file_path=str(tree / "README"))
    return {
        name: [
            *(Reply([{**look, "id": f"toolu_{number}_{n}"}]) for n in range(LOOKS)),
            Reply([use("Write", file_path=str(tree / TOY_PATH / f"{number}.txt"), content="GOOD\n")]),
            Reply([text("done")]),
        ]
        for number, name, _ in STAGES
    }


def record(root: Path, clock: Clock, rendering: list[float]) -> RunFolder:
    """One run of the tiny project."""
    tiny_project(root)
    (root / "pyproject.toml").write_text('[tool.op-pipeline]\nmodel = "claude-sonnet-5"\n', encoding="utf-8")
    commit_all(root, "settings")
    with ScriptedAPI([], stages=turns(root / "logs" / "worktrees" / "toy")) as api:
        os.environ.update(api.environment())
        backend = Timed(load_backend("claude", root), rendering)
        request = Request(root / "spec.md", root, backend="claude")
        clock.last = time.perf_counter()
        result = run_pipeline(request, clock, keeper=ScriptGates(), backend=backend)
        if not result:
            sys.exit(f"the run ended {result.status}: {result.reason}")
        api.assert_clean()
    clock.run += 1
    return RunFolder(result.folder)


def main() -> None:
    """Everything, in about a minute."""
    if importlib.util.find_spec("claude_agent_sdk") is None:
        print("claude-agent-sdk is not installed: nothing to measure")
        return
    clock = Clock()
    rendering: list[float] = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        with alone(folder):
            imported = proc.run([sys.executable, "-c", "import claude_agent_sdk"], deadline=60).seconds
            bare = median(bare_turn() for _ in range(RUNS))
            folders = [record(folder / f"project-{number}", clock, rendering) for number in range(RUNS)]
            root = folder / f"project-{RUNS - 1}"
            rehearsal = rehearse(folders[-1], root, folder / "replay")
            request = Request(rehearsal.spec, rehearsal.workspace, backend="claude")
            played = replay(rehearsal, request, lambda _: None, keeper=ScriptGates())
    tell(clock, median(rendering), bare, imported)
    if not played:
        sys.exit(f"the replay differs: {played.divergence}")
    took = f"{played.turns} turns in {played.turn_seconds:.1f} s"
    print(f"replay                                  {took}, {played.times_faster:.0f} x faster than 10 s a turn")


def tell(clock: Clock, rendering: float, bare: float, imported: float) -> None:
    """Medians over all attempts. The first of a process imports the SDK on top of it."""
    attempts = [parts for (run, stage), parts in clock.attempts.items() if (run, stage) != (0, STAGES[0][0])]
    own = [sum(parts.get(part, 0.0) for part in (START, TURNS, END, ENGINE)) for parts in attempts]
    count = LOOKS + 2
    share = 100 * median(own) / (median(own) + 10 * count)
    ratio = f"{median(own) / bare:5.2f} x bare SDK turn"
    print(f"overhead of an attempt of {count} turns      {1000 * median(own):6.0f} ms   {ratio}")
    print(f"  of an attempt at 10 s a turn          {share:6.1f} %")
    for part, words in TOLD.items():
        value = rendering if part == "prompt" else median(parts.get(part, 0.0) for parts in attempts)
        print(f"  {words:<38}{1000 * value:6.0f} ms")
    for part in (MODEL, TOOLS, GATES):
        value = median(parts.get(part, 0.0) for parts in attempts)
        print(f"not counted: {part:<27}{1000 * value:6.0f} ms")
    print(f"once a process: import of the SDK       {1000 * imported:6.0f} ms")


if __name__ == "__main__":
    main()
