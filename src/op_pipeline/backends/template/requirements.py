"""What the generated operation refuses: one requirement per statement of the spec, with its C++ check and message.

The planner writes the messages into the design, the scaffolder writes the checks, gate 2 looks for the messages.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from op_pipeline.backends.template.graph import float_literal
from op_pipeline.spec import InputSpec, ParameterSpec, Spec

DTYPE_NAMES = {
    "bfloat16": "BFLOAT16", "float32": "FLOAT32", "int32": "INT32", "uint32": "UINT32", "uint16": "UINT16",
}  # fmt: skip
LAYOUT_NAMES = {"tile": "TILE", "row_major": "ROW_MAJOR"}
HOST_NAMES = frozenset({
    "attributes", "tensor_args", "desc", "reader", "writer", "compute", "grid", "core", "i", "num_tiles", "num_cores",
    "all_cores", "start_id", "circular_buffer", "core_group_1", "core_group_2", "num_tiles_per_core",
    "num_tiles_per_core_group_1", "num_tiles_per_core_group_2", "unpack_to_dest_mode", "output_format",
    "split_work_to_cores", "datatype_to_dataformat_converter", "batch", "block", "choose_block", "batch_tiles",
    "worker_grid", "m_tiles", "n_tiles", "k_tiles", "k_remainder", "num_blocks", "start_block",
    "rows", "tiles", "batches", "channels", "width_tiles",
    "height_tiles", "plane_tiles", "ragged_rows", "ragged_columns", "start_row", "start_column", "start_plane",
    "start_tile", "num_rows", "num_columns", "num_planes",
})  # fmt: skip
"""What the host sources call their own values and functions."""


@dataclass(frozen=True)
class Requirement:
    """`message` stands literally in the refusal; `condition` and `shown` are C++ (what must hold, what is printed)."""

    id: str
    what: str
    message: str
    condition: str
    shown: tuple[str, ...] = ()
    ending: str = ", got {}"

    @property
    def format(self) -> str:
        """Message with the placeholders of what is shown."""
        return self.message + (self.ending if self.shown else "")


def host_name(name: str) -> str:
    """Local variable of an input in host sources: its name, unless they use that for something else."""
    return f"{name}_tensor" if name in HOST_NAMES else name


def of_input(item: InputSpec) -> list[Requirement]:
    """Checks of one tensor by itself: where it is, layout, dtype, rank, memory."""
    name, tensor = item.name, host_name(item.name)
    subject = f"input '{name}'"
    dtypes = " or ".join(item.dtypes)
    rank = f"rank {item.rank[0]} to {item.rank[1]}" if item.rank[0] != item.rank[1] else f"rank {item.rank[0]}"
    memory = f"{tensor}.memory_config().memory_layout()"
    is_dtype = " || ".join(f"{tensor}.dtype() == DataType::{DTYPE_NAMES[dtype]}" for dtype in item.dtypes)
    on_device = f"{tensor}.storage_type() == StorageType::DEVICE && {tensor}.buffer() != nullptr"
    layout, name_of_layout = f"{tensor}.layout()", LAYOUT_NAMES[item.layout]
    has_rank, shown_rank = _rank_condition(tensor, *item.rank), f"{tensor}.logical_shape().rank()"
    is_interleaved = f"{memory} == TensorMemoryLayout::INTERLEAVED"
    rows = [
        ("device", "is allocated on a device", "must be on device", on_device, ()),
        (
            "layout", f"has {item.layout} layout", f"must have layout {name_of_layout}",
            f"{layout} == Layout::{name_of_layout}", (layout,),
        ),
        ("dtype", f"has dtype {dtypes}", f"must have dtype {dtypes}", is_dtype, (f"{tensor}.dtype()",)),
        ("rank", f"has {rank}", f"must have {rank}", has_rank, (shown_rank,)),
        ("memory", "is interleaved", "must have interleaved memory", is_interleaved, (memory,)),
    ]  # fmt: skip
    return [
        Requirement(f"{name}.{word}", f"input {name} {what}", f"{subject} {message}", condition, shown)
        for word, what, message, condition, shown in rows
    ]


def same_shape(name: str, first: str) -> Requirement:
    """Input `name` has the shape of input `first`."""
    shapes = (f"{host_name(name)}.logical_shape()", f"{host_name(first)}.logical_shape()")
    return Requirement(
        f"{name}.shape",
        f"input {name} has the shape of input {first}",
        f"input '{name}' must have the shape of input '{first}'",
        " == ".join(shapes),
        shapes,
        ending=", got {} and {}",
    )


def _rank_condition(name: str, low: int, high: int) -> str:
    rank = f"{name}.logical_shape().rank()"
    return f"{rank} == {low}" if low == high else f"{rank} >= {low} && {rank} <= {high}"


def of_parameter(item: ParameterSpec) -> list[Requirement]:
    """Check of a parameter's range; nothing when the spec gives none."""
    if item.range is None:
        return []
    low, high = item.range
    if item.type == "int":
        (low_text, high_text), (low_cpp, high_cpp) = 2 * ((str(math.ceil(low)), str(math.floor(high))),)
    else:
        low_text, high_text, low_cpp, high_cpp = f"{low:g}", f"{high:g}", float_literal(low), float_literal(high)
    read = f"attributes.{item.name}"
    return [
        Requirement(
            f"{item.name}.range",
            f"parameter {item.name} is between {low_text} and {high_text}",
            f"parameter '{item.name}' must be in range [{low_text}, {high_text}]",
            f"{read} >= {low_cpp} && {read} <= {high_cpp}",
            (read,),
        )
    ]


def requirements(spec: Spec, shapes: Mapping[str, Sequence[Requirement]]) -> tuple[Requirement, ...]:
    """All requirements of the operation in the order they are checked. `shapes`: what is asked of an input's shape."""
    rows = [row for item in spec.inputs for row in of_input(item)]
    # Shapes are compared after every rank is known.
    rows += [row for item in spec.inputs for row in shapes.get(item.name, ())]
    rows += [row for parameter in spec.parameters for row in of_parameter(parameter)]
    rows.append(
        Requirement(
            "output.memory",
            "memory_config of the output is interleaved",
            "memory_config of the output must have interleaved memory",
            "attributes.output_memory_config.memory_layout() == TensorMemoryLayout::INTERLEAVED",
            ("attributes.output_memory_config.memory_layout()",),
        )
    )
    return tuple(rows)
