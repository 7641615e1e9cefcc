"""Shapes that a contract implies and does not list: ones that nobody was told of, illegal ones, ones of other ranks.

A slot is one dimension of one input, counted from the right. Which slots must change together follows from the listed
cases (the same dimension of several inputs, equal in all of them) and from the formula (the K of a matmul): a change is
legal when the formula still has the shape that `output.shape` says. What is 1 in every case, where inputs differ, is a
broadcast and stays 1.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Shape = tuple[int, ...]
Shapes = dict[str, Shape]
Slot = tuple[str, int]
TILE = 32
LEAST, MOST = TILE + 1, 6 * TILE + 1  # heights and widths of shapes that are drawn
BATCHES = (1, 4)
_DRAWS = 200
_TOGETHER = 4  # most groups of slots that a formula ties to one another


@dataclass(frozen=True)
class Rules:
    """What decides whether shapes go together: `result` is the formula's shape, None where it is not known."""

    names: tuple[str, ...]
    ranks: Mapping[str, tuple[int, int]]
    declared: Callable[[Shapes], Shape | None]
    computed: Callable[[Shapes], Shape | None] | None

    def output(self, shapes: Shapes) -> Shape | None:
        """The output's shape for these inputs; None when the contract does not hold for them."""
        if any(not low <= len(shapes[name]) <= high for name, (low, high) in self.ranks.items()):
            return None
        declared = self.declared(shapes)
        if declared is None or self.computed is None:
            return declared
        return declared if self.computed(shapes) == declared else None


def rules_of(data: Mapping[str, Any], expression: Any) -> Rules:
    """The rules of a contract's plain data and the expression of its formula, None for a golden in Python."""
    from op_pipeline.spec.shapes import ShapeError, evaluate_output_shape, infer_shape  # noqa: PLC0415

    def guarded(function: Callable[[Shapes], Shape]) -> Callable[[Shapes], Shape | None]:
        def call(shapes: Shapes) -> Shape | None:
            try:
                return function(shapes)
            except ShapeError:
                return None

        return call

    text = str(data["output"]["shape"])
    return Rules(
        names=tuple(item["name"] for item in data["inputs"]),
        ranks={item["name"]: (int(item["rank"][0]), int(item["rank"][1])) for item in data["inputs"]},
        declared=guarded(lambda shapes: evaluate_output_shape(text, shapes)),
        computed=None if expression is None else guarded(lambda shapes: infer_shape(expression, shapes)),
    )


def shared(cases: Sequence[Shapes]) -> bool:
    """Whether all inputs of every case have one shape."""
    return all(len(set(case.values())) == 1 for case in cases)


@dataclass(frozen=True)
class Drawn:
    """A case that is not listed, or why there is none."""

    shapes: Shapes | None
    output: Shape
    reason: str = ""


def draw_shapes(rules: Rules, cases: Sequence[Shapes], units: Mapping[Slot, int], rng: np.random.Generator) -> Drawn:
    """New sizes for one of the cases: what must be equal stays equal, what may change changes.

    `units` has what the sizes of a slot are multiples of.
    """
    base = cases[int(rng.integers(len(cases)))]
    groups = movable(rules, cases, base)
    if not groups:
        return Drawn(None, (), "no dimension of a listed case can change without breaking output.shape or the formula")
    for _ in range(_DRAWS):
        shapes = base
        for group in groups:
            shapes = changed(shapes, group, _size(group, units, rng))
        output = rules.output(shapes)
        if output is not None and shapes not in cases:
            return Drawn(shapes, output)
    return Drawn(None, (), f"{_DRAWS} draws of sizes gave no shapes on which the formula and output.shape agree")


def movable(rules: Rules, cases: Sequence[Shapes], base: Shapes) -> list[tuple[Slot, ...]]:
    """Groups of slots of `base` that may change, each to one new size for all of its slots."""
    alike = [case for case in cases if _ranks(case) == _ranks(base)]
    one_shape = shared(cases)
    fixed: set[Slot] = set() if one_shape or len(rules.names) == 1 else _constantly_one(rules, cases)
    free = [
        group
        for slots in _tied(rules, alike, one_shape=one_shape)
        if (group := tuple(slot for slot in slots if slot not in fixed))
    ]
    if rules.computed is None:
        return [group for group in free if _moves(rules, base, group)]
    found: list[tuple[Slot, ...]] = []
    left = list(free)
    for count in range(1, _TOGETHER + 1):
        for joined in itertools.combinations(left, count):
            if any(group not in left for group in joined) or not _equal(joined, base):
                continue
            union = tuple(itertools.chain(*joined))
            if _moves(rules, base, union):
                found.append(union)
                left = [group for group in left if group not in joined]
    return found


def _ranks(case: Shapes) -> tuple[int, ...]:
    return tuple(len(shape) for shape in case.values())


def _at(shape: Shape, axis: int) -> int:
    return shape[axis] if -axis <= len(shape) else 1


def _tied(rules: Rules, alike: Sequence[Shapes], *, one_shape: bool) -> list[tuple[Slot, ...]]:
    """Slots that are equal in all cases: of the same dimension; of any without a formula that tells more."""
    columns: dict[tuple[Any, ...], list[Slot]] = {}
    for name in rules.names:
        for axis in range(-len(alike[0][name]), 0):
            sizes = tuple(case[name][axis] for case in alike)
            same_axis = one_shape or rules.computed is not None
            columns.setdefault((axis if same_axis else None, sizes), []).append((name, axis))
    return [tuple(slots) for slots in columns.values()]


def _constantly_one(rules: Rules, cases: Sequence[Shapes]) -> set[Slot]:
    """Slots that are 1 in every case: broadcasts."""
    deepest = {name: max(len(case[name]) for case in cases) for name in rules.names}
    slots = [(name, axis) for name in rules.names for axis in range(-deepest[name], 0)]
    return {(name, axis) for name, axis in slots if all(_at(case[name], axis) == 1 for case in cases)}


def _equal(groups: Sequence[Sequence[Slot]], base: Shapes) -> bool:
    return len({base[name][axis] for group in groups for name, axis in group}) == 1


def _moves(rules: Rules, base: Shapes, group: Sequence[Slot]) -> bool:
    """Whether two new sizes of a group are legal: one alone may be so by accident."""
    size = base[group[0][0]][group[0][1]]
    return all(rules.output(changed(base, group, size + more)) is not None for more in (TILE, 3 * TILE))


def changed(shapes: Shapes, slots: Sequence[Slot], size: int) -> Shapes:
    """The shapes with another size in some slots."""
    result = {name: list(shape) for name, shape in shapes.items()}
    for name, axis in slots:
        result[name][axis] = size
    return {name: tuple(shape) for name, shape in result.items()}


def _size(group: Sequence[Slot], units: Mapping[Slot, int], rng: np.random.Generator) -> int:
    if all(axis < -2 for _, axis in group):
        return int(rng.integers(*BATCHES))
    unit = math.lcm(*(units.get(slot, 1) for slot in group))
    return -(-int(rng.integers(LEAST, MOST)) // unit) * unit


def units_of(cases: Sequence[Shapes], layouts: Mapping[str, str]) -> dict[Slot, int]:
    """What the sizes of heights and widths have in common: whole tiles; a power of two in rows of row_major tensors.

    A contract that lists whole tiles alone has not asked for padding. Where all inputs have one shape in every case, an
    odd height asks for odd widths too.
    """
    sizes: dict[Slot, set[int]] = {}
    for case in cases:
        for name, shape in case.items():
            for axis in range(-min(2, len(shape)), 0):
                sizes.setdefault((name, axis), set()).add(shape[axis])
    units = {slot: _unit(found, whole=layouts[slot[0]] == "tile") for slot, found in sizes.items()}
    if shared(cases) and "row_major" not in layouts.values():
        return dict.fromkeys(units, min(units.values(), default=1))
    return units


def _unit(sizes: set[int], *, whole: bool) -> int:
    common = math.gcd(*(size for size in sizes if size > 1), TILE) if any(size > 1 for size in sizes) else 1
    return common if not whole or common == TILE else 1


def illegal_shapes(rules: Rules, case: Shapes, name: str) -> list[Shape]:
    """Shapes of one input, of the same rank, with which the formula or output.shape contradicts the other inputs.

    Of an operation with one input only smaller ones: a slice needs its bounds.
    """
    if rules.computed is None or (len(rules.names) > 1 and name == rules.names[0]):
        return []
    found = []
    for axis in range(-1, -len(case[name]) - 1, -1):
        for size in _other_sizes(case, name, axis, alone=len(rules.names) == 1):
            shapes = changed(case, [(name, axis)], size)
            if rules.output(shapes) is None:
                found.append(shapes[name])
                break
    return found


def _other_sizes(case: Shapes, name: str, axis: int, *, alone: bool) -> Iterator[int]:
    size = case[name][axis]
    if alone:
        yield from (smaller for smaller in (TILE,) if smaller < size and axis >= -2)
    elif axis < -2:
        yield size + 1
    else:
        yield size + TILE if size > 1 else 2 * TILE


def of_rank(rules: Rules, cases: Sequence[Shapes], subject: str, rank: int) -> Shapes | None:
    """Legal shapes in which input `subject` has this rank, made from a listed case; None when none is found.

    Dimensions of 1 are put before all inputs or this one, or leading dimensions are dropped.
    """
    for case in cases:
        delta = rank - len(case[subject])
        if not delta:
            return case
        for which in (rules.names, (subject,)):
            shapes = {name: _ranked(shape, delta if name in which else 0) for name, shape in case.items()}
            if all(shapes.values()) and rules.output(shapes) is not None:
                return shapes
    return None


def _ranked(shape: Shape, delta: int) -> Shape:
    return (*(1,) * delta, *shape) if delta >= 0 else shape[-delta:]
