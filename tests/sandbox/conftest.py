"""The ways of confining that this machine offers, and the commands to be confined."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from op_pipeline import proc, sandbox
from op_pipeline.sandbox.building import in_landlock, in_limits

# "alone": as where namespaces are forbidden (most containers).
WAYS = ("bubblewrap", "landlock", "landlock alone", "limits", "limits alone")


def missing(way: str) -> str:
    """Why that way is not possible here; empty when it is."""
    here = sandbox.possible()
    problem = here.problem(sandbox.Strength(way.split(maxsplit=1)[0]))
    return problem or (here.namespaces if way in {"landlock", "limits"} else "")


class Confined:
    """Runs Python texts and programs inside; `folder` is the one that may be written."""

    def __init__(self, way: str, folder: Path) -> None:
        self.way = way
        self.folder = folder
        self.rules = sandbox.Rules(
            read=(), write=(folder,), memory=1 << 30, cpu_seconds=20, file_bytes=1 << 20, processes=40
        )

    def argv(self, command: Sequence[str], **changes: object) -> list[str]:
        rules = replace(self.rules, **changes)  # type: ignore[arg-type]
        if self.way.endswith(" alone"):
            build = in_landlock if self.way.startswith("landlock") else in_limits
            return build(command, rules, namespaces=False)
        return sandbox.confined(command, rules, wanted=self.way)

    def run(self, *command: str, stdin: str | None = None, deadline: float = 60, **changes: object) -> proc.Completed:
        return proc.run(
            self.argv(command, **changes), stdin_text=stdin, deadline=deadline, split_errors=True, cwd=self.folder
        )

    def python(self, text: str, *words: str, **changes: object) -> proc.Completed:
        return self.run(sys.executable, "-I", "-S", "-c", text, *words, **changes)  # type: ignore[arg-type]


@pytest.fixture(params=WAYS)
def confined(request: pytest.FixtureRequest, tmp_path: Path) -> Confined:
    if why := missing(request.param):
        pytest.skip(why)
    folder = tmp_path / "scratch"
    folder.mkdir()
    return Confined(request.param, folder)


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that leaves only the named programs on PATH, and a `bwrap` of that text where one is given."""

    def leave(bwrap: str = "", *programs: str) -> None:
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in ("true", "sh", *programs):
            (tools / name).symlink_to(str(shutil.which(name)))
        if bwrap:
            (tools / "bwrap").write_text(f"#!/bin/sh\n{bwrap}\n")
            (tools / "bwrap").chmod(0o755)
        monkeypatch.setenv("PATH", str(tools))

    return leave
