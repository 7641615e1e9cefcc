"""Mutations of where pages come from and go to, and of the numbers that say so: order, offsets, extents."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Source, replace
from op_pipeline.certify.zoo.base import Candidate, Made, Mutant, Mutation
from op_pipeline.certify.zoo.families import EVERY
from op_pipeline.certify.zoo.kernels import READ, WRITE
from op_pipeline.static_checks.syntax import enclosing

DATAFLOW_ROLES = ("reader", "writer")


def _pages(source: Source) -> Iterator[Any]:
    """Expressions of pages of transfers: `.page_id = …`."""
    for call in source.calls_of(*READ, *WRITE):
        for pair in source.nodes("initializer_pair", under=call.node):
            value = pair.child_by_field_name("value")
            if value is not None and source.of(pair).lstrip().startswith(".page_id"):
                yield value


def pages(candidate: Candidate) -> list[Mutant]:
    """The page of each transfer: the one before, always the first, every second one twice."""
    made = Made()
    for role in DATAFLOW_ROLES:
        source = candidate.kernel(role)
        for value in _pages(source):
            text = source.of(value)
            for detail, new in (
                ("the page before", f"(({text}) > 0 ? ({text}) - 1 : ({text}))"),
                ("always the first page", f"(({text}) * 0)"),
                ("pairs of pages are one", f"(({text}) & ~1u)"),
            ):
                made.add(source, f"{role}: {detail}", value, [replace(value, new)], new)
    return made.all("no transfer names its page")


def orders(candidate: Candidate) -> list[Mutant]:
    """Rows and columns exchanged where a number is taken apart: each remainder a quotient and the other way round."""
    made = Made()
    for role in DATAFLOW_ROLES:
        source = candidate.kernel(role)
        for node in source.nodes("binary_expression"):
            operator = node.child_by_field_name("operator")
            if operator is None or source.of(operator) not in "%/" or _constant(node):
                continue
            new = "/" if source.of(operator) == "%" else "%"
            detail = f"{role}: {'remainder' if new == '/' else 'quotient'}"
            made.add(source, detail, node, [replace(operator, new)], f"{source.of(node)} with {new}")
    return made.all("no kernel takes the number of a page apart")


def _constant(node: Any) -> bool:
    """Whether an expression is for the compiler: a constant, a template's argument."""
    declared = enclosing(node, "declaration")
    constant = declared is not None and any(child.text == b"constexpr" for child in declared.children)
    return constant or enclosing(node, "template_argument_list") is not None


def offsets(candidate: Candidate) -> list[Mutant]:
    """Each number that is added or subtracted in a kernel that moves data is one more."""
    made = Made()
    for role in DATAFLOW_ROLES:
        source = candidate.kernel(role)
        for node in source.nodes("number_literal"):
            parent = node.parent
            operator = parent.child_by_field_name("operator") if parent is not None else None
            if (
                parent is None
                or operator is None
                or parent.type != "binary_expression"
                or source.of(operator) not in "+-"
            ):
                continue
            if source.of(node).isdigit():
                new = str(int(source.of(node)) + 1)
                made.add(
                    source, f"{role} {source.of(parent)}", node, [replace(node, new)], f"{source.of(node)} → {new}"
                )
    return made.all("no kernel adds a number to anything")


def extents(candidate: Candidate) -> list[Mutant]:
    """Each number that the host gives to kernels at compile time is one more, or one: a width, a bound, an offset."""
    made = Made()

    def add(source: Source, owner: str, item: Any) -> None:
        text = source.of(item)
        made.add(source, f"{owner} {text} + 1", item, [replace(item, f"({text}) + 1")], f"({text}) + 1")
        if text != "1":
            made.add(source, f"{owner} {text} is 1", item, [replace(item, "1")], f"1 for {text}")

    for source in candidate.host:
        for node in source.nodes("assignment_expression"):
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is None or right is None or not source.of(left).endswith(".compile_time_args"):
                continue
            for item in right.named_children if right.type == "initializer_list" else ():
                if item.type != "comment" and "CBIndex" not in source.of(item):
                    add(source, source.of(left), item)
        for call in source.calls_of("push_back", "emplace_back"):
            if call.receiver.endswith("compile_time_args") and len(call.arguments) == 1:
                add(source, call.receiver, call.arguments[0])
    return made.all("no kernel gets a number at compile time")


def padded_extents(candidate: Candidate) -> list[Mutant]:
    """Padded sizes where the logical ones are asked for: a mean over the padding, a slice beyond the end."""
    made = Made()
    for source in candidate.host:
        if not source.path.endswith("_factory.cpp"):
            continue
        for node in source.nodes("field_identifier"):
            if source.of(node) == "logical_shape":
                same = _counted_in_tiles(source, node) if candidate.padded else "no case of the contract has padding"
                made.add(
                    source, "padded_shape", node, [replace(node, "padded_shape")], "logical_shape → padded_shape", same
                )
    return made.all("the program factory asks for no logical shape")


def _counted_in_tiles(source: Source, node: Any) -> str:
    """Why padding makes no difference where a size is divided upwards; "" where it may."""
    around = enclosing(node, "declaration", "expression_statement")
    text = "" if around is None else source.of(around)
    return "tiles are counted, and padding adds none" if re.search(r"div_up|div_ceil|round_up|tiles\(", text) else ""


def _row(name: str, level: Level, kind: str, origin: str, make: Callable[[Candidate], list[Mutant]]) -> Mutation:
    stages = (7, 6, 5, 4, 2, 3, 1) if level is Level.KERNEL else (5, 7, 6, 4, 2, 3, 1)
    return Mutation(name, level, kind, origin, make, stages=stages, categories=EVERY)


PLACES: tuple[Mutation, ...] = (
    _row("pages", Level.KERNEL, "off-by-one page, wrong batch", "design", pages),
    _row("order", Level.KERNEL, "pages in another order", "design", orders),
    _row("offset", Level.KERNEL, "off-by-one slice", "design", offsets),
    _row("extent", Level.DESCRIPTOR, "off-by-one extent", "catalogue 4", extents),
    _row("padded", Level.DESCRIPTOR, "divided by the padded width", "design", padded_extents),
)
