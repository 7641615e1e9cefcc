"""What the generated operation refuses: one requirement per statement of the spec, with its C++ check and message.

The planner writes the messages into the design, the scaffolder writes the checks, gate 2 looks for the messages.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from op_pipeline.backends.template.graph import float_literal
from op_pipeline.spec import InputSpec, ParameterSpec, Spec

DTYPE_NAMES = {"bfloat16": "BFLOAT16", "float32": "FLOAT32"}
HOST_NAMES = frozenset({
    "attributes", "tensor_args", "desc", "reader", "writer", "compute", "grid", "core", "i", "num_tiles", "num_cores",
    "all_cores", "start_id", "circular_buffer", "core_group_1", "core_group_2", "num_tiles_per_core",
    "num_tiles_per_core_group_1", "num_tiles_per_core_group_2", "unpack_to_dest_mode", "output_format",
    "split_work_to_cores", "datatype_to_dataformat_converter",
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


def of_input(item: InputSpec, first: str) -> list[Requirement]:
    """Checks of one tensor: where it is, layout, dtype, rank, memory, and the shape of the first input."""
    name, tensor = item.name, host_name(item.name)
    dtypes = " or ".join(item.dtypes)
    condition = " || ".join(f"{tensor}.dtype() == DataType::{DTYPE_NAMES[dtype]}" for dtype in item.dtypes)
    low, high = item.rank
    rows = [
        Requirement(
            f"{name}.device",
            f"input {name} is allocated on a device",
            f"input '{name}' must be on device",
            f"{tensor}.storage_type() == StorageType::DEVICE && {tensor}.buffer() != nullptr",
        ),
        Requirement(
            f"{name}.layout",
            f"input {name} has tile layout",
            f"input '{name}' must have layout TILE",
            f"{tensor}.layout() == Layout::TILE",
            (f"{tensor}.layout()",),
        ),
        Requirement(
            f"{name}.dtype",
            f"input {name} has dtype {dtypes}",
            f"input '{name}' must have dtype {dtypes}",
            condition,
            (f"{tensor}.dtype()",),
        ),
        Requirement(
            f"{name}.rank",
            f"input {name} has rank {low} to {high}",
            f"input '{name}' must have rank {low} to {high}" if low != high else f"input '{name}' must have rank {low}",
            _rank_condition(tensor, low, high),
            (f"{tensor}.logical_shape().rank()",),
        ),
        Requirement(
            f"{name}.memory",
            f"input {name} is interleaved",
            f"input '{name}' must have interleaved memory",
            f"{tensor}.memory_config().memory_layout() == TensorMemoryLayout::INTERLEAVED",
            (f"{tensor}.memory_config().memory_layout()",),
        ),
    ]
    if name != first:
        rows.append(
            Requirement(
                f"{name}.shape",
                f"input {name} has the shape of input {first}",
                f"input '{name}' must have the shape of input '{first}'",
                f"{tensor}.logical_shape() == {host_name(first)}.logical_shape()",
                (f"{tensor}.logical_shape()", f"{host_name(first)}.logical_shape()"),
                ending=", got {} and {}",
            )
        )
    return rows


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


def requirements(spec: Spec) -> tuple[Requirement, ...]:
    """All requirements of the operation in the order they are checked."""
    rows = [row for item in spec.inputs for row in of_input(item, spec.inputs[0].name)]
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
