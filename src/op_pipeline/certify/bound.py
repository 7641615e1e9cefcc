"""Whether a green gate says something of the candidate's kernels: others in their place must be seen by every test."""

from __future__ import annotations

from op_pipeline.certify.models import Bound
from op_pipeline.certify.running import Surface
from op_pipeline.gates.kit.running import SEEN
from op_pipeline.models import FailureClass, TestOutcome, TestResult

SHOWN = 3


def check_bound(surface: Surface) -> Bound:
    """Run the last gate with a watermark under the candidate's kernels, then with kernels that do nothing.

    Tests that run kernels are those that meet the watermark. Each must see it under empty kernels and find it written
    over by the real ones; each must fail, for the values, when the kernels do nothing.
    """
    last = max(gate.stage for gate in surface.gates)
    marked = surface.run(surface.tree, [last], stop=False, substitute="watermark")[0]
    failed = [result for result in marked.results if result.outcome is not TestOutcome.PASSED]
    lost = [result for result in failed if not _seen(result)]
    tests = tuple(result.test for result in failed if _seen(result))
    if lost:
        return Bound(holds=False, value_tests=len(tests), problem=f"{lost[0].test}: {lost[0].message[:200]}")
    if not tests:
        return Bound(holds=False, problem=f"no test of gate {last} looks at what kernels write")
    empty = surface.run(surface.tree, [last], stop=False, substitute="noop")[0]
    told = {result.test for result in empty.results if result.kind in _OF_VALUES}
    blind = tuple(test for test in tests if test not in told)
    problem = f"passes with kernels that do nothing: {', '.join(blind[:SHOWN])}" if blind else ""
    return Bound(holds=not blind, passed_with_noop=blind, watermark_seen=True, value_tests=len(tests), problem=problem)


_OF_VALUES = frozenset({FailureClass.NUMERICAL_MISMATCH, FailureClass.NAN_OR_INF})


def _seen(result: TestResult) -> bool:
    return result.kind is FailureClass.UNBOUND_OUTPUT and SEEN in result.message
