"""Mutations of how much work is done: half of it, none, one tile less; in all kernels or in one."""

from __future__ import annotations

from collections.abc import Callable

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import replace
from op_pipeline.certify.zoo.base import KERNELS, Candidate, Made, Mutant, Mutation
from op_pipeline.certify.zoo.kernels import tile_loops

# New bounds from first ({0}) and bound ({1}).
ALL = {
    "half of the tiles": "({0}) + (({1}) - ({0}) + 1) / 2",
    "no tile": "({0})",
    "all but the last tile": "({1}) - (({1}) - ({0}) > 1 ? 1 : 0)",
    "one tile": "({0}) + (({1}) > ({0}) ? 1 : 0)",
}
ONE = {"stops early": "({1}) - (({1}) > ({0}) ? 1 : 0)", "goes on": "({1}) + 1"}


def _bounded(candidate: Candidate, role: str, template: str) -> tuple[str, str]:
    """Path and text of a kernel whose outermost loop over tiles has another bound."""
    source = candidate.kernel(role)
    loop = tile_loops(source)[0]
    return source.path, source.edited([replace(loop.bound, template.format(loop.first, source.of(loop.bound)))])


def in_all_kernels(candidate: Candidate) -> list[Mutant]:
    """The kernels agree with one another, so nothing hangs; the rest of the output is never written."""
    made = Made()
    for name, template in ALL.items():
        made.add_texts(name, f"all kernels: {name}", dict(_bounded(candidate, role, template) for role in KERNELS))
    return made.all("no kernel")


def in_one_kernel(candidate: Candidate) -> list[Mutant]:
    """One kernel stops a tile early, or goes on for one more."""
    made = Made()
    for role in KERNELS:
        for name, template in ONE.items():
            path, text = _bounded(candidate, role, template)
            made.add_texts(f"{role} {name}", f"{path.rpartition('/')[2]} {name}", {path: text})
    return made.all("no kernel")


def _row(name: str, kind: str, make: Callable[[Candidate], list[Mutant]]) -> Mutation:
    return Mutation(name, Level.KERNEL, kind, "design", make, stages=(7, 6, 5, 4, 2, 3, 1))


SPLIT: tuple[Mutation, ...] = (
    _row("all kernels", "half the work", in_all_kernels),
    _row("one kernel", "kernels disagree on the count", in_one_kernel),
)
