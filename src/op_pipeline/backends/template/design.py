"""The design of an elementwise operation: circular buffers, work split, arguments, requirements, compute settings.

It follows from the spec alone, so every agent of this backend derives the same one; the planner writes it down.
"""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.backends.template.compute_kernel import BufferNames
from op_pipeline.backends.template.lowering import ParameterKind
from op_pipeline.backends.template.program import Program, compile_formula
from op_pipeline.backends.template.requirements import DTYPE_NAMES, Requirement, requirements
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.formula import parse

INTERLEAVED = ("dram_interleaved", "l1_interleaved")
OUTPUT_INDEX = 16
INTERMEDIATE_INDICES = (*range(24, 32), *range(17, 24))  # c_24 … c_31 are customary, the others are free as well


@dataclass(frozen=True)
class Buffer:
    """One circular buffer. `dtype` is a name, or `x.dtype` when it follows input x."""

    index: int
    name: str
    purpose: str
    producer: str
    consumer: str
    pages: int
    dtype: str
    key: str | int  # input name, number of the intermediate, or "output"

    @property
    def variable(self) -> str:
        """Name in the sources without the prefix: cb_x → x."""
        return self.name.removeprefix("cb_")


@dataclass(frozen=True)
class KernelPlan:
    """One kernel: path below the tree's root, names of its compile-time and runtime arguments."""

    path: str
    compile_time: tuple[str, ...]
    runtime: tuple[str, ...]


@dataclass(frozen=True)
class Design:
    """All the later stages need to know."""

    spec: Spec
    program: Program
    buffers: tuple[Buffer, ...]
    requirements: tuple[Requirement, ...]
    kernels: dict[str, KernelPlan]
    defines: tuple[str, ...]  # of the compute kernel, set when a tensor is float32

    @property
    def names(self) -> BufferNames:
        """Kernel names and possible formats of the buffers."""
        return BufferNames(
            {buffer.key: buffer.name for buffer in self.buffers},
            {buffer.key: self._formats(buffer) for buffer in self.buffers},
        )

    def _formats(self, buffer: Buffer) -> tuple[str, ...]:
        source = buffer.dtype.removesuffix(".dtype")
        return next((item.dtypes for item in self.spec.inputs if item.name == source), (buffer.dtype,))

    def buffer(self, key: str | int) -> Buffer:
        """Buffer of an input, of intermediate number `key`, or of "output"."""
        return next(buffer for buffer in self.buffers if buffer.key == key)

    def may_be_float32(self, buffer: Buffer) -> bool:
        """Whether the buffer holds float32 in some call."""
        return "float32" in self._formats(buffer)


def design(spec: Spec) -> Design:
    """Design of `spec`. Raises UnsupportedSpecError for the first construct this backend cannot generate."""
    _refuse_tensors(spec)
    _refuse_shapes(spec)
    if spec.formula is None:
        raise UnsupportedSpecError(f"golden: {spec.golden}", "it needs a formula to compile")
    kinds = {item.name: ParameterKind(item.name, item.type) for item in spec.parameters}
    float32 = any("float32" in item.dtypes for item in spec.inputs) or spec.output.dtype == "float32"
    program = compile_formula(parse(spec.formula, spec.input_names, spec.parameter_names), kinds, float32=float32)
    buffers = _buffers(spec, program)
    needs_define = float32 and any(op.needs_float32_define() for op in program.operations())
    return Design(
        spec, program, buffers, requirements(spec), _kernels(spec, program), ("INP_FLOAT32",) if needs_define else ()
    )


def _refuse_tensors(spec: Spec) -> None:
    if spec.category != "eltwise":
        raise UnsupportedSpecError(f"category: {spec.category}", "it writes elementwise operations only")
    for position, item in enumerate(spec.inputs):
        where = f"inputs[{position}]"
        for dtype in item.dtypes:
            if dtype not in DTYPE_NAMES:
                raise UnsupportedSpecError(f"{where}.dtypes: {dtype}", "it knows bfloat16 and float32")
        if item.layout != "tile":
            raise UnsupportedSpecError(f"{where}.layout: {item.layout}", "its kernels work on tiles")
        if item.memory not in INTERLEAVED:
            raise UnsupportedSpecError(f"{where}.memory: {item.memory}", "its kernels read interleaved tensors")
    if not spec.output.dtype.endswith(".dtype") and spec.output.dtype not in DTYPE_NAMES:
        raise UnsupportedSpecError(f"output.dtype: {spec.output.dtype}", "it knows bfloat16 and float32")
    if spec.output.layout != "tile":
        raise UnsupportedSpecError(f"output.layout: {spec.output.layout}", "its kernels work on tiles")
    if spec.output_memory() not in INTERLEAVED:
        raise UnsupportedSpecError(f"output.memory: {spec.output.memory}", "its kernels write interleaved tensors")


def _refuse_shapes(spec: Spec) -> None:
    for case in spec.shapes:
        if len(set(case)) > 1:
            shapes = " and ".join(str(list(shape)) for shape in dict.fromkeys(case))
            raise UnsupportedSpecError(f"the broadcast between {shapes}", "all inputs must have one shape")
        if spec.output_shape(case) != case[0]:
            raise UnsupportedSpecError(f"output.shape: {spec.output.shape}", "the output must have the inputs' shape")


def _buffers(spec: Spec, program: Program) -> tuple[Buffer, ...]:
    rows = [
        Buffer(
            index, f"cb_{item.name}", f"tiles of {item.name}", "reader", "compute", 2, f"{item.name}.dtype", item.name
        )
        for index, item in enumerate(spec.inputs)
    ]
    rows.append(Buffer(OUTPUT_INDEX, "cb_output", "result tiles", "compute", "writer", 2, spec.output.dtype, "output"))
    dtype = "float32" if program.fp32_dest_acc_en else "bfloat16"
    rows += [
        Buffer(
            INTERMEDIATE_INDICES[number],
            f"cb_intermediate_{number}",
            "value kept while DST is released",
            "compute",
            "compute",
            1,  # produced and consumed by one kernel within one tile's work
            dtype,
            number,
        )
        for number in range(program.schedule.intermediates)
    ]
    return tuple(rows)


def _kernels(spec: Spec, program: Program) -> dict[str, KernelPlan]:
    folder, name = f"{spec.operation_path}/device/kernels", spec.operation
    return {
        "reader": KernelPlan(
            f"{folder}/dataflow/reader_{name}.cpp",
            tuple(f"{item}_accessor" for item in spec.input_names),
            (*(f"{item}_addr" for item in spec.input_names), "num_tiles", "start_id"),
        ),
        "compute": KernelPlan(
            f"{folder}/compute/{name}.cpp", (), ("num_tiles", *(scalar.name for scalar in program.runtime_scalars))
        ),
        "writer": KernelPlan(
            f"{folder}/dataflow/writer_{name}.cpp", ("output_accessor",), ("output_addr", "num_tiles", "start_id")
        ),
    }
