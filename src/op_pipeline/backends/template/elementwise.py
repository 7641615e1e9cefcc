"""Elementwise operations on tensors of one shape: one tile at a time, the whole formula on it in DST."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.backends.template.compute_kernel import BufferNames, compute_body
from op_pipeline.backends.template.design import (
    INTERNAL_INDICES,
    Argument,
    Buffer,
    Design,
    Explanation,
    HostScalar,
    KernelPlan,
    WorkSplit,
    input_buffers,
    kernel_path,
    may_hold_float32,
    output_buffer,
)
from op_pipeline.backends.template.lowering import ParameterKind
from op_pipeline.backends.template.program import Program, compile_formula, tile_op
from op_pipeline.backends.template.rendering import fragment, render
from op_pipeline.backends.template.requirements import host_name, requirements, same_shape
from op_pipeline.backends.template.stub import stub_fill
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Expr


def claims(spec: Spec, expression: Expr) -> bool:  # noqa: ARG001 - the signature of all families
    """The family that takes what no other one has."""
    return True


def design(spec: Spec, expression: Expr) -> Design:
    """Design of an elementwise operation. Raises UnsupportedSpecError."""
    _refuse_shapes(spec)
    kinds = {item.name: ParameterKind(item.name, item.type) for item in spec.parameters}
    float32 = may_hold_float32(spec)
    program = compile_formula(expression, kinds, float32=float32)
    buffers = (*input_buffers(spec), output_buffer(spec), *_intermediates(program))
    needs_define = float32 and any(op.needs_float32_define() for op in program.operations())
    first = spec.inputs[0].name
    return Design(
        spec,
        buffers,
        requirements(spec, {name: [same_shape(name, first)] for name in spec.input_names[1:]}),
        _kernels(spec, program),
        _work_split(),
        _explanation(spec, program, buffers),
        ElementwiseKernels(program),
        program.fp32_dest_acc_en,
        scalars=tuple(HostScalar(item.name, item.cpp, item.text) for item in program.runtime_scalars),
        defines=("INP_FLOAT32",) if needs_define else (),
    )


def _refuse_shapes(spec: Spec) -> None:
    for case in spec.shapes:
        if len(set(case)) > 1:
            shapes = " and ".join(str(list(shape)) for shape in dict.fromkeys(case))
            raise UnsupportedSpecError(f"the broadcast between {shapes}", "all inputs must have one shape")
        if spec.output_shape(case) != case[0]:
            raise UnsupportedSpecError(f"output.shape: {spec.output.shape}", "the output must have the inputs' shape")


def _intermediates(program: Program) -> list[Buffer]:
    dtype = "float32" if program.fp32_dest_acc_en else "bfloat16"
    return [
        Buffer(
            INTERNAL_INDICES[number],
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


def _work_split() -> WorkSplit:
    return WorkSplit(
        "tile",
        "tiles",
        "start_id",
        "output.physical_volume / 1024",
        "The unit of work is one tile. Tiles are numbered row-major over the whole tensor, so that each core owns a "
        "consecutive range of pages and batch dimensions need no special case.",
        ("const uint32_t num_tiles = output.physical_volume() / tt::constants::TILE_HW;",),
        "The unit is a tile; the total is the number of tiles of the padded output. `split_work_to_cores` gives each "
        "core a\nconsecutive range in row-major order; two core groups differ by one tile when the total does not "
        "divide evenly. Cores\nbeyond the number of tiles take no part.",
    )


def _kernels(spec: Spec, program: Program) -> dict[str, KernelPlan]:
    work = (Argument("num_tiles", "num_tiles_per_core"), Argument("start_id", "start_id"))
    scalars = (Argument(scalar.name, f"{scalar.name}_bits") for scalar in program.runtime_scalars)
    return {
        "reader": KernelPlan(
            kernel_path(spec, "reader"),
            tuple(Argument(f"{name}_accessor", host_name(name)) for name in spec.input_names),
            (*(Argument(f"{name}_addr", f"{host_name(name)}.buffer()") for name in spec.input_names), *work),
        ),
        "compute": KernelPlan(kernel_path(spec, "compute"), (), (work[0], *scalars)),
        "writer": KernelPlan(
            kernel_path(spec, "writer"),
            (Argument("output_accessor", "output"),),
            (Argument("output_addr", "output.buffer()"), *work),
        ),
    }


@dataclass(frozen=True)
class ElementwiseKernels:
    """Reader and writer of one tile a round; the compute kernel is the compiled program."""

    program: Program

    def reader(self, found: Design) -> str:
        """Reads a tile of each input."""
        return render("reader.cpp.j2", found)

    def writer(self, found: Design) -> str:
        """Writes a tile."""
        return render("writer.cpp.j2", found)

    def stub(self, found: Design) -> str:
        """Passes the first input through, or writes a constant."""
        return render("compute_stub.cpp.j2", found, fill=stub_fill(found.spec))

    def compute(self, found: Design) -> str:
        """The formula."""
        names = buffer_names(found)
        body = compute_body(self.program, names, found.spec.input_names)
        first_source = names.names[body.first_source]
        return render("compute.cpp.j2", found, program=self.program, body=body, first_source=first_source)


def buffer_names(found: Design) -> BufferNames:
    """Kernel names and possible formats of the buffers."""
    return BufferNames(
        {buffer.key: buffer.name for buffer in found.buffers},
        {buffer.key: found.formats(buffer) for buffer in found.buffers},
    )


# --- the design document ----------------------------------------------------------------------------------------
def _explanation(spec: Spec, program: Program, buffers: tuple[Buffer, ...]) -> Explanation:
    names = [f"`cb_{name}`" for name in spec.input_names]
    return Explanation(
        fragment("design_elementwise.md.j2", spec=spec, steps=_steps(program), rounding=_rounding(program)),
        fragment(
            "design_elementwise_flow.md.j2",
            inputs=spec.input_names,
            input_buffers=", ".join(names),
            program=program,
            intermediates=[buffer for buffer in buffers if isinstance(buffer.key, int)],
        ),
        scalar_note([(scalar.name, scalar.text) for scalar in program.runtime_scalars]),
    )


def _steps(program: Program) -> list[dict[str, str]]:
    graph = program.graph
    steps = [step for section in program.schedule.sections for step in section.steps]
    return [
        {"call": tile_op(step.op).call.format(format=program.dst_format), "text": graph[step.node].text}
        for step in steps
        if step.op not in {"copy", "move"}
    ] or [{"call": "copy_tile", "text": graph[program.root].text}]


def _rounding(program: Program) -> str:
    count = program.graph.rounding_operations(program.root)
    if not program.fp32_dest_acc_en:
        return "At most one operation rounds, so a 16-bit DST loses nothing that the bfloat16 output would keep."
    if count > 1:
        return (
            f"{count} operations round. In a 16-bit DST each would cost up to 2^-8 relative, so DST holds float32 "
            "(`fp32_dest_acc_en`) and half as many tiles."
        )
    return "Some tensor may be float32, so DST holds float32 (`fp32_dest_acc_en`)."


def scalar_note(scalars: list[tuple[str, str]]) -> str:
    """What the design says of the (name, formula) of host scalars."""
    if not scalars:
        return "The formula has no parameters; its literals are constants of the compute kernel."
    names = ", ".join(f"`{name}`" if name == text else f"`{name}` = `{text}`" for name, text in scalars)
    return f"Scalars ({names}) are computed on the host and passed as float32 bits: a new value does not recompile."
