"""The chain of a log across processes, old versions and torn lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from op_pipeline import events as ev
from op_pipeline.events.chain import split
from op_pipeline.state import EventLog


def write(path: Path, *messages: str, resumed: bool = False) -> None:
    """A process of run r that writes these warnings."""
    known = [event.seq for event in ev.read_events(path) if isinstance(event, ev.Warned | ev.RunStarted)]
    log = EventLog(path, "r", seq=max(known, default=0))
    if resumed:
        log.emit(ev.RunStarted(operation="o", spec="s", flow="f", backend="b", target="t", branch="x", resumed=True))
    for message in messages:
        log.emit(ev.Warned(message=message))
    log.close()


def messages(path: Path) -> list[str]:
    return [event.message for event in ev.read_events(path) if isinstance(event, ev.Warned)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_a_chain_goes_on_in_the_next_process(path: Path) -> None:
    write(path, "one", "zwölf")
    write(path, "three")
    reading = ev.check_log(path, "r")
    assert (reading.faults, reading.unchained, list(reading.chains)) == ((), 0, [1, 2, 3])
    chains = [split(line)[1] for line in path.read_text(encoding="utf-8").splitlines()]
    assert list(reading.chains.values()) == chains
    assert ev.link("r", split(path.read_text(encoding="utf-8").splitlines()[0])[0]) == chains[0]


def test_an_absent_log_is_empty(path: Path) -> None:
    assert ev.check_log(path, "r") == ev.Reading()


def test_an_old_log_goes_on_with_a_chain(path: Path) -> None:
    write(path, "old", "older")
    path.write_text("".join(split(line)[0] + "\n" for line in path.read_text().splitlines()))
    assert ev.check_log(path, "r").unchained == 2
    write(path, "new", resumed=True)
    reading = ev.check_log(path, "r")
    assert (reading.faults, reading.unchained, list(reading.chains)) == ((), 2, [3, 4])
    assert messages(path) == ["old", "older", "new"]


def test_lines_without_a_chain_are_not_taken_in(path: Path) -> None:
    write(path, "one")
    forged = {"v": 1, "run": "r", "seq": 2, "event": "warning", "message": "forged"}
    with path.open("a") as file:
        file.write(json.dumps(forged) + "\n" + json.dumps({"event": "teleported"}) + "\n")
    write(path, "two")
    assert messages(path) == ["one", "two"]
    reading = ev.check_log(path, "r")
    assert [fault.line for fault in reading.faults] == [2, 3]
    assert list(reading.chains) == [1, 2]
    assert "line 2: warning bears no chain" in reading.warning
    assert "(and 1 more)" in reading.warning


def test_half_a_line_is_a_fault_only_where_nobody_was_killed(path: Path) -> None:
    write(path, "one")
    with path.open("a") as file:
        file.write('{"v":1,"ev')
    assert not ev.check_log(path, "r").faults
    write(path, "two", resumed=True)
    assert not ev.check_log(path, "r").faults
    with path.open("a") as file:
        file.write('{"v":1,"ev')
    write(path, "three")
    assert [fault.line for fault in ev.check_log(path, "r").faults] == [5]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [('"two"', '"too"', "line 2: warning was edited"), ('"run":"r"', '"run":"q"', "line 1: warning is of another run")],
)
def test_an_edit_is_named_once(path: Path, old: str, new: str, words: str) -> None:
    write(path, "one", "two", "three")
    path.write_text(path.read_text().replace(old, new, 1))
    faults = ev.check_log(path, "r").faults
    assert [str(fault)[: len(words)] for fault in faults] == [words]
