"""The git state around a work tree, held while an agent works: what it changed there is found and taken back.

The work tree's own state (its `.git` file, HEAD, index) is always put back. Of the state it shares with the user's
repository only what could run code or bend what is committed is judged: the user may push or fetch meanwhile.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

_OWN = ("HEAD", "index", "config.worktree", "commondir", "gitdir", "sparse-checkout", "info/sparse-checkout")
_SHARED = ("info/attributes", "info/grafts", "objects/info/alternates")
# Configuration that users change in passing (push -u, fetch, switch) and that bends nothing here.
_HARMLESS = re.compile(r"^(branch|remote|user|color|gui|pull|push|fetch|init|advice)\b", re.IGNORECASE)
_SECTION = re.compile(r"^\s*\[([^\]\"]+)(?:\"(.*)\")?\s*\]")


@dataclass(frozen=True)
class Saved:
    """Content and modification time of one file; content None means absent."""

    content: bytes | None
    mtime_ns: int = 0

    @classmethod
    def of(cls, path: Path) -> Saved:
        """The file as it is; a folder or a link counts as an odd content of its own."""
        try:
            if path.is_symlink():
                return cls(b"\0link " + os.fsencode(path.readlink()))
            return cls(path.read_bytes(), path.stat().st_mtime_ns)
        except FileNotFoundError:
            return cls(None)
        except OSError:
            return cls(b"\0not a file")

    def put_back(self, path: Path) -> None:
        """Make the path what it was. The time is put back too: git tells fresh entries of its index by it."""
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.is_dir():
            shutil.rmtree(path)
        if self.content is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.content)
            os.utime(path, ns=(self.mtime_ns, self.mtime_ns))


@dataclass(frozen=True)
class Seal:
    """Git's files around one work tree at one instant."""

    tree: Path
    git_dir: Path
    common_dir: Path
    link: Saved
    own: dict[str, Saved]
    shared: dict[str, Saved]
    config: Saved
    hooks: dict[str, Saved]

    @classmethod
    def take(cls, tree: Path, git_dir: Path, common_dir: Path) -> Seal:
        """Read the state; a few small files and the index."""
        return cls(
            tree=tree,
            git_dir=git_dir,
            common_dir=common_dir,
            link=Saved.of(tree / ".git"),
            own={name: Saved.of(git_dir / name) for name in _OWN},
            shared={name: Saved.of(common_dir / name) for name in _SHARED},
            config=Saved.of(common_dir / "config"),
            hooks=_hooks(common_dir),
        )

    def restore(self) -> tuple[str, ...]:
        """Put back what differs. Returns the names of what an agent must not have changed, () when all is well."""
        broken: list[str] = []
        if self._put_back(self.tree / ".git", self.link):
            broken.append(".git")
        for name, saved in self.own.items():
            if self._put_back(self.git_dir / name, saved) and name == "config.worktree":
                broken.append(".git/config.worktree")
        broken += [
            f".git/{name}" for name, saved in self.shared.items() if self._put_back(self.common_dir / name, saved)
        ]
        if self._config_bent() and self._put_back(self.common_dir / "config", self.config):
            broken.append(".git/config")
        return (*broken, *self._restore_hooks())

    @staticmethod
    def _put_back(path: Path, saved: Saved) -> bool:
        if Saved.of(path).content == saved.content:
            return False
        saved.put_back(path)
        return True

    def _config_bent(self) -> bool:
        return _weighty(self.config.content) != _weighty(Saved.of(self.common_dir / "config").content)

    def _restore_hooks(self) -> list[str]:
        now = _hooks(self.common_dir)
        changed = [name for name in {*now, *self.hooks} if now.get(name) != self.hooks.get(name)]
        for name in changed:
            self.hooks.get(name, Saved(None)).put_back(self.common_dir / "hooks" / name)
        return [f".git/hooks/{name}" for name in sorted(changed)]


def _hooks(common_dir: Path) -> dict[str, Saved]:
    folder = common_dir / "hooks"
    paths = folder.iterdir() if folder.is_dir() else ()
    return {path.name: Saved.of(path) for path in paths if path.suffix != ".sample"}


def _weighty(config: bytes | None) -> list[str]:
    """The lines of a git configuration that stand in sections which matter, each with its section."""
    found: list[str] = []
    section = ""
    for line in (config or b"").decode("utf-8", "replace").splitlines():
        header = _SECTION.match(line)
        if header:
            section = header.group(0).strip().strip("[]")
            line = line[header.end() :]  # noqa: PLW2901 - a value may follow its header
        if line.strip() and not _HARMLESS.match(section):
            found.append(f"{section} {line.strip()}")
    return sorted(found)
