"""The table of all attacks at the end of the run, and what the modules share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.testing import Bench, tiny_project
from op_pipeline.testing.attacks import Attack

Told = Callable[[Attack], None]


@pytest.fixture
def told(record_property: Callable[[str, object], None]) -> Told:
    """Say which attack this test is."""
    return lambda attack: record_property("attack", f"{attack.name}|{attack.who}|{attack.ends}")


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """The tiny project with a script that turns every stage green at its first attempt."""
    made = Bench(tiny_project(tmp_path / "project"))
    made.play({})
    return made


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Attack, attacker, what it ended in."""
    rows = []
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = dict(getattr(report, "user_properties", ())).get("attack")
            if found and report.when == "call":
                name, who, ends = found.split("|")
                rows.append((who, name, ends if outcome == "passed" else "FAILED: not what it must end in"))
    if rows:
        terminalreporter.section(f"{len(rows)} attacks")
        for who, name, ends in sorted(rows):
            terminalreporter.write_line(f"{name:<58} {who:<38} {ends}")
