"""Run sealed gates in a clean process and report what happened; the verdict is made elsewhere (judge.py)."""

from __future__ import annotations

import contextlib
import json
import secrets
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from op_pipeline import proc, sandbox
from op_pipeline.errors import InfrastructureError
from op_pipeline.gates.following import TAIL, Emit, Follower, trim
from op_pipeline.gates.lines import KEY_BYTES
from op_pipeline.gates.seal import verify_seal
from op_pipeline.gates.workers.commands import scratch_folder, worker_commands
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
SCHEDULES = 3
DEVICE_LOGS = "device"  # below the run's folder, where the target has a device of its own
FIRST_CALL, FIRST_RUN = 1, 6  # stages from which gates need the host worker, the device worker


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
    confine: str = "auto",
    substitute: Literal["noop", "watermark"] | None = None,
) -> GateRun:
    """Build the operation of `tree`, then have a judge run the gates' tests for at most `deadline` seconds.

    The judge is a process without candidate code; two workers, confined as `confine` says (see `sandbox.strength`), run
    that for it. `substitute` has the judge put other kernels in place of the candidate's (kit.running). Writes
    stream.jsonl and output.txt into `out`. A gate whose seal is broken is not run, and a stream with a line that is not
    the judge's is not believed: the result then holds one failure of class tampered_gate. Raises InfrastructureError
    when `out` cannot be written or the workers cannot be confined as wanted.
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
    strength = sandbox.strength(confine)
    key = secrets.token_bytes(KEY_BYTES)
    follower = Follower(_prepare(out), key, emit)
    config = _config(gates, tree, prepared, out, seed, target.name, pytest_args) | {"substitute": substitute}
    with contextlib.ExitStack() as stack:
        problem = _reserve(stack, prepared, stages, out)
        if problem:
            return GateRun(stages, (), (), None, False, 0.0, target.name, prepared.seconds, env_problem=problem)
        started = time.monotonic()  # waiting for a device is not the candidate's
        done = _judge(config, prepared, out, deadline, follower, key, strength)
        seconds = time.monotonic() - started
    (out / "output.txt").write_text(trim(done.output, OUTPUT_KEPT), encoding="utf-8")
    return _gate_run(stages, follower, done, prepared, seconds, target.name, strength)


def _reserve(stack: contextlib.ExitStack, prepared: Prepared, stages: Sequence[int], out: Path) -> str:
    """Hold the target's own device, if it has one and these stages run programs; why it is not to be had."""
    if prepared.device is None or max(stages) < FIRST_RUN:
        return ""
    try:
        stack.enter_context(prepared.device.reserved(out / DEVICE_LOGS))
    except InfrastructureError as error:
        return f"{error}: {error.hint}" if error.hint else str(error)
    return ""


def _judge(  # noqa: PLR0917 - everything that the judge and its workers need
    config: dict[str, Any],
    prepared: Prepared,
    out: Path,
    deadline: float,
    follower: Follower,
    key: bytes,
    strength: sandbox.Strength,
) -> proc.Completed:
    """Run the judge to its end, following its stream."""
    with scratch_folder() as scratch:
        schedule = schedule_seeds(config["seed"])
        if prepared.device is not None:
            deadline *= prepared.device.patience
        workers = worker_commands(
            prepared, Path(config["tree"]), scratch, deadline, schedule, strength, out / DEVICE_LOGS
        )
        done = proc.run(
            [sys.executable, "-I", "-B", "-u", CHILD],
            cwd=out,
            env=_environment(prepared, out),
            deadline=deadline,
            on_line=lambda _: follower.poll(),
            stdin_text=json.dumps({"key": key.hex(), "config": config | {"workers": workers}}),
        )
    follower.finish(done)
    return done


def _gate_run(  # noqa: PLR0917 - everything that is known
    stages: tuple[int, ...],
    follower: Follower,
    done: proc.Completed,
    prepared: Prepared,
    seconds: float,
    target: str,
    strength: str,
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
        sandbox=str(strength),
    )


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


def _environment(prepared: Prepared, out: Path) -> dict[str, str]:
    return proc.clean_environment(
        **prepared.env,
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
        PYTHONDONTWRITEBYTECODE="1",
        **proc.ONE_THREAD,
        PYTEST_DEBUG_TEMPROOT=str(out),
    )


def _prepare(out: Path) -> Path:
    """Make the run's folder ready; the path of the stream."""
    stream = out / "stream.jsonl"
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "pytest.ini").write_text(INI, encoding="utf-8")
        stream.unlink(missing_ok=True)
    except OSError as error:
        raise InfrastructureError(f"cannot write to {out}: {error}") from error
    return stream


def _config(  # noqa: PLR0917 - what the judge is told, over its stdin: no file holds the seed
    gates: Sequence[Gate],
    tree: Path,
    prepared: Prepared,
    out: Path,
    seed: str,
    target: str,
    pytest_args: Sequence[str],
) -> dict[str, Any]:
    root = gates[0].root.resolve()
    tests = [name for gate in gates for name in gate.files if Path(name).name.startswith("test_")]
    built = prepared.env.get("OP_PIPELINE_OPERATIONS", "")
    last = max(gate.stage for gate in gates) if built else 0
    return {
        "root": str(root),
        "ini": str(out / "pytest.ini"),
        "stream": str(out / "stream.jsonl"),
        "files": [str(root / name) for name in tests],
        "tree": str(tree.resolve()),
        "target": target,
        "seed": seed,
        "problem": None if prepared.problem is None else asdict(prepared.problem),
        "operations": built,
        "device_seconds": None if prepared.device is None else prepared.device.answer_seconds,
        "pytest_args": list(pytest_args),
        # Workers that are surely needed load while the judge does; the others start when a test asks for them.
        "start": [name for name, first in (("host", FIRST_CALL), ("device", FIRST_RUN)) if last >= first],
    }


def _env_problem(results: Sequence[TestResult], follower: Follower, done: proc.Completed) -> str:
    for result in results:
        if result.kind is FailureClass.ENV_ERROR:
            return result.message
    if not done.timed_out and follower.status is None and not results and not follower.collected:
        return f"the gate's process did not get to its tests (status {done.returncode}): {trim(done.output, 1000)}"
    return ""
