"""The emulator's ttnn against the genuine one: the same calls, no unexplained difference."""

from __future__ import annotations

import sys
import warnings
from collections import Counter
from pathlib import Path

import pytest

from op_pipeline import emulator, mock
from op_pipeline.emulator.compiler import cache_folder
from op_pipeline.testing.conformance import Difference, compare, comparing, runner
from op_pipeline.testing.conformance.__main__ import shown

LEAST_CALLS = 700
CALL = runner.Call("a_part", "f()", ())
OWN_NAMES = """
def twice(value):
    return [value, value]

twice(CoreCoord(1, 2))
CoreCoord("x", 0)
__import__("os").kill(__import__("os").getpid(), 9)
len(RuntimeArgs())
"""


def test_the_same_calls_give_the_same(library: mock.Library) -> None:
    """All calls on both sides; what differs is in the table, and the table has nothing else."""
    report = compare(library, cache_folder())
    sys.stdout.write(f"\n{report.calls} calls, {len(report.differences)} differences, all explained:\n")
    for reason, count in Counter(item.reason for item in report.differences).most_common():
        sys.stdout.write(f"{count:5}  {reason}\n")
    assert not report.unexplained, "\n".join(map(shown, report.unexplained))
    assert not report.unused
    assert report.calls >= LEAST_CALLS


@pytest.mark.parametrize(
    ("real", "ours", "parts"),
    [
        ([1, 2], [1, 2], []),
        ([1, 2], [1, 3], ["part: f() [1]"]),
        ([1], [1, 3], ["part: f()"]),
        ({"a": 1, "b": {"c": 2}}, {"a": 1, "b": {"c": 3}}, ["part: f() [b] [c]"]),
        ({"raises": "TypeError", "says": "x"}, {"raises": "ValueError", "says": "x"}, ["part: f()"]),
        ({"raises": "TypeError", "says": "x"}, {"a": 1}, ["part: f()"]),
        (1, {"ends the process": "SIGFPE"}, ["part: f()"]),
        (True, 1, []),
    ],
)
def test_a_difference_is_named_by_its_part(real: object, ours: object, parts: list[str]) -> None:
    """Values part by part, outcomes as a whole."""
    assert [item.call for item in comparing.differences([CALL], {0: real}, {0: ours})] == parts


def test_a_call_without_an_answer_differs() -> None:
    """A side that stopped early is not equal to one that went on."""
    assert len(list(comparing.differences([CALL], {0: 1}, {}))) == 1


def test_only_reviewed_words_of_the_same_exception_are_explained() -> None:
    """Other words of one exception need a review; another exception is never a matter of words."""
    worded = Difference("part: f()", {"raises": "TypeError", "says": "a"}, {"raises": "TypeError", "says": "b"}, "")
    other = Difference("part: f()", {"raises": "TypeError", "says": "a"}, {"raises": "ValueError", "says": "a"}, "")
    reviewed = [worded.digest, other.digest]
    assert comparing.judged(1, [worded], []).unexplained
    assert not comparing.judged(1, [worded], reviewed).unexplained
    assert comparing.judged(1, [other], reviewed).unexplained
    assert "0123456789ab" in comparing.judged(1, [worded], ["0123456789ab"]).unused


def test_a_call_that_ends_the_process_is_an_outcome(tmp_path: Path) -> None:
    """The signal is recorded, and the calls after it are made."""
    (tmp_path / "a_own.calls").write_text(OWN_NAMES)
    surroundings = comparing.own_environment()
    got = comparing.answers("emulator", Path(sys.executable), surroundings, tmp_path, tmp_path)
    assert got[0] == ["CoreCoord: 1-2", "CoreCoord: 1-2"]
    assert got[1] == {"raises": "TypeError", "says": "__init__(): incompatible function arguments."}
    assert got[2] == {"ends the process": "SIGKILL"}
    assert got[3] == 0


def test_silent_traps_of_the_real_module_warn_here() -> None:
    """An integer as data format, and a list that is a copy."""
    ttnn = emulator.activate()
    with pytest.warns(UserWarning, match=r"data_format=5 is read as DataType::UINT8.* becomes format 30"):
        assert ttnn.CBFormatDescriptor(0, 5, 1024).data_format_as_uint8 == 30
    with pytest.warns(UserWarning, match=r"ProgramDescriptor.cbs is a copy: append does not change the descriptor"):
        (program := ttnn.ProgramDescriptor()).cbs.append(ttnn.CBDescriptor())
    assert len(program.cbs) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        program.cbs = [ttnn.CBDescriptor()]
        ttnn.CBFormatDescriptor(0, ttnn.bfloat16, 2048)
        assert len([*program.cbs]) == 1
