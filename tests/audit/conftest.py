"""One run of the tiny project, with a failed attempt and a stage that was satisfied early; each test has a copy."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.audit import Audit, audit
from op_pipeline.events import chained, link
from op_pipeline.events.chain import split
from op_pipeline.state import RunFolder, Workspace
from op_pipeline.testing import Bench, ScriptGates, git, tiny_project, write_good


@dataclass
class Scene:
    """A copy of a finished run, to be tampered with and audited."""

    root: Path
    keeper: ScriptGates = field(default_factory=ScriptGates)

    @property
    def run(self) -> RunFolder:
        return Workspace(self.root).find_run()

    @property
    def log(self) -> Path:
        return self.run.events_path

    def audit(self, wanted: str | None = None, *, fast: bool = True) -> Audit:
        return audit(Workspace(self.root), wanted, fast=fast, keeper=self.keeper)

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def rewrite(self, change: Callable[[list[str]], None]) -> None:
        lines = self.lines()
        change(lines)
        self.log.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    def chain_anew(self) -> None:
        """What somebody does who knows how chains are made."""

        def change(lines: list[str]) -> None:
            before = self.run.id
            for place, line in enumerate(lines):
                data = json.loads(split(line)[0])
                bare = json.dumps({**data, "seq": place + 1})
                before = link(before, bare)
                lines[place] = chained(bare, before)

        self.rewrite(change)

    def amend(self, change: Callable[[Path], None] | None = None, *, message: tuple[str, str] = ("", "")) -> None:
        """Another last commit on the operation's branch, with other files or another message."""
        git(self.root, "checkout", "-q", "--detach", "op/toy")
        if change is not None:
            change(self.root)
        git(self.root, "add", "-A", "-f", "--", "ttnn", "README")
        text = git(self.root, "log", "-1", "--format=%B").replace(*message)
        git(self.root, "commit", "-q", "--amend", "--allow-empty", "--no-verify", "-m", text)
        tip = git(self.root, "rev-parse", "HEAD")
        git(self.root, "checkout", "-q", "main")
        git(self.root, "update-ref", "refs/heads/op/toy", tip)

    def edit_json(self, name: str, **values: Any) -> None:
        path = self.run.path / name
        path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def said(found: Audit) -> list[str]:
    """Every difference as a line."""
    return [str(item) for place in (*found.stages, *found.runs) for item in place.differences]


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bench = Bench(tiny_project(tmp_path_factory.mktemp("audit") / "project"))
    bench.play({1: [[write_good(1, "BAD")], [write_good(1), write_good(2)]], 2: []})
    assert bench.run()
    return bench.root


@pytest.fixture
def scene(finished: Path, tmp_path: Path) -> Scene:
    root = tmp_path / "project"
    shutil.copytree(finished, root, symlinks=True, ignore=shutil.ignore_patterns("worktrees"))
    git(root, "worktree", "prune")
    return Scene(root)


@pytest.fixture(name="said")
def _said() -> Callable[[Audit], list[str]]:
    return said
