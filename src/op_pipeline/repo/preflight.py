"""The user's repository, checked before anything is spent: a commit, an identity, nothing half done."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import git as gitpython  # noqa: TID251 - this is the one place

from op_pipeline.errors import InfrastructureError
from op_pipeline.repo.gitcmd import Git

_HALF_DONE = {
    "MERGE_HEAD": ("a merge", "git merge --continue, or git merge --abort"),
    "rebase-merge": ("a rebase", "git rebase --continue, or git rebase --abort"),
    "rebase-apply": ("a rebase", "git rebase --continue, or git rebase --abort"),
    "CHERRY_PICK_HEAD": ("a cherry-pick", "git cherry-pick --continue, or git cherry-pick --abort"),
    "REVERT_HEAD": ("a revert", "git revert --continue, or git revert --abort"),
}


@dataclass(frozen=True)
class Repository:
    """The repository a workspace lies in. `root` is its top folder, `common_dir` the shared .git folder."""

    root: Path
    git_dir: Path
    common_dir: Path
    git: Git

    def head(self) -> str:
        """Commit id of what the user has checked out."""
        return self.git.line("rev-parse", "HEAD")

    def dirty(self) -> bool:
        """Whether the user's tree differs from its commit (untracked files left aside)."""
        return bool(self.git("status", "--porcelain", "--untracked-files=no").strip())

    def commit_of(self, name: str) -> str:
        """Commit id of a ref or revision, or '' when there is none."""
        done = self.git.attempt("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return done.output.strip() if done else ""

    def is_ancestor(self, old: str, new: str) -> bool:
        """Whether `new` contains `old`."""
        return bool(self.git.attempt("merge-base", "--is-ancestor", old, new))

    def update_ref(self, ref: str, commit: str) -> None:
        """Let `ref` name `commit`."""
        self.git("update-ref", ref, commit)


def open_repository(workspace: Path, *, for_commits: bool = True) -> Repository:
    """The repository around `workspace`, ready to be committed to.

    Raises InfrastructureError with the remedy when there is none, it is bare, has no commit yet, no identity is
    configured, or a merge, rebase, cherry-pick or revert is not finished. `for_commits=False` asks for less: reading.
    """
    try:
        with gitpython.Repo(workspace, search_parent_directories=True) as repo:
            if repo.bare or repo.working_tree_dir is None:
                raise InfrastructureError(f"{workspace} is a bare git repository", hint="work in a clone of it")
            found = Repository(
                root=Path(repo.working_tree_dir),
                git_dir=Path(repo.git_dir),
                common_dir=Path(repo.common_dir).resolve(),
                git=Git(Path(repo.working_tree_dir)),
            )
            has_commit = repo.head.is_valid()
    except (gitpython.InvalidGitRepositoryError, gitpython.NoSuchPathError) as error:
        raise InfrastructureError(
            f"{workspace} is not in a git repository", hint="git init && git add -A && git commit -m start"
        ) from error
    if not has_commit:
        raise InfrastructureError(
            f"the repository {found.root} has no commit yet", hint="git add -A && git commit -m start"
        )
    if for_commits:
        _check_idle(found)
        _check_identity(found)
    return found


def _check_idle(repository: Repository) -> None:
    for mark, (what, remedy) in _HALF_DONE.items():
        if (repository.git_dir / mark).exists():
            raise InfrastructureError(f"{what} is in progress in {repository.root}", hint=remedy)


def _check_identity(repository: Repository) -> None:
    # What commit-tree will ask for, without git's guess from the host name.
    for who in ("GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"):
        if not repository.git.attempt("-c", "user.useConfigOnly=true", "var", who):
            raise InfrastructureError(
                "git has no identity to commit with",
                hint='git config user.name "Your Name" && git config user.email you@example.com',
            )
