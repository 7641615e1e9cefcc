"""A second repository that stands where the first one stood at a commit, for runs that must not touch the first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from op_pipeline.errors import InfrastructureError
from op_pipeline.repo.gitcmd import Git
from op_pipeline.repo.preflight import Repository, open_repository


def clone_at(source: Repository, target: Path, commit: str, branches: Mapping[str, str]) -> Repository:
    """Clone `source` into the new folder `target`, check out `commit`, and set these branches and no others.

    Objects are shared with `source`, so that every commit it still has can be named. Raises InfrastructureError when
    `target` exists or `source` has lost a commit.
    """
    if target.exists():
        raise InfrastructureError(f"cannot clone into {target}: it exists", hint="choose another folder")
    missing = [name for name in {commit, *branches.values()} if not source.commit_of(name)]
    if missing:
        raise InfrastructureError(f"the repository no longer has the commit {', '.join(sorted(missing))}")
    target.parent.mkdir(parents=True, exist_ok=True)
    source.git("clone", "--quiet", "--shared", "--no-checkout", "--no-tags", str(source.root), str(target))
    git = Git(target)
    for key in ("user.name", "user.email"):
        value = source.git.attempt("config", "--get", key).output.strip()
        if value:
            git("config", key, value)
    git("checkout", "--quiet", "--detach", commit)
    git("remote", "remove", "origin")
    for line in git("for-each-ref", "--format=%(refname)", "refs/heads").splitlines():
        git("update-ref", "-d", line)
    git("checkout", "--quiet", "-b", "replay", commit)
    for name, tip in branches.items():
        git("update-ref", f"refs/heads/{name}", tip)
    return open_repository(target)
