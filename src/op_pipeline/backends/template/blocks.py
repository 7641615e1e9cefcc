"""Operations with reductions, or with inputs of several shapes: softmax, norms, sums, broadcasts, outer products."""

from __future__ import annotations

from dataclasses import dataclass

from op_pipeline.backends.template.block_plan import (
    MASK_COLUMNS,
    MASK_ROWS,
    ONES,
    PARTIAL,
    RUNNING,
    Pass,
    Plan,
    compile_blocks,
)
from op_pipeline.backends.template.block_printer import Printer, headers_of
from op_pipeline.backends.template.block_rewrite import reductions
from op_pipeline.backends.template.block_shapes import HEIGHT, WIDTH, Axes, Geometry, host_size, shape_requirements
from op_pipeline.backends.template.compute_kernel import INDENT, LINE_LENGTH, BufferNames
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
from op_pipeline.backends.template.elementwise import scalar_note
from op_pipeline.backends.template.graph import Scalar, number
from op_pipeline.backends.template.lowering import ParameterKind
from op_pipeline.backends.template.program import Constant, RuntimeScalar, name_scalars, tile_op, used_scalars
from op_pipeline.backends.template.rendering import fragment, render
from op_pipeline.backends.template.requirements import host_name, requirements
from op_pipeline.backends.template.stub import stub_fill
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Expr

_UNITS = {
    "tile": "tile",
    "row": "row of tiles",
    "column": "column of tiles",
    "plane": "plane of tiles (the last two dimensions)",
    "block": "block of tiles that a reduction spans",
}


def claims(spec: Spec, expression: Expr) -> bool:
    """Reductions, or shapes that differ."""
    return bool(reductions(expression)) or any(len({*case, spec.output_shape(case)}) > 1 for case in spec.shapes)


def design(spec: Spec, expression: Expr) -> Design:
    """Design of an operation in passes over units of tiles. Raises UnsupportedSpecError."""
    kinds = {item.name: ParameterKind(item.name, item.type) for item in spec.parameters}
    float32 = may_hold_float32(spec)
    plan = compile_blocks(spec, expression, kinds, float32=float32)
    text = BlockKernels(plan)
    scalars = [HostScalar(item.name, item.cpp, item.text) for item in text.named(spec)[0]]
    buffers = _buffers(spec, plan)
    operations = [
        tile_op(step.op)
        for chunk in plan.chunks
        for section in chunk.sections
        for step in section.steps
        if step.op != "copy"
    ]
    return Design(
        spec,
        tuple(buffers),
        requirements(spec, shape_requirements(plan.geometry)),
        _kernels(spec, plan, scalars),
        _work_split(spec, plan),
        _explanation(spec, plan, scalars),
        text,
        plan.fp32_dest_acc_en,
        scalars=tuple(scalars),
        defines=("INP_FLOAT32",) if float32 and any(op.needs_float32_define() for op in operations) else (),
        internal_comment="Buffers of the compute kernel, in the width that DST has, and masks of ragged edges.",
        summary=f"Computes ``{spec.formula}``.",
    )


# --- buffers and arguments ---------------------------------------------------------------------------------------
def _buffers(spec: Spec, plan: Plan) -> list[Buffer]:
    wide = "float32" if plan.fp32_dest_acc_en else "bfloat16"
    rows: list[tuple[str | int, str, str, str, int, str, bool]] = []
    axes = plan.geometry.tile_axes
    if plan.geometry.reduced:
        if any(not item.held for item in plan.passes if item.reduction is not None):
            rows.append((RUNNING, "running", "sum or maximum so far", "compute", 2, wide, True))
        rows.append((PARTIAL, "partial", "one tile of it for the whole unit", "compute", 1, wide, not axes))
    if axes:
        rows.append((ONES, "ones", "weights of sums within a tile", "compute", 1, wide, False))
    for axis, key, what in ((WIDTH, MASK_COLUMNS, "columns"), (HEIGHT, MASK_ROWS, "rows")):
        if axis in axes:
            rows.append(
                (key, key, f"1 in the {what} of the last tile that count, else 0", "reader", 1, "bfloat16", True)
            )
    rows += [
        (found.key, found.name, f"{found.text}, for the whole unit", "compute", 1, wide, True)
        for found in plan.statistics
    ]
    rows += [
        (number, f"intermediate_{number}", "value kept while DST is released", "compute", 1, wide, True)
        for number in range(plan.intermediates)
    ]
    if len(rows) > len(INTERNAL_INDICES):
        raise UnsupportedSpecError("this formula", f"it needs more than {len(INTERNAL_INDICES)} buffers of its own")
    own = [
        Buffer(INTERNAL_INDICES[position], f"cb_{name}", what, producer, "compute", pages, dtype, key, to_dest=to_dest)
        for position, (key, name, what, producer, pages, dtype, to_dest) in enumerate(rows)
    ]
    return [*input_buffers(spec), output_buffer(spec), *own]


def _ragged(axes: Axes) -> list[str]:
    return [name for axis, name in ((HEIGHT, "ragged_rows"), (WIDTH, "ragged_columns")) if axis in axes]


def _sizes(found: Geometry, wanted: set[str]) -> list[str]:
    return [item.size for item in found.dimensions if item.size in wanted]


def _kernels(spec: Spec, plan: Plan, scalars: list[HostScalar]) -> dict[str, KernelPlan]:
    found = plan.geometry
    units = _units(found)
    work = [Argument(f"num_{units}", f"num_{units}_per_core"), Argument(f"start_{found.unit}", f"start_{found.unit}")]
    decoded = {item.size for item in found.outer[1:]}
    inner = {item.size for item in found.inner}
    read = decoded | inner | {size for spans in found.spans.values() for size in found.sizes_of_page(spans)}
    written = decoded | set(found.sizes_of_page(found.output)) | (inner if _last(plan).reduction is None else set())
    ragged = [Argument(name, name) for name in _ragged(found.tile_axes)]

    def own(wanted: set[str]) -> list[Argument]:
        return [Argument(size, size) for size in _sizes(found, wanted)]

    return {
        "reader": KernelPlan(
            kernel_path(spec, "reader"),
            tuple(Argument(f"{name}_accessor", host_name(name)) for name in spec.input_names),
            (
                *(Argument(f"{name}_addr", f"{host_name(name)}.buffer()") for name in spec.input_names),
                *own(read),
                *ragged,
                *work,
            ),
        ),
        "compute": KernelPlan(
            kernel_path(spec, "compute"),
            (),
            (work[0], *own(inner), *ragged, *(Argument(item.name, f"{item.name}_bits") for item in scalars)),
        ),
        "writer": KernelPlan(
            kernel_path(spec, "writer"),
            (Argument("output_accessor", "output"),),
            (Argument("output_addr", "output.buffer()"), *own(written), *work),
        ),
    }


def _last(plan: Plan) -> Pass:
    return plan.passes[-1]


def _units(found: Geometry) -> str:
    return f"{found.unit}s"


def _work_split(spec: Spec, plan: Plan) -> WorkSplit:
    found = plan.geometry
    needed = {size for kernel in _kernels(spec, plan, []).values() for size in kernel.runtime}
    if len(found.outer) > 1:
        needed |= {item.size for item in found.outer}
    lines = [
        f"const uint32_t {item.size} = {host_size(found, item)};" for item in found.dimensions if item.size in needed
    ]
    product = " * ".join(item.size for item in found.outer) or "1"
    if len(found.outer) == 1 and found.outer[0].size not in needed:
        product = host_size(found, found.outer[0])
    lines.append(f"const uint32_t num_{_units(found)} = {product};")
    for axis, name in ((HEIGHT, "ragged_rows"), (WIDTH, "ragged_columns")):
        if axis in found.tile_axes:
            tensor = host_name(found.owner(found.reduced & frozenset({axis})))
            side = "TILE_HEIGHT" if axis == HEIGHT else "TILE_WIDTH"
            lines.append(f"const uint32_t {name} = {tensor}.logical_shape()[{axis}] % tt::constants::{side};")
    ragged = " What is ragged counts the rows or columns of the last tile that hold data, 0 when it is full."
    return WorkSplit(
        _gate_unit(plan),
        _units(found),
        f"start_{found.unit}",
        _total(spec, plan),
        f"The unit of work is one {_UNITS[found.unit]}; units are numbered row-major over the dimensions that nothing "
        f"is reduced along.{ragged if found.tile_axes else ''}",
        tuple(_broken(line) for line in lines),
        f"The unit is a {_UNITS[found.unit]}. `split_work_to_cores` gives each core a consecutive range of units; two\n"
        "core groups differ by one unit when the total does not divide evenly. Cores beyond the number of units take\n"
        "no part.",
    )


def _broken(line: str) -> str:
    """A declaration that does not fit into one line of a function's body."""
    width = LINE_LENGTH - len(INDENT)
    if len(line) <= width:
        return line
    head, _, value = line.partition(" = ")
    if len(value) + 2 * len(INDENT) > LINE_LENGTH:
        left, _, right = value.rpartition(" * (")
        value = f"{left} *\n{INDENT * 2}({right}"
    return f"{head} =\n{INDENT * 2}{value}"


def _gate_unit(plan: Plan) -> str:
    kinds = {"tile": "tile", "row": "tile_row", "column": "tile_column", "plane": "plane"}
    if not plan.geometry.outer:
        return "tensor"
    if plan.geometry.unit in kinds:
        return kinds[plan.geometry.unit]
    return "tile" if _last(plan).reduction is not None else "block"


def _total(spec: Spec, plan: Plan) -> str:
    """How many units there are, in words or, for a unit that has no name, as an expression over input shapes."""
    words = {
        "tile": "tiles of the output",
        "tile_row": "rows of tiles of the output",
        "tile_column": "columns of tiles of the output",
        "plane": "planes of the output",
        "tensor": "1",
    }
    unit = _gate_unit(plan)
    if unit in words:
        return words[unit]
    found, factors = plan.geometry, []
    for axis in sorted(axis for item in found.outer for axis in item.axes):
        owner = found.owner(frozenset({axis}))
        position = next(position for position, name in enumerate(spec.input_names) if name == owner)
        if all(len(case[position]) >= -axis for case in spec.shapes):
            side = f"{owner}.shape[{axis}]"
            factors.append(f"(({side} + 31) // 32)" if axis >= HEIGHT else side)
    return " * ".join(factors)


# --- the kernels -------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class BlockKernels:
    """Reader, compute and writer of a plan walk through a unit in the same passes."""

    plan: Plan

    def named(self, spec: Spec) -> tuple[tuple[RuntimeScalar, ...], tuple[Constant, ...], dict[Scalar, str]]:
        """Scalars that the host passes, that the kernel holds, and the kernel's names for them."""
        used = [scalar for chunk in self.plan.chunks for scalar in used_scalars(chunk.graph, chunk.sections)]
        own = [number(float("-inf")) for item in self.plan.passes if item.maximum]
        own += [number(0.0) for item in self.plan.passes if item.reduction is not None and not item.maximum]
        own += [number(1.0)] if self.plan.geometry.tile_axes else []
        return name_scalars([*used, *own], set(spec.parameter_names))

    def streams(self, found: Design) -> list[list[str]]:
        """Inputs that each pass reads tile by tile, in order."""
        constants = self.plan.constants_of_unit
        return [
            [
                name
                for name in found.spec.input_names
                if name not in constants and any(name in section.sources() for section in item.chunk.sections)
            ]
            for item in self.plan.passes
        ]

    def _view(self, found: Design) -> dict[str, object]:
        geometry = self.plan.geometry
        streams = self.streams(found)
        return {
            "geometry": geometry,
            "plan": self.plan,
            "unit": geometry.unit,
            "units": _units(geometry),
            "passes": list(zip(self.plan.passes, streams, strict=True)),
            "constants": self.plan.constants_of_unit,
            "pages": {name: geometry.page(spans) for name, spans in geometry.spans.items()},
            "output_page": geometry.page(geometry.output),
            "whole": _last(self.plan).reduction is None,
            "bits": {item.name: item.text for item in found.scalars},
            "masks": [
                (found.buffer(key), count)
                for axis, key, count in ((WIDTH, MASK_COLUMNS, "ragged_columns"), (HEIGHT, MASK_ROWS, "ragged_rows"))
                if axis in geometry.tile_axes
            ],
        }

    def reader(self, found: Design) -> str:
        """Reads what the compute kernel asks for, pass by pass."""
        return render("block_reader.cpp.j2", found, **self._view(found))

    def writer(self, found: Design) -> str:
        """Writes the unit's tiles, or the one that is left of it."""
        return render("block_writer.cpp.j2", found, **self._view(found))

    def stub(self, found: Design) -> str:
        """Takes all and writes a constant."""
        fill = stub_fill(found.spec, may_pass=False)
        return render("block_stub.cpp.j2", found, fill=fill, **self._view(found))

    def compute(self, found: Design) -> str:
        """The passes."""
        runtime, constants, names = self.named(found.spec)
        buffers = BufferNames(
            {buffer.key: buffer.name for buffer in found.buffers},
            {buffer.key: found.formats(buffer) for buffer in found.buffers},
        )
        first = next(
            (name for streamed in self.streams(found) for name in streamed),
            self.plan.constants_of_unit[0] if self.plan.constants_of_unit else found.spec.input_names[0],
        )
        printer = Printer(self.plan, buffers, names)
        printer.state |= {"srca": first, "srcb": first, "pack": "output"}
        if self.plan.geometry.tile_axes:
            printer.ones()
        setup, printer.lines = printer.lines, []
        unit = self.plan.geometry.unit
        printer.loop([f"for (uint32_t {unit} = 0; {unit} < num_{_units(self.plan.geometry)}; ++{unit})"], printer.unit)
        return render(
            "block_compute.cpp.j2",
            found,
            runtime=runtime,
            literals=constants,
            setup=setup,
            body=printer.lines,
            headers=headers_of(self.plan),
            first=first,
            **self._view(found),
        )


# --- the design document -----------------------------------------------------------------------------------------
def _explanation(spec: Spec, plan: Plan, scalars: list[HostScalar]) -> Explanation:
    names = [f"`cb_{name}`" for name in spec.input_names]
    rows = [(item.chunk.text, item.reduction is not None, [chunk.text for chunk in item.after]) for item in plan.passes]
    return Explanation(
        fragment("design_blocks.md.j2", spec=spec, rows=rows, plan=plan, unit=_UNITS[plan.geometry.unit]),
        fragment(
            "design_blocks_flow.md.j2",
            spec=spec,
            plan=plan,
            buffers=", ".join(names),
            unit=plan.geometry.unit,
            constants=plan.constants_of_unit,
        ),
        scalar_note([(item.name, item.text) for item in scalars]) if scalars else scalar_note([]),
    )
