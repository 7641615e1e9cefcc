"""Run sealed gates in a clean process and report what happened; the verdict is made elsewhere (judge.py)."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.events import AnyEvent, TestFinished, TestStarted
from op_pipeline.gates.seal import verify_seal
from op_pipeline.models import FailureClass, Gate, GateRun, TestOutcome, TestResult

if TYPE_CHECKING:
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Prepared, Target

CHILD = Path(__file__).with_name("child.py")
INI = """[pytest]
python_files = test_*.py
markers =
    guard: may be green before the attempt
filterwarnings =
    ignore
"""
OUTPUT_KEPT = 200_000  # characters, from the end
TAIL = 4_000
SCHEDULES = 3

Emit = Callable[[AnyEvent], None]


def run_gates(
    gates: Sequence[Gate],
    *,
    spec: Spec,
    tree: Path,
    target: Target,
    out: Path,
    seed: str,
    deadline: float,
    emit: Emit | None = None,
    pytest_args: Sequence[str] = (),
) -> GateRun:
    """Build the operation of `tree`, then run the gates' tests in one child process for at most `deadline` seconds.

    Writes stream.jsonl, output.txt and the child's run.json into `out`. A gate whose seal is broken is not run: the
    result then holds one failure of class tampered_gate. Raises InfrastructureError when `out` cannot be written.
    """
    if not gates or len({gate.root for gate in gates}) != 1:
        raise ValueError("gates of one run share one root, and there is at least one")
    out = out.resolve()  # it becomes the child's working folder
    stages = tuple(gate.stage for gate in gates)
    tampered = _tampered(gates)
    if tampered:
        return GateRun(stages, tampered, (), None, False, 0.0, target.name)
    prepared = target.prepare(spec, tree)
    if prepared.problem is not None and prepared.problem.kind is FailureClass.ENV_ERROR:
        message = prepared.problem.message
        return GateRun(stages, (), (), None, False, 0.0, target.name, prepared.seconds, env_problem=message)
    stream = _write_config(gates, tree, prepared, out, seed, target.name, pytest_args)
    follower = _Follower(stream, emit)
    started = time.monotonic()
    done = proc.run(
        [sys.executable, "-I", "-B", "-u", CHILD, out / "run.json"],
        cwd=out,
        env=_environment(prepared, seed, out),
        deadline=deadline,
        on_line=lambda _: follower.poll(),
    )
    seconds = time.monotonic() - started
    follower.poll()
    (out / "output.txt").write_text(trim(done.output, OUTPUT_KEPT), encoding="utf-8")
    return _gate_run(stages, follower, done, prepared, seconds, target.name)


def _gate_run(  # noqa: PLR0917 - everything that is known
    stages: tuple[int, ...],
    follower: _Follower,
    done: proc.Completed,
    prepared: Prepared,
    seconds: float,
    target: str,
) -> GateRun:
    results = follower.results(done)
    return GateRun(
        stages=stages,
        results=results,
        collected=follower.collected,
        exit_status=None if done.timed_out or follower.status is None else done.returncode,
        timed_out=done.timed_out,
        seconds=seconds,
        target=target,
        build_seconds=prepared.seconds,
        env_problem=_env_problem(results, follower, done),
        output_tail=trim(done.output, TAIL),
    )


def trim(text: str, limit: int) -> str:
    """The end of a text, with a line that says how much was left out."""
    if len(text) <= limit:
        return text
    return f"… {len(text) - limit} characters left out …\n{text[-limit:]}"


def schedule_seeds(seed: str) -> str:
    """Three schedule seeds from the run's seed, in the form the emulator reads.

    They alternate between odd and even: under odd seeds data moves at the barrier only (docs/emulator.md), so each gate
    sees both ways.
    """
    import hashlib  # noqa: PLC0415

    digest = hashlib.sha256(f"schedule {seed}".encode()).digest()
    words = [int.from_bytes(digest[4 * i : 4 * i + 4], "big") for i in range(SCHEDULES)]
    return ",".join(str(word & ~1 | (i + 1) % 2) for i, word in enumerate(words))


def _tampered(gates: Sequence[Gate]) -> tuple[TestResult, ...]:
    found: list[TestResult] = []
    for gate in gates:
        problems = verify_seal(gate)
        if problems:
            message = f"gate {gate.stage} is not what was rendered: {', '.join(problems)}"
            name = f"stage_{gate.stage}"
            found.append(TestResult(name, TestOutcome.ERROR, kind=FailureClass.TAMPERED_GATE, message=message))
    return tuple(found)


def _environment(prepared: Prepared, seed: str, out: Path) -> dict[str, str]:
    return proc.clean_environment(
        **prepared.env,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTHONDONTWRITEBYTECODE="1",
        OP_EMULATOR_SEED=schedule_seeds(seed),
        # Thread pools of NumPy's BLAS cost more than they give on tiles, and their sums depend on the split.
        OMP_NUM_THREADS="1",
        OPENBLAS_NUM_THREADS="1",
        PYTEST_DEBUG_TEMPROOT=str(out),
    )


def _write_config(  # noqa: PLR0917 - what the child is told
    gates: Sequence[Gate],
    tree: Path,
    prepared: Prepared,
    out: Path,
    seed: str,
    target: str,
    pytest_args: Sequence[str],
) -> Path:
    """Write what the child reads; the path of the stream it writes."""
    root = gates[0].root.resolve()
    tests = [name for gate in gates for name in gate.files if Path(name).name.startswith("test_")]
    config = {
        "root": str(root),
        "ini": str(out.resolve() / "pytest.ini"),
        "stream": str(out.resolve() / "stream.jsonl"),
        "files": [str(root / name) for name in tests],
        "tree": str(tree.resolve()),
        "target": target,
        "seed": seed,
        "problem": None if prepared.problem is None else asdict(prepared.problem),
        "operations": prepared.env.get("OP_PIPELINE_OPERATIONS", ""),
        "pytest_args": list(pytest_args),
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "pytest.ini").write_text(INI, encoding="utf-8")
        (out / "stream.jsonl").unlink(missing_ok=True)
        (out / "run.json").write_text(json.dumps(config, indent=1), encoding="utf-8")
    except OSError as error:
        raise InfrastructureError(f"cannot write to {out}: {error}") from error
    return out / "stream.jsonl"


class _Follower:
    """Reads the stream while the child runs; what is known when it ends is the result."""

    def __init__(self, path: Path, emit: Emit | None) -> None:
        self._path, self._emit = path, emit
        self._position = 0
        self._started: dict[str, float] = {}
        self._results: list[TestResult] = []
        self.collected: tuple[str, ...] = ()
        self.status: int | None = None

    def poll(self) -> None:
        """Take in the whole lines that were added."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                added = file.read()
        except FileNotFoundError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._position += len(whole)
        for line in whole.splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                self._take(record)

    def _take(self, record: Mapping[str, Any]) -> None:
        match record.get("event"):
            case "collected":
                self.collected = tuple(str(name) for name in record["ids"])
            case "start":
                self._started[record["test"]] = time.monotonic()
                if self._emit is not None:
                    self._emit(TestStarted(test=record["test"]))
            case "end":
                self._started.pop(record["test"], None)
                self._end(_result(record))
            case "collection_error":
                message = f"cannot be collected: {record['message']}"
                self._end(TestResult(record["test"] or "collection", TestOutcome.ERROR, message=message))
            case "finish":
                self.status = int(record["status"])

    def _end(self, result: TestResult) -> None:
        self._results.append(result)
        if self._emit is not None:
            self._emit(
                TestFinished(
                    test=result.test,
                    outcome=result.outcome,
                    seconds=result.seconds,
                    message=result.message[:500],
                    figures=dict(result.figures),
                )
            )

    def results(self, done: proc.Completed) -> tuple[TestResult, ...]:
        """All results; a test that started and never ended hung, or took the process with it."""
        for name, since in self._started.items():
            self._end(_unfinished(name, time.monotonic() - since, done))
        self._started.clear()
        return tuple(self._results)


def _result(record: Mapping[str, Any]) -> TestResult:
    kind = record.get("kind")
    return TestResult(
        test=record["test"],
        outcome=TestOutcome(record["outcome"]),
        seconds=float(record.get("seconds", 0.0)),
        guard=bool(record.get("guard", False)),
        kind=FailureClass(kind) if kind else None,
        message=record.get("message", ""),
        file=record.get("file", ""),
        line=int(record.get("line", 0)),
        excerpt=record.get("excerpt", ""),
        figures={str(key): float(value) for key, value in record.get("figures", {}).items()},
    )


def _unfinished(name: str, seconds: float, done: proc.Completed) -> TestResult:
    excerpt = trim(done.output, TAIL)
    if done.timed_out:
        message = f"no end after {seconds:.0f} s: the process group was stopped at the deadline"
        return TestResult(name, TestOutcome.HUNG, seconds, kind=FailureClass.HANG_UNKNOWN, message=message)
    return TestResult(name, TestOutcome.FAILED, seconds, message=how_it_died(done.returncode), excerpt=excerpt)


def how_it_died(returncode: int | None) -> str:
    """In words: the signal that ended the process, or its exit status."""
    if returncode is not None and returncode < 0:
        try:
            name = signal.Signals(-returncode).name
        except ValueError:
            name = f"signal {-returncode}"
        return f"the process was killed by {name} during this test"
    return f"the process ended with status {returncode} during this test"


def _env_problem(results: Sequence[TestResult], follower: _Follower, done: proc.Completed) -> str:
    for result in results:
        if result.kind is FailureClass.ENV_ERROR:
            return result.message
    if not done.timed_out and follower.status is None and not results and not follower.collected:
        return f"the gate's process did not get to its tests (status {done.returncode}): {trim(done.output, 1000)}"
    return ""
