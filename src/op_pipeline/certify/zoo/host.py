"""Mutations of the host code: validation, output specification, launch, public function, binding."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Call, Source, remove, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation, literal

LIMITS = {"<=": "<", ">=": ">"}


def _checks(candidate: Candidate) -> tuple[Source, list[tuple[Call, Any]]]:
    source, function = candidate.function("validate_on_program_cache_miss")
    return source, source.statements_of("TT_FATAL", under=function)


def _subject(source: Source, call: Call) -> str:
    """The message up to what was found: what the check is about."""
    texts = [source.of(argument) for argument in call.arguments if argument.type == "string_literal"]
    return texts[0].strip('"').partition(", got")[0] if texts else "a check"


def checks_left_out(candidate: Candidate) -> list[Mutant]:
    """Each TT_FATAL of the validation left out."""
    source, calls = _checks(candidate)
    made = Made()
    for call, statement in calls:
        made.add(source, _subject(source, call), statement, [remove(source, statement)], "-TT_FATAL")
    return made.all("validate_on_program_cache_miss holds no TT_FATAL")


def bounds_refused(candidate: Candidate) -> list[Mutant]:
    """Comparisons of the validation made strict: a legal bound is refused."""
    source, calls = _checks(candidate)
    made = Made()
    for call, _ in calls:
        for node in source.nodes("binary_expression", under=call.arguments[0]):
            operator = node.child_by_field_name("operator")
            if operator is not None and source.of(operator) in LIMITS:
                edits = [replace(operator, LIMITS[source.of(operator)])]
                made.add(source, _subject(source, call), node, edits, f"{source.of(node)} made strict")
    return made.all("the validation compares with no bound")


def output_specification(candidate: Candidate) -> list[Mutant]:
    """Shape with padding, another dtype, layout and memory of the output."""
    source, function = candidate.function("compute_output_specs")
    made = Made()
    for node in source.nodes("field_identifier", under=function):
        if source.of(node) == "logical_shape" and candidate.padded:
            made.add(source, "padded shape", node, [replace(node, "padded_shape")], "padded_shape")
    for call in source.calls_of("dtype", under=function):
        for dtype in ("BFLOAT16", "FLOAT32"):
            same = f"the contract has {dtype.lower()} only" if candidate.dtypes == {dtype.lower()} else ""
            made.add(source, f"always {dtype}", call.node, [replace(call.node, f"DataType::{dtype}")], dtype, same)
    for node in source.nodes("qualified_identifier", under=function):
        if source.of(node) == "Layout::TILE":
            made.add(source, "row major", node, [replace(node, "Layout::ROW_MAJOR")], "ROW_MAJOR")
    for node in source.nodes("field_expression", under=function):
        parent = node.parent
        if "memory_config" in source.of(node) and parent is not None and parent.type == "argument_list":
            made.add(source, "memory_config ignored", node, [replace(node, "MemoryConfig{}")], "MemoryConfig{}")
    return made.all("compute_output_specs is made of nothing that is known")


def _launch(candidate: Candidate) -> tuple[Source, Any]:
    source = candidate.with_call("launch")
    return source, source.calls_of("launch")[0]


def launch_arguments(candidate: Candidate) -> list[Mutant]:
    """Attributes that do not hold what the caller gave."""
    source, call = _launch(candidate)
    made, parameters = Made(), {item.name: item for item in candidate.parameters}
    for node in source.nodes("initializer_pair", under=call.node):
        name, value = node.child_by_field_name("designator"), node.child_by_field_name("value")
        field = source.of(name).lstrip(".") if name is not None else ""
        if field in parameters and value is not None:
            text = literal(parameters[field])
            made.add(source, f"{field} is always the default", value, [replace(value, text)], text)
    for inner in source.calls_of("value_or", under=call.node):
        if inner.arguments:
            text = source.of(inner.arguments[0])
            made.add(source, "memory_config ignored", inner.node, [replace(inner.node, text)], text)
    return made.all("the launch sets no attribute by name")


def inputs_in_another_order(candidate: Candidate) -> list[Mutant]:
    """Two tensors exchanged on their way to the device operation."""
    source, call = _launch(candidate)
    made, names = Made(), candidate.spec.input_names
    places = [node for node in source.nodes("identifier", under=call.arguments[-1]) if source.of(node) in names]
    for first, second in itertools.pairwise(places):
        edits = [replace(first, source.of(second)), replace(second, source.of(first))]
        one, two = source.of(first), source.of(second)
        made.add(source, "", first, edits, f"{two}, {one}", candidate.same_exchanged(one, two))
    return made.all("the operation has one input")


def input_handed_back(candidate: Candidate) -> list[Mutant]:
    """No device operation: one input is what the caller gets."""
    source, function = candidate.function(candidate.spec.operation)
    returned, made = list(source.nodes("return_statement", under=function)), Made()
    for name in candidate.spec.input_names if returned else ():
        text = f"return {name};" + "\n" * source.of(returned[-1]).count("\n")
        made.add(source, name, returned[-1], [replace(returned[-1], text)], text)
    return made.all("the public function returns nothing")


def binding(candidate: Candidate) -> list[Mutant]:
    """Another default, arguments by position, an order that differs."""
    source = candidate.with_call("bind_function")
    given = source.calls_of("bind_function")[0].node
    made, parameters = Made(), {item.name: item for item in candidate.parameters if item.type != "bool"}
    for node in source.nodes("assignment_expression", under=given):
        right = node.child_by_field_name("right")
        named = [call for call in source.calls_of("arg", under=node) if call.arguments]
        name = source.of(named[0].arguments[0]).strip('"') if named else ""
        if right is not None and name in parameters:
            text = f"({literal(parameters[name])} + 1)"
            made.add(source, f"default of {name}", node, [replace(right, text)], text)
    for call in source.calls_of("kw_only", under=given):
        comma = source.data.find(b",", call.node.end_byte)
        if comma > 0:
            edits = [(call.node.start_byte, comma + 1, "")]
            made.add(source, "memory_config by position", call.node, edits, "-kw_only")
    named = [call for call in source.calls_of("arg", under=given) if call.arguments]
    for one, two in itertools.pairwise(named):
        first, second = one.arguments[0], two.arguments[0]
        edits = [replace(first, source.of(second)), replace(second, source.of(first))]
        made.add(source, "names exchanged", first, edits, f"{source.of(second)}, {source.of(first)}")
    return made.all("bind_function gets no arguments that are known")


def _row(
    name: str, kind: str, make: Callable[[Candidate], list[Mutant]], *stages: int, trivial: bool = False
) -> Mutation:
    rest = tuple(stage for stage in (2, 4, 1, 3, 5, 7, 6) if stage not in stages)
    return Mutation(name, Level.HOST, kind, "design", make, stages=(*stages, *rest), trivial=trivial)


HOST: tuple[Mutation, ...] = (
    _row("check left out", "validation missing", checks_left_out, 2),
    _row("bound refused", "validation too strict", bounds_refused, 2),
    _row("output", "wrong output specification", output_specification, 4),
    _row("launch", "hard-coded parameter", launch_arguments, 3, 4),
    _row("inputs exchanged", "swapped operands", inputs_in_another_order, 7),
    _row("input handed back", "identity", input_handed_back, 3, trivial=True),
    _row("binding", "wrong signature", binding, 1),
)
