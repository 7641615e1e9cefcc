"""Matrix products: `matmul(a, b)`, b transposed or not, and what is done to the product element by element.

Output tiles are computed in blocks that stay in DST while K is walked through; what follows on the product is applied
there if it works in place, else the block goes through a buffer of float32 tiles.
"""

from __future__ import annotations

from dataclasses import replace

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
from op_pipeline.backends.template.epilogue import Epilogue, compile_epilogue
from op_pipeline.backends.template.matmul_formula import Extra, Product, find_extras, find_product
from op_pipeline.backends.template.matmul_kernels import MatmulKernels
from op_pipeline.backends.template.program import tile_op
from op_pipeline.backends.template.rendering import fragment
from op_pipeline.backends.template.requirements import Requirement, host_name, requirements
from op_pipeline.backends.template.unsupported import UnsupportedSpecError
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Call, Expr, walk

MAX_RANK = 4


def claims(spec: Spec, expression: Expr) -> bool:  # noqa: ARG001 - the signature of all families
    """Whether the formula has a matrix product."""
    return any(isinstance(node, Call) and node.function == "matmul" for node in walk(expression))


def design(spec: Spec, expression: Expr) -> Design:
    """Design of an operation with one matrix product. Raises UnsupportedSpecError."""
    for position, item in enumerate(spec.inputs):
        if item.rank[1] > MAX_RANK:
            raise UnsupportedSpecError(f"inputs[{position}].rank: {list(item.rank)}", "it multiplies up to rank 4")
    product, rest = find_product(spec, expression)
    extras = find_extras(spec, product)
    epilogue = compile_epilogue(spec, rest, product.name, extras)
    return Design(
        spec,
        _buffers(spec, product, epilogue),
        requirements(spec, _shape_requirements(spec, product, extras)),
        _kernels(spec, product, extras, epilogue),
        _work_split(product),
        _explanation(spec, product, extras, epilogue),
        MatmulKernels(product, extras, epilogue),
        fp32_dest_acc_en=True,
        scalars=tuple(HostScalar(item.name, item.cpp, item.text) for item in epilogue.program.runtime_scalars),
        defines=("INP_FLOAT32",) if may_hold_float32(spec) and epilogue.needs_float32_define else (),
        helpers=(fragment("matmul_block.cpp.j2"),),
        buffer_comment="Those between kernels hold two rounds: one is filled while the other is used.",
        internal_comment="The product of a block waits here as float32 for the rest of the formula.",
        summary=f"Computes ``{spec.formula}``.",
    )


# --- buffers, arguments, work ------------------------------------------------------------------------------------
def _buffers(spec: Spec, product: Product, epilogue: Epilogue) -> tuple[Buffer, ...]:
    operands = frozenset({product.left, product.right})
    pages = {product.left: "2 * block.height * block.depth", product.right: "2 * block.depth * block.width"}
    found = [
        replace(buffer, host_pages=pages.get(str(buffer.key), ""))
        for buffer in input_buffers(spec, matrix_unit=operands)
    ]
    found.append(replace(output_buffer(spec), host_pages="2 * block.height * block.width"))
    if not epilogue.in_place:
        found.append(_internal(0, product.name, "product of a block", host_pages="block.height * block.width"))
        found += [
            _internal(1 + number, number, "value kept while DST is released")
            for number in range(epilogue.program.schedule.intermediates)
        ]
    return tuple(found)


def _internal(position: int, key: str | int, purpose: str, host_pages: str = "") -> Buffer:
    name = f"cb_{key}" if isinstance(key, str) else f"cb_intermediate_{key}"
    index = INTERNAL_INDICES[position]
    return Buffer(index, name, purpose, "compute", "compute", 1, "float32", key, host_pages=host_pages)


def _work_split(product: Product) -> WorkSplit:
    a = host_name(product.left)
    height, width = ("output.padded_shape()[-2]", "output.padded_shape()[-1]")
    return WorkSplit(
        "block",
        "blocks",
        "start_block",
        "blocks of the output",
        "The unit of work is a block of output tiles that fits DST. Blocks are numbered along N, then M, then the "
        "batch, and each core owns a consecutive range.",
        (
            f"const uint32_t m_tiles = {height} / tt::constants::TILE_HEIGHT;",
            f"const uint32_t n_tiles = {width} / tt::constants::TILE_WIDTH;",
            f"const uint32_t k_tiles = {a}.padded_shape()[-1] / tt::constants::TILE_WIDTH;",
            "const uint32_t batch = output.physical_volume() / (m_tiles * n_tiles * tt::constants::TILE_HW);",
            "const auto worker_grid = output.device()->compute_with_storage_grid_size();",
            "const Block block = choose_block(batch, m_tiles, k_tiles, n_tiles, worker_grid.x * worker_grid.y);",
            "const uint32_t num_blocks = batch * (m_tiles / block.height) * (n_tiles / block.width);",
            "// Columns of K that count in its last tile; what lies beyond is padding.",
            f"const uint32_t k_remainder = {a}.logical_shape()[-1] % tt::constants::TILE_WIDTH;",
        ),
        fragment("design_matmul_work.md.j2"),
        split="observed",
    )


_DIMENSIONS = tuple(Argument(name, name) for name in ("m_tiles", "n_tiles"))
_BLOCK = tuple(Argument(f"block_{part}", f"block.{part}") for part in ("height", "width", "depth"))


def _kernels(spec: Spec, product: Product, extras: tuple[Extra, ...], epilogue: Epilogue) -> dict[str, KernelPlan]:
    work = (Argument("num_blocks", "num_blocks_per_core"), Argument("start_block", "start_block"))
    order = product.left, product.right, *(extra.name for extra in extras)
    scalars = (Argument(item.name, f"{item.name}_bits") for item in epilogue.program.runtime_scalars)
    k_tiles = Argument("k_tiles", "k_tiles")
    batched = (product.left, product.right, *(extra.name for extra in extras if extra.has_rows))
    strides = (Argument(f"{name}_batch_tiles", f"batch_tiles({host_name(name)})") for name in batched)
    return {
        "reader": KernelPlan(
            kernel_path(spec, "reader"),
            tuple(Argument(f"{name}_accessor", host_name(name)) for name in order),
            (*(Argument(f"{name}_addr", f"{host_name(name)}.buffer()") for name in order), *work),
            (*_DIMENSIONS, k_tiles, Argument("k_remainder", "k_remainder"), *_BLOCK, *strides),
        ),
        "compute": KernelPlan(
            kernel_path(spec, "compute"),
            (),
            (work[0], *scalars),
            (*_BLOCK, Argument("num_rounds", "k_tiles / block.depth")),
        ),
        "writer": KernelPlan(
            kernel_path(spec, "writer"),
            (Argument("output_accessor", "output"),),
            (Argument("output_addr", "output.buffer()"), *work),
            (_DIMENSIONS[1], *_BLOCK[:2]),
        ),
    }


# --- what is refused ---------------------------------------------------------------------------------------------
def _shape_requirements(spec: Spec, product: Product, extras: tuple[Extra, ...]) -> dict[str, list[Requirement]]:
    a, b = (f"{host_name(name)}.logical_shape()" for name in (product.left, product.right))
    inner = -1 if product.transposed else -2
    word = {-1: "width", -2: "height"}[inner]
    subject = f"input '{product.right}' must have a shape"
    # A check stands after the ranks of all it looks at are known: at the last input among them.
    later = max(product.left, product.right, key=spec.input_names.index)
    rows = [
        Requirement(
            f"{later}.shape",
            f"the {word} of input {product.right} is the width of input {product.left}",
            f"{subject} whose {word} is the width of input '{product.left}'",
            f"{b}[{inner}] == {a}[-1]",
            (b, a),
            ending=", got {} and {}",
        )
    ]
    condition = product.batch_condition(spec)
    if condition:
        rows.append(
            Requirement(
                f"{later}.shape",
                f"the batch of input {product.right} goes with that of input {product.left}",
                f"{subject} with the batch of input '{product.left}'",
                condition,
                (b, a),
                ending=", got {} and {}",
            )
        )
    found = {later: rows}
    for extra in extras:
        last = max(later, extra.name, key=spec.input_names.index)
        found.setdefault(last, []).append(replace(extra.requirement(product), id=f"{last}.shape"))
    return found


# --- the design document ----------------------------------------------------------------------------------------
def _explanation(spec: Spec, product: Product, extras: tuple[Extra, ...], epilogue: Epilogue) -> Explanation:
    graph = epilogue.program.graph
    steps = [step for section in epilogue.program.schedule.sections for step in section.steps]
    rows = [
        {"call": tile_op(step.op).call.format(format="Float32"), "text": graph[step.node].text}
        for step in steps
        if step.op not in {"copy", "move"}
    ]
    values = {"product": product, "extras": extras, "epilogue": epilogue, "inputs": spec.input_names}
    return Explanation(
        fragment("design_matmul.md.j2", spec=spec, steps=rows, **values),
        fragment("design_matmul_flow.md.j2", **values),
        scalar_note([(item.name, item.text) for item in epilogue.program.runtime_scalars]),
        "A page is one 32×32 tile. `choose_block` in the program factory fixes how many of them are moved at a time: "
        "buffers of operands and output hold two\nrounds, so their page counts are multiples of what stands here.",
    )
