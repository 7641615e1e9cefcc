"""The design of an operation as every agent of this backend sees it: buffers, work split, kernels, arguments, checks.

It follows from the spec alone, so each agent derives the same one; the planner writes it down. Planner, scaffolder and
factory-builder read nothing else; what differs from one family of operations to the next is filled in by the family's
module (families.py finds it) and, for the text of kernels, by its `Kernels`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from op_pipeline.backends.template.requirements import Requirement
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec

FLOATS = ("bfloat16", "float32")
PYTHON_FLOW = "generic-op"
INTERLEAVED = ("dram_interleaved", "l1_interleaved")
OUTPUT_INDEX = 16
INTERNAL_INDICES = (*range(24, 32), *range(17, 24))  # c_24 … c_31 are customary, the others are free as well


@dataclass(frozen=True)
class Buffer:
    """One circular buffer. `dtype` is a name, or `x.dtype` when it follows input x.

    `key` is the input's name, "output", or what the family calls a buffer of its own. A buffer `to_dest` is read by
    copies and unary broadcasts only: its float32 tiles go straight to DST. One that the matrix unit multiplies or
    reduces must not be, and is cut to TF32 on its way.
    `host_pages` is the page count in C++ where it depends on shapes, `page_bytes` the page size of one that holds rows.
    """

    index: int
    name: str
    purpose: str
    producer: str
    consumer: str
    pages: int
    dtype: str
    key: str | int
    to_dest: bool = True
    host_pages: str = ""
    page_bytes: str = ""

    @property
    def format(self) -> str:
        """C++ expression of its data format."""
        tensor = "output" if self.key == "output" else self.dtype.removesuffix(".dtype")
        if self.key == "output" or self.dtype.endswith(".dtype"):
            return f"{tensor}_format"
        return {"float32": "tt::DataFormat::Float32", "bfloat16": "tt::DataFormat::Float16_b"}[self.dtype]

    @property
    def variable(self) -> str:
        """Name in the sources without the prefix: cb_x → x."""
        return self.name.removeprefix("cb_")


@dataclass(frozen=True)
class Argument:
    """A value that the host gives to a kernel: its name there, and the host's C++ expression for it."""

    name: str
    cpp: str


@dataclass(frozen=True)
class KernelPlan:
    """One kernel: path below the tree's root and its arguments in order.

    `accessors` are the tensors (host variables) whose TensorAccessorArgs come first among the compile-time arguments;
    `constants` follow them.
    """

    path: str
    accessors: tuple[Argument, ...]
    arguments: tuple[Argument, ...]
    constants: tuple[Argument, ...] = ()

    @property
    def compile_time(self) -> tuple[str, ...]:
        """Names of the compile-time arguments; one for all words of an accessor."""
        return tuple(item.name for item in (*self.accessors, *self.constants))

    @property
    def runtime(self) -> tuple[str, ...]:
        """Names of the runtime arguments."""
        return tuple(item.name for item in self.arguments)


@dataclass(frozen=True)
class WorkSplit:
    """What is dealt out to the cores: `unit` for the design document, `units` in names (num_tiles), `start` of a core.

    `count` are the host's lines that define `num_{units}`, below `comment`; `total` says the same in words.
    """

    unit: str
    units: str
    start: str
    total: str
    comment: str
    count: tuple[str, ...]
    description: str
    split: str = ""  # "observed": the host decides by shape and grid who does what

    @property
    def number(self) -> str:
        """Name of the count in kernels and on the host."""
        return f"num_{self.units}"


@dataclass(frozen=True)
class HostScalar:
    """A float32 that the host computes and passes to the compute kernel as bits. `text` is its formula."""

    name: str
    cpp: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """Prose of the design document, in Markdown: how the result is computed, how data flows, what scalars there are."""

    mathematics: str
    data_flow: str
    scalars: str
    buffers: str = (
        "A page is one 32×32 tile. Producer and consumer of each buffer move one page at a time, so wait, pop, reserve "
        "and push agree."
    )


class Kernels(Protocol):
    """Writes the kernels of one operation. Each method gives the whole text of a source file."""

    def reader(self, found: Design) -> str:
        """The kernel that reads the inputs."""

    def writer(self, found: Design) -> str:
        """The kernel that writes the output."""

    def stub(self, found: Design) -> str:
        """A kernel for stage 6: takes every page, gives every page, and is clearly not the operation.

        It stands in for the compute kernel, or for the reader of an operation that has none.
        """

    def compute(self, found: Design) -> str:
        """The compute kernel of stage 7."""


@dataclass(frozen=True)
class Design:
    """All the later stages need to know."""

    spec: Spec
    buffers: tuple[Buffer, ...]
    requirements: tuple[Requirement, ...]
    kernels: dict[str, KernelPlan]
    work: WorkSplit
    explanation: Explanation
    text: Kernels
    fp32_dest_acc_en: bool
    scalars: tuple[HostScalar, ...] = ()
    defines: tuple[str, ...] = ()  # of the compute kernel, set when a tensor is float32
    helpers: tuple[str, ...] = ()  # C++ functions and types of the host, in the factory's anonymous namespace
    host_lines: tuple[str, ...] = ()  # C++ that needs the circular buffers' formats or sizes, before they are made
    buffer_comment: str = "Those between kernels hold two tiles: one is filled while the other is used."
    internal_comment: str = "Values that outlive a DST section wait here in the width that DST has."
    summary: str = ""  # of the documentation; empty: element by element
    exact: bool = False  # nothing rounds: the unit test asks for equal values

    @property
    def dst_format(self) -> str:
        """DataFormat enumerator of what DST holds."""
        return "Float32" if self.fp32_dest_acc_en else "Float16_b"

    @property
    def internal(self) -> list[Buffer]:
        """Buffers that hold neither an input nor the output."""
        return [buffer for buffer in self.buffers if not self._is_tensor(buffer)]

    @property
    def tensors(self) -> list[Buffer]:
        """Buffers of inputs and output."""
        return [buffer for buffer in self.buffers if self._is_tensor(buffer)]

    def _is_tensor(self, buffer: Buffer) -> bool:
        return buffer.key == "output" or buffer.key in self.spec.input_names

    def formats(self, buffer: Buffer) -> tuple[str, ...]:
        """Names of the dtypes the buffer may have."""
        source = buffer.dtype.removesuffix(".dtype")
        return next((item.dtypes for item in self.spec.inputs if item.name == source), (buffer.dtype,))

    def buffer(self, key: str | int) -> Buffer:
        """Buffer by its key. StopIteration for one the design does not have."""
        return next(buffer for buffer in self.buffers if buffer.key == key)

    def may_be_float32(self, buffer: Buffer) -> bool:
        """Whether the buffer holds float32 in some call."""
        return "float32" in self.formats(buffer)


def may_hold_float32(spec: Spec) -> bool:
    """Whether some tensor of the operation may be float32."""
    return any("float32" in item.dtypes for item in spec.inputs) or spec.output.dtype == "float32"


def input_buffers(spec: Spec, *, pages: int = 2, matrix_unit: frozenset[str] = frozenset()) -> list[Buffer]:
    """A buffer c_0 … for each input. `matrix_unit`: inputs that the matrix unit multiplies or reduces."""
    return [
        Buffer(
            index,
            f"cb_{item.name}",
            f"tiles of {item.name}",
            "reader",
            "compute",
            pages,
            f"{item.name}.dtype",
            item.name,
            to_dest=item.name not in matrix_unit,
        )
        for index, item in enumerate(spec.inputs)
    ]


def output_buffer(spec: Spec, *, pages: int = 2, producer: str = "compute") -> Buffer:
    """The buffer of the result, c_16."""
    return Buffer(
        OUTPUT_INDEX, "cb_output", "result tiles", producer, "writer", pages, spec.output.dtype, "output", to_dest=False
    )


def kernel_path(spec: Spec, role: str) -> str:
    """Path of a kernel below the tree's root."""
    if spec.flow == PYTHON_FLOW:
        return f"{spec.operation_path}/kernels/{role}_{spec.operation}.cpp"
    folder, name = f"{spec.operation_path}/device/kernels", spec.operation
    return f"{folder}/compute/{name}.cpp" if role == "compute" else f"{folder}/dataflow/{role}_{name}.cpp"


def refuse_tensors(spec: Spec) -> None:
    """Raise UnsupportedSpecError for the first tensor whose dtype, layout or memory no generated kernel handles."""
    for position, item in enumerate(spec.inputs):
        where = f"inputs[{position}]"
        for dtype in item.dtypes:
            if dtype not in FLOATS:
                raise UnsupportedSpecError(f"{where}.dtypes: {dtype}", "it knows bfloat16 and float32")
        if item.layout != "tile":
            raise UnsupportedSpecError(f"{where}.layout: {item.layout}", "its kernels work on tiles")
        if item.memory not in INTERLEAVED:
            raise UnsupportedSpecError(f"{where}.memory: {item.memory}", "its kernels read interleaved tensors")
    if not spec.output.dtype.endswith(".dtype") and spec.output.dtype not in FLOATS:
        raise UnsupportedSpecError(f"output.dtype: {spec.output.dtype}", "it knows bfloat16 and float32")
    if spec.output.layout != "tile":
        raise UnsupportedSpecError(f"output.layout: {spec.output.layout}", "its kernels work on tiles")
    if spec.output_memory() not in INTERLEAVED:
        raise UnsupportedSpecError(f"output.memory: {spec.output.memory}", "its kernels write interleaved tensors")
