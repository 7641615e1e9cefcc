"""Programs of real kernels on the emulator: tensors, circular buffers, and kernels by their path in the wheel.

A kernel of the older kind gets words and arguments by position; a Metal 2.0 kernel gets them by name, in the header
that its program would generate. Either way its source is the wheel's, unchanged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from op_pipeline.emulator.kernel_names import (
    KernelNames,
    NamedArgument,
    NamedBuffer,
    NamedScratchpad,
    NamedSemaphore,
    NamedTensor,
    entry_point,
    header_for,
)
from op_pipeline.testing.corpus.kernels import OPERATIONS, read, risc_of

Array = npt.NDArray[Any]
Values = Sequence[Any] | Callable[[int], Sequence[Any]]  # per core by its number, when it is a function
NamedValues = Mapping[str, Any] | Callable[[int], Mapping[str, Any]]
TILE_BYTES = {"bfloat16": 2048, "float32": 4096, "bfloat8_b": 1088, "uint16": 2048, "uint32": 4096, "int32": 4096}
_GRID_WIDTH = 8
_SEEDS = ("0", "1")  # the second one moves data only when a kernel waits for it


@dataclass
class Program:
    """One program on `cores` cores, filled from the left in rows of eight."""

    ttnn: Any
    device: Any
    root: Path
    cores: int = 1
    _tensors: list[Any] = field(default_factory=list)
    _outputs: list[Any] = field(default_factory=list)
    _buffers: list[Any] = field(default_factory=list)
    _kernels: list[Any] = field(default_factory=list)
    _semaphores: list[Any] = field(default_factory=list)
    _kept: list[Any] = field(default_factory=list)

    def input(self, array: Array, dtype: str = "bfloat16", *, rows: bool = False, pad: float | None = None) -> Any:
        """A tensor in DRAM with these elements: in tiles, or row-major with `rows`."""
        layout = self.ttnn.ROW_MAJOR_LAYOUT if rows else self.ttnn.TILE_LAYOUT
        values = array if np.issubdtype(array.dtype, np.integer) else array.astype(np.float32)
        tensor = self.ttnn.from_torch(
            values, dtype=getattr(self.ttnn, dtype), layout=layout, device=self.device, pad_value=pad
        )
        self._tensors.append(tensor)
        return tensor

    def output(self, shape: Sequence[int], dtype: str = "bfloat16", *, rows: bool = False) -> Any:
        """A tensor in DRAM without contents."""
        layout = self.ttnn.ROW_MAJOR_LAYOUT if rows else self.ttnn.TILE_LAYOUT
        tensor = self.ttnn.allocate_tensor_on_device(
            self.ttnn.Shape(list(shape)), getattr(self.ttnn, dtype), layout, self.device, self.ttnn.DRAM_MEMORY_CONFIG
        )
        self._outputs.append(tensor)
        return tensor

    def buffer(self, index: int, pages: int = 2, dtype: str = "bfloat16", page: int | None = None) -> None:
        """Circular buffer `index` on every core; `page` in bytes, a tile unless given."""
        size = page or TILE_BYTES[dtype]
        form = self.ttnn.CBFormatDescriptor(
            buffer_index=index, data_format=getattr(self.ttnn, dtype), page_size=size
        )
        self._buffers.append(
            self.ttnn.CBDescriptor(total_size=pages * size, core_ranges=self._grid(), format_descriptors=[form])
        )

    def buffers(self, indexes: Mapping[int, int], dtype: str = "bfloat16") -> None:
        """Several circular buffers: pages by index."""
        for index, pages in indexes.items():
            self.buffer(index, pages, dtype)

    def kernel(
        self,
        path: str,
        *,
        words: Sequence[Any] = (),
        named: Mapping[str, int] | None = None,
        args: Values = (),
        common: Sequence[Any] = (),
        constants: Mapping[str, int] | None = None,
        arguments: NamedValues | None = None,
        dfb: Mapping[str, int] | None = None,
        tensors: Mapping[str, Any] | None = None,
        scratch: Mapping[str, int] | None = None,
        semaphores: Mapping[str, int] | None = None,
        defines: Mapping[str, str] | None = None,
        fp32: bool = False,
        fidelity: str = "HiFi4",
        risc: str = "",
    ) -> None:
        """A kernel by its path below the operations' folder.

        Older kind: `words` (a tensor stands for its accessor's words), `named` words, `args` (a tensor stands for its
        address). Metal 2.0: `constants` and `arguments` by name, `dfb` by name and index, `tensors` (a tuple for
        a sequence), `scratch` (bytes) and `semaphores` by name; `args` are then the unnamed ones behind.
        """
        file = f"{OPERATIONS}/{path}"
        tuples = {name: len(each) for name, each in (tensors or {}).items() if isinstance(each, tuple)}
        by_name = constants is not None or arguments is not None or dfb is not None
        binding = _Binding(
            self, dict(constants or {}), arguments or {}, dfb or {}, _flat(tensors or {}), tuples, scratch or {},
            semaphores or {},
        )  # fmt: skip
        kind = self.ttnn.KernelDescriptor.SourceType
        self._kernels.append(
            self.ttnn.KernelDescriptor(
                kernel_source=binding.source(self.root / file) if by_name else str(self.root / file),
                source_type=kind.SOURCE_CODE if by_name else kind.FILE_PATH,
                core_ranges=self._grid(),
                compile_time_args=[*_words(self.ttnn, words), *binding.words()],
                named_compile_time_args=list((named or {}).items()),
                defines=list((defines or {}).items()),
                runtime_args=self._arguments(binding, args),
                common_runtime_args=[*binding.common(), *map(_address, common)],
                config=self._config(risc or risc_of(file, read(self.root / file)), fp32=fp32, fidelity=fidelity),
                compiler_include_paths=[self.root / folder for folder in (Path(file).parent, "", "ttnn", "ttnn/cpp")],
            )
        )

    def _arguments(self, binding: _Binding, args: Values) -> Any:
        runtime = self.ttnn.RuntimeArgs()
        for number in range(self.cores):
            own = args(number) if callable(args) else args
            runtime[number % _GRID_WIDTH][number // _GRID_WIDTH] = [*binding.values(number), *map(_address, own)]
        return runtime

    def semaphore(self, number: int, initial: int = 0) -> None:
        """Semaphore `number` on every core."""
        self._semaphores.append(
            self.ttnn.SemaphoreDescriptor(id=number, core_ranges=self._grid(), initial_value=initial)
        )

    def run(self) -> Array:
        """What the last output holds afterwards. Every schedule seed must give the same bits."""
        program = self.ttnn.ProgramDescriptor(
            kernels=self._kernels, cbs=self._buffers, semaphores=self._semaphores
        )
        # generic_op wants an input; an operation without one is given its output.
        tensors = [*(self._tensors or self._outputs[:1]), *self._outputs]
        results = []
        for seed in _SEEDS:
            with _seed(seed):
                results.append(np.asarray(self.ttnn.generic_op(tensors, program).to_numpy()))
        if not all(np.array_equal(result, results[0], equal_nan=result.dtype.kind == "f") for result in results):
            raise AssertionError("the result depends on the schedule")
        return results[0]

    def place(self, size: int) -> int:
        """Address of `size` bytes of L1, the same on every core, for as long as the program lives."""
        memory = self.ttnn.MemoryConfig(self.ttnn.TensorMemoryLayout.INTERLEAVED, self.ttnn.BufferType.L1)
        words = -(-size // 64) * 16  # as much as the alignment of transfers asks for
        tensor = self.ttnn.allocate_tensor_on_device(
            self.ttnn.Shape([64, words]), self.ttnn.uint32, self.ttnn.ROW_MAJOR_LAYOUT, self.device, memory
        )
        self._kept.append(tensor)
        return int(tensor.buffer_address())

    def _grid(self) -> Any:
        full, rest = divmod(self.cores, _GRID_WIDTH)
        ranges = [self.ttnn.CoreRange((0, 0), (_GRID_WIDTH - 1, full - 1))] if full else []
        ranges += [self.ttnn.CoreRange((0, full), (rest - 1, full))] if rest else []
        return self.ttnn.CoreRangeSet(ranges)

    def _config(self, risc: str, *, fp32: bool, fidelity: str) -> Any:
        if risc == "TRISC":
            return self.ttnn.ComputeConfigDescriptor(
                fp32_dest_acc_en=fp32, math_fidelity=getattr(self.ttnn.MathFidelity, fidelity)
            )
        return self.ttnn.WriterConfigDescriptor() if risc == "BRISC" else self.ttnn.ReaderConfigDescriptor()


@dataclass
class _Binding:
    """What a Metal 2.0 program binds to the names of one kernel."""

    program: Program
    constants: dict[str, int]
    arguments: NamedValues
    dfb: Mapping[str, int]
    tensors: Mapping[str, Any]
    tuples: Mapping[str, int]
    scratch: Mapping[str, int]
    semaphores: Mapping[str, int]

    def values(self, number: int) -> list[int]:
        named = self.arguments(number) if callable(self.arguments) else self.arguments
        return [_address(value) for value in named.values()]

    def words(self) -> list[int]:
        return _words(self.program.ttnn, list(self.tensors.values()))

    def common(self) -> list[int]:
        addresses = [_address(tensor) for tensor in self.tensors.values()]
        return addresses + [self.program.place(size) for size in self.scratch.values()]

    def source(self, file: Path) -> str:
        """The names, then the file as it stands."""
        names = list(self.arguments(0) if callable(self.arguments) else self.arguments)
        tensors = list(self.tensors.values())
        offsets = [len(_words(self.program.ttnn, tensors[:number])) for number in range(len(tensors))]
        bound = KernelNames(
            args=(
                *(NamedArgument(name, "compile_time", int(value)) for name, value in self.constants.items()),
                *(NamedArgument(name, "runtime", index) for index, name in enumerate(names)),
            ),
            dfbs=tuple(NamedBuffer(name, index) for name, index in self.dfb.items()),
            tensors=tuple(
                NamedTensor(name, offset, index)
                for index, (name, offset) in enumerate(zip(self.tensors, offsets, strict=True))
            ),
            sequences=tuple((name, tuple(f"{name}_{i}" for i in range(count))) for name, count in self.tuples.items()),
            semaphores=tuple(NamedSemaphore(name, index) for name, index in self.semaphores.items()),
            scratchpads=tuple(
                NamedScratchpad(name, len(self.tensors) + index, size)
                for index, (name, size) in enumerate(self.scratch.items())
            ),
            varargs=len(names),
            common_varargs=len(self.tensors) + len(self.scratch),
        )
        text = file.read_text(encoding="utf-8")
        return f'{header_for(bound)}#include "{file}"\n{entry_point(text)}'


def _flat(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """A tuple of tensors under one name becomes a tensor each."""
    flat: dict[str, Any] = {}
    for name, value in tensors.items():
        several = isinstance(value, tuple)
        flat.update({f"{name}_{i}": each for i, each in enumerate(value)} if several else {name: value})
    return flat


def _words(ttnn: Any, values: Sequence[Any]) -> list[int]:
    words: list[int] = []
    for value in values:
        words += ttnn.TensorAccessorArgs(value).get_compile_time_args() if _is_tensor(value) else [int(value)]
    return words


def _is_tensor(value: Any) -> bool:
    return hasattr(value, "buffer_address")


def _address(value: Any) -> int:
    return int(value.buffer_address()) if _is_tensor(value) else int(value) & 0xFFFFFFFF


@contextmanager
def _seed(seed: str) -> Iterator[None]:
    before = os.environ.get("OP_EMULATOR_SEED")
    os.environ["OP_EMULATOR_SEED"] = seed
    try:
        yield
    finally:
        if before is None:
            del os.environ["OP_EMULATOR_SEED"]
        else:
            os.environ["OP_EMULATOR_SEED"] = before


def bits_of(value: float) -> int:
    """float32 as its bits."""
    return int(np.float32(value).view(np.uint32))


def split(total: int, cores: int, number: int) -> tuple[int, int]:
    """How many of `total` units core `number` has, and the first of them."""
    least, more = divmod(total, cores)
    return least + (number < more), number * least + min(number, more)
