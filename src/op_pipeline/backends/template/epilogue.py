"""What a formula does to the result of another computation, element by element: bias, activation, scale.

Where it is a chain of calls that each work in place, it is applied in DST before the result is packed; else the result
goes through a buffer and is read from there as any input is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from op_pipeline.backends.template.graph import Graph
from op_pipeline.backends.template.lowering import Lowering, ParameterKind
from op_pipeline.backends.template.matmul_formula import Extra
from op_pipeline.backends.template.program import DST_TILES, Program, program_of, tile_op
from op_pipeline.backends.template.schedule import schedule
from op_pipeline.spec import Spec
from op_pipeline.spec.expression import Expr


@dataclass(frozen=True)
class Epilogue:
    """The compiled rest of a formula. `source` is the name of the result that it starts from."""

    program: Program
    source: str
    in_place: bool
    broadcasts: dict[str, str]  # input → BroadcastType

    @property
    def needs_float32_define(self) -> bool:
        """Whether a call picks its polynomial by the define INP_FLOAT32."""
        return any(op.needs_float32_define() for op in self.program.operations())

    @property
    def chain(self) -> list[tuple[str, str, str]]:
        """For one in place: (init, call with the DST index `tile`, formula) of each step."""
        found = []
        for step in self.program.schedule.sections[0].steps:
            if step.op == "copy":
                continue
            op, node = tile_op(step.op), self.program.graph[step.node]
            arguments = ["tile", *(self.program.argument_of[scalar] for scalar in node.scalars)]
            arguments += [op.trailing] if op.trailing else []
            call = op.call.format(format=self.program.dst_format)
            found.append((op.init.format(format=self.program.dst_format), f"{call}({', '.join(arguments)})", node.text))
        return found


def compile_epilogue(spec: Spec, expression: Expr, source: str, extras: Sequence[Extra]) -> Epilogue:
    """Compile `expression`, in which `source` stands for the result. Raises UnsupportedSpecError."""
    kinds = {item.name: ParameterKind(item.name, item.type) for item in spec.parameters}
    lowering = Lowering(kinds)
    root = lowering.tile(lowering.lower(expression))
    graph = lowering.graph
    program = program_of(graph, root, schedule(graph, root, DST_TILES[True]), set(kinds), wide=True)
    broadcasts = {extra.name: extra.spread for extra in extras if extra.spread}
    return Epilogue(program, source, _is_chain(graph, program, source), broadcasts)


def _is_chain(graph: Graph, program: Program, source: str) -> bool:
    sections = program.schedule.sections
    steps = sections[0].steps
    first, rest = steps[0], steps[1:]
    starts = first.op == "copy" and graph[first.node].source == source
    return len(sections) == 1 and starts and all(step.op != "copy" and step.tiles == (0,) for step in rest)
