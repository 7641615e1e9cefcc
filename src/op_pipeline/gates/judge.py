"""Verdicts on gate runs: red for the declared reason before an attempt, green after it. Pure functions of values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from op_pipeline.failures import classify, failure
from op_pipeline.models import (
    Failure,
    FailureClass,
    Gate,
    GateRun,
    GreenVerdict,
    RedCode,
    RedVerdict,
    TestOutcome,
    TestResult,
)

SHOWN = 5
_FAILED = (TestOutcome.FAILED, TestOutcome.ERROR, TestOutcome.HUNG)


def judge_red(run: GateRun, gate: Gate) -> RedVerdict:
    """RED iff the tests rendered were collected and every target test failed with a class in `gate.red`.

    A guard may pass; one that fails for an undeclared reason shows that the stage could never become green.
    """
    ids = tuple(sorted(run.collected))
    if run.env_problem:
        return RedVerdict(RedCode.ENV_ERROR, run.env_problem, ids)
    tampered = [result.message for result in run.results if result.kind is FailureClass.TAMPERED_GATE]
    if tampered:
        return RedVerdict(RedCode.ENV_ERROR, tampered[0], ids)
    if not run.collected:
        errors = "; ".join(result.message for result in run.results)
        return RedVerdict(RedCode.NOTHING_COLLECTED, errors or "no test was collected", ids)
    changed = _difference(run.collected, gate.tests)
    if changed:
        return RedVerdict(RedCode.IDS_CHANGED, changed, ids)
    wrong = _wrong_reasons(run, gate)
    if wrong:
        return RedVerdict(RedCode.WRONG_CLASS, _joined(wrong), ids)
    passed = [result.test for result in run.results if not result.guard and result.outcome is TestOutcome.PASSED]
    targets = sum(not result.guard for result in run.results)
    if passed or not targets:
        reason = f"{len(passed)} of {targets} target tests pass before the attempt: {_joined(passed)}"
        return RedVerdict(RedCode.UNEXPECTED_GREEN, reason, ids)
    kinds = sorted({result.kind for result in run.results if result.kind is not None and not result.guard})
    return RedVerdict(RedCode.RED, f"{targets} target tests fail: {', '.join(kinds)}", ids, tuple(kinds))


def _wrong_reasons(run: GateRun, gate: Gate) -> list[str]:
    if run.timed_out:
        return [f"stopped at the deadline after {run.seconds:.0f} s"]
    reported = Counter(result.test for result in run.results)
    wrong = [f"{test} did not run" for test in run.collected if not reported[test]]
    wrong += [f"{test} reported {count} times" for test, count in reported.items() if count > 1]
    for result in run.results:
        if result.outcome is TestOutcome.SKIPPED:
            wrong.append(f"{result.test} was skipped: {result.message}")
        elif result.outcome in _FAILED and (result.kind is None or result.kind not in gate.red):
            wrong.append(f"{result.test} failed with {_kind(result)}: {result.message}")
    if not wrong and run.exit_status not in {0, 1}:
        wrong.append(f"pytest ended with status {run.exit_status}")
    return wrong


def _kind(result: TestResult) -> str:
    return result.kind.value if result.kind is not None else "no declared class"


def judge_green(run: GateRun, gates: Sequence[Gate], red_ids: Mapping[int, tuple[str, ...]]) -> GreenVerdict:
    """Green iff exactly the rendered tests, those of RED, were collected, each passed once, and pytest ended with 0.

    `red_ids` maps stages to the ids recorded when their gate was red; stages without an entry are not compared.
    """
    passed = sum(result.outcome is TestOutcome.PASSED for result in run.results)
    failures = list(classify(run))
    if not failures:
        failures += [failure(FailureClass.UNKNOWN, problem) for problem in _incomplete(run, gates, red_ids)]
    return GreenVerdict(not failures, tuple(failures), passed)


def _incomplete(run: GateRun, gates: Sequence[Gate], red_ids: Mapping[int, tuple[str, ...]]) -> list[str]:
    """Why a run in which nothing failed is still not green."""
    problems: list[str] = []
    rendered = [test for gate in gates for test in gate.tests]
    if not run.collected:
        problems.append("no test was collected")
    changed = _difference(run.collected, rendered) if rendered else ""
    if changed:
        problems.append(changed)
    for gate in gates:
        own = [test for test in run.collected if test.startswith(f"stage_{gate.stage}/")]
        if not own:
            problems.append(f"no test of gate {gate.stage} was collected")
        if gate.stage in red_ids and _difference(own, red_ids[gate.stage]):
            problems.append(f"gate {gate.stage}, compared with its red run: {_difference(own, red_ids[gate.stage])}")
    reported = Counter(result.test for result in run.results)
    problems += [f"{test} did not run" for test in run.collected if not reported[test]]
    problems += [f"{test} reported {count} times" for test, count in reported.items() if count > 1]
    problems += [f"{test} reported but was not collected" for test in reported if test not in run.collected]
    if run.exit_status != 0:
        problems.append(f"pytest ended with status {run.exit_status}: {run.output_tail[-500:]}")
    if run.stages != tuple(gate.stage for gate in gates):
        problems.append(f"the run is of gates {run.stages}")
    return problems


def _difference(have: Sequence[str], wanted: Sequence[str]) -> str:
    missing = sorted((Counter(wanted) - Counter(have)).elements())
    extra = sorted((Counter(have) - Counter(wanted)).elements())
    parts = [f"{len(missing)} tests missing ({_joined(missing)})"] if missing else []
    parts += [f"{len(extra)} tests not rendered ({_joined(extra)})"] if extra else []
    return "; ".join(parts)


def _joined(items: Sequence[str]) -> str:
    more = f"; and {len(items) - SHOWN} more" if len(items) > SHOWN else ""
    return "; ".join(items[:SHOWN]) + more


def worst(verdict: GreenVerdict) -> Failure | None:
    """The failure an attempt is charged for."""
    return verdict.failures[0] if verdict.failures else None
