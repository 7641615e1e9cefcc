"""Runs in the environment of the genuine library: `python -IB probe.py REQUEST ANSWER`, one check, then it ends.

Standard library and ttnn only. The request is data; the answer says what was raised, where in the user's files, and how
far it came, written before the next step begins: the library ends its process for some mistakes.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

_TEXT = 8000
# Numbers of tt::DataFormat, by which programs name formats, and the data types that Python gives for them.
_FORMATS: dict[int, Callable[[Any], Any]] = {
    number: attrgetter(name)
    for number, name in {
        0: "float32", 5: "bfloat16", 6: "bfloat8_b", 7: "bfloat4_b", 8: "int32", 9: "uint16", 24: "uint32", 30: "uint8"
    }.items()
}  # fmt: skip


class Probe:
    """One check. `answer` is written to its file at every step."""

    def __init__(self, request: Mapping[str, Any], file: Path) -> None:
        self.request, self.file = request, file
        self.answer: dict[str, Any] = {"step": "start"}

    def step(self, name: str) -> None:
        """Say what is about to happen."""
        self.answer["step"] = name
        self.file.write_text(json.dumps(self.answer))

    def run(self) -> None:
        """Do what the request says."""
        try:
            self._run()
            self.step("end")
        except Exception as error:  # noqa: BLE001 - the caller says what it means
            self.answer["raised"] = self._raised(error)
            self.file.write_text(json.dumps(self.answer))

    def _run(self) -> None:
        self.step("import")
        self.ttnn: Any = importlib.import_module("ttnn")
        self.step("device")
        self.device = self.ttnn.open_device(device_id=0)
        grid = self.device.compute_with_storage_grid_size()
        self.answer["grid"] = [grid.x, grid.y]
        self.step("tensors")
        tensors = [self._tensor(item) for item in self.request["tensors"]]
        started = time.monotonic()
        if self.request["kind"] == "call":
            self._call(tensors)
        else:
            self._program(tensors)
        self.answer["seconds"] = round(time.monotonic() - started, 3)

    def _tensor(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        memory = ttnn.L1_MEMORY_CONFIG if item["memory"].startswith("l1") else ttnn.DRAM_MEMORY_CONFIG
        layout = ttnn.TILE_LAYOUT if item["layout"] == "tile" else ttnn.ROW_MAJOR_LAYOUT
        return ttnn.allocate_tensor_on_device(
            ttnn.Shape(item["shape"]), getattr(ttnn, item["dtype"]), layout, self.device, memory
        )

    def _call(self, tensors: list[Any]) -> None:
        """Call a function of the user's package, which is looked for among the library's own operations."""
        operations = importlib.import_module("ttnn.operations")
        operations.__path__ = [*self.request["path"], *operations.__path__]
        self.step("import of the operation")
        module = importlib.import_module(self.request["module"])
        function = getattr(module, self.request["function"])
        self.step("call")
        result = function(*tensors, *self.request["parameters"])
        self.answer["output"] = {
            "shape": list(result.shape),
            "dtype": str(result.dtype).rpartition(".")[2],
            "layout": str(result.layout).rpartition(".")[2],
        }

    def _program(self, tensors: list[Any]) -> None:
        if not self.request["program"]["kernels"]:
            return  # the tensors were the question
        self.step("program")
        program = self._described(self.request["program"])
        self.step("launch")
        self.ttnn.generic_op(tensors, program)

    def _described(self, image: Mapping[str, Any]) -> Any:
        """A ProgramDescriptor out of a lowered program as plain data."""
        ttnn = self.ttnn
        return ttnn.ProgramDescriptor(
            kernels=[self._kernel(item) for item in image["kernels"]],
            semaphores=[
                ttnn.SemaphoreDescriptor(
                    id=item["id"], core_ranges=self._cores(item["cores"]), initial_value=item["initial_value"]
                )
                for item in image["semaphores"]
            ],
            cbs=[self._buffer(item) for item in image["circular_buffers"]],
        )

    def _kernel(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        arguments = ttnn.RuntimeArgs()
        for entry in item["runtime_args"]:
            x, y = entry["core"]
            arguments[x][y] = entry["values"]
        kind = ttnn.KernelDescriptor.SourceType
        return ttnn.KernelDescriptor(
            kernel_source=item["source"],
            source_type=kind.SOURCE_CODE if item["is_source_text"] else kind.FILE_PATH,
            core_ranges=self._cores(item["cores"]),
            compile_time_args=item["compile_time_args"],
            named_compile_time_args=[tuple(pair) for pair in item["named_compile_time_args"]],
            defines=[tuple(pair) for pair in item["defines"]],
            runtime_args=arguments,
            common_runtime_args=item["common_runtime_args"],
            config=self._config(item),
        )

    def _config(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        if item["risc"] != "TRISC":
            processors = ttnn.DataMovementProcessor
            processor = processors.RISCV_0 if item["risc"] == "BRISC" else processors.RISCV_1
            noc = ttnn.NOC.NOC_1 if item["noc"] else ttnn.NOC.NOC_0
            return ttnn.DataMovementConfigDescriptor(processor=processor, noc=noc)
        asked = item["compute"]
        fidelity = {0: "LoFi", 2: "HiFi2", 3: "HiFi3", 4: "HiFi4"}[asked["math_fidelity"]]
        config = ttnn.ComputeConfigDescriptor(
            math_fidelity=getattr(ttnn.MathFidelity, fidelity),
            math_approx_mode=asked["math_approx_mode"],
            fp32_dest_acc_en=asked["fp32_dest_acc_en"],
            dst_full_sync_en=asked["dst_full_sync_en"],
        )
        if any(asked["unpack_to_dest_fp32"]):
            modes = ttnn.UnpackToDestMode
            config.unpack_to_dest_mode = [
                modes.UnpackToDestFp32 if wide else modes.Default for wide in asked["unpack_to_dest_fp32"]
            ]
        return config

    def _buffer(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        entry = ttnn.CBFormatDescriptor(
            buffer_index=item["index"],
            data_format=_FORMATS[item["format"]](ttnn),
            page_size=item["page_size"],
            tile=ttnn.TileDescriptor(item["tile_height"], item["tile_width"]),
        )
        return ttnn.CBDescriptor(
            total_size=item["total_size"], core_ranges=self._cores(item["cores"]), format_descriptors=[entry]
        )

    def _cores(self, cores: list[list[int]]) -> Any:
        ttnn = self.ttnn
        points = [ttnn.CoreCoord(x, y) for x, y in cores]
        return ttnn.CoreRangeSet([ttnn.CoreRange(point, point) for point in points])

    def _raised(self, error: Exception) -> dict[str, Any]:
        """Type, text, and the place in the user's files nearest to the raise; empty when none is on the way."""
        tree = self.request["tree"]
        places = [
            [os.path.relpath(frame.filename, tree), frame.lineno or 0]
            for frame in traceback.extract_tb(error.__traceback__)
            if frame.filename.startswith(tree + os.sep)
        ]
        if isinstance(error, SyntaxError) and str(error.filename).startswith(tree + os.sep):
            places.append([os.path.relpath(str(error.filename), tree), error.lineno or 0])
        return {"type": type(error).__name__, "text": str(error)[:_TEXT], "place": places[-1] if places else None}


if __name__ == "__main__":
    Probe(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])).run()
    sys.stdout.flush()
    os._exit(0)  # the library's own end is not part of the check
