"""One emulated device per test module, and a small program whose kernels tests may damage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError

HERE = Path(__file__).resolve().parent
TREE = HERE / "tree"
KERNELS = HERE / "kernels"


@pytest.fixture(scope="session")
def ttnn(surroundings: Path) -> Any:
    return emulator.activate()


@pytest.fixture(scope="module")
def device(ttnn: Any) -> Iterator[Any]:
    opened = ttnn.open_device(device_id=0)
    yield opened
    ttnn.close_device(opened)


@dataclass
class Program:
    """exp(x) on `cores` cores by three kernels of its own tree; every part may be changed before it runs."""

    ttnn: Any
    device: Any
    tree: Path
    tiles: int = 4
    cores: int = 1
    pages: int = 2
    reader: str = field(default_factory=(KERNELS / "reader.cpp").read_text)
    compute: str = field(default_factory=(KERNELS / "compute.cpp").read_text)
    writer: str = field(default_factory=(KERNELS / "writer.cpp").read_text)
    defines: list[tuple[str, str]] = field(default_factory=list)
    fp32: bool = False
    reader_arguments: int = 3
    declared: tuple[int, ...] = (0, 16)

    def run(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """The result and what it should be."""
        ttnn = self.ttnn
        for name in ("reader", "compute", "writer"):
            path = self.tree / "kernels" / f"{name}.cpp"
            path.parent.mkdir(exist_ok=True)
            path.write_text(getattr(self, name))
        values = np.random.default_rng(7).uniform(-2, 2, (1, 1, 32, 32 * self.tiles)).astype(np.float32)
        x = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=self.device)
        y = ttnn.allocate_tensor_on_device(
            ttnn.Shape(list(values.shape)), ttnn.bfloat16, ttnn.TILE_LAYOUT, self.device, ttnn.DRAM_MEMORY_CONFIG
        )
        result = ttnn.generic_op([x, y], self.describe(x, y)).to_numpy()
        return result, np.exp(x.to_numpy().astype(np.float64))

    def describe(self, x: Any, y: Any) -> Any:
        ttnn = self.ttnn
        grid = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (0, 0))]) if self.cores == 1 else (8, 8)
        _, cores, group, _, more, less = ttnn.split_work_to_cores(grid, self.tiles)
        reader, writer, compute = ttnn.RuntimeArgs(), ttnn.RuntimeArgs(), ttnn.RuntimeArgs()
        start = 0
        for core in ttnn.corerange_to_cores(cores):
            count = more if group.contains(core) else less
            reader[core.x][core.y] = [x.buffer_address(), count, start][: self.reader_arguments]
            writer[core.x][core.y] = [y.buffer_address(), count, start]
            compute[core.x][core.y] = [count]
            start += count

        def kernel(name: str, arguments: Any, config: Any, tensor: Any = None) -> Any:
            words = ttnn.TensorAccessorArgs(tensor).get_compile_time_args() if tensor is not None else []
            return ttnn.KernelDescriptor(
                kernel_source=f"kernels/{name}.cpp", core_ranges=cores, compile_time_args=words,
                runtime_args=arguments, defines=self.defines, config=config,
            )  # fmt: skip

        def buffer(index: int) -> Any:
            layout = ttnn.CBFormatDescriptor(buffer_index=index, data_format=ttnn.bfloat16, page_size=2048)
            return ttnn.CBDescriptor(
                total_size=self.pages * 2048, core_ranges=cores, format_descriptors=[layout]
            )

        return ttnn.ProgramDescriptor(
            kernels=[
                kernel("reader", reader, ttnn.ReaderConfigDescriptor(), x),
                kernel("writer", writer, ttnn.WriterConfigDescriptor(), y),
                kernel("compute", compute, ttnn.ComputeConfigDescriptor(fp32_dest_acc_en=self.fp32)),
            ],
            cbs=[buffer(index) for index in self.declared],
        )

    def records(self) -> list[dict[str, Any]]:
        """The fault records of a run that must not succeed."""
        try:
            self.run()
        except (EmulatorFault, KernelCompileError) as error:
            return error.records
        pytest.fail("the program ran to its end")

    def change(self, kernel: str, old: str, new: str) -> int:
        """Replace text of one kernel; the line (from 1) where the replacement begins."""
        text = getattr(self, kernel)
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {kernel}"
        setattr(self, kernel, text.replace(old, new))
        return int(text[: text.index(old)].count("\n")) + 1


@pytest.fixture
def program(ttnn: Any, device: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Program]:
    monkeypatch.setenv("TT_METAL_HOME", str(tmp_path))

    def make(**changes: Any) -> Program:
        return Program(ttnn, device, tmp_path, **changes)

    return make
