"""Preflight, the work tree, commits, refs and the ledger."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.repo import Git, GitError, Worktree, format_message, open_repository, open_worktree, read_ledger
from op_pipeline.testing import build_file_tree, commit_all, git, init_repository


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return init_repository(build_file_tree(tmp_path / "repo", {"README": "readme\n", "logs/.gitignore": "*\n"}))


def opened(root: Path, name: str = "swish") -> Worktree:
    return open_worktree(open_repository(root), name, root / "logs" / "worktrees" / name)


def no_repository(root: Path) -> Path:
    return root.parent


def no_commit(root: Path) -> Path:
    empty = root.parent / "empty"
    empty.mkdir()
    git(empty, "init", "-q")
    return empty


def bare(root: Path) -> Path:
    git(root, "clone", "-q", "--bare", str(root), str(root.parent / "bare"))
    return root.parent / "bare"


def conflict(root: Path, *how: str) -> Path:
    git(root, "switch", "-q", "-c", "side")
    (root / "README").write_text("side\n")
    commit_all(root, "side")
    git(root, "switch", "-q", "main")
    (root / "README").write_text("main\n")
    commit_all(root, "main")
    git(root, *how, "side", check=False)
    return root


@pytest.mark.parametrize(
    ("make", "text", "hint"),
    [
        (no_repository, "is not in a git repository", "git init"),
        (no_commit, "has no commit yet", "git commit"),
        (bare, "is a bare git repository", "clone"),
        (lambda root: conflict(root, "merge"), "a merge is in progress", "git merge --abort"),
        (lambda root: conflict(root, "rebase"), "a rebase is in progress", "git rebase --abort"),
        (lambda root: conflict(root, "cherry-pick"), "a cherry-pick is in progress", "git cherry-pick --abort"),
    ],
)
def test_preflight_names_the_trouble_and_the_remedy(
    root: Path, make: Callable[[Path], Path], text: str, hint: str
) -> None:
    place = make(root)
    with pytest.raises(InfrastructureError, match=text) as caught:
        open_repository(place)
    assert hint in caught.value.hint
    assert caught.value.exit_code == 7


def test_no_identity_is_told_before_anything_is_spent(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(root, "config", "--unset", "user.name")
    git(root, "config", "--unset", "user.email")
    for name in list(os.environ):
        if name.startswith(("GIT_AUTHOR", "GIT_COMMITTER")) or name == "EMAIL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", os.devnull)
    with pytest.raises(InfrastructureError, match="no identity") as caught:
        open_repository(root)
    assert "git config user.name" in caught.value.hint
    assert open_repository(root, for_commits=False).head()


def test_variables_of_a_surrounding_git_lead_nowhere(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = init_repository(build_file_tree(tmp_path / "other", {"x": "x"}))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    tree = opened(root)
    assert tree.head == Git(root).line("rev-parse", "HEAD") != Git(other).line("rev-parse", "HEAD")


def test_a_failing_command_says_what_git_said(root: Path) -> None:
    with pytest.raises(GitError, match="git rev-parse failed") as caught:
        Git(root)("rev-parse", "--verify", "no-such-thing")
    assert "fatal" in caught.value.stderr


def test_the_work_tree_begins_at_the_users_commit_and_is_used_again(root: Path) -> None:
    (root / "README").write_text("not committed\n")
    tree = opened(root)
    assert (tree.path / "README").read_text() == "readme\n"
    assert (root / "README").read_text() == "not committed\n"
    (tree.path / "kept.txt").write_text("kept")
    again = opened(root)
    assert (again.path / "kept.txt").exists()
    assert again.head == tree.head


def test_a_work_tree_that_was_deleted_by_hand_is_made_again(root: Path) -> None:
    tree = opened(root)
    tip = commit_in(tree, "a.txt")
    proc.run(["rm", "-rf", str(tree.path)])
    assert opened(root).head == tip


def test_something_else_in_its_place_is_not_overwritten(root: Path) -> None:
    build_file_tree(root / "logs/worktrees/swish", {"mine.txt": "mine"})
    with pytest.raises(InfrastructureError, match="is no work tree"):
        opened(root)
    assert (root / "logs/worktrees/swish/mine.txt").read_text() == "mine"


def test_a_work_tree_on_another_branch_is_not_touched(root: Path) -> None:
    tree = opened(root)
    git(tree.path, "switch", "-q", "-c", "elsewhere")
    with pytest.raises(InfrastructureError, match="is not on branch op/swish"):
        opened(root)


def commit_in(tree: Worktree, name: str, trailers: dict[str, str] | None = None, subject: str = "change") -> str:
    (tree.path / name).write_text(f"{name} {subject}\n")
    return tree.commit(tree.stage((name,)), format_message(subject, "", trailers or {}))


def stage_commit(tree: Worktree, number: int, **more: str) -> str:
    facts = {"Operation": "swish", "Run": "r1", "Stage": f"{number} name", "Agent": "a", "Attempt": "2", **more}
    return commit_in(tree, f"{number}.txt", facts, subject=f"stage {number} {len(more)}")


def test_a_commit_is_the_staged_tree_and_nothing_else(root: Path) -> None:
    tree = opened(root)
    (tree.path / "in.txt").write_text("in")
    staged = tree.stage(("in.txt",))
    (tree.path / "in.txt").write_text("changed after the gate saw it")
    commit = tree.commit(staged, "subject\n\nbody\n")
    assert git(root, "show", f"{commit}:in.txt") == "in"
    assert not tree.untouched_since(staged)
    assert (tree.path / "in.txt").read_text() == "in"
    assert tree.untouched_since(staged)


def test_a_branch_that_moved_meanwhile_is_not_overwritten(root: Path) -> None:
    tree = opened(root)
    git(root, "update-ref", "refs/heads/op/swish", git(root, "commit-tree", "HEAD^{tree}", "-p", "HEAD", "-m", "x"))
    with pytest.raises(GitError, match="update-ref failed"):
        tree.commit(tree.tree_of("HEAD"), "mine\n")


def test_partial_edits_are_saved_with_ignored_and_deleted_ones(root: Path) -> None:
    build_file_tree(root, {".gitignore": "*.log\n"})
    commit_all(root, "ignore")
    tree = opened(root)
    (tree.path / "README").unlink()
    build_file_tree(tree.path, {"new/a.txt": "a", "x.log": "log"})
    assert tree.save("refs/op-pipeline/wip/run/3", "partial\n") == "refs/op-pipeline/wip/run/3"
    names = git(root, "ls-tree", "-r", "--name-only", "refs/op-pipeline/wip/run/3").splitlines()
    assert {"new/a.txt", "x.log"} <= set(names)
    assert "README" not in names
    tree.restore(tree.head)
    assert (tree.path / "README").exists()
    assert not (tree.path / "x.log").exists()
    assert tree.save("refs/op-pipeline/wip/run/4", "nothing\n") == ""


def test_moving_back_checks_the_old_commit_out(root: Path) -> None:
    tree = opened(root)
    first = commit_in(tree, "a.txt")
    commit_in(tree, "b.txt")
    tree.move(first)
    assert (git(root, "rev-parse", "op/swish"), tree.head) == (first, first)
    assert [p.name for p in sorted(tree.path.glob("*.txt"))] == ["a.txt"]
    assert git(tree.path, "status", "--porcelain") == ""


def test_a_scratch_tree_is_there_for_a_while(root: Path, tmp_path: Path) -> None:
    tree = opened(root)
    first = commit_in(tree, "a.txt")
    commit_in(tree, "b.txt")
    with tree.scratch(first, tmp_path / "scratch") as path:
        assert (path / "a.txt").exists()
        assert not (path / "b.txt").exists()
    assert not (tmp_path / "scratch").exists()
    assert git(root, "worktree", "list").count("\n") == 1


def test_ledger_reads_the_facts_back(root: Path) -> None:
    tree = opened(root)
    for number in range(3):
        stage_commit(tree, number, Inputs="spec=1 agent=2", Gate="abc", Target="emulator", Cost="$1.50")
    ledger = read_ledger(tree.git, "op/swish", "swish")
    assert list(ledger) == [0, 1, 2]
    record = ledger[1]
    assert (record.agent, record.attempt, record.gate, record.cost) == ("a", 2, "abc", "$1.50")
    assert record.inputs == {"spec": "1", "agent": "2"}
    assert record.commit == git(root, "rev-parse", "op/swish~1")
    assert record.parent == ledger[0].commit


def test_ledger_leaves_out_strangers_and_what_was_redone(root: Path) -> None:
    tree = opened(root)
    for number in range(4):
        stage_commit(tree, number)
    commit_in(tree, "hand.txt", subject="by hand, Op-Pipeline-Operation: swish in the subject")
    stage_commit(tree, 3, Operation="swish_backward")
    stage_commit(tree, 2, Run="r2")
    ledger = read_ledger(tree.git, "op/swish", "swish")
    assert list(ledger) == [0, 1, 2]
    assert ledger[2].run == "r2"
    assert read_ledger(tree.git, "main", "swish") == {}


def test_trailers_stay_on_one_line_and_in_the_last_paragraph() -> None:
    text = format_message("a\nsubject", "Body.\n\nMore.", {"Run": "x\ny", "Stage": "1"})
    assert text == "a subject\n\nBody.\n\nMore.\n\nOp-Pipeline-Run: x y\nOp-Pipeline-Stage: 1\n"
