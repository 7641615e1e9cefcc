"""The command line in this process, on the tiny project, with the real gates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.cli import main
from op_pipeline.testing import STAGES, script_file, tiny_project, write_good


@dataclass
class Shell:
    """Runs `pipeline` in the project's folder and keeps what it said."""

    root: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    @property
    def backend(self) -> str:
        return f"scripted:{self.root.parent / 'script.json'}"

    def play(self, stages: Mapping[int, Any]) -> None:
        good: dict[int, Any] = {number: [[write_good(number)]] for number, _, _ in STAGES}
        script_file(self.root.parent / "script.json", {**good, **stages})

    def __call__(self, *words: str) -> int:
        self.capture.readouterr()
        code = main(list(words))
        self.out, self.err = self.capture.readouterr()
        return code

    def data(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    root = tiny_project(tmp_path / "project")
    monkeypatch.chdir(root)
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    shell = Shell(root, capsys)
    shell.play({})
    return shell
