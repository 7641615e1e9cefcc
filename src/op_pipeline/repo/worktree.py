"""The work tree of one operation: where agents write, and from which the program commits.

Commits are made from tree objects, not with `git commit`: what is committed is, byte for byte, what the gate saw, and
no hook, template or signing setting takes part.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from op_pipeline.errors import InfrastructureError
from op_pipeline.repo.gitcmd import Git, GitError
from op_pipeline.repo.preflight import Repository
from op_pipeline.repo.scope import Change, is_junk, judge_changes
from op_pipeline.repo.seal import Seal
from op_pipeline.repo.stillness import Stillness


def branch_name(operation: str) -> str:
    """The branch an operation is built on."""
    return f"op/{operation}"


@dataclass(frozen=True)
class Intrusion:
    """What an agent left outside its scope, already taken back. `moved`: it moved the branch (committed by itself)."""

    refused: dict[str, str]
    inside: tuple[str, ...]
    tree: str
    moved: bool


@dataclass
class Worktree:
    """A checked-out operation branch. `head` is the commit the program put there last."""

    path: Path
    branch: str
    repository: Repository
    git: Git
    git_dir: Path
    head: str
    submodules: tuple[str, ...] = ()

    @property
    def ref(self) -> str:
        """Full name of the branch."""
        return f"refs/heads/{self.branch}"

    def seal(self) -> Seal:
        """Hold git's own state while somebody else works in the tree."""
        return Seal.take(self.path, self.git_dir, self.repository.common_dir)

    def tree_of(self, commit: str) -> str:
        """Tree id of a commit."""
        return self.git.line("rev-parse", f"{commit}^{{tree}}")

    def changes(self) -> tuple[list[Change], str]:
        """Every path that differs from the last commit, ignored ones included, and the commit the branch is at."""
        text = self.git(
            "status",
            "--porcelain=v2",
            "--branch",
            "-z",
            "--untracked-files=all",
            "--ignored=matching",
            "--no-renames",
            "--ignore-submodules=none",
        )
        found: list[Change] = []
        oid = ""
        for item in text.split("\0"):
            kind, _, rest = item.partition(" ")
            if kind == "#" and rest.startswith("branch.oid "):
                oid = rest.removeprefix("branch.oid ")
            elif kind == "1":
                fields = rest.split(" ", 7)
                found.append(Change(fields[7], tracked=fields[5].strip("0") != ""))
            elif kind == "u":
                found.append(Change(rest.split(" ", 9)[9], tracked=True))
            elif kind == "?":
                found.append(Change(rest, tracked=False))
            elif kind == "!":
                found.extend(self._ignored(rest))
        found.extend(self._inside_submodules())
        found.extend(Change(path, tracked=False) for path in self._unseen(self.path))
        return found, oid

    def take_in(self, seal: Seal, scope: Sequence[str]) -> Intrusion:
        """After somebody worked in the tree: put git's state back, take back what is out of scope, stage the rest.

        `tree` of the result is the tree object of what remains.
        """
        refused = dict.fromkeys(seal.restore(), "git's own state")
        changes, oid = self.changes()
        moved = bool(oid) and oid != self.head
        if moved:
            self.git("update-ref", self.ref, self.head)
            changes, _ = self.changes()
        verdict = judge_changes(self.path, changes, scope)
        refused |= verdict.refused
        unwanted = {*verdict.refused, *verdict.junk}
        self._take_back([change for change in changes if change.path in unwanted])
        tree = self.stage(verdict.inside)
        return Intrusion(refused, verdict.inside, tree, moved)

    def stage(self, paths: Sequence[str]) -> str:
        """Put paths as they are (also ignored ones, also deleted ones) into the index; the resulting tree."""
        if paths:
            self.git("add", "--all", "--force", "--pathspec-from-file=-", "--pathspec-file-nul", stdin="\0".join(paths))
        return self.git.line("write-tree")

    def sweep(self) -> None:
        """Remove caches: nobody commits them, and yet a source may include what lies in one."""
        changes, _ = self.changes()
        self._take_back([change for change in changes if not change.tracked and is_junk(change.path)])

    def stillness(self, *more: Path) -> Stillness:
        """Marks of every tracked file, of every folder, empty ones too, and of `more`."""
        names = self.git("ls-files", "-z").split("\0")[:-1]
        folders = (folder for folder, _, _ in os.walk(self.path))
        return Stillness.of([*(f"{self.path}/{name}" for name in names), *folders, *more])

    def unsettled(self) -> tuple[str, ...]:
        """Paths that are not as they were staged: somebody still writes."""
        text = self.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored", "--no-renames")
        return tuple(item[3:] for item in text.split("\0") if item and item[1] != " ")

    def untouched_since(self, tree: str) -> bool:
        """Whether the tree still is what was staged as `tree`; what gates left behind is taken back."""
        text = self.git("status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignored", "--no-renames")
        changed = [item for item in text.split("\0") if item and item[1] != " "]
        if changed:
            self.restore(tree)
        return not changed

    def commit(self, tree: str, message: str) -> str:
        """Commit a tree on top of the branch; the new commit's id."""
        new = self.commit_tree(tree, self.head, message)
        subject = message.partition("\n")[0]
        self.git("update-ref", "-m", f"op-pipeline: {subject}", self.ref, new, self.head)
        self.head = new
        return new

    def commit_tree(self, tree: str, parent: str, message: str) -> str:
        """A commit object that no branch names yet."""
        return self.git("commit-tree", tree, "-p", parent, "-F", "-", stdin=message).strip()

    def save(self, ref: str, message: str) -> str:
        """Keep everything that differs from the last commit under `ref`; '' when nothing differs."""
        changes, _ = self.changes()
        there = [change for change in changes if change.tracked or os.path.lexists(self.path / change.path)]
        paths = [change.path for change in there if not change.path.endswith("/")]
        if not paths:
            return ""
        self.git("read-tree", self.head)  # the index may be another commit's, of which files are not here
        tree = self.stage(paths)
        self.repository.update_ref(ref, self.commit_tree(tree, self.head, message))
        return ref

    def restore(self, tree: str) -> None:
        """Make files and index those of a tree (or commit); nothing else remains, ignored files included."""
        self.git("read-tree", "--reset", "-u", tree)
        self.git("clean", "-ffdxq")

    def move(self, commit: str) -> None:
        """Let the branch name `commit` and check it out."""
        self.git("update-ref", "-m", "op-pipeline: start from an earlier stage", self.ref, commit)
        self.head = commit
        self.restore(commit)

    def diff(self, old: str, new: str) -> str:
        """The difference of two trees or commits as a patch."""
        return self.git("diff", "--no-ext-diff", "--no-textconv", "--no-color", old, new)

    @contextlib.contextmanager
    def scratch(self, tree: str, path: Path) -> Iterator[Path]:
        """A second, detached work tree of a tree (or commit) for the time of a `with` block."""
        commit = self.commit_tree(self.tree_of(tree), self.head, "a tree to look at, on no branch\n")
        shutil.rmtree(path, ignore_errors=True)
        self.git("worktree", "prune")
        self.git("worktree", "add", "--quiet", "--detach", str(path), commit)
        try:
            yield path
        finally:
            self.git.attempt("worktree", "remove", "--force", str(path))
            shutil.rmtree(path, ignore_errors=True)

    def _ignored(self, path: str) -> list[Change]:
        """Git names an ignored folder as one; its files, unless it is a repository of its own or a mere cache."""
        if not path.endswith("/"):
            return [Change(path, tracked=False)]
        files: list[Change] = []
        for folder, names, leaves in os.walk(self.path / path):
            here = Path(folder).relative_to(self.path).as_posix()
            if ".git" in names or ".git" in leaves:
                return [Change(path, tracked=False)]
            links = [name for name in names if Path(folder, name).is_symlink()]
            files += [Change(f"{here}/{name}", tracked=False) for name in (*links, *leaves)]
        return files

    def _unseen(self, folder: Path) -> Iterator[str]:
        """Pipes, sockets, devices: git passes over them, but a compiler would read them."""
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        yield from self._unseen(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False) and not entry.is_symlink():
                    yield Path(entry.path).relative_to(self.path).as_posix()

    def _inside_submodules(self) -> list[Change]:
        """Git does not look into a submodule that is not checked out; nothing may appear there."""
        found = []
        for name in self.submodules:
            folder = self.path / name
            if folder.is_dir() and not (folder / ".git").exists():
                found += [Change(f"{name}/{entry.name}", tracked=False) for entry in folder.iterdir()]
        return found

    def _take_back(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if not change.tracked:
                _remove(self.path, change.path.rstrip("/"))
        tracked = [change.path for change in changes if change.tracked]
        for path in tracked:
            if (self.path / path).is_dir() and not (self.path / path).is_symlink() and path not in self.submodules:
                _remove(self.path, path)
        if tracked:
            arguments = ("--pathspec-from-file=-", "--pathspec-file-nul")
            self.git("checkout", "--force", "HEAD", *arguments, stdin="\0".join(tracked))


def open_worktree(repository: Repository, operation: str, path: Path) -> Worktree:
    """The operation's work tree at `path`, made when it does not exist yet from the user's current commit.

    Locks that a killed git left behind are removed: the caller holds the operation's lock. Raises InfrastructureError
    when `path` is something else, or the branch is checked out elsewhere.
    """
    branch = branch_name(operation)
    git_dir = _registered(path)
    if git_dir is None:
        _add(repository, branch, path)
        git_dir = _registered(path)
        if git_dir is None:
            raise InfrastructureError(f"git made no work tree at {path}")
    for lock in (git_dir / "index.lock", git_dir / "HEAD.lock", repository.common_dir / f"refs/heads/{branch}.lock"):
        lock.unlink(missing_ok=True)
    expected = f"ref: refs/heads/{branch}"
    if (git_dir / "HEAD").read_text(encoding="utf-8").strip() != expected:
        raise InfrastructureError(
            f"the work tree {path} is not on branch {branch}", hint=f"git -C {path} switch --force {branch}"
        )
    git = Git(path)
    listing = git("ls-files", "--stage", "-z") if (path / ".gitmodules").exists() else ""
    links = tuple(item.partition("\t")[2] for item in listing.split("\0") if item.startswith("160000"))
    return Worktree(path, branch, repository, git, git_dir, git.line("rev-parse", "HEAD"), links)


def _registered(path: Path) -> Path | None:
    """The git folder that the `.git` file of a work tree names, when both exist."""
    link = path / ".git"
    if not link.is_file():
        return None
    target = Path(link.read_text(encoding="utf-8").removeprefix("gitdir:").strip())
    return target if (target / "HEAD").is_file() else None


def _add(repository: Repository, branch: str, path: Path) -> None:
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise InfrastructureError(f"{path} exists and is no work tree of {repository.root}", hint=f"move {path} away")
    repository.git("worktree", "prune")
    existing = repository.commit_of(f"refs/heads/{branch}")
    words = [str(path), branch] if existing else ["-b", branch, str(path), "HEAD"]
    try:
        repository.git("worktree", "add", "--quiet", *words)
    except GitError as error:
        if "already checked out" in error.stderr or "already used by worktree" in error.stderr:
            raise InfrastructureError(
                f"branch {branch} is checked out elsewhere: {error.stderr}", hint="switch that tree to another branch"
            ) from error
        raise


def _remove(tree: Path, relative: str) -> None:
    """Remove a path, never through a symbolic link."""
    parts = Path(relative).parts
    for depth in range(1, len(parts)):
        if (tree / Path(*parts[:depth])).is_symlink():
            return
    path = tree / relative
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    parent = path.parent
    while parent != tree and parent.is_dir() and not any(parent.iterdir()):
        parent.rmdir()
        parent = parent.parent
