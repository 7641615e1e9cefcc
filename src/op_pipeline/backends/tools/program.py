"""`inspect_program` and `emulate`: one call of the operation, described or run, in a process of its own."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline import proc, sandbox
from op_pipeline.backends.tools.toolbox import Answer, Toolbox, refusal
from op_pipeline.gates.contract import KINDS, contract_of
from op_pipeline.gates.following import trim
from op_pipeline.gates.runner import schedule_seeds
from op_pipeline.gates.workers.commands import scratch_folder, worker_commands
from op_pipeline.models import FailureClass
from op_pipeline.targets import Prepared

CHILD = Path(__file__).with_name("child.py")
INSPECT_SECONDS = 60.0
EMULATE_SECONDS = 120.0
MAX_ELEMENTS = 2**21  # of all inputs together: the emulator is for correctness, not for load


def inspect_program(
    box: Toolbox,
    *,
    shapes: Sequence[Sequence[int]] = (),
    dtype: str = "",
    parameters: Mapping[str, Any] | None = None,
    grid: str = "8x8",
) -> Answer:
    """What a call would launch: phases, output specs, kernels with arguments, circular buffers. No kernel runs."""
    request = _request(box, shapes, dtype, parameters, grid)
    if isinstance(request, Answer):
        return request
    return _child(box, "inspect_program", {**request, "kind": "randn", "dispatch": False, "seed": "0"}, INSPECT_SECONDS)


def emulate(
    box: Toolbox,
    *,
    shapes: Sequence[Sequence[int]] = (),
    dtype: str = "",
    parameters: Mapping[str, Any] | None = None,
    grid: str = "8x8",
    kind: str = "randn",
    seed: int = 0,
) -> Answer:
    """Run the operation once on seeded inputs, under three schedules: values beside the golden's, faults as records."""
    if kind not in KINDS:
        return refusal(f"no kind of inputs {kind!r}; there are: {', '.join(KINDS)}")
    request = _request(box, shapes, dtype, parameters, grid)
    if isinstance(request, Answer):
        return request
    return _child(box, "emulate", {**request, "kind": kind, "dispatch": True, "seed": str(seed)}, EMULATE_SECONDS)


def _request(
    box: Toolbox, shapes: Sequence[Sequence[int]], dtype: str, parameters: Mapping[str, Any] | None, grid: str
) -> dict[str, Any] | Answer:
    """What the child is to call; or why that makes no call."""
    task, spec = box.task, box.task.spec
    if not task.gates or task.target is None:
        return refusal("this attempt has no target that could run anything")
    contract = contract_of(spec)
    wanted = [tuple(int(extent) for extent in shape) for shape in shapes] or list(spec.shapes[0])
    case = tuple(wanted * len(spec.inputs) if len(wanted) == 1 else wanted)
    if len(case) != len(spec.inputs):
        return refusal(f"{len(case)} shapes for {len(spec.inputs)} inputs: give one for each, or one for all")
    if sum(_elements(shape) for shape in case) > MAX_ELEMENTS or not all(_elements(shape) > 0 for shape in case):
        return refusal(f"the inputs may have 1 to {MAX_ELEMENTS} elements together")
    if dtype and dtype not in contract["dtypes"]:
        return refusal(f"no dtype {dtype!r}; there are: {', '.join(contract['dtypes'])}")
    unknown = sorted(set(parameters or {}) - {item.name for item in spec.parameters})
    if unknown:
        return refusal(f"no parameter {', '.join(unknown)}; there are: {', '.join(i.name for i in spec.parameters)}")
    try:
        output_shape = spec.output_shape(case)
    except ValueError as error:
        return refusal(str(error))
    dtypes = contract["dtypes"][dtype or next(iter(contract["dtypes"]))]
    return {
        "contract": str((task.gates[-1].root / f"stage_{task.gates[-1].stage}").resolve()),
        "tree": str(task.tree.resolve()),
        "target": task.target.name,
        "shapes": {item.name: list(shape) for item, shape in zip(spec.inputs, case, strict=True)},
        "output_shape": list(output_shape),
        "dtypes": dtypes["inputs"],
        "output_dtype": dtypes["output"],
        "parameters": dict(parameters or {}),
        "grid": grid,
    }


def _elements(shape: Sequence[int]) -> int:
    product = 1
    for extent in shape:
        product *= extent
    return product


def _child(box: Toolbox, tool: str, request: dict[str, Any], seconds: float) -> Answer:
    task, target = box.task, box.target
    assert target is not None
    deadline = box.seconds(seconds)
    if deadline <= 1:
        return refusal("no time is left in this attempt")
    prepared = target.prepare(task.spec, task.tree)
    if prepared.problem is not None:
        if prepared.problem.kind is FailureClass.ENV_ERROR:
            return refusal(f"the operation could not be built, and that is not your doing: {prepared.problem.message}")
        return Answer({"failure": box.failure(prepared.problem)})
    out = box.folder(tool)
    request |= {"problem": None, "operations": prepared.env.get("OP_PIPELINE_OPERATIONS", ""), "shows_values": True}
    with scratch_folder() as scratch:
        schedule = schedule_seeds(request["seed"])
        strength = sandbox.strength(task.sandbox)
        request["workers"] = worker_commands(prepared, task.tree.resolve(), scratch, deadline, schedule, strength)
        (out / "request.json").write_text(json.dumps(request, indent=1), encoding="utf-8")
        done = proc.run(
            [sys.executable, "-I", "-B", "-u", CHILD, out / "request.json"],
            cwd=out,
            env=_environment(prepared),
            deadline=deadline,
        )
    (out / "output.txt").write_text(done.output, encoding="utf-8")
    return _result(box, out / "result.json", done, deadline)


def _environment(prepared: Prepared) -> dict[str, str]:
    return proc.clean_environment(
        **prepared.env,
        PYTHONDONTWRITEBYTECODE="1",
        **proc.ONE_THREAD,
    )


def _result(box: Toolbox, path: Path, done: proc.Completed, deadline: float) -> Answer:
    if done.timed_out:
        return Answer(
            {"failure": {"kind": str(FailureClass.HANG_UNKNOWN), "message": f"not over after {deadline:.0f} s"}}
        )
    try:
        data = json.loads(box.relative(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        tail = trim(box.relative(done.output), 2000)
        return Answer(
            {"failure": {"kind": str(FailureClass.UNKNOWN), "message": "the process ended early"}, "output": tail}
        )
    assert isinstance(data, dict)
    return Answer(data)
