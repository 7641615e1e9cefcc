"""Which mutants are run when not all of them can be: every way of being wrong first, then more places of each."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from op_pipeline.certify.zoo import Mutant, Mutation

Job = tuple[Mutation, Mutant]


def chosen(jobs: Sequence[Job], most: int, salt: str) -> list[Job]:
    """At most `most` of the jobs, in their order.

    Trivial ones always; then the first of each mutation, the second of each, and so on. Which one of a mutation comes
    first depends on `salt`, so that other specs try other places; what does the same at a second place comes late.
    """
    if len(jobs) <= most:
        return list(jobs)
    ranks: dict[int, tuple[int, int, str]] = {}
    groups: dict[int, list[tuple[int, Job]]] = {}
    for position, job in enumerate(jobs):
        groups.setdefault(id(job[0]), []).append((position, job))
    for group in groups.values():
        group.sort(key=lambda item: (item[1][1].count, _shuffled(item[1], salt)))
        for rank, (position, (mutation, _)) in enumerate(group):
            ranks[position] = (0 if mutation.trivial else 1, rank, _shuffled(jobs[position], salt))
    kept = sorted(ranks, key=lambda position: ranks[position])[:most]
    return [jobs[position] for position in sorted(kept)]


def _shuffled(job: Job, salt: str) -> str:
    mutation, mutant = job
    return hashlib.sha256(f"{salt} {mutation.kind} {mutation.name} {mutant.detail}".encode()).hexdigest()
