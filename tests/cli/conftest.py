"""The command line in this process: arguments in, code, stdout and stderr out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from op_pipeline.cli import main


class Said(NamedTuple):
    """What an invocation ended with and said."""

    code: int
    out: str
    err: str


Pipeline = Callable[..., Said]


@pytest.fixture
def pipeline(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Pipeline:
    """Call `pipeline` with arguments in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments: str) -> Said:
        code = main(list(arguments))
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return call
