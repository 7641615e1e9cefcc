"""Programs that the emulator's benchmark runs, described as an engineer would for `ttnn.generic_op`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

TILE_BYTES = 2048  # bfloat16
WORDS = dict[tuple[int, int], list[int]]


@dataclass
class Bench:
    """A device of `grid` (x, y) cores and what programs on it are made of."""

    ttnn: Any
    device: Any
    grid: tuple[int, int]

    def cores(self) -> list[tuple[int, int]]:
        """All cores, row after row."""
        return [(x, y) for y in range(self.grid[1]) for x in range(self.grid[0])]

    def everywhere(self) -> Any:
        """The whole grid."""
        return self.ttnn.CoreRangeSet([self.ttnn.CoreRange((0, 0), (self.grid[0] - 1, self.grid[1] - 1))])

    def tensor(self, array: Any) -> Any:
        """A bfloat16 tensor of tiles in DRAM."""
        return self.ttnn.from_torch(
            array, dtype=self.ttnn.bfloat16, layout=self.ttnn.TILE_LAYOUT, device=self.device
        )

    def output(self, shape: Sequence[int]) -> Any:
        """An unwritten one."""
        ttnn = self.ttnn
        return ttnn.allocate_tensor_on_device(
            ttnn.Shape(list(shape)), ttnn.bfloat16, ttnn.TILE_LAYOUT, self.device, ttnn.DRAM_MEMORY_CONFIG
        )

    def kernel(self, name: str, config: Any, words: Sequence[int], arguments: WORDS) -> Any:
        """A kernel on every core."""
        runtime = self.ttnn.RuntimeArgs()
        for (x, y), values in arguments.items():
            runtime[x][y] = values
        return self.ttnn.KernelDescriptor(
            kernel_source=f"kernels/{name}.cpp", core_ranges=self.everywhere(), compile_time_args=list(words),
            runtime_args=runtime, config=config)  # fmt: skip

    def buffer(self, index: int, tiles: int) -> Any:
        """A circular buffer on every core."""
        ttnn = self.ttnn
        form = ttnn.CBFormatDescriptor(buffer_index=index, data_format=ttnn.bfloat16, page_size=TILE_BYTES)
        return ttnn.CBDescriptor(
            total_size=tiles * TILE_BYTES, core_ranges=self.everywhere(), format_descriptors=[form]
        )

    def accessors(self, tensors: Sequence[Any]) -> list[int]:
        """Compile-time words of the tensors' accessors."""
        return [word for t in tensors for word in self.ttnn.TensorAccessorArgs(t).get_compile_time_args()]


def tilewise(bench: Bench, kernel: str, inputs: Sequence[Any], output: Any, batch: int = 1) -> Callable[[], Any]:
    """`copy` or `add`: tiles split evenly over the cores, row-major; `batch` of them at a time."""
    ttnn, cores = bench.ttnn, bench.cores()
    tiles = int(output.shape[-1]) * int(output.shape[-2]) // 1024
    share = -(-tiles // len(cores) // batch) * batch
    begin = {core: min(i * share, tiles) for i, core in enumerate(cores)}
    count = {core: min(share, tiles - begin[core]) for core in cores}
    addresses = [t.buffer_address() for t in inputs] * (2 if len(inputs) == 1 else 1)
    reads = {core: [begin[core], count[core], *addresses] for core in cores}
    writes = {core: [begin[core], count[core], output.buffer_address()] for core in cores}
    sources = [len(inputs), batch, *bench.accessors(inputs)]
    program = ttnn.ProgramDescriptor(
        kernels=[
            bench.kernel("reader", ttnn.ReaderConfigDescriptor(), sources, reads),
            bench.kernel("writer", ttnn.WriterConfigDescriptor(), [batch, *bench.accessors([output])], writes),
            bench.kernel(kernel, ttnn.ComputeConfigDescriptor(), [batch], {core: [count[core]] for core in cores}),
        ],
        cbs=[bench.buffer(index, 2 * batch) for index in (*range(len(inputs)), 16)],
    )
    return lambda: ttnn.generic_op([*inputs, output], program)


def matmul(bench: Bench, a: Any, b: Any, output: Any, depth: int = 4) -> Callable[[], Any]:
    """One block of the result on each core, in an fp32 DST that holds it all."""
    ttnn = bench.ttnn
    mt, kt, nt = int(a.shape[-2]) // 32, int(a.shape[-1]) // 32, int(b.shape[-1]) // 32
    rows, columns = mt // bench.grid[1], nt // bench.grid[0]
    passes = [(r, c) for r in range(0, rows, 2) for c in range(0, columns, 4)]
    addresses = [a.buffer_address(), b.buffer_address()]
    config = ttnn.ComputeConfigDescriptor(
        fp32_dest_acc_en=True, dst_full_sync_en=True, math_fidelity=ttnn.MathFidelity.HiFi4
    )

    def program(row: int, column: int) -> Any:
        block = {(x, y): [y * rows + row, x * columns + column] for x, y in bench.cores()}
        sizes = [2, 4, depth, kt, nt]
        return ttnn.ProgramDescriptor(
            kernels=[
                bench.kernel(
                    "matmul_reader", ttnn.ReaderConfigDescriptor(), [*sizes, *bench.accessors([a, b])],
                    {core: [*place, *addresses] for core, place in block.items()}),
                bench.kernel(
                    "matmul_writer", ttnn.WriterConfigDescriptor(), [2, 4, nt, *bench.accessors([output])],
                    {core: [*place, output.buffer_address()] for core, place in block.items()}),
                bench.kernel("matmul", config, sizes[:4], {core: [] for core in block}),
            ],
            cbs=[bench.buffer(0, 4 * depth), bench.buffer(1, 8 * depth), bench.buffer(16, 8)],
        )  # fmt: skip

    programs = [program(row, column) for row, column in passes]
    return lambda: [ttnn.generic_op([a, b, output], each) for each in programs]
