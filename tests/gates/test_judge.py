"""Zoo of runs: what is red, what is green, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from op_pipeline.gates import judge_green, judge_red
from op_pipeline.models import FailureClass, Gate, GateRun, RedCode, TestOutcome, TestResult

P, F, E, S, H = (
    TestOutcome.PASSED, TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.SKIPPED, TestOutcome.HUNG,
)  # fmt: skip
A, B, G = (f"stage_4/test_x.py::test_{name}" for name in "abg")
NOT = FailureClass.NOT_IMPLEMENTED
GATE = Gate(4, "x", Path(), {}, "", "", red=(NOT, FailureClass.SHAPE_MISMATCH), tests=(A, B, G))


def result(test: str, outcome: TestOutcome, kind: FailureClass | None = None, message: str = "m") -> TestResult:
    return TestResult(test, outcome, guard=test == G, kind=kind, message=message)


RED = GateRun((4,), (result(A, F, NOT), result(B, E, NOT), result(G, P)), (A, B, G), 1, False, 1.0, "emulator")
GREEN = GateRun((4,), (result(A, P), result(B, P), result(G, P)), (A, B, G), 0, False, 1.0, "emulator")


def with_results(run: GateRun, *results: TestResult, status: int | None = 1) -> GateRun:
    return replace(run, results=results, exit_status=status)


REDS: dict[str, tuple[GateRun, RedCode]] = {
    "all targets fail as declared": (RED, RedCode.RED),
    "another declared class": (
        with_results(RED, result(A, F, FailureClass.SHAPE_MISMATCH), *RED.results[1:]),
        RedCode.RED,
    ),
    "a guard fails as declared": (with_results(RED, *RED.results[:2], result(G, F, NOT)), RedCode.RED),
    "a guard fails otherwise": (
        with_results(RED, *RED.results[:2], result(G, F, FailureClass.NAN_OR_INF)),
        RedCode.WRONG_CLASS,
    ),
    "everything passes": (GREEN, RedCode.UNEXPECTED_GREEN),
    "one target passes": (with_results(RED, result(A, P), *RED.results[1:]), RedCode.UNEXPECTED_GREEN),
    "undeclared class": (
        with_results(RED, result(A, F, FailureClass.COMPILE_ERROR), *RED.results[1:]),
        RedCode.WRONG_CLASS,
    ),
    "no class": (with_results(RED, result(A, F), *RED.results[1:]), RedCode.WRONG_CLASS),
    "fixture error": (with_results(RED, result(A, E), *RED.results[1:]), RedCode.WRONG_CLASS),
    "skipped target": (with_results(RED, result(A, S), *RED.results[1:]), RedCode.WRONG_CLASS),
    "skipped guard": (with_results(RED, *RED.results[:2], result(G, S)), RedCode.WRONG_CLASS),
    "hung": (
        replace(with_results(RED, result(A, H, FailureClass.HANG_UNKNOWN), status=None), timed_out=True),
        RedCode.WRONG_CLASS,
    ),
    "stopped between tests": (replace(RED, timed_out=True, exit_status=None), RedCode.WRONG_CLASS),
    "a test did not run": (with_results(RED, *RED.results[:2]), RedCode.WRONG_CLASS),
    "a test ran twice": (with_results(RED, *RED.results, RED.results[0]), RedCode.WRONG_CLASS),
    "crash after the tests": (replace(RED, exit_status=3), RedCode.WRONG_CLASS),
    "nothing collected": (replace(RED, results=(), collected=(), exit_status=5), RedCode.NOTHING_COLLECTED),
    "collection error": (
        replace(RED, results=(result("stage_4/test_x.py", E),), collected=(), exit_status=2),
        RedCode.NOTHING_COLLECTED,
    ),
    "fewer tests": (replace(RED, collected=(A, B)), RedCode.IDS_CHANGED),
    "more tests": (replace(RED, collected=(A, B, G, A + "2")), RedCode.IDS_CHANGED),
    "other tests": (replace(RED, collected=(A, B, A + "2")), RedCode.IDS_CHANGED),
    "environment": (replace(RED, env_problem="no g++"), RedCode.ENV_ERROR),
    "tampered": (
        replace(RED, collected=(), results=(result("stage_4", E, FailureClass.TAMPERED_GATE),)),
        RedCode.ENV_ERROR,
    ),
    "guards only": (
        with_results(RED, *(replace(item, guard=True, outcome=P, kind=None) for item in RED.results)),
        RedCode.UNEXPECTED_GREEN,
    ),
}


@pytest.mark.parametrize("name", REDS)
def test_red(name: str) -> None:
    run, code = REDS[name]
    verdict = judge_red(run, GATE)
    assert verdict.code is code, verdict.reason
    assert bool(verdict) is (code is RedCode.RED)
    assert verdict.reason
    assert verdict.ids == tuple(sorted(run.collected))


NOT_GREEN: dict[str, tuple[GateRun, FailureClass, str]] = {
    "one failed": (with_results(GREEN, result(A, F, NOT), *GREEN.results[1:]), NOT, "m"),
    "one failed without a class": (with_results(GREEN, result(A, F), *GREEN.results[1:]), FailureClass.UNKNOWN, "m"),
    "a guard failed": (with_results(GREEN, *GREEN.results[:2], result(G, F, NOT)), NOT, "m"),
    "teardown error": (with_results(GREEN, result(A, E), *GREEN.results[1:]), FailureClass.UNKNOWN, "m"),
    "one skipped": (with_results(GREEN, result(A, S), *GREEN.results[1:], status=0), FailureClass.UNKNOWN, "skipped"),
    "all skipped": (with_results(GREEN, result(A, S), result(B, S), result(G, S), status=0), FailureClass.UNKNOWN, "skipped"),
    "one missing": (with_results(GREEN, *GREEN.results[:2], status=0), FailureClass.UNKNOWN, "did not run"),
    "reported twice": (with_results(GREEN, *GREEN.results, GREEN.results[0], status=0), FailureClass.UNKNOWN, "2 times"),
    "emptied gate": (replace(GREEN, results=(), collected=(), exit_status=5), FailureClass.UNKNOWN, "no test"),
    "emptied gate, status 0": (replace(GREEN, results=(), collected=(), exit_status=0), FailureClass.UNKNOWN, "no test"),
    "fewer collected": (replace(GREEN, results=GREEN.results[:2], collected=(A, B)), FailureClass.UNKNOWN, "missing"),
    "more collected": (replace(GREEN, results=(*GREEN.results, result(A + "2", P)), collected=(A, B, G, A + "2")), FailureClass.UNKNOWN, "not rendered"),
    "reported, not collected": (replace(GREEN, results=(*GREEN.results, result(A + "2", P))), FailureClass.UNKNOWN, "not collected"),
    "exit status": (replace(GREEN, exit_status=1), FailureClass.UNKNOWN, "status 1"),
    "no exit status": (replace(GREEN, exit_status=None), FailureClass.UNKNOWN, "status None"),
    "deadline": (replace(GREEN, timed_out=True), FailureClass.HANG_UNKNOWN, "deadline"),
    "hung": (replace(with_results(GREEN, GREEN.results[0], result(B, H), status=None), timed_out=True), FailureClass.HANG_UNKNOWN, "m"),
    "environment": (replace(GREEN, env_problem="disk full"), FailureClass.ENV_ERROR, "disk full"),
    "another stage's run": (replace(GREEN, stages=(3,)), FailureClass.UNKNOWN, "gates (3,)"),
}  # fmt: skip


@pytest.mark.parametrize("name", NOT_GREEN)
def test_not_green(name: str) -> None:
    run, kind, words = NOT_GREEN[name]
    verdict = judge_green(run, [GATE], {4: (A, B, G)})
    assert not verdict
    assert verdict.failures[0].kind is kind
    assert words in verdict.failures[0].message
    assert verdict.failures[0].action


def test_green() -> None:
    verdict = judge_green(GREEN, [GATE], {4: (G, A, B)})
    assert verdict
    assert verdict.passed == 3
    assert judge_green(GREEN, [GATE], {})


def test_the_ids_of_the_red_run_bind() -> None:
    gate = replace(GATE, tests=())
    assert not judge_green(GREEN, [gate], {4: (A, B)})
    assert not judge_green(GREEN, [gate], {4: (A, B, G, A + "2")})


def test_every_gate_of_a_run_must_have_run() -> None:
    later = replace(GATE, stage=5, tests=())
    run = replace(GREEN, stages=(4, 5))
    verdict = judge_green(run, [GATE, later], {})
    assert "gate 5" in verdict.failures[0].message
