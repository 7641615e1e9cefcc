"""Mutations of the program factory: circular buffers, kernels, arguments, formats. The work split is in division.py."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Source, remove, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation, NotApplicable, literal
from op_pipeline.certify.zoo.division import truncated_tiles, unclamped_remainder, work_split

FACTORY = ("split_work_to_cores", "emplace_runtime_args", "TensorAccessorArgs")


def factory(candidate: Candidate) -> Source:
    """The source that describes the program. Raises NotApplicable."""
    return candidate.with_call(*FACTORY)


def fields(source: Source, name: str) -> list[Any]:
    """Values given to a field: `.name = value` in a designated initialiser or `object.name = value`."""
    found = []
    for node in source.nodes("initializer_pair", "assignment_expression"):
        left = node.child_by_field_name("designator" if node.type == "initializer_pair" else "left")
        value = node.child_by_field_name("value" if node.type == "initializer_pair" else "right")
        if left is not None and value is not None and source.of(left).rpartition(".")[2] == name:
            found.append(value)
    return found


def _each_field(name: str, what: str, change: Callable[[str], str]) -> Callable[[Candidate], list[Mutant]]:
    """Each value of a field changed; `change` returns "" for a value it does not know."""

    def make(candidate: Candidate) -> list[Mutant]:
        source, made = factory(candidate), Made()
        for value in fields(source, name):
            text = change(source.of(value))
            if text:
                made.add(source, what, value, [replace(value, text)], f".{name} = {text}")
        return made.all(f"the program factory sets no .{name} that could be changed so")

    return make


def _pushed(field: str) -> Callable[[Candidate], list[Mutant]]:
    """Each element of a list of the descriptor left out."""

    def make(candidate: Candidate) -> list[Mutant]:
        source, made = factory(candidate), Made()
        for call, statement in source.statements_of("push_back", "emplace_back"):
            if call.receiver.rpartition(".")[2] == field:
                made.add(source, field, statement, [remove(source, statement)], f"-{source.of(call.node)}")
        return made.all(f"no .{field}.push_back is called")

    return make


def _lists(source: Source) -> list[tuple[str, list[Any]]]:
    """Kernel and elements of each list of runtime arguments."""
    given = [(call.receiver, call.arguments[-1]) for call in source.calls_of("emplace_runtime_args") if call.arguments]
    return [
        (kernel, [child for child in node.named_children if child.type != "comment"])
        for kernel, node in given
        if node.type == "initializer_list"
    ]


def arguments_swapped(candidate: Candidate) -> list[Mutant]:
    """Each two neighbours of each list of runtime arguments exchanged."""
    source, made = factory(candidate), Made()
    for kernel, elements in _lists(source):
        for first, second in itertools.pairwise(elements):
            one, two = source.of(first), source.of(second)
            edits, same = [replace(first, two), replace(second, one)], candidate.same_exchanged(one, two)
            made.add(source, f"{kernel} {one}, {two}", first, edits, f"{two}, {one}", same)
    return made.all("no kernel gets a list of two runtime arguments")


def arguments_left_out(candidate: Candidate) -> list[Mutant]:
    """The last argument of each list left out."""
    source, made = factory(candidate), Made()
    for kernel, elements in _lists(source):
        if len(elements) > 1:
            last = source.of(elements[-1])
            edits = [(elements[-2].end_byte, elements[-1].end_byte, "")]
            made.add(source, f"{kernel} {last}", elements[-1], edits, f"-{last}")
    return made.all("no kernel gets a list of two runtime arguments")


def wrong_buffer(candidate: Candidate) -> list[Mutant]:
    """A tensor's address taken from another tensor."""
    source, made = factory(candidate), Made()
    buffers = [(kernel, item) for kernel, items in _lists(source) for item in items if ".buffer()" in source.of(item)]
    texts = list(dict.fromkeys(source.of(item) for _, item in buffers))
    for kernel, item in buffers:
        own = source.of(item)
        for other in texts:
            if other != own:
                made.add(source, f"{kernel}", item, [replace(item, other)], f"{other} for {own}")
    return made.all("no two buffers are given as runtime arguments")


def formats(candidate: Candidate) -> list[Mutant]:
    """Each data format that follows a tensor's dtype fixed."""
    source, made = factory(candidate), Made()
    for call in source.calls_of("datatype_to_dataformat_converter"):
        for dtype, name in (("bfloat16", "Float16_b"), ("float32", "Float32")):
            same = f"the contract has {dtype} only" if candidate.dtypes == {dtype} else ""
            text = f"tt::DataFormat::{name}"
            made.add(source, f"always {name}", call.node, [replace(call.node, text)], text, same)
    return made.all("no format is made from a dtype")


def fixed_parameters(candidate: Candidate) -> list[Mutant]:
    """Each parameter of the operation's attributes replaced by its default."""
    source, made = factory(candidate), Made()
    for parameter in candidate.parameters:
        for node in source.nodes("field_expression"):
            field = node.child_by_field_name("field")
            if field is not None and source.of(field) == parameter.name:
                made.add(source, parameter.name, node, [replace(node, literal(parameter))], literal(parameter))
    return made.all("the program factory reads no parameter of the contract")


def accessors(candidate: Candidate) -> list[Mutant]:
    """The compile-time arguments of each accessor left out."""
    source, made = factory(candidate), Made()
    for call, statement in source.statements_of("append_to"):
        made.add(source, "accessor", statement, [remove(source, statement)], f"-{source.of(call.node)}")
    return made.all("no accessor's arguments are appended")


def precision(candidate: Candidate) -> list[Mutant]:
    """16 bits where 32 were asked for: in DST, or on the way to it."""
    if "float32" not in candidate.dtypes:
        raise NotApplicable("the contract has no float32, and its tolerance is that of 16 bits")
    source, made = factory(candidate), Made()
    for node in source.nodes("assignment_expression"):
        right = node.child_by_field_name("right")
        if right is not None and "UnpackToDestFp32" in source.of(right):
            text = "UnpackToDestMode::Default"
            made.add(source, "through SrcA", node, [replace(right, text)], text)
    for value in fields(source, "fp32_dest_acc_en"):
        if source.of(value) == "true":
            made.add(source, "16-bit DST", value, [replace(value, "false")], "fp32_dest_acc_en = false")
    return made.all("the program factory asks for no 32-bit precision")


def _one_core(text: str) -> str:
    return "" if "CoreRange({0" in text else "CoreRangeSet(CoreRange({0, 0}, {0, 0}))"


def _row(
    name: str, kind: str, origin: str, make: Callable[[Candidate], list[Mutant]], *, compiles: bool = True
) -> Mutation:
    return Mutation(name, Level.DESCRIPTOR, kind, origin, make, stages=(5, 7, 6, 4, 2, 3, 1), compiles=compiles)


DESCRIPTOR: tuple[Mutation, ...] = (
    _row("left out", "circular buffer missing", "catalogue 2", _pushed("cbs")),
    _row("left out", "kernel missing", "design", _pushed("kernels")),
    _row("size", "circular buffer too small", "catalogue 2",
         _each_field("total_size", "half the pages", lambda text: f"({text}) / 2")),
    _row("size", "pages are no multiple of the pushes", "catalogue 3",
         _each_field("total_size", "half a round more", lambda text: f"({text}) / 2 * 3")),
    _row("size", "wrong page size", "catalogue 3",
         _each_field("page_size", "half a tile", lambda text: f"({text}) / 2")),
    _row("cores", "half the work", "design", _each_field("core_ranges", "one core only", _one_core)),
    _row("fixed", "wrong data format", "catalogue 10", formats),
    _row("precision", "bf16 running sum", "design", precision),
    _row("swapped", "wrong argument index", "catalogue 14", arguments_swapped),
    _row("left out", "argument missing", "catalogue 14", arguments_left_out),
    _row("left out", "wrong accessor offset", "catalogue 14", accessors, compiles=False),
    _row("address", "wrong buffer", "design", wrong_buffer),
    _row("split", "wrong work split, hard-coded shape", "design", work_split),
    _row("truncated", "truncating division", "catalogue 12", truncated_tiles),
    _row("remainder", "negative remainder", "catalogue 16", unclamped_remainder),
    _row("fixed", "hard-coded parameter", "design", fixed_parameters),
)  # fmt: skip
