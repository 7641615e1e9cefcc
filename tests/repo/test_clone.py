"""A second repository at an earlier commit."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.errors import InfrastructureError
from op_pipeline.repo import clone_at, open_repository
from op_pipeline.testing import build_file_tree, commit_all, git, init_repository, snapshot


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = init_repository(build_file_tree(tmp_path / "source", {"a.txt": "one\n"}))
    git(root, "branch", "op/x")
    build_file_tree(root, {"a.txt": "two\n"})
    commit_all(root, "two")
    return root


def test_only_the_wanted_commit_and_branches(source: Path, tmp_path: Path) -> None:
    first, second = git(source, "rev-parse", "HEAD^"), git(source, "rev-parse", "HEAD")
    before = snapshot(source)
    clone = clone_at(open_repository(source), tmp_path / "deep" / "clone", first, {"op/y": second})
    assert (clone.root / "a.txt").read_text() == "one\n"
    assert clone.head() == first
    assert git(clone.root, "for-each-ref", "--format=%(refname:short) %(objectname)").splitlines() == [
        f"op/y {second}",
        f"replay {first}",
    ]
    assert git(clone.root, "remote") == ""
    assert git(clone.root, "status", "--porcelain") == ""
    assert git(clone.root, "config", "user.email") == "tester@example.invalid"
    assert snapshot(source) == before


def test_commits_that_no_branch_holds_any_more(source: Path, tmp_path: Path) -> None:
    lost = git(source, "rev-parse", "HEAD")
    git(source, "reset", "-q", "--hard", "HEAD^")
    clone = clone_at(open_repository(source), tmp_path / "clone", lost, {})
    assert (clone.root / "a.txt").read_text() == "two\n"


def test_refusals(source: Path, tmp_path: Path) -> None:
    repository = open_repository(source)
    with pytest.raises(InfrastructureError, match="no longer has the commit 0123"):
        clone_at(repository, tmp_path / "clone", "0123456789" * 4, {})
    with pytest.raises(InfrastructureError, match="exists"):
        clone_at(repository, source, repository.head(), {})
    assert not (tmp_path / "clone").exists()
