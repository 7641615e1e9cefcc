"""File trees and repositories on disk."""

from __future__ import annotations

import hashlib
import os
import textwrap
from collections.abc import Mapping
from pathlib import Path

from op_pipeline import proc


def build_file_tree(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files below `root`; text is dedented. Returns `root`."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else textwrap.dedent(content).encode())
    return root


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    """Standard output of a git command, stripped. Raises AssertionError when it fails and `check` is set."""
    done = proc.run(["git", *arguments], cwd=folder, split_errors=True)
    if check and not done:
        raise AssertionError(f"git {' '.join(arguments)}: {done.output}{done.errors}")
    return done.output.strip()


def init_repository(root: Path) -> Path:
    """A repository with an identity of its own and, when there are files, one commit."""
    git(root, "init", "-q", "-b", "main")
    git(root, "config", "user.name", "Tester")
    git(root, "config", "user.email", "tester@example.invalid")
    if any(path.name != ".git" for path in root.iterdir()):
        commit_all(root, "start")
    return root


def commit_all(root: Path, subject: str) -> str:
    """Commit everything; the commit's id."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--no-verify", "-m", subject)
    return git(root, "rev-parse", "HEAD")


def snapshot(root: Path, *, skip: tuple[str, ...] = ("logs",)) -> dict[str, str]:
    """Every path below `root` with a digest of its kind, mode and content; top-level names in `skip` left out.

    Of the .git folder only HEAD, index and config are taken: objects and refs are added by design.
    """
    found: dict[str, str] = {}
    for folder, folders, names in os.walk(root):
        if Path(folder) == root:
            folders[:] = [name for name in folders if name not in {*skip, ".git"}]
        for name in [*names, *folders]:
            if name == ".git":
                continue
            path = Path(folder, name)
            found[path.relative_to(root).as_posix()] = _digest(path)
    for name in ("HEAD", "index", "config") if (root / ".git").is_dir() else ():
        found[f".git/{name}"] = _digest(root / ".git" / name)
    return found


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link {path.readlink()}"
    mode = f"{path.stat().st_mode:o}"
    return f"{mode} {hashlib.sha256(path.read_bytes()).hexdigest()}" if path.is_file() else mode
