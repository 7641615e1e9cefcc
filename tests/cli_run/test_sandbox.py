"""The setting `sandbox`: found out before anything is spent, said in the header, kept in the log, warned of once."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from op_pipeline import proc, sandbox
from op_pipeline.events import GateStarted, RunStarted
from op_pipeline.state import Workspace


class Shell(Protocol):
    """What the fixture `pipeline` gives; see conftest.py."""

    root: Path
    out: str
    err: str

    @property
    def backend(self) -> str: ...

    def __call__(self, *words: str) -> int: ...

    def data(self) -> Any: ...


@pytest.fixture(autouse=True)
def _no_wish(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OP_PIPELINE_SANDBOX", raising=False)


@pytest.fixture
def wish(pipeline: Shell) -> Callable[[str], None]:
    """A function that sets `sandbox` in the project's file."""

    def write(word: str) -> None:
        (pipeline.root / "pyproject.toml").write_text(f'[tool.op-pipeline]\nsandbox = "{word}"\n', encoding="utf-8")

    return write


@pytest.fixture
def without_bubblewrap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """PATH with git and a shell only; also returned."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("git", "sh"):
        (tools / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tools))
    return str(tools)


def in_log(pipeline: Shell) -> dict[str, set[str]]:
    """Strengths that the newest run's events name, by kind of event."""
    found: dict[str, set[str]] = {}
    for event in Workspace(pipeline.root).find_run().events():
        if isinstance(event, (RunStarted, GateStarted)):
            found.setdefault(event.event, set()).add(event.sandbox)
    return found


def test_the_strongest_is_taken_and_told(pipeline: Shell) -> None:
    strongest = str(sandbox.possible().strongest)
    assert pipeline("run", "spec.md", "--backend", pipeline.backend, "--until", "0") == 0
    assert f", target emulator, sandbox {strongest}\n" in pipeline.err
    assert pipeline.err.count("warning: sandbox") == int(strongest != "bubblewrap")
    assert in_log(pipeline) == {"run_started": {strongest}, "gate_started": {strongest}}
    assert pipeline("gate", "0", "--json") == 0
    assert pipeline.data()["sandbox"] == strongest


def test_a_weaker_one_by_setting_is_warned_of_once(
    pipeline: Shell, wish: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    wish("limits")
    assert pipeline("run", "spec.md", "--backend", pipeline.backend, "--until", "0") == 0
    assert ", sandbox limits\n" in pipeline.err
    warnings = [line for line in pipeline.err.splitlines() if line.startswith("warning: ")]
    assert len(warnings) == 1
    assert warnings[0].startswith("warning: sandbox limits does not stop reading and writing all files of yours")
    assert "faults of the kernel" not in warnings[0]
    assert in_log(pipeline) == {"run_started": {"limits"}, "gate_started": {"limits"}}

    other = "limits" if sandbox.possible().landlock else "landlock"
    monkeypatch.setenv("OP_PIPELINE_SANDBOX", other)  # goes before the file
    assert pipeline("gate", "0", "--json") == 0
    assert pipeline.data()["sandbox"] == other
    assert pipeline.err.count(f"warning: sandbox {other}") == 1


VERBS = [["run", "spec.md"], ["gate", "0"], ["gate", "--certify", "spec.md"], ["audit"]]


@pytest.mark.parametrize("words", VERBS, ids=[" ".join(words) for words in VERBS])
@pytest.mark.usefixtures("without_bubblewrap")
def test_one_that_is_not_possible_stops_everything_before_it_begins(
    pipeline: Shell, wish: Callable[[str], None], words: list[str]
) -> None:
    wish("bubblewrap")
    assert pipeline(*words) == 7
    assert "sandbox = bubblewrap is not possible here: bubblewrap is not installed" in pipeline.err
    assert "apt-get install bubblewrap" in pipeline.err
    assert not list(pipeline.root.glob("logs/2*"))


# The kernel takes 16 layers of Landlock and no more: then limits are all that is left.
STRICT = """
import sys
from op_pipeline.cli import main
from op_pipeline.sandbox import launch
try:
    for _ in range(20):
        launch.landlock({"write": ["/"]})
except OSError:
    pass
sys.exit(main(sys.argv[1:]))
"""


def test_strict_refuses_to_run_under_limits(
    pipeline: Shell, wish: Callable[[str], None], without_bubblewrap: str
) -> None:
    words = ["run", "spec.md", "--backend", pipeline.backend, "--until", "0"]
    command = [sys.executable, "-c", STRICT, *words]
    wish("strict")
    done = proc.run(command, cwd=pipeline.root, env={**os.environ, "PATH": without_bubblewrap}, deadline=120)
    assert done.returncode == 7, done.output
    assert "sandbox = strict, and code cannot be confined here" in done.output
    assert "apt-get install bubblewrap" in done.output
    assert not list(pipeline.root.glob("logs/2*"))
