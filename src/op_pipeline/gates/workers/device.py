"""Device worker: `python -I -B device.py`. Runs described programs on given bytes; loads no host code of a candidate.

Kernels run in a child that the emulator forks for each run, so one that crashes is a fault record, not the end of this
process.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn


def main() -> NoReturn:
    """Serve the judge."""
    gc.disable()  # until all is loaded: see `serve`
    try:
        import op_pipeline  # noqa: F401, PLC0415 - is it importable in isolated mode?
    except ImportError:  # run from a source tree that is not installed
        sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    from op_pipeline.gates.workers.serving import serve  # noqa: PLC0415
    from op_pipeline.sandbox.launch import undumpable  # noqa: PLC0415

    undumpable()  # a kernel's process is of the same user
    device = Device()
    serve({"hello": device.hello, "execute": device.execute})


class Device:
    """Devices by grid, and the one request on them."""

    def __init__(self) -> None:
        from op_pipeline import emulator  # noqa: PLC0415
        from op_pipeline.emulator import execution  # noqa: PLC0415

        self._emulator, self._execution = emulator, execution
        self._emulator.activate()
        self._devices: dict[str, Any] = {}

    def hello(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Ready."""
        from op_pipeline.gates.workers.wire import Message  # noqa: PLC0415

        del body, arrays
        return Message({"ready": True})

    def execute(self, body: Mapping[str, Any], arrays: tuple[Any, ...]) -> Any:
        """Run launches in order on memory that holds `arrays` where `inputs` says, nothing else; read the output."""
        from op_pipeline.gates.workers.serving import error_data  # noqa: PLC0415
        from op_pipeline.gates.workers.wire import Message  # noqa: PLC0415

        inputs = [(self._placed(item), array) for item, array in zip(body["inputs"], arrays, strict=True)]
        output, events = self._placed(body["output"]), int(body.get("trace_events", 0))
        try:
            done = self._execution.execute(
                self._device(body["grid"]), body["launches"], inputs, output, trace_events=events
            )
        except Exception as error:
            if not events:
                raise
            traces, kept = self._traces()
            return Message({"error": error_data(error), "traces": traces}, kept)
        traces, kept = self._traces() if events else ([], ())
        told = {"report": done.report, "changed": list(done.changed), "traces": traces}
        return Message(told, (done.output, *kept))

    def _traces(self) -> tuple[list[dict[str, Any]], tuple[Any, ...]]:
        """What was recorded, and the events as arrays beside it."""
        found = self._execution.recorded_traces()
        return [{key: item[key] for key in ("recorded", "seed")} for item in found], tuple(
            item["events"] for item in found
        )

    def _placed(self, item: Mapping[str, Any]) -> Any:
        return self._execution.Placed(**{**item, "shape": tuple(item["shape"])})

    def _device(self, grid: str) -> Any:
        if grid not in self._devices:
            across, down = (int(word) for word in grid.split("x"))
            self._devices[grid] = self._emulator.open_device(grid=(across, down))
        return self._devices[grid]


if __name__ == "__main__":
    main()
