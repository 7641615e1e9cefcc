"""multiply_add in the Metal 2.0 model: the host code and kernels of this folder in a copy of the descriptor form."""

from __future__ import annotations

import importlib.util
import itertools
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline.emulator import inspection
from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError
from op_pipeline.emulator.operation_build import build_operation

HERE = Path(__file__).resolve().parent
RELATIVE = "ttnn/cpp/ttnn/operations/eltwise/multiply_add"
SHAPE = (1, 2, 96, 160)  # 30 tiles over 64 cores
_NAMES = itertools.count()


@dataclass
class Operation:
    """A tree of the operation that a test may change before it is built."""

    ttnn: Any
    device: Any
    tree: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def folder(self) -> Path:
        return self.tree / RELATIVE

    def change(self, path: str, old: str, new: str) -> None:
        file = self.folder / path
        text = file.read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {path}"
        file.write_text(text.replace(old, new))

    def change_factory(self, old: str, new: str) -> None:
        self.change("device/multiply_add_program_factory.cpp", old, new)

    def build(self) -> Any:
        """The bound function."""
        result = build_operation(self.folder)
        assert result.library is not None, [str(problem) for problem in result.problems]
        copy = self.tree / f"multiply_add_{next(_NAMES)}" / "multiply_add.so"
        copy.parent.mkdir()
        shutil.copy(result.library, copy)
        spec = importlib.util.spec_from_file_location("multiply_add", copy)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.monkeypatch.setenv("TT_METAL_HOME", str(self.tree))
        return module.multiply_add

    def inputs(self, dtype: str = "bfloat16", memory: str = "DRAM") -> list[Any]:
        random = np.random.default_rng(5)
        return [
            self.ttnn.from_torch(
                random.uniform(-2, 2, SHAPE).astype(np.float32), dtype=getattr(self.ttnn, dtype),
                layout=self.ttnn.TILE_LAYOUT, device=self.device, memory_config=getattr(self.ttnn, f"{memory}_MEMORY_CONFIG"),
            )
            for _ in range(3)
        ]  # fmt: skip

    def recorded(self, inputs: list[Any]) -> tuple[inspection.Launch, list[int]]:
        """The launch without a run, and the addresses of inputs and output."""
        function = self.build()
        with inspection.record(dispatch=False) as log:
            output = function(*inputs)
        return log.launches[0], [tensor.buffer_address() for tensor in (*inputs, output)]

    def described(self) -> inspection.Launch:
        return self.recorded(self.inputs())[0]

    def faults(self, kernel: str, old: str, new: str) -> list[dict[str, Any]]:
        """Records of a run with a changed kernel, which must not succeed. `kernel`: beginning of its path."""
        path = "compute/multiply_add.cpp" if kernel == "compute" else f"{kernel}_multiply_add.cpp"
        self.change(f"device/kernels/{path}", old, new)
        try:
            self.build()(*self.inputs())
        except (EmulatorFault, KernelCompileError) as error:
            return error.records
        pytest.fail("the operation ran to its end")


@pytest.fixture
def operations(ttnn: Any, device: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Operation]:
    """`operations("spec")` or `operations("descriptor")`: a fresh tree of either form."""

    def make(form: str) -> Operation:
        tree = tmp_path / form
        shutil.copytree(HERE.parent / "tree" / RELATIVE, tree / RELATIVE)
        operation = Operation(ttnn, device, tree, monkeypatch)
        if form == "spec":
            turn_into_spec_form(operation)
        return operation

    return make


def turn_into_spec_form(operation: Operation) -> None:
    folder = operation.folder / "device"
    shutil.copy(HERE / "factory.cpp", folder / "multiply_add_program_factory.cpp")
    for kind, name in (("dataflow", "reader"), ("dataflow", "writer"), ("compute", "compute")):
        target = "multiply_add.cpp" if name == "compute" else f"{name}_multiply_add.cpp"
        shutil.copy(HERE / "kernels" / f"{name}.cpp", folder / "kernels" / kind / target)
    header = "device/multiply_add_device_operation.hpp"
    operation.change(
        header, "#include <tt-metalium/program_descriptors.hpp>\n", '#include "ttnn/metal_v2_artifacts.hpp"\n'
    )
    operation.change(
        header,
        "tt::tt_metal::ProgramDescriptor create_descriptor(",
        "ttnn::device_operation::ProgramArtifacts create_program_artifacts(",
    )
