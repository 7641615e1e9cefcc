"""Gates without pytest: rendered, sealed and judged by the real code, run by a twenty-line process.

A run takes some 30 ms instead of half a second, which is what lets tests kill the engine at every event.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline import proc
from op_pipeline.engine.gating import Gatekeeper
from op_pipeline.events import AnyEvent, TestFinished, TestStarted
from op_pipeline.models import FailureClass, Gate, GateRun, TestOutcome, TestResult

if TYPE_CHECKING:
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Target

_SOURCES = Path(__file__).resolve().parents[2]

# Stands in for `op_pipeline.gates.kit` in the gate's process.
_RUNNER = """
import json, sys, types
sys.path.insert(0, sys.argv[1])
from pathlib import Path
class GateFailure(Exception):
    pass
def require(condition, kind, message):
    if not condition:
        raise GateFailure(str(kind.value), message)
for name in ("op_pipeline.gates", "op_pipeline.gates.kit"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["op_pipeline.gates.kit"].require = require
def say(**record):
    print("\\x1e" + json.dumps(record), flush=True)
root, tree = Path(sys.argv[2]), Path(sys.argv[3])
for name in sys.argv[4:]:
    space = {"__name__": "gate"}
    exec(compile((root / name).read_text(), name, "exec"), space)
    for key, test in list(space.items()):
        if key.startswith("test_"):
            record = {"test": f"{name}::{key}", "guard": bool(getattr(test, "guard", False))}
            say(event="start", **record)
            try:
                test(tree)
            except GateFailure as error:
                say(event="end", outcome="failed", kind=error.args[0], message=error.args[1], **record)
            except Exception as error:
                say(event="end", outcome="failed", kind=None, message=repr(error), **record)
            else:
                say(event="end", outcome="passed", kind=None, message="", **record)
say(event="finish")
"""


class ScriptGates(Gatekeeper):
    """The real gatekeeper, but for how tests are run. `runs` counts the gate runs, `parts` are its surroundings."""

    def __init__(self) -> None:
        self.runs = 0
        self.parts = {"gates": "scripted"}

    def environment(self, target: Target) -> dict[str, str]:
        """Whatever a test says it is."""
        return {**self.parts, "target": target.name}

    def run(
        self,
        gates: Sequence[Gate],
        *,
        spec: Spec,
        tree: Path,
        target: Target,
        out: Path,
        seed: str,
        deadline: float,
        emit: Callable[[AnyEvent], None],
        pytest_args: Sequence[str] = (),
        confine: str = "auto",
    ) -> GateRun:
        """Run the gates' functions in one process."""
        del spec, seed, pytest_args, confine
        self.runs += 1
        out.mkdir(parents=True, exist_ok=True)
        root = gates[0].root
        files = [name for gate in gates for name in gate.files if name.endswith(".py")]
        records: list[dict[str, Any]] = []

        def on_line(line: str) -> None:
            if line.startswith("\x1e"):
                record = json.loads(line[1:])
                records.append(record)
                _tell(record, emit)

        command = [sys.executable, "-I", "-S", "-B", "-c", _RUNNER, str(_SOURCES), str(root), str(tree), *files]
        started = time.monotonic()
        done = proc.run(command, env=proc.clean_environment(), deadline=deadline, on_line=on_line)
        (out / "output.txt").write_text(done.output, encoding="utf-8")
        (out / "stream.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records), encoding="utf-8")
        finished = any(record["event"] == "finish" for record in records)
        results = _results(records, timed_out=done.timed_out)
        return GateRun(
            stages=tuple(gate.stage for gate in gates),
            results=results,
            collected=tuple(result.test for result in results),
            exit_status=_exit_status(results) if finished else None,
            timed_out=done.timed_out,
            seconds=time.monotonic() - started,
            target=target.name,
            output_tail=done.output[-4000:],
        )


def _tell(record: dict[str, Any], emit: Callable[[AnyEvent], None]) -> None:
    if record["event"] == "start":
        emit(TestStarted(test=record["test"]))
    elif record["event"] == "end":
        emit(TestFinished(test=record["test"], outcome=TestOutcome(record["outcome"]), message=record["message"]))


def _results(records: Sequence[dict[str, Any]], *, timed_out: bool) -> tuple[TestResult, ...]:
    ended = {record["test"]: record for record in records if record["event"] == "end"}
    results = []
    for record in records:
        if record["event"] != "start":
            continue
        name = record["test"]
        end = ended.get(name)
        if end is None:
            kind = FailureClass.HANG_UNKNOWN if timed_out else None
            results.append(TestResult(name, TestOutcome.HUNG if timed_out else TestOutcome.FAILED, kind=kind))
            continue
        results.append(
            TestResult(
                name,
                TestOutcome(end["outcome"]),
                guard=end["guard"],
                kind=FailureClass(end["kind"]) if end["kind"] else None,
                message=end["message"],
            )
        )
    return tuple(results)


def _exit_status(results: Sequence[TestResult]) -> int:
    """Pytest's own: 0 all passed, 1 some failed, 5 nothing collected."""
    if not results:
        return 5
    return 0 if all(result.outcome is TestOutcome.PASSED for result in results) else 1
