"""Data movement: transpose, slice, concat and pad, in any order, and changes of layout; then element by element.

The reader finds out for each tile (or row) of the output where it comes from. Whole tiles and rows are read as they
are; else it reads runs of 16 elements, a row of a face, straight to their places where source and target are both
aligned, and through a scratch page where they are not. Rows and columns are exchanged by the compute kernel.
"""

from __future__ import annotations

from dataclasses import replace

from op_pipeline.backends.template.design import (
    INTERLEAVED,
    INTERNAL_INDICES,
    Argument,
    Buffer,
    Design,
    Explanation,
    HostScalar,
    KernelPlan,
    WorkSplit,
    kernel_path,
    output_buffer,
)
from op_pipeline.backends.template.elementwise import scalar_note
from op_pipeline.backends.template.lowering import ParameterKind
from op_pipeline.backends.template.movement_formula import MOVES, NAMES, Axes, Movement, reaches, size, split
from op_pipeline.backends.template.movement_kernels import MovementKernels
from op_pipeline.backends.template.program import Program, compile_formula
from op_pipeline.backends.template.rendering import fragment
from op_pipeline.backends.template.requirements import DTYPE_NAMES, Requirement, host_name, requirements
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Call, Expr, Input, input_names, walk

WIDE = frozenset({"float32", "int32", "uint32"})
FLOATS = frozenset({"bfloat16", "float32"})


def claims(spec: Spec, expression: Expr) -> bool:
    """Whether the formula moves elements and does nothing that a tile alone does not tell, or a layout changes."""
    calls = {node.function for node in walk(expression) if isinstance(node, Call)}
    return bool(calls & MOVES) or isinstance(expression, Input) or spec.category == "data_movement"


def design(spec: Spec, expression: Expr) -> Design:
    """Design of an operation that moves data. Raises UnsupportedSpecError."""
    _refuse_tensors(spec)
    axes = Axes(spec)
    rest, movements = split(spec, expression)
    if spec.output.layout == "row_major" and not isinstance(rest, Input):
        raise UnsupportedSpecError(f"{spec.formula} with output.layout: row_major", "it computes on tiles")
    movements = [_for_layouts(spec, item) for item in movements]
    _refuse_dtypes(spec, rest, movements)
    program = None if isinstance(rest, Input) and not movements[0].transposed else _compiled(spec, rest)
    wide = program is not None and (
        program.fp32_dest_acc_en or any(dtype in WIDE for item in spec.inputs for dtype in item.dtypes)
    )
    scalars = program.runtime_scalars if program is not None else ()
    return Design(
        spec,
        _buffers(spec, movements, program),
        requirements(spec, _shape_requirements(spec, expression, axes)),
        _kernels(spec, movements, program),
        _work_split(spec),
        _explanation(spec, movements, program),
        MovementKernels(tuple(movements), axes, program),
        fp32_dest_acc_en=wide,
        scalars=tuple(HostScalar(item.name, item.cpp, item.text) for item in scalars),
        internal_comment="Pages that neither hold an input as it is nor the output.",
        summary=f"Computes ``{spec.formula}``.",
        exact=isinstance(rest, Input),
    )


def _for_layouts(spec: Spec, item: Movement) -> Movement:
    """The movement without what only tiles, or only rows, allow."""
    to_rows = spec.output.layout == "row_major"
    layouts = {tensor.layout for tensor in spec.inputs if tensor.name in item.inputs}
    return replace(
        item,
        by_tiles=item.by_tiles and not to_rows and layouts == {"tile"},
        by_rows=item.by_rows and to_rows and layouts == {"row_major"},
        transposed=item.transposed and not to_rows,
    )


def _compiled(spec: Spec, rest: Expr) -> Program:
    kinds = {item.name: ParameterKind(item.name, item.type) for item in spec.parameters}
    wide = any(dtype in WIDE for item in spec.inputs for dtype in item.dtypes) or spec.output.dtype in WIDE
    return compile_formula(rest, kinds, float32=wide)


# --- what it cannot do -------------------------------------------------------------------------------------------
def _refuse_tensors(spec: Spec) -> None:
    for position, item in enumerate(spec.inputs):
        where = f"inputs[{position}]"
        for dtype in item.dtypes:
            if dtype not in DTYPE_NAMES:
                raise UnsupportedSpecError(f"{where}.dtypes: {dtype}", f"it moves {', '.join(DTYPE_NAMES)}")
        if item.memory not in INTERLEAVED:
            raise UnsupportedSpecError(f"{where}.memory: {item.memory}", "its kernels read interleaved tensors")
    if spec.output_memory() not in INTERLEAVED:
        raise UnsupportedSpecError(f"output.memory: {spec.output.memory}", "its kernels write interleaved tensors")


def _refuse_dtypes(spec: Spec, rest: Expr, movements: list[Movement]) -> None:
    dtypes = {item.name: item.dtypes for item in spec.inputs}
    computes = not isinstance(rest, Input)
    for movement in movements:
        kinds = {dtypes[name] for name in movement.inputs}
        if len(movement.inputs) > 1 and (len(kinds) > 1 or len(next(iter(kinds))) > 1):
            raise UnsupportedSpecError(
                f"dtypes of {' and '.join(movement.inputs)}", "what one movement joins must have one dtype, the same"
            )
        if computes and not set().union(*map(set, kinds)) <= FLOATS:
            raise UnsupportedSpecError(f"{spec.formula} of integers", "it computes on bfloat16 and float32")
    if not computes and spec.output.dtype != f"{movements[0].inputs[0]}.dtype":
        only = dtypes[movements[0].inputs[0]]
        if only != (spec.output.dtype,):
            raise UnsupportedSpecError(f"output.dtype: {spec.output.dtype}", "a movement converts no dtype")


# --- buffers, arguments, work ------------------------------------------------------------------------------------
def _buffers(spec: Spec, movements: list[Movement], program: Program | None) -> tuple[Buffer, ...]:
    rows = spec.output.layout == "row_major"
    output = output_buffer(spec, producer="compute" if program else "reader")
    if rows:
        output = replace(output, purpose="result rows", page_bytes="output_row_bytes")
    found = [output]
    internal = iter(INTERNAL_INDICES)
    if program is not None:
        found = [
            Buffer(
                position, f"cb_{item.name}", f"tiles of {_text(item)}", "reader", "compute", 2,
                f"{item.inputs[0]}.dtype", item.name,
            )
            for position, item in enumerate(movements)
        ] + found  # fmt: skip
        found += [
            Buffer(
                next(internal), f"cb_intermediate_{number}", "value kept while DST is released", "compute", "compute",
                1, "float32" if program.fp32_dest_acc_en else "bfloat16", number,
            )
            for number in range(program.schedule.intermediates)
        ]  # fmt: skip
    if any(not item.by_tiles and not item.by_rows for item in movements):
        found.append(
            Buffer(
                next(internal), "cb_scratch", "runs of elements that are not aligned", "reader", "reader", 1,
                "float32", "scratch", to_dest=False,
            )
        )  # fmt: skip
    return tuple(found)


def _text(movement: Movement) -> str:
    return movement.name if movement.name in movement.inputs else " and ".join(movement.inputs)


def _kernels(spec: Spec, movements: list[Movement], program: Program | None) -> dict[str, KernelPlan]:
    rows = spec.output.layout == "row_major"
    units, start = ("rows", "start_row") if rows else ("tiles", "start_id")
    work = (Argument(f"num_{units}", f"num_{units}_per_core"), Argument(start, start))
    names = [name for name in spec.input_names if any(name in item.inputs for item in movements)]
    sizes = [
        Argument(f"{name}_{letter}", _host_size(name, dim))
        for name in names
        for dim, letter in enumerate("nchw")
        if dim
    ]
    output = [Argument(f"output_{letter}", _host_size("output", dim)) for dim, letter in enumerate("nchw") if dim]
    widths = [Argument(f"{name}_element_bytes", f"{host_name(name)}.element_size()") for name in names]
    kernels = {
        "reader": KernelPlan(
            kernel_path(spec, "reader"),
            tuple(Argument(f"{name}_accessor", host_name(name)) for name in names),
            (*(Argument(f"{name}_addr", f"{host_name(name)}.buffer()") for name in names), *work),
            (*sizes, *output, *widths),
        ),
        "writer": KernelPlan(
            kernel_path(spec, "writer"),
            (Argument("output_accessor", "output"),),
            (Argument("output_addr", "output.buffer()"), *work),
            (Argument("output_row_bytes", "output.logical_shape()[-1] * output.element_size()"),) if rows else (),
        ),
    }
    if program is not None:
        scalars = (Argument(item.name, f"{item.name}_bits") for item in program.runtime_scalars)
        kernels["compute"] = KernelPlan(kernel_path(spec, "compute"), (), (work[0], *scalars))
    return kernels


def _host_size(name: str, dimension: int) -> str:
    tensor = name if name == "output" else host_name(name)
    return f"{tensor}.logical_shape().to_rank(4)[{dimension}]"


def _work_split(spec: Spec) -> WorkSplit:
    if spec.output.layout == "row_major":
        return WorkSplit(
            "row",
            "rows",
            "start_row",
            "output.logical_volume / output.shape[-1]",
            "The unit of work is one row of the output, which is one page. Rows are numbered over the whole tensor, "
            "and each core owns a consecutive range.",
            (
                "const uint32_t num_rows = output.logical_volume() / output.logical_shape()[-1];",
                "// Pages of the circular buffer start where the NoC may write to.",
                "const uint32_t output_row_bytes = tt::align(output.logical_shape()[-1] * output.element_size(), 64);",
            ),
            "The unit is a row of the output. `split_work_to_cores` gives each core a consecutive range; two core "
            "groups differ by one row.\nCores beyond the number of rows take no part.",
        )
    return WorkSplit(
        "tile",
        "tiles",
        "start_id",
        "output.physical_volume / 1024",
        "The unit of work is one tile of the output. Tiles are numbered row-major over the whole tensor, and each core "
        "owns a consecutive range of pages.",
        ("const uint32_t num_tiles = output.physical_volume() / tt::constants::TILE_HW;",),
        "The unit is a tile of the output; the total is the number of its tiles, padding included. "
        "`split_work_to_cores` gives each core a\nconsecutive range in row-major order; two core groups differ by one "
        "tile. Cores beyond the number of tiles take no part.",
    )


# --- what is refused ---------------------------------------------------------------------------------------------
def _shape_requirements(spec: Spec, expression: Expr, axes: Axes) -> dict[str, list[Requirement]]:
    found: dict[str, list[Requirement]] = {}
    for call, dimension, least in reaches(spec, expression, axes):
        name = min(input_names(call))
        extent = size(call.arguments[0], dimension, axes, _host_size)
        what = f"of {least} elements or more along dimension {NAMES[dimension]}"
        found.setdefault(name, []).append(_shape_requirement(name, what, f"{extent} >= {least}"))
    for node in walk(expression):
        if not isinstance(node, Call) or len([item for item in node.arguments if input_names(item)]) < 2:
            continue
        first, *others = (item for item in node.arguments if input_names(item))
        along = axes.dimension(node, int(str(node.option("axis")))) if node.function == "concat" else -1
        for other in others:
            names = sorted({*input_names(first), *input_names(other)}, key=spec.input_names.index)
            terms = [
                f"{size(other, d, axes, _host_size)} == {size(first, d, axes, _host_size)}"
                for d in range(4)
                if d != along
            ]
            # After the rank of both is known, so at the later one.
            what = f"that goes with input '{names[0]}'"
            found.setdefault(names[-1], []).append(_shape_requirement(names[-1], what, " &&\n        ".join(terms)))
    return found


def _shape_requirement(name: str, what: str, condition: str) -> Requirement:
    return Requirement(
        f"{name}.shape",
        f"input {name} has a shape {what}".replace("'", ""),
        f"input '{name}' must have a shape {what}",
        condition,
        (f"{host_name(name)}.logical_shape()",),
    )


# --- the design document ----------------------------------------------------------------------------------------
def _explanation(spec: Spec, movements: list[Movement], program: Program | None) -> Explanation:
    values = {
        "spec": spec, "movements": movements, "program": program,
        "runs": any(not item.by_tiles and not item.by_rows for item in movements),
    }  # fmt: skip
    rows = spec.output.layout == "row_major"
    return Explanation(
        fragment("design_movement.md.j2", **values),
        fragment("design_movement_flow.md.j2", **values),
        scalar_note([(item.name, item.text) for item in program.runtime_scalars] if program else []),
        "A page of `cb_output` is one row of the output. " * rows
        + "A page is one 32×32 tile. " * (not rows)
        + "Producer and consumer of each buffer move one page at a time.",
    )
