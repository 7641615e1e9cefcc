"""Which mutants are run when there are too many: all ways of being wrong before more places of one."""

from __future__ import annotations

import pytest

from op_pipeline.certify.choosing import Job, chosen
from op_pipeline.certify.zoo import MUTATIONS, Candidate, Mutant, Mutation, NotApplicable


def made(mutation: Mutation, candidate: Candidate) -> list[Mutant]:
    try:
        return list(mutation.make(candidate))
    except NotApplicable:
        return []


@pytest.fixture(scope="module")
def jobs(candidates: dict[str, Candidate]) -> list[Job]:
    candidate = candidates["difference"]
    return [(mutation, mutant) for mutation in MUTATIONS for mutant in made(mutation, candidate)]


def test_all_when_there_is_room(jobs: list[Job]) -> None:
    assert chosen(jobs, len(jobs), "salt") == jobs


@pytest.mark.parametrize("most", [55, 80, 120])
def test_every_mutation_comes_first_and_trivial_ones_always(jobs: list[Job], most: int) -> None:
    kept = chosen(jobs, most, "salt")
    assert len(kept) == most
    assert kept == [job for job in jobs if job in kept]
    trivial = [job for job in jobs if job[0].trivial]
    assert all(job in kept for job in trivial)
    assert {(job[0].kind, job[0].level) for job in kept} == {(job[0].kind, job[0].level) for job in jobs}


def test_the_choice_depends_on_the_salt_alone(jobs: list[Job]) -> None:
    assert chosen(jobs, 60, "one") == chosen(jobs, 60, "one")
    assert chosen(jobs, 60, "one") != chosen(jobs, 60, "two")


def test_the_second_of_a_kind_comes_late(jobs: list[Job]) -> None:
    kept = chosen(jobs, 70, "salt")
    assert sum(job[1].count > 1 for job in kept) < sum(job[1].count > 1 for job in jobs) / 4
