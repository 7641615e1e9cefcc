"""The judge's stream: lines that prove genuine make the run, any other one ends it as tampered_gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates.following import Follower
from op_pipeline.gates.lines import Forged, Signer, Verifier
from op_pipeline.models import FailureClass, TestOutcome
from op_pipeline.proc import Completed

KEY, OTHER = b"k" * 32, b"o" * 32
RECORDS: list[dict[str, Any]] = [
    {"event": "collected", "ids": ["a", "b"]},
    {"event": "start", "test": "a"},
    {"event": "end", "test": "a", "outcome": "failed", "kind": "crash", "message": "ä \udcff\n\u2028 x"},
    {"event": "start", "test": "b"},
    {"event": "end", "test": "b", "outcome": "passed"},
    {"event": "finish", "status": 1},
]


def lines(key: bytes = KEY) -> list[bytes]:
    signer = Signer(key)
    return [signer.line(record) for record in RECORDS]


def ended(status: int | None = 1, *, late: bool = False) -> Completed:
    return Completed(("judge",), status, "", 1.0, timed_out=late)


def followed(path: Path, *pieces: bytes, done: Completed | None = None) -> Follower:
    follower = Follower(path, KEY, None)
    for piece in pieces:
        with path.open("ab") as file:
            file.write(piece)
        follower.poll()
    follower.finish(ended() if done is None else done)
    return follower


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "stream.jsonl"


def test_genuine_lines_are_the_run(path: Path) -> None:
    follower = followed(path, *lines())
    assert (follower.forged, follower.collected, follower.status) == ("", ("a", "b"), 1)
    results = follower.results(ended())
    assert [(item.test, item.outcome) for item in results] == [("a", TestOutcome.FAILED), ("b", TestOutcome.PASSED)]
    assert (results[0].kind, results[0].message) == (FailureClass.CRASH, RECORDS[2]["message"])
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == [it["event"] for it in RECORDS]


@pytest.mark.parametrize("size", [1, 7, 64, 10_000])
def test_lines_may_come_in_pieces(path: Path, size: int) -> None:
    whole = b"".join(lines())
    follower = followed(path, *(whole[at : at + size] for at in range(0, len(whole), size)))
    assert follower.forged == ""
    assert len(follower.results(ended())) == 2


def passed(line: bytes) -> bytes:
    return line.replace(b'"failed", "kind": "crash"', b'"passed"')


Change = Callable[[list[bytes]], list[bytes]]
FORGERIES: dict[str, Change] = {
    "changed": lambda all_: [passed(line) for line in all_],
    "invented": lambda all_: [*all_[:5], json.dumps(RECORDS[5]).encode() + b"\n"],
    "with another key": lambda all_: [*all_[:5], lines(OTHER)[5]],
    "with a code of zeros": lambda all_: [*all_[:5], all_[5][:-67] + b"0" * 64 + b'"}\n'],
    "replayed": lambda all_: [*all_[:5], all_[4], all_[5]],
    "reordered": lambda all_: [all_[0], all_[1], all_[4], all_[3], all_[2], all_[5]],
    "left out": lambda all_: [*all_[:2], *all_[3:]],
    "first line left out": lambda all_: all_[1:],
    "more after the end": lambda all_: [*all_, all_[0]],
    "cut within a line": lambda all_: [*all_[:5], all_[5][:-20]],
    "end left out": lambda all_: all_[:5],
    "empty line": lambda all_: [b"\n", *all_],
    "no JSON": lambda all_: [*all_[:3], b"\xff\xfe rubbish\n", *all_[3:]],
    "two lines in one": lambda all_: [all_[0][:-1] + all_[1], *all_[2:]],
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_stream_is_worth_nothing(path: Path, name: str) -> None:
    follower = followed(path, *FORGERIES[name](lines()))
    assert follower.forged
    (result,) = follower.results(ended())
    assert (result.outcome, result.kind) == (TestOutcome.ERROR, FailureClass.TAMPERED_GATE)


@pytest.mark.parametrize("later", [b"", b"".join(map(passed, lines())), b"".join(lines()[:-1])])
def test_lines_cannot_change_after_they_were_read(path: Path, later: bytes) -> None:
    follower = Follower(path, KEY, None)
    path.write_bytes(b"".join(lines()))
    follower.poll()
    path.write_bytes(later)
    follower.finish(ended())
    assert "changed" in follower.forged


def test_a_stream_that_is_gone_was_tampered_with(path: Path) -> None:
    follower = followed(path, *lines())
    path.unlink()
    follower.finish(ended())
    assert follower.results(ended())[0].kind is FailureClass.TAMPERED_GATE


@pytest.mark.parametrize(
    ("done", "outcome"), [(ended(-11), TestOutcome.FAILED), (ended(None, late=True), TestOutcome.HUNG)]
)
def test_a_judge_that_was_killed_leaves_half_a_line(path: Path, done: Completed, outcome: TestOutcome) -> None:
    follower = followed(path, *lines()[:2], lines()[2][:9], done=done)
    assert follower.forged == ""
    assert [(item.test, item.outcome) for item in follower.results(done)] == [("a", outcome)]


def test_a_line_fits_one_place_only() -> None:
    verifier = Verifier(KEY)
    first, second = (line[:-1] for line in lines()[:2])
    assert verifier.record(first) == RECORDS[0]
    with pytest.raises(Forged, match="line 2"):
        verifier.record(first)
    with pytest.raises(Forged, match="line 3"):
        verifier.record(second)
