"""Trees of a repository on disk, somewhere else: to run what was committed and to change nothing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from op_pipeline.repo.gitcmd import Git
from op_pipeline.repo.ledger import PREFIX
from op_pipeline.repo.preflight import Repository


@dataclass(frozen=True)
class Checkout:
    """A folder that shows one tree object after the other. Its git state is its own, objects are the source's."""

    path: Path
    git: Git

    def show(self, tree: str) -> Path:
        """Make the folder hold exactly that tree; the folder."""
        self.git("read-tree", "--reset", "-u", tree)
        self.git("clean", "-ffdxq")
        return self.path


def open_checkout(source: Repository, path: Path) -> Checkout:
    """An empty checkout at the new folder `path`. Neither refs nor work trees of `source` are touched."""
    source.git("clone", "--quiet", "--shared", "--no-checkout", "--no-tags", str(source.root), str(path))
    return Checkout(path, Git(path))


def changed_paths(git: Git, old: str, new: str) -> dict[str, str]:
    """Paths that differ between two trees or commits → mode of the new one (000000: removed)."""
    text = git("diff-tree", "-r", "-z", "--no-renames", "--raw", old, new, "--")
    words = [word for word in text.split("\0") if word]
    return {path: head.split(" ")[1] for head, path in zip(words[::2], words[1::2], strict=True)}


def message_of(git: Git, commit: str) -> str:
    """A commit's message as it was written."""
    return git("cat-file", "commit", commit).partition("\n\n")[2]


def trailers_of(git: Git, commit: str) -> dict[str, str]:
    """The program's trailers of a commit, their keys without prefix."""
    lines = git("log", "-1", "--format=%(trailers:only,unfold)", commit, "--").splitlines()
    pairs = (line.removeprefix(PREFIX).partition(": ") for line in lines if line.startswith(PREFIX))
    return {key: value for key, _, value in pairs}
