"""Reading and writing transcripts, without any model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.transcript import Places, TranscriptWriter, mapped, read_transcript, redactor, transcripts
from op_pipeline.testing.replay.comparison import difference

START = {"kind": "start", "stage": 2, "attempt": 3}
END = {"kind": "end", "reason": "completed", "is_error": False}


def turn(identifier: str, *texts: str, **more: Any) -> dict[str, Any]:
    content = [{"type": "text", "text": item} for item in texts]
    return {"kind": "turn", "id": identifier, "content": content, "stop_reason": "end_turn", "usage": {}, **more}


def results(*calls: str, **more: Any) -> dict[str, Any]:
    return {"kind": "results", "results": [{"call": call, "text": "", "is_error": False} for call in calls], **more}


def prompt(text: str) -> dict[str, Any]:
    return {"kind": "prompt", "text": text, "system": "be good"}


@pytest.fixture
def written(tmp_path: Path) -> Any:
    def write(*lines: dict[str, Any], tail: str = "") -> Any:
        path = tmp_path / "transcript.jsonl"
        path.write_text("".join(json.dumps({"v": 1, **line}) + "\n" for line in lines) + tail)
        return read_transcript(path)

    return write


def test_exchanges_in_order(written: Any) -> None:
    found = written(START, prompt("do it"), turn("a", "x"), results("c1"), results("c2"), turn("b", "y"), END)
    assert (found.stage, found.attempt, found.complete, found.again) == (2, 3, True, False)
    first, second = found.exchanges
    assert (first.prompt, first.system, first.results) == ("do it", "be good", [])
    assert [item["call"] for item in second.results] == ["c1", "c2"]
    assert (second.prompt, second.system) == ("", "")


def test_a_response_that_was_interrupted_by_its_own_results_is_one(written: Any) -> None:
    found = written(START, prompt("p"), turn("a", "x"), results("c1"), turn("a", "y"), results("c2"), turn("b", "z"))
    assert [[block["text"] for block in item.content] for item in found.exchanges] == [["x", "y"], ["z"]]
    assert [item["call"] for item in found.exchanges[1].results] == ["c1", "c2"]


def test_an_attempt_that_was_killed_counts_from_its_repetition(written: Any) -> None:
    found = written(START, prompt("p"), turn("a", "x"), START, prompt("again"), turn("b", "y"), END)
    assert [item.identifier for item in found.exchanges] == ["b"]
    assert found.again
    assert found.complete


def test_a_second_turn_of_an_attempt_goes_on_after_the_first(written: Any) -> None:
    found = written(START, prompt("p"), turn("a", "x"), END, START, prompt("go on"), turn("b", "y"), END)
    assert [(item.identifier, item.prompt) for item in found.exchanges] == [("a", "p"), ("b", "go on")]
    assert not found.again


def test_lanes_are_kept_apart(written: Any) -> None:
    found = written(
        START, prompt("p"), turn("a", "x"), turn("s", "sub", lane="L"), results("c", lane="L"), turn("t", lane="L"),
        results("d"), turn("b", "y"),
    )  # fmt: skip
    assert [(item.lane, [r["call"] for r in item.results]) for item in found.exchanges] == [
        ("", []), ("L", []), ("L", ["c"]), ("", ["d"]),
    ]  # fmt: skip


def test_what_cannot_be_read_is_left_out(written: Any, tmp_path: Path) -> None:
    assert len(written(START, turn("a", "x"), {"v": 99, "kind": "turn"}, tail='{"v": 1, "kind": "tu').exchanges) == 1
    assert written({"kind": "turn"}) is None
    assert read_transcript(tmp_path / "none.jsonl") is None


def test_transcripts_by_stage_and_attempt(tmp_path: Path) -> None:
    names = ["10-z/attempt-1", "02-a/attempt-10", "02-a/attempt-9"]
    for name in names:
        folder = tmp_path / "stages" / name
        folder.mkdir(parents=True)
        (folder / "transcript.jsonl").touch()
    assert [f"{p.parent.parent.name}/{p.parent.name}" for p in transcripts(tmp_path)] == [
        "02-a/attempt-9", "02-a/attempt-10", "10-z/attempt-1",
    ]  # fmt: skip


def test_paths_go_out_and_come_back(tmp_path: Path) -> None:
    here = Places(tmp_path / "w" / "logs" / "worktrees" / "o", tmp_path / "w" / "logs" / "r", tmp_path / "w")
    there = Places(Path("/a/t"), Path("/a/r"), Path("/a"))
    said = f"{here.tree}/f.cpp {here.run}/x {here.workspace}/spec.md {tmp_path}/other"
    assert here.neutral(said) == f"@@tree@@/f.cpp @@run@@/x @@workspace@@/spec.md {tmp_path}/other"
    assert there.local(here.neutral(said)) == f"/a/t/f.cpp /a/r/x /a/spec.md {tmp_path}/other"
    writer = TranscriptWriter(tmp_path, here)
    writer.write("turn", content=[{"input": {"file_path": f"{here.tree}/é", "n": 1, "flag": True}}])
    line = json.loads((tmp_path / "transcript.jsonl").read_text(encoding="utf-8"))
    assert line["content"] == [{"input": {"file_path": "@@tree@@/é", "n": 1, "flag": True}}]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("key sk-ant-api03-abcdefgh12345", True),
        ("Authorization: Bearer abcdefghijklmnop1234", True),
        ("a value: correct-horse-battery", True),
        ("AKIAABCDEFGHIJKLMNOP", True),
        ("ghp_abcdefghijklmnopqrstuvwx", True),
        ("a bearer of news, and sk-ant alone", False),
        ("short", False),
        ("/usr/bin", False),
    ],
)
def test_secrets_are_blotted_out(text: str, hidden: bool) -> None:
    redact = redactor({"MY_API_KEY": "correct-horse-battery", "X_TOKEN": "short", "PATH": "/usr/bin"})
    assert ("[redacted]" in redact(text)) == hidden
    assert mapped({"k": [text, 1, None]}, redact) == {"k": [redact(text), 1, None]}


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("same", "same", ""),
        ("a\nb", "a\nc", "line 2 was 'b', is 'c'"),
        ("a\nb", "a", "line 2 is gone: 'b'"),
        ("a", "a\nb", "line 2 is new: 'b'"),
        ("took 1.5 s", "took 12 s", ""),
        ("took 300ms", "took 2ms", ""),
        ("x<system-reminder>odd</system-reminder>", "x", ""),
        ("id 01234567-89ab-cdef-0123-456789abcdef", "id 11111111-89ab-cdef-0123-456789abcdef", ""),
        ("real 0m0.012s\nuser 1m2.5s", "real 1m0.312s\nuser 0m0.100s", ""),
        ("-rw-r--r-- 1 root root 5 Nov 21 03:13 a", "-rw-r--r-- 1 root root 5 Nov 22 14:07 a", ""),
        ("Sat Nov 21 03:13:16 UTC 2026", "Sun Nov 22 13:13:16 UTC 2026", ""),
        ("2026-11-21T03:13:16.123Z ok", "2027-01-02 13:14:15 ok", ""),
        ("pid 17: /x/tmp.aB3dE6gH/y", "pid 4711: /x/tmp.zZ9xX8yY/y", ""),
        (
            "kernel.cpp:12:34: error",
            "kernel.cpp:12:35: error",
            "line 1 was 'kernel.cpp:12:34: error', is 'kernel.cpp:12:35: error'",
        ),
        ("at a.cpp:12:34", "at a.cpp:12:35", "line 1 was 'at a.cpp:12:34', is 'at a.cpp:12:35'"),
        ("12 tests", "13 tests", "line 1 was '12 tests', is '13 tests'"),
    ],
)
def test_the_first_line_that_differs(before: str, now: str, said: str) -> None:
    assert difference(before, now) == said
