"""Classification: structured reports first, text only when it is anchored to a file of the candidate."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.failures import action_for, classify, cost_of
from op_pipeline.models import Cost, FailureClass, GateRun, TestOutcome, TestResult

K = FailureClass
OP = "ttnn/cpp/ttnn/operations/eltwise/swish"
TREE = Path("/w/tree")


def run_of(*results: TestResult, **fields: object) -> GateRun:
    base: dict[str, object] = {
        "stages": (1,), "results": results, "collected": tuple(item.test for item in results), "exit_status": 1,
        "timed_out": False, "seconds": 1.0, "target": "emulator", **fields,
    }  # fmt: skip
    return GateRun(**base)  # type: ignore[arg-type]


def failed(
    message: str = "", kind: FailureClass | None = None, excerpt: str = "", test: str = "t", file: str = ""
) -> TestResult:
    return TestResult(test, TestOutcome.FAILED, kind=kind, message=message, excerpt=excerpt, file=file)


@pytest.mark.parametrize(
    ("text", "kind", "file", "line"),
    [
        (f"{TREE}/{OP}/swish.cpp:12:5: error: 'foo' was not declared", K.BUILD_ERROR, f"{OP}/swish.cpp", 12),
        (
            f"{OP}/device/swish_device_operation.hpp:3:10: fatal error: no such file",
            K.BUILD_ERROR,
            f"{OP}/device/swish_device_operation.hpp",
            3,
        ),
        (
            f"{TREE}/{OP}/device/kernels/compute/swish.cpp:7:1: error: 'mm_init' was removed",
            K.COMPILE_ERROR,
            f"{OP}/device/kernels/compute/swish.cpp",
            7,
        ),
        (f"{OP}/swish.cpp:9: undefined reference to `ttnn::prim::swish'", K.LINK_ERROR, f"{OP}/swish.cpp", 9),
        # not the candidate's files
        ("/usr/include/c++/12/vector:120:3: error: no match", K.UNKNOWN, "", 0),
        ("src/op_pipeline/emulator/host/ttnn/types.hpp:4:1: error: x", K.UNKNOWN, "", 0),
        # words without an anchor say nothing
        ("the kernel did not compile: error: kernel", K.UNKNOWN, "", 0),
        (f"note: see {OP}/swish.cpp:12:5: error: quoted in a sentence", K.UNKNOWN, "", 0),
        (f"{OP}/swish.cpp:12:5: warning: unused variable", K.UNKNOWN, "", 0),
        (f"{OP}/swish.cpp:12:5: note: error handling", K.UNKNOWN, "", 0),
        ("hang deadlock out of memory NaN", K.UNKNOWN, "", 0),
        ("", K.UNKNOWN, "", 0),
    ],
)
def test_text_is_the_last_resort(text: str, kind: FailureClass, file: str, line: int) -> None:
    for result in (failed(text), failed("AssertionError", excerpt=f"some lines\n{text}\nmore")):
        found = classify(run_of(result), TREE)[0]
        assert (found.kind, found.file, found.line) == (kind, file, line)


def test_a_declared_class_wins_over_text() -> None:
    text = f"{OP}/swish.cpp:12:5: error: 'foo' was not declared"
    found = classify(run_of(failed(text, K.NUMERICAL_MISMATCH)), TREE)[0]
    assert found.kind is K.NUMERICAL_MISMATCH


def test_broken_surroundings_are_the_only_failure() -> None:
    found = classify(run_of(failed("x", K.BUILD_ERROR), env_problem="no g++", output_tail="tail"), TREE)
    assert [(item.kind, item.message, item.excerpt) for item in found] == [(K.ENV_ERROR, "no g++", "tail")]


def test_worst_first_and_merged() -> None:
    found = classify(
        run_of(
            failed("off", K.NUMERICAL_MISMATCH, test="a"),
            failed("stuck", K.HANG_DEADLOCK, test="b"),
            failed("off", K.NUMERICAL_MISMATCH, test="c"),
            failed("no", K.COMPILE_ERROR, test="d", file=f"{TREE}/{OP}/k.cpp"),
            TestResult("e", TestOutcome.PASSED),
        ),
        TREE,
    )
    assert [item.kind for item in found] == [K.COMPILE_ERROR, K.HANG_DEADLOCK, K.NUMERICAL_MISMATCH]
    assert found[0].file == f"{OP}/k.cpp"
    assert (found[2].test, found[2].message) == ("a", "off (and 1 more tests)")


def test_a_run_without_failures_has_none() -> None:
    assert classify(run_of(TestResult("a", TestOutcome.PASSED))) == ()


def test_hangs() -> None:
    hung = TestResult("a", TestOutcome.HUNG, kind=K.HANG_UNKNOWN, message="no end")
    assert [item.kind for item in classify(run_of(hung, timed_out=True))] == [K.HANG_UNKNOWN]
    assert [item.kind for item in classify(run_of(timed_out=True))] == [K.HANG_UNKNOWN]
    assert classify(run_of(TestResult("a", TestOutcome.SKIPPED)))[0].kind is K.UNKNOWN


@pytest.mark.parametrize("kind", list(FailureClass))
def test_every_class_has_a_cost_and_one_action(kind: FailureClass) -> None:
    cheap = {K.BUILD_ERROR, K.COMPILE_ERROR, K.LINK_ERROR, K.MISSING_SYMBOL}
    assert cost_of(kind) is (Cost.CHEAP if kind in cheap else Cost.HARD)
    assert action_for(kind).endswith(".")
    found = classify(run_of(failed("m", kind)))[0]
    assert (found.cost, found.action) == (cost_of(kind), action_for(kind))
