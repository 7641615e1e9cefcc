"""Runs what a host worker described: the judge checks sources and compiles them, the device worker runs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from op_pipeline.errors import PipelineError
from op_pipeline.gates.kit.failure import GateFailure, from_exception
from op_pipeline.gates.workers.client import Worker
from op_pipeline.gates.workers.described import Launch, Unfit, exception
from op_pipeline.gates.workers.wire import Message
from op_pipeline.models import FailureClass

# The emulator ends a run by itself after 120 s, and a gate has three of them.
DEVICE_SECONDS = 3 * 120.0 + 30.0
NOTHING = "void kernel_main() {}\n"


@dataclass(frozen=True)
class Place:
    """A tensor in device memory, with the fields of emulator.execution.Placed."""

    shape: tuple[int, ...]
    dtype: str
    layout: str
    memory: str
    address: int
    pad_value: float | None = None
    sharding: Mapping[str, Any] | None = None


class Programs:
    """Compiles and runs described programs. `tree` is the work tree that kernel sources must lie in.

    `report` is what the device worker told of the last run (emulator.execution.Executed); nothing is judged by it.
    Nor by `traces`, recorded where `trace_events` is more than 0: what emulator.execution.recorded_traces gives.
    """

    def __init__(self, worker: Worker, tree: Path, seconds: float = DEVICE_SECONDS) -> None:
        self.worker, self._seconds = worker, seconds
        self._tree = tree.resolve()
        self.report: dict[str, Any] = {}
        self.trace_events = 0
        self.traces: list[dict[str, Any]] = []

    def compiled(self, launch: Launch, *, empty: bool = False) -> dict[str, Any]:
        """What the device worker is given of a launch. With `empty`, every kernel is replaced by one that does nothing.

        Raises GateFailure: protocol_error for a source outside of the tree, compile_error for one that does not
        compile, crash for an image that is none.
        """
        from op_pipeline.emulator import execution, toolchain  # noqa: PLC0415 - stages without kernels start faster

        image = launch.image
        if image is None:
            raise GateFailure(FailureClass.NOT_IMPLEMENTED, f"{launch.operation} described no program")
        try:
            kernels = _kernels(image)
            for kernel in kernels:
                self._check_source(kernel)
            if empty:
                image = {**image, "kernels": [_emptied(kernel) for kernel in kernels]}
            libraries = toolchain.compile_kernels(execution.kernel_requests(image))
        except GateFailure:
            raise
        except PipelineError as error:
            hint = f": {error.hint}" if error.hint else ""
            raise GateFailure(FailureClass.ENV_ERROR, f"{error}{hint}") from error
        except Exception as error:
            raise from_exception(error) or _no_program(error) from error
        return {"image": image, "live": [list(entry) for entry in launch.live], "libraries": libraries}

    def _check_source(self, kernel: Mapping[str, Any]) -> None:
        """Sources and include folders of a kernel lie in the tree, links resolved; text has no place."""
        paths = [str(path) for path in kernel.get("include_paths", ())]
        if not kernel.get("is_source_text"):
            source, name = str(kernel["source"]), str(kernel["name"])
            # The toolchain takes what stands before the name for the root of the tree, and lets headers in from there.
            root = source.removesuffix(f"/{name}")
            paths += [source, *([root or "/"] if root != source else [])]
        for path in paths:
            if not Path(path).resolve().is_relative_to(self._tree):
                message = f"a kernel is made from {path}, which is not in the work tree"
                raise GateFailure(FailureClass.PROTOCOL_ERROR, message, file=path)

    def run(
        self, grid: str, launches: Sequence[Mapping[str, Any]], inputs: Sequence[tuple[Place, Any]], output: Place
    ) -> np.ndarray[Any, Any]:
        """The output after all launches on a fresh device; raises GateFailure as `Worker.request`, or for a fault."""
        body = {
            "grid": grid,
            "launches": list(launches),
            "inputs": [asdict(place) for place, _ in inputs],
            "output": asdict(output),
            "trace_events": self.trace_events,
        }
        arrays = [array for _, array in inputs]
        reply = self.worker.request("execute", body, arrays, seconds=self._seconds, doing="running the kernels")
        if "failure" in reply.body:
            raise self._declared(reply.body["failure"])
        arrays = self._without_traces(reply)
        if "error" in reply.body:
            raise self._failure(reply.body["error"])
        # What was put into the output's own memory (a watermark) is there to be written over.
        self._require_unchanged(reply.body.get("changed"), [place == output for place, _ in inputs])
        if len(arrays) != 1 or arrays[0].shape != output.shape:
            shapes = ", ".join(str(array.shape) for array in arrays)
            raise self.worker.nonsense(f"an output of shape {output.shape} was asked for, not of {shapes or 'none'}")
        self.report = dict(reply.body["report"]) if isinstance(reply.body.get("report"), dict) else {}
        result: np.ndarray[Any, Any] = arrays[0]
        return result

    def _without_traces(self, reply: Message) -> list[Any]:
        """Keep the traces of a reply; its other arrays."""
        told, arrays = reply.body.get("traces", []), list(reply.arrays)
        if not self.trace_events:
            return arrays
        if not isinstance(told, list) or len(told) > len(arrays) or not all(isinstance(item, dict) for item in told):
            raise self.worker.nonsense("it does not say what it recorded")
        first = len(arrays) - len(told)
        self.traces = [{**item, "events": array} for item, array in zip(told, arrays[first:], strict=True)]
        return arrays[:first]

    def _require_unchanged(self, changed: Any, planted: Sequence[bool]) -> None:
        """Inputs belong to the caller, who may go on to use them."""
        count = len(planted)
        if not isinstance(changed, list) or any(
            type(number) is not int or not 0 <= number < count for number in changed
        ):
            raise self.worker.nonsense("it does not say which inputs were written over")
        changed = [number for number in changed if not planted[number]]
        if changed:
            message = f"the kernels write over input {changed[0]}; inputs belong to the caller"
            raise GateFailure(FailureClass.PROTOCOL_ERROR, message)

    def _declared(self, told: Any) -> GateFailure:
        """What a device worker that judges by itself found (target simulator, hardware)."""
        try:
            kind, line = FailureClass(told["kind"]), int(told["line"])
            message, file, excerpt = str(told["message"]), str(told["file"]), str(told["excerpt"])
        except (KeyError, TypeError, ValueError) as error:
            return self.worker.nonsense(f"its failure is none: {error}")
        return GateFailure(kind, message, file=file, line=line, excerpt=excerpt)

    def _failure(self, told: Any) -> GateFailure:
        try:
            error = exception(told)
        except Unfit as unfit:
            return self.worker.nonsense(str(unfit))
        declared = from_exception(error)
        if declared is not None:
            declared.__cause__ = error
            return declared
        if isinstance(error, (ValueError, RuntimeError)):
            return _no_program(error)
        return GateFailure(FailureClass.ENV_ERROR, f"the program cannot be run: {error}")


def _kernels(image: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    kernels = image["kernels"]
    if not isinstance(kernels, list) or not all(isinstance(kernel, Mapping) for kernel in kernels):
        raise TypeError("kernels are a list of objects")
    return kernels


def _emptied(kernel: Mapping[str, Any]) -> dict[str, Any]:
    """The same kernel, on the same cores with the same arguments, with a body that does nothing."""
    return {
        **kernel, "name": "empty", "source": NOTHING, "is_source_text": True, "include_paths": [], "defines": [],
    }  # fmt: skip


def _no_program(error: Exception) -> GateFailure:
    message = f"what the call described is no program that can run: {type(error).__name__}: {str(error)[:500]}"
    return GateFailure(FailureClass.PROTOCOL_ERROR, message)
