"""Mutations of how the program factory divides the work among the cores."""

from __future__ import annotations

from typing import Any

from op_pipeline.certify.source import Source, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, NotApplicable
from op_pipeline.static_checks.syntax import enclosing

SPLIT = "split_work_to_cores"


def work_split(candidate: Candidate) -> list[Mutant]:
    """The number of tiles, the grid, the groups, and the first tile of each core."""
    source, made = candidate.with_call(SPLIT), Made()
    for call in source.calls_of(SPLIT)[:1]:
        if len(call.arguments) < 2:
            continue
        grid, count = call.arguments[:2]
        text = source.of(count)
        listed = " || ".join(f"({text}) == {tiles}u" for tiles in candidate.listed_tiles)
        for name, node, new in (
            ("tiles of the first case", count, f"({candidate.listed_tiles[0]}u)"),
            ("half of the tiles", count, f"(({text}) + 1) / 2"),
            ("one tile too few", count, f"(({text}) > 1 ? ({text}) - 1 : 1)"),
            ("right for the listed shapes only", count, f"({listed} ? ({text}) : (({text}) + 1) / 2)"),
            ("grid of this machine", grid, "CoreCoord{8, 8}"),
        ):
            made.add(source, name, call.node, [replace(node, new)], new)
        _groups(made, source, call.node)
    _steps(made, source)
    return made.all("split_work_to_cores gets no grid and count")


def _groups(made: Made, source: Source, call: Any) -> None:
    """The second group gets the first one's count, and the other way round."""
    declared = enclosing(call, "declaration")
    if declared is None:
        return
    bindings = list(source.nodes("structured_binding_declarator", under=declared))
    names = [source.of(node) for binding in bindings[:1] for node in source.nodes("identifier", under=binding)]
    for old, new in ((5, 4), (4, 5)) if len(names) == 6 else ():
        found = [node for node in source.nodes("identifier") if source.of(node) == names[old]]
        places = [node for node in found if node.start_byte > declared.end_byte]
        if places:
            edits = [replace(place, names[new]) for place in places]
            detail = "second group's count for the first" if old == 4 else "first group's count for the second"
            made.add(source, detail, places[0], edits, f"{names[old]} → {names[new]}")


def _steps(made: Made, source: Source) -> None:
    """Every core starts at the first tile; rows and columns of the grid exchanged."""
    for call in source.calls_of("emplace_runtime_args")[:1]:
        loop = enclosing(call.node, "for_statement", "for_range_loop", "while_statement")
        if loop is None:
            return
        for step in source.nodes("assignment_expression", under=loop):
            operator, right = step.child_by_field_name("operator"), step.child_by_field_name("right")
            if operator is not None and right is not None and source.of(operator) == "+=":
                made.add(source, "every core starts at 0", step, [replace(right, "0")], "+= 0")
        sides = [node for node in source.nodes("field_identifier", under=loop) if source.of(node) in {"x", "y"}]
        if sides:
            edits = [replace(side, "y" if source.of(side) == "x" else "x") for side in sides]
            made.add(source, "x and y of the grid", sides[0], edits, "x ↔ y")


def truncated_tiles(candidate: Candidate) -> list[Mutant]:
    """Tiles counted from the logical size, or divided without rounding up."""
    if not candidate.padded:
        raise NotApplicable("no case of the contract has padding")
    source, made = candidate.with_call(SPLIT, "emplace_runtime_args"), Made()
    for old, new in (("physical_volume", "logical_volume"), ("padded_shape", "logical_shape")):
        for node in source.nodes("field_identifier"):
            if source.of(node) == old:
                made.add(source, new, node, [replace(node, new)], f"{old} → {new}")
    for call in source.calls_of("div_up", "div_ceil"):
        if len(call.arguments) == 2:
            text = f"(({source.of(call.arguments[0])}) / ({source.of(call.arguments[1])}))"
            made.add(source, "division", call.node, [replace(call.node, text)], text)
    return made.all("the program factory counts no padded size")


def unclamped_remainder(candidate: Candidate) -> list[Mutant]:
    """A minimum that keeps the last core inside the work left out."""
    source, made = candidate.with_call(SPLIT, "emplace_runtime_args"), Made()
    for call in source.calls_of("min"):
        if len(call.arguments) == 2:
            text = f"({source.of(call.arguments[0])})"
            made.add(source, "min", call.node, [replace(call.node, text)], text)
    return made.all("the program factory clamps nothing")
