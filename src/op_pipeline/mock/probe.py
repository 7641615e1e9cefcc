"""Runs in the environment of the genuine library: `python -IB probe.py REQUEST ANSWER`, one check, then it ends.

Standard library and ttnn only. The request is data; the answer says what was raised, where in the user's files, and how
far it came, written before the next step begins: the library ends its process for some mistakes.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TEXT = 8000


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
        program = _rebuilding().program(self.ttnn, self.request["program"])
        self.step("launch")
        self.ttnn.generic_op(tensors, program)

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


def _rebuilding() -> Any:
    """The file beside this one; by its path, as the package of it is not in the library's environment."""
    spec = importlib.util.spec_from_file_location("rebuilding", Path(__file__).with_name("rebuilding.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    Probe(json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])).run()
    sys.stdout.flush()
    os._exit(0)  # the library's own end is not part of the check
