"""The kernels of one program, tied to what the factory gives them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from tree_sitter import Node

from op_pipeline.static_checks.descriptors import Arguments, Use
from op_pipeline.static_checks.factory import Factory
from op_pipeline.static_checks.kernel import Kernel
from op_pipeline.static_checks.syntax import enclosing, text, walk
from op_pipeline.static_checks.values import Poly, symbol


@dataclass(frozen=True)
class Bound:
    """A kernel and its descriptor."""

    kernel: Kernel
    use: Use


@dataclass(frozen=True)
class Program:
    """A factory with its kernels. `complete`: each descriptor was understood and each kernel's source found, once."""

    factory: Factory
    kernels: tuple[Bound, ...]
    complete: bool


def link(factory: Factory, kernels: dict[str, Kernel]) -> Program:
    """Tie kernels by the path of their source; `kernels` by path relative to the work tree."""
    counts = Counter(use.path for use in factory.uses)
    found = [Bound(kernels[use.path], use) for use in factory.uses if use.path in kernels and counts[use.path] == 1]
    for bound in found:
        bound.kernel.bind(_values(bound, factory))
    complete = factory.complete and bool(found) and len(found) == len(factory.uses)
    return Program(factory, tuple(found), complete)


def _values(bound: Bound, factory: Factory) -> dict[str, Poly | None]:
    """Worth of each argument symbol of a kernel in the host's names."""
    prefix = bound.kernel.scope.prefix
    use = bound.use
    values: dict[str, Poly | None] = {}
    if use.compile_time.known:
        for index, item in enumerate(use.compile_time.items[: use.compile_time.leading]):
            values[f"{prefix}ct:{index}"] = factory.value(item)
    for name, item in (use.named or {}).items():
        values[f"{prefix}named:{name}"] = factory.value(item)
    if use.runtime_known and len(use.runtime) == 1:
        call, given = use.runtime[0]
        for index, item in enumerate(given.items):
            values[f"{prefix}rt:{index}"] = _at_call(call, item, factory)
    return {name: value for name, value in values.items() if value is not None}


def _at_call(call: Node, item: Node | None, factory: Factory) -> Poly | None:
    """An argument's worth. A variable that changes is one symbol for all calls of a block until it changes again."""
    if item is None:
        return None
    value = factory.value(item)
    if value is not None or item.type != "identifier":
        return value
    block = enclosing(call, "compound_statement")
    if block is None:
        return None
    changed = [
        node.start_byte
        for node in walk(block, "assignment_expression", "update_expression")
        if text(node.child_by_field_name("left") or node.child_by_field_name("argument")) == text(item)
    ]
    epoch = sum(1 for position in changed if position < call.start_byte)
    return symbol(f"host/{text(item)}@{block.start_byte}.{epoch}")


def runtime_count(use: Use) -> int | None:
    """The largest number of runtime arguments that some core gets; None when the text does not tell."""
    lists: list[Arguments] = [given for _, given in use.runtime]
    if not use.runtime_known or not lists:
        return None
    return max(len(given.items) for given in lists)
