"""What an agent may change, and what happens to the rest: on a real work tree."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.repo import Worktree, matches, open_repository, open_worktree
from op_pipeline.testing import build_file_tree, commit_all, git, init_repository, snapshot

SCOPE = ("ops/swish/**", "tests/test_*.py")


@pytest.fixture
def tree(tmp_path: Path) -> Worktree:
    root = build_file_tree(
        tmp_path / "repo",
        {
            "README": "readme\n",
            "ops/swish/a.cpp": "a\n",
            "ops/other/b.cpp": "b\n",
            "run.sh": "#!/bin/sh\n",
            ".gitignore": "*.so\nbuild/\n__pycache__/\n",
            "logs/.gitignore": "*\n",
        },
    )
    init_repository(root)
    return open_worktree(open_repository(root), "swish", root / "logs" / "worktrees" / "swish")


def let(tree: Worktree, work: Callable[[Path], object]) -> tuple[dict[str, str], set[str]]:
    """Somebody works in the tree; what was refused and what was let in."""
    seal = tree.seal()
    work(tree.path)
    taken = tree.take_in(seal, SCOPE)
    return taken.refused, set(taken.inside)


@pytest.mark.parametrize(
    ("glob", "path", "inside"),
    [
        ("ops/swish/**", "ops/swish/a.cpp", True),
        ("ops/swish/**", "ops/swish/device/kernels/a.cpp", True),
        ("ops/swish/**", "ops/swish", False),
        ("ops/swish/**", "ops/swish2/a.cpp", False),
        ("ops/*/a.cpp", "ops/swish/a.cpp", True),
        ("ops/*/a.cpp", "ops/swish/b/a.cpp", False),
        ("ops/**/a.cpp", "ops/a.cpp", True),
        ("a?.cpp", "ab.cpp", True),
        ("a?.cpp", "a/.cpp", False),
        ("a.cpp", "aXcpp", False),
        ("a.cpp", "a.cpp\n", False),
    ],
)
def test_globs(glob: str, path: str, inside: bool) -> None:
    assert matches(path, [glob]) is inside


def test_edits_inside_are_staged_as_they_are(tree: Worktree) -> None:
    def work(path: Path) -> None:
        (path / "ops/swish/a.cpp").write_text("changed\n")
        build_file_tree(
            path, {"ops/swish/new/ä b.cpp": "x", "ops/swish/lib.so": "ignored by git", "tests/test_x.py": "y"}
        )

    refused, inside = let(tree, work)
    assert refused == {}
    assert inside == {"ops/swish/a.cpp", "ops/swish/new/ä b.cpp", "ops/swish/lib.so", "tests/test_x.py"}
    commit = tree.commit(tree.stage(()), "green\n")
    assert git(
        tree.path, "-c", "core.quotePath=false", "ls-tree", "-r", "--name-only", commit, "ops/swish"
    ).splitlines() == [
        "ops/swish/a.cpp",
        "ops/swish/lib.so",
        "ops/swish/new/ä b.cpp",
    ]
    assert git(tree.path, "status", "--porcelain") == ""


def rewrite(name: str) -> Callable[[Path], object]:
    return lambda path: (path / name).write_text("rewritten\n")


def replace_folder_by_link(path: Path) -> None:
    (path / "ops/other").rename(path / "ops/moved")
    (path / "ops/other").symlink_to("/etc")


def file_becomes_folder(path: Path) -> None:
    (path / "README").unlink()
    build_file_tree(path, {"README/x": "x"})


def file_becomes_pipe(path: Path) -> None:
    (path / "ops/swish/a.cpp").unlink()
    os.mkfifo(path / "ops/swish/a.cpp")


def nested_repository(path: Path) -> None:
    inner = path / "ops/swish/inner"
    inner.mkdir()
    (inner / "x").write_text("x")
    init_repository(inner)


VIOLATIONS: dict[str, tuple[Callable[[Path], object], str]] = {
    "edit": (rewrite("README"), "README"),
    "new file": (rewrite("conftest.py"), "conftest.py"),
    "new file in a new folder": (lambda p: build_file_tree(p, {"x/y/z.txt": "z"}), "x/y/z.txt"),
    "ignored file": (rewrite("evil.so"), "evil.so"),
    "ignored folder": (lambda p: build_file_tree(p, {"build/a/b": "b"}), "build/a/b"),
    "delete": (lambda p: (p / "ops/other/b.cpp").unlink(), "ops/other/b.cpp"),
    "rename out": (lambda p: (p / "ops/swish/a.cpp").rename(p / "a.cpp"), "a.cpp"),
    "chmod": (lambda p: (p / "run.sh").chmod(0o755), "run.sh"),
    "file becomes folder": (file_becomes_folder, "README"),
    "link inside": (lambda p: (p / "ops/swish/link").symlink_to("/etc/passwd"), "ops/swish/link"),
    "relative link inside": (lambda p: (p / "ops/swish/link").symlink_to("a.cpp"), "ops/swish/link"),
    "folder link": (lambda p: (p / "ops/swish/dir").symlink_to("/etc"), "ops/swish/dir"),
    "folder becomes link": (replace_folder_by_link, "ops/other"),
    "pipe inside": (file_becomes_pipe, "ops/swish/a.cpp"),
    "attributes": (lambda p: build_file_tree(p, {"ops/swish/.gitattributes": "* ident"}), "ops/swish/.gitattributes"),
    "ignore rules": (lambda p: build_file_tree(p, {"ops/swish/.gitignore": "*"}), "ops/swish/.gitignore"),
    "root ignore rules": (rewrite(".gitignore"), ".gitignore"),
    "repository inside": (nested_repository, "ops/swish/inner/"),
}  # fmt: skip


@pytest.mark.parametrize("name", VIOLATIONS)
def test_violations_are_refused_and_taken_back(tree: Worktree, name: str) -> None:
    work, path = VIOLATIONS[name]
    before = snapshot(tree.path)

    def with_good_work(folder: Path) -> None:
        work(folder)
        (folder / "ops/swish/good.cpp").write_text("good\n")

    seal = tree.seal()
    kept = (tree.path / ".git").read_text()
    with_good_work(tree.path)
    taken = tree.take_in(seal, SCOPE)
    assert path in taken.refused, taken.refused
    assert "ops/swish/good.cpp" in taken.inside
    assert (tree.path / ".git").read_text() == kept
    (tree.path / "ops/swish/good.cpp").unlink()
    if not (tree.path / "ops/swish/a.cpp").exists():
        git(tree.path, "checkout", "HEAD", "ops/swish/a.cpp")
    assert snapshot(tree.path, skip=("logs",)) == before


def test_caches_vanish_without_a_word(tree: Worktree) -> None:
    junk = {"ops/swish/__pycache__/a.pyc": "x", "__pycache__/b.pyc": "x", ".pytest_cache/v/c": "x", "ops/d.pyc": "x"}
    assert let(tree, lambda path: build_file_tree(path, junk)) == ({}, set())
    assert not (tree.path / "ops/swish/__pycache__").exists()
    assert not (tree.path / ".pytest_cache").exists()


def test_nothing_behind_a_link_is_removed(tree: Worktree, tmp_path: Path) -> None:
    precious = build_file_tree(tmp_path / "precious", {"keep/me.txt": "mine", "b.cpp": "mine"})

    def work(path: Path) -> None:
        (path / "ops/other").rename(tmp_path / "gone")
        (path / "ops/other").symlink_to(precious)
        (path / "stray").symlink_to(precious)

    refused, _ = let(tree, work)
    assert {"ops/other", "stray"} <= set(refused)
    assert (precious / "keep/me.txt").read_text() == "mine"
    assert (precious / "b.cpp").read_text() == "mine"
    assert (tree.path / "ops/other/b.cpp").read_text() == "b\n"


def test_files_hidden_in_an_empty_submodule_are_found(tmp_path: Path) -> None:
    library = init_repository(build_file_tree(tmp_path / "library", {"x": "x"}))
    root = init_repository(build_file_tree(tmp_path / "repo", {"README": "r", "logs/.gitignore": "*\n"}))
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "third/lib")
    commit_all(root, "submodule")
    tree = open_worktree(open_repository(root), "swish", root / "logs/worktrees/swish")
    assert tree.submodules == ("third/lib",)
    refused, _ = let(tree, lambda path: build_file_tree(path, {"third/lib/conftest.py": "x"}))
    assert list(refused) == ["third/lib/conftest.py"]
    assert not (tree.path / "third/lib/conftest.py").exists()


def test_commits_of_the_agent_are_taken_back_and_their_content_judged(tree: Worktree) -> None:
    head = tree.head

    def work(path: Path) -> None:
        build_file_tree(path, {"ops/swish/a.cpp": "by the agent\n", "README": "by the agent\n"})
        commit_all(path, "I did it myself")

    seal = tree.seal()
    work(tree.path)
    taken = tree.take_in(seal, SCOPE)
    assert taken.moved
    assert git(tree.path, "rev-parse", "op/swish") == head
    assert (set(taken.refused), taken.inside) == ({"README"}, ("ops/swish/a.cpp",))
    assert (tree.path / "README").read_text() == "readme\n"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_flags_in_the_index_hide_nothing(tree: Worktree, flag: str) -> None:
    def work(path: Path) -> None:
        git(path, "update-index", flag, "README")
        (path / "README").write_text("hidden\n")

    assert set(let(tree, work)[0]) == {"README"}
    assert (tree.path / "README").read_text() == "readme\n"


def config(key: str, value: str) -> Callable[[Worktree], object]:
    return lambda tree: git(tree.path, "config", key, value)


def plant_hook(tree: Worktree) -> None:
    hook = tree.repository.common_dir / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\ntouch /tmp/evil\n")


def unlink_git(tree: Worktree) -> None:
    (tree.path / ".git").unlink()
    git(tree.path, "init", "-q")


def write_info(tree: Worktree) -> None:
    build_file_tree(tree.repository.common_dir, {"info/attributes": "* filter=evil"})


@pytest.mark.parametrize(
    ("work", "name"),
    [
        (config("core.fsmonitor", "true"), ".git/config"),
        (config("filter.evil.clean", "cat /etc/passwd"), ".git/config"),
        (config("core.worktree", "/etc"), ".git/config"),
        (config("alias.status", "!true"), ".git/config"),
        (plant_hook, ".git/hooks/pre-commit"),
        (unlink_git, ".git"),
        (write_info, ".git/info/attributes"),
    ],
)
def test_gits_own_state_is_put_back(tree: Worktree, work: Callable[[Worktree], object], name: str) -> None:
    common = tree.repository.common_dir
    before = {p: p.read_bytes() for p in [tree.path / ".git", common / "config", tree.git_dir / "HEAD"]}
    seal = tree.seal()
    work(tree)
    taken = tree.take_in(seal, SCOPE)
    assert taken.refused == {name: "git's own state"}
    assert {p: p.read_bytes() for p in before} == before
    assert not (common / "hooks/pre-commit").exists()
    assert not (common / "info/attributes").exists()


def test_what_the_user_does_meanwhile_stays(tree: Worktree) -> None:
    root = tree.repository.root
    seal = tree.seal()
    git(root, "config", "branch.main.remote", "origin")
    git(root, "remote", "add", "origin", "https://example.invalid/x.git")
    git(root, "switch", "-q", "-c", "feature")
    assert tree.take_in(seal, SCOPE).refused == {}
    assert git(root, "config", "branch.main.remote") == "origin"
    assert git(root, "branch", "--show-current") == "feature"
