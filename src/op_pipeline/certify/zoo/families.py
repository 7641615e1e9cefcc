"""Mutations of what reductions, matrix products and broadcasts do besides: dimensions, steps, constants.

They look for calls of the kernel API by name, so each applies wherever an operation makes such a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Call, Source, after, before, remove, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation, NotApplicable
from op_pipeline.certify.zoo.compute import FILL, MOVE
from op_pipeline.certify.zoo.kernels import include
from op_pipeline.static_checks.syntax import enclosing

MIXING = frozenset({"reduction", "normalization", "matmul", "other"})
EVERY = frozenset({"reduction", "normalization", "matmul", "data_movement", "other"})
STAGES = (7, 6, 5, 4, 2, 3, 1)
ACCUMULATE = ("matmul_tiles", "matmul_block", "reduce_tile", "reduce_tile_math")
BINARY = "api/compute/eltwise_binary.h"
RELU = "api/compute/eltwise_unary/relu.h"
# Names of the API, the catalogue's row, and what is written instead.
DIMENSIONS = (("REDUCE_ROW", "REDUCE_COL"), ("REDUCE_COL", "REDUCE_ROW"))
POOLS = (("MAX", "SUM"), ("SUM", "MAX"), ("AVG", "MAX"))
BROADCASTS = (("cols", "rows"), ("rows", "cols"), ("cols", "scalar"), ("rows", "scalar"))
KINDS_OF_BROADCAST = (("COL", "ROW"), ("ROW", "COL"), ("COL", "SCALAR"), ("ROW", "SCALAR"))
# Words in the names of functions that make padding harmless, and of those that fill tiles.
MASKS = re.compile(r"mask|fill|clear|zero|pad", re.IGNORECASE)
WEIGHTS = ("0x3f800000", "0x3f80", "0x3f803f80", "1.0f", "1.f")


def _named(source: Source, *names: str) -> list[Any]:
    """Identifiers of these names, qualified ones by their last part."""
    return [
        node for node in source.nodes("identifier", "type_identifier", "field_identifier") if source.of(node) in names
    ]


def _renamed(pairs: tuple[tuple[str, str], ...], why_none: str) -> Callable[[Candidate], list[Mutant]]:
    """All occurrences of one name of the compute kernel replaced by another, for each pair."""

    def make(candidate: Candidate) -> list[Mutant]:
        source, made = candidate.kernel("compute"), Made()
        for old, new in pairs:
            places = _named(source, old)
            if places:
                made.add(
                    source, f"{old} for {new}", places[0], [replace(node, new) for node in places], f"{old} → {new}"
                )
        return made.all(why_none)

    return make


def broadcasts(candidate: Candidate) -> list[Mutant]:
    """A result in one column or row is broadcast the other way, or as if it were one number."""
    source, made = candidate.kernel("compute"), Made()
    for old, new in BROADCASTS:
        word = re.compile(rf"_bcast_{old}(?=_|$)")
        places = [node for node in source.nodes("identifier") if word.search(source.of(node))]
        edits = [replace(node, word.sub(f"_bcast_{new}", source.of(node))) for node in places]
        if places:
            made.add(source, f"{old} as {new}", places[0], edits, f"bcast_{old} → bcast_{new}")
    for old, new in KINDS_OF_BROADCAST:
        places = [
            node
            for node in source.nodes("qualified_identifier")
            if source.of(node) in {f"BroadcastType::{old}", f"ckernel::BroadcastType::{old}"}
        ]
        if places:
            edits = [replace(node, f"BroadcastType::{new}") for node in places]
            made.add(source, f"{old} as {new}", places[0], edits, f"BroadcastType::{old} → {new}")
    return made.all("the compute kernel broadcasts nothing")


def not_broadcast(candidate: Candidate) -> list[Mutant]:
    """A result that stands in one column or row is taken tile by tile, as if it stood everywhere."""
    source, made = candidate.kernel("compute"), Made()
    for direction in ("cols", "rows"):
        part = f"_bcast_{direction}"
        calls = [call for call in source.calls if part in call.verb and len(call.arguments) in {2, 5}]
        places = [call.node.child_by_field_name("function") for call in calls]
        edits = [replace(node, source.of(node).replace(part, "")) for node in places if node is not None]
        if edits:
            made.add(source, direction, calls[0].node, [*edits, *include(source, BINARY)], f"-{part}")
    return made.all("the compute kernel broadcasts nothing")


def includes_left_out(candidate: Candidate) -> list[Mutant]:
    """The include of each header that has a function which the compute kernel calls by its name."""
    source, made = candidate.kernel("compute"), Made()
    verbs = " ".join(call.verb for call in source.calls)
    for node in source.nodes("preproc_include"):
        stem = source.of(node).rpartition("/")[2].partition(".")[0]
        if "/compute/" in source.of(node) and re.search(rf"\b{stem}_tile", verbs):
            made.add(source, stem, node, [(node.start_byte, node.end_byte, "\n")], f"-{source.of(node).strip()}")
    return made.all("no function is called after whom a header is named")


def _accumulating(source: Source) -> Iterator[tuple[Call, Any, str, str]]:
    """Calls that add to DST in a counting loop: call, statement, the loop's counter and its bound."""
    for call, statement in source.statements_of(*ACCUMULATE):
        loop = enclosing(call.node, "for_statement")
        condition = loop.child_by_field_name("condition") if loop is not None else None
        if condition is None or condition.type != "binary_expression":
            continue
        left, right = condition.child_by_field_name("left"), condition.child_by_field_name("right")
        if left is not None and right is not None:
            yield call, statement, source.of(left), source.of(right)


def steps(candidate: Candidate) -> list[Mutant]:
    """Of the sum over K or along a line: its last step left out, its first one twice, only its first."""
    source, made = candidate.kernel("compute"), Made()
    for call, statement, counter, bound in _accumulating(source):
        text = source.of(call.node)
        for detail, added in (
            ("one step short", f"if ({counter} + 1 < ({bound}) || ({bound}) == 1)"),
            ("only the first step", f"if ({counter} == 0)"),
            ("first step twice: not cleared", f"if ({counter} == 0) {text};"),
        ):
            edits = [before(statement, f"{{ {added}"), after(statement, "}")]  # it may be the whole body of its loop
            made.add(source, f"{call.verb}: {detail}", statement, edits, added)
    return made.all("the compute kernel sums up in no counting loop")


def starts_from_zero(candidate: Candidate) -> list[Mutant]:
    """A maximum that starts from 0: negative ones come out as 0."""
    source, made = candidate.kernel("compute"), Made()
    for call, statement in source.statements_of("reduce_tile", "reduce_tile_math"):
        function = call.node.child_by_field_name("function")
        if function is None or "MAX" not in source.of(function):
            continue
        loop = enclosing(call.node, "for_statement") or statement
        following = [item for item in source.calls_of("tile_regs_commit") if item.node.start_byte > loop.end_byte]
        if not following or following[0].statement is None:
            continue
        target = source.of(call.arguments[-1])
        text = f"relu_tile_init(); relu_tile({target if target.isdigit() else 0});"
        place = following[0].statement
        made.add(source, "", place, [before(place, text), *include(source, RELU)], text)
    return made.all("no maximum of tiles is taken")


def masks_left_out(candidate: Candidate) -> list[Mutant]:
    """Each call that makes padding harmless left out."""
    if not candidate.padded:
        raise NotApplicable("no case of the contract has padding")
    made = Made()
    for role, source in candidate.kernels.items():
        for call in source.calls:
            if call.statement is not None and MASKS.search(call.verb) and "init" not in call.verb:
                edits = [remove(source, call.statement)]
                made.add(source, f"{role} {call.verb}", call.node, edits, f"-{source.of(call.node)}")
    return made.all("no kernel masks, fills or clears anything")


def weights(candidate: Candidate) -> list[Mutant]:
    """Each constant that stands for one, as weights of a sum do, is two or zero; what a fill writes is one."""
    made = Made()
    for role, source in candidate.kernels.items():
        for node in source.nodes("number_literal"):
            text = source.of(node).lower().rstrip("u")
            if text in WEIGHTS:
                two = "2.0f" if "." in text else text.replace("3f80", "4000")
                made.add(source, f"{role} two", node, [replace(node, two)], f"{text} → {two}")
                zero = "0.0f" if "." in text else "0x0"
                made.add(source, f"{role} zero", node, [replace(node, zero)], f"{text} → {zero}")
    return made.all("no kernel writes ones")


def fill_values(candidate: Candidate) -> list[Mutant]:
    """What stands where no input does: another number than the one the kernel writes."""
    made = Made()
    for role, source in candidate.kernels.items():
        for call in source.calls:
            if call.statement is None or not re.search(r"fill|pad", call.verb) or not call.arguments:
                continue
            last = call.arguments[-1]
            text = f"({source.of(last)}) ^ 0x40404040"
            if last.type in {"number_literal", "identifier"}:
                made.add(source, f"{role} {call.verb}", call.node, [replace(last, text)], text)
    return made.all("no kernel fills anything")


def not_transposed(candidate: Candidate) -> list[Mutant]:
    """Tiles that should be transposed are taken as they are, and the other way round."""
    source, made = candidate.kernel("compute"), Made()
    calls = source.calls_of("transpose_tile", "transpose_wh_tile", "transpose_init", "transpose_wh_init")
    edits = [edit for call in calls for edit in _as_copy(source, call)]
    if edits:
        made.add(source, "copied", calls[0].node, [*edits, *include(source, MOVE)], "transpose → copy")
    for node in source.nodes("init_declarator"):
        name, value = node.child_by_field_name("declarator"), node.child_by_field_name("value")
        if name is not None and value is not None and "transpose" in source.of(name) and source.of(value) in {"0", "1"}:
            other = "1" if source.of(value) == "0" else "0"
            made.add(source, source.of(name), node, [replace(value, other)], f"{source.of(name)} = {other}")
    return made.all("the compute kernel transposes nothing")


def _as_copy(source: Source, call: Call) -> Iterator[tuple[int, int, str]]:
    function = call.node.child_by_field_name("function")
    arguments = call.node.child_by_field_name("arguments")
    if function is None or arguments is None or not call.arguments:
        return
    if call.verb.endswith("_init"):
        yield replace(function, "copy_init")
        yield replace(arguments, f"({source.of(call.arguments[0])})")
    else:
        yield replace(function, "copy_tile")


def filled_results(candidate: Candidate) -> list[Mutant]:
    """Each result that is packed in the middle of a formula is zeros or ones: a term dropped, a factor lost."""
    source, made = candidate.kernel("compute"), Made()
    commits = source.statements_of("tile_regs_commit")
    for _, statement in commits[:-1]:
        for value in ("0.0f", "1.0f"):
            text = f"fill_tile_init(); fill_tile(0, {value});"
            made.add(
                source, f"intermediate {value}", statement, [before(statement, text), *include(source, FILL)], text
            )
    return made.all("the compute kernel has one section of DST only")


def _row(
    name: str,
    kind: str,
    origin: str,
    make: Callable[[Candidate], list[Mutant]],
    categories: frozenset[str] = MIXING,
) -> Mutation:
    return Mutation(name, Level.KERNEL, kind, origin, make, stages=STAGES, categories=categories)


FAMILIES: tuple[Mutation, ...] = (
    _row("dimension", "wrong reduce dimension", "design", _renamed(DIMENSIONS, "no dimension of a reduction is named")),
    _row("pool", "wrong kind of reduction", "design", _renamed(POOLS, "no kind of a reduction is named")),
    _row("broadcast", "wrong broadcast", "catalogue 7", broadcasts, MIXING | {"eltwise"}),
    _row("broadcast", "statistic not broadcast", "catalogue 11", not_broadcast, MIXING | {"eltwise"}),
    _row("steps", "one step short, accumulator not cleared", "design", steps),
    _row("maximum", "maximum starts from 0", "design", starts_from_zero),
    _row("mask", "padding not masked", "catalogue 12", masks_left_out, EVERY),
    _row("weights", "wrong scaler", "design", weights, EVERY),
    _row("value", "wrong pad value", "design", fill_values, frozenset({"data_movement"})),
    _row("transpose", "not transposed", "design", not_transposed, EVERY),
    _row("intermediate", "dropped term", "design", filled_results),
    Mutation(
        "left out",
        Level.KERNEL,
        "missing include",
        "catalogue 19",
        includes_left_out,
        STAGES,
        compiles=False,
        categories=EVERY,
    ),
)
