"""The tiny project of `op_pipeline.testing`, ready to run."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.testing import STAGES, Bench, tiny_project

ALL_COMMITS = [f"toy: stage {number} {name}" for number, name, _ in STAGES]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """The tiny project with a script that turns every stage green at its first attempt."""
    made = Bench(tiny_project(tmp_path / "project"))
    made.play({})
    return made


@pytest.fixture
def all_commits() -> list[str]:
    return list(ALL_COMMITS)
