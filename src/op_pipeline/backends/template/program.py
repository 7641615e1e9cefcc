"""The compiled formula: what the planner fixes at stage 0 and the kernel writer prints at stage 7."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from op_pipeline.backends.template.graph import Graph, Scalar
from op_pipeline.backends.template.lowering import Lowering, ParameterKind
from op_pipeline.backends.template.schedule import Schedule, Section, schedule
from op_pipeline.backends.template.tile_ops import FILL, MOVE, TILE_OPS, TileOp
from op_pipeline.spec.expression import Expr

DST_TILES = {False: 8, True: 4}
"""Tiles in DST by fp32_dest_acc_en, with the half-buffer synchronisation that is the default."""


@dataclass(frozen=True)
class RuntimeScalar:
    """A float32 that the host computes from parameters and passes to the compute kernel as bits."""

    name: str
    cpp: str
    text: str


@dataclass(frozen=True)
class Constant:
    """A literal of the formula as the kernel holds it."""

    name: str
    bits: int
    text: str


@dataclass(frozen=True)
class Program:
    """Sections of calls that compute one tile, with everything they refer to."""

    graph: Graph
    root: int
    schedule: Schedule
    fp32_dest_acc_en: bool
    runtime_scalars: tuple[RuntimeScalar, ...]
    constants: tuple[Constant, ...]
    argument_of: dict[Scalar, str]  # kernel variable of each scalar that reaches a tile call

    @property
    def dst_format(self) -> str:
        """DataFormat enumerator of what DST holds."""
        return "Float32" if self.fp32_dest_acc_en else "Float16_b"

    def operations(self) -> list[TileOp]:
        """Distinct tile operations in order of first use."""
        steps = [step.op for section in self.schedule.sections for step in section.steps if step.op != "copy"]
        return [tile_op(name) for name in dict.fromkeys(steps)]


def tile_op(name: str) -> TileOp:
    """Row of a step's operation."""
    return {"fill": FILL, "move": MOVE}.get(name) or TILE_OPS[name]


def compile_formula(
    expression: Expr, parameters: dict[str, ParameterKind], *, float32: bool, capacity: int | None = None
) -> Program:
    """Program of a formula. `float32`: some tensor is float32, so DST has to be.

    DST is 32 bit wide as well when more than one operation rounds: each rounding of a 16-bit DST costs up to 2^-8, and
    a chain of them misses the tolerances bfloat16 output deserves. `capacity` overrides the number of DST tiles.
    """
    lowering = Lowering(parameters)
    root = lowering.tile(lowering.lower(expression))
    graph = lowering.graph
    wide = float32 or graph.rounding_operations(root) > 1
    plan = schedule(graph, root, capacity or DST_TILES[wide])
    return program_of(graph, root, plan, set(parameters), wide=wide)


def program_of(graph: Graph, root: int, plan: Schedule, parameters: set[str], *, wide: bool) -> Program:
    """Program of a graph that is scheduled; its scalars get the names they have in the kernel."""
    runtime, constants, names = name_scalars(used_scalars(graph, plan.sections), parameters)
    return Program(graph, root, plan, wide, runtime, constants, names)


def used_scalars(graph: Graph, sections: Iterable[Section]) -> list[Scalar]:
    """Scalars that the calls of these sections take."""
    return [
        scalar
        for section in sections
        for step in section.steps
        if step.op not in {"copy", "move"}
        for scalar in graph[step.node].scalars
    ]


def name_scalars(
    used: Iterable[Scalar], parameters: set[str]
) -> tuple[tuple[RuntimeScalar, ...], tuple[Constant, ...], dict[Scalar, str]]:
    """What the host passes, what the kernel holds, and the kernel's name for each scalar."""
    runtime: list[RuntimeScalar] = []
    constants: dict[int, Constant] = {}
    names: dict[Scalar, str] = {}
    taken = set(parameters)
    for scalar in dict.fromkeys(used):
        if scalar.value is None:
            name = scalar.name if scalar.name == scalar.text else _fresh(scalar.name or "scalar", taken)
            name = "parameter_num_tiles" if name == "num_tiles" else name  # the kernel's own argument
            taken.add(name)
            runtime.append(RuntimeScalar(name, scalar.cpp, scalar.text))
            names[scalar] = f"{name}_bits"
        else:
            constant = constants.setdefault(
                scalar.bits, Constant(_constant_name(scalar.value), scalar.bits, scalar.text)
            )
            names[scalar] = constant.name
    return tuple(runtime), tuple(constants.values()), names


def _fresh(stem: str, taken: set[str]) -> str:
    if stem not in taken and stem != "scalar":
        return stem
    number = next(count for count in range(len(taken) + 1) if f"{stem}_{count}" not in taken)
    return f"{stem}_{number}"


def _constant_name(value: float) -> str:
    """Kernel name of a literal: 0.5 → f32_0p5, -2 → f32_m2, 1e-05 → f32_1em05."""
    text = f"{value:.6g}".replace("-", "m").replace("+", "").replace(".", "p")
    return f"f32_{text}"
