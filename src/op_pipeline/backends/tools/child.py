"""Entry point of the process that calls the candidate's operation once: `python -I -B -u child.py request.json`.

Writes `result.json` beside the request. Isolated as a gate's process is; what the candidate breaks, it breaks here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from op_pipeline.gates.kit import Operation
    from op_pipeline.gates.kit.inputs import Sample

CORES_SHOWN = 4
VALUES_SHOWN = 8
FAULTS_SHOWN = 12


def main(request_path: str) -> int:
    """Make the call that the request describes. Exit status 0 when there is a result, whatever it says."""
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from op_pipeline.gates.kit import GateFailure  # noqa: PLC0415

    request = json.loads(Path(request_path).read_text(encoding="utf-8"))
    try:
        result = _call(request)
    except GateFailure as failure:
        result = {"failure": _failure(failure)}
    text = json.dumps(result, default=str)
    Path(request_path).with_name("result.json").write_text(text, encoding="utf-8")
    return 0


def _call(request: dict[str, Any]) -> dict[str, Any]:
    from op_pipeline.gates.kit import Operation  # noqa: PLC0415
    from op_pipeline.gates.kit.contract import Case, Contract, Dtypes  # noqa: PLC0415
    from op_pipeline.gates.kit.inputs import sample  # noqa: PLC0415
    from op_pipeline.gates.kit.surroundings import Surroundings  # noqa: PLC0415

    contract = Contract.load(Path(request["contract"]))
    surroundings = Surroundings(request)
    operation = Operation(contract, surroundings)
    shapes = {name: tuple(shape) for name, shape in request["shapes"].items()}
    case = Case("call", shapes, tuple(request["output_shape"]))
    dtypes = Dtypes("call", request["dtypes"], request["output_dtype"])
    drawn = sample(contract, case, dtypes, request["kind"], request["seed"])
    drawn.parameters.update(request["parameters"])
    try:
        return _launch(operation, drawn, request)
    finally:
        surroundings.close()


def _launch(operation: Operation, drawn: Sample, request: dict[str, Any]) -> dict[str, Any]:
    from op_pipeline.emulator import traffic  # noqa: PLC0415
    from op_pipeline.gates.kit import GateFailure  # noqa: PLC0415
    from op_pipeline.gates.kit.launches import launch_failure  # noqa: PLC0415

    call = operation.describe(drawn, grid=request["grid"])
    launch = call.inspection.launch or next(iter(call.reply.launches), None)
    result: dict[str, Any] = {}
    failure: GateFailure | None = None
    if request["dispatch"]:
        try:
            result |= _values(operation, drawn, operation.run_described(drawn, call, grid=request["grid"]))
            result["traffic"] = traffic.as_text(operation.surroundings.programs.report).splitlines()
        except GateFailure as found:
            failure = found
    elif call.inspection.error is not None:
        failure = launch_failure(launch, call.inspection.error)
        failure.__cause__ = call.inspection.error
    if failure is not None:
        result["failure"] = _failure(failure)
        result["faults"] = [_brief(record) for record in getattr(failure.__cause__, "records", [])[:FAULTS_SHOWN]]
    result["parameters"] = drawn.parameters
    if launch is not None:
        result["launched"] = _described(launch, kernels=not request["dispatch"])
    return result


def _brief(record: Any) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value not in ("", None)}


def _described(launch: Any, *, kernels: bool) -> dict[str, Any]:
    """A launch without what is the same on every core: arguments of the first cores stand for all."""
    program = launch.program
    run = [] if kernels or launch.image is None else ["dispatch"]
    described: dict[str, Any] = {"operation": launch.operation, "phases": [*launch.phases, *run]}
    if kernels:
        described["attributes"] = dict(launch.attributes)
        described["output_specs"] = launch.output_specs
        if launch.error:  # what would refuse the program if it were run now
            described["refused"] = launch.error
    if program is not None:
        described["circular_buffers"] = [_buffer(buffer) for buffer in program["circular_buffers"]]
    if program is not None and kernels:
        described["kernels"] = [_kernel(kernel) for kernel in program["kernels"]]
        described["semaphores"] = len(program["semaphores"])
    return described


def _kernel(kernel: dict[str, Any]) -> dict[str, Any]:
    arguments = kernel["runtime_args"]
    config = {key: value for key, value in kernel["config"].items() if key != "unpack_to_dest_mode"}
    modes = kernel["config"].get("unpack_to_dest_mode", [])
    fp32 = [index for index, mode in enumerate(modes) if mode == 0]
    shown = {
        "name": kernel["name"],
        "risc": kernel["risc"],
        "cores": len(kernel["cores"]),
        "compile_time_args": kernel["compile_time_args"],
        "named_compile_time_args": kernel["named_compile_time_args"],
        "runtime_args": {f"{x},{y}": values for (x, y), values in arguments[:CORES_SHOWN]},
        "cores_not_shown": max(0, len(arguments) - CORES_SHOWN),
        "common_runtime_args": kernel["common_runtime_args"],
        "defines": kernel["defines"],
        "config": {**config, "unpack_to_dest_fp32": fp32} if config else {},
    }
    return {key: value for key, value in shown.items() if value not in ([], {}, 0)}


def _buffer(buffer: dict[str, Any]) -> dict[str, Any]:
    pages = buffer["total_size"] // buffer["page_size"] if buffer["page_size"] else 0
    return {
        **{key: buffer[key] for key in ("index", "format", "page_size")},
        "pages": pages,
        "cores": len(buffer["cores"]),
    }


def _values(operation: Operation, drawn: Sample, output: Any) -> dict[str, Any]:
    """What came out beside what should have."""
    import numpy as np  # noqa: PLC0415

    from op_pipeline import numerics  # noqa: PLC0415

    got, want = np.asarray(output, dtype=np.float64), operation.expected(drawn)
    limits = operation.contract.limits(drawn.dtypes.output)
    verdict = numerics.compare(got, want, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2, dtype=drawn.dtypes.output)
    finite = got[np.isfinite(got)]
    return {
        "output": {
            "shape": list(output.shape),
            "dtype": drawn.dtypes.output,
            "minimum": float(finite.min()) if finite.size else None,
            "maximum": float(finite.max()) if finite.size else None,
            "mean": float(finite.mean()) if finite.size else None,
            "not_finite": int(got.size - finite.size),
            "first": _first(got),
        },
        "inputs_first": {name: _first(array) for name, array in drawn.arrays.items()},
        "expected_first": _first(want),
        "comparison": str(verdict),
        "within_tolerance": bool(verdict),
    }


def _first(array: Any) -> list[float]:
    return [float(f"{value:.7g}") for value in array.ravel()[:VALUES_SHOWN]]


def _failure(failure: Any) -> dict[str, Any]:
    return {"kind": str(failure.kind), "message": failure.message, "file": failure.file, "line": failure.line}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
