"""Events of gate runs: what was run on what, how each test ended, and the RED certificate."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from op_pipeline.events.base import Event
from op_pipeline.models import Certificate, FailureClass, GateRun, RedCode, TestOutcome


class RedChecked(Event):
    """The stage's gate was run on the tree before the attempt: the RED certificate. See models.Certificate."""

    event: Literal["red_checked"] = "red_checked"
    code: RedCode
    reason: str = ""
    ids: tuple[str, ...] = ()
    tree: str = ""
    gate: str = ""
    environment: str = ""
    classes: tuple[FailureClass, ...] = ()
    seed: str = ""

    @property
    def certificate(self) -> Certificate:
        """The same as a value."""
        return Certificate(
            stage=-1 if self.stage is None else self.stage,
            code=self.code,
            tree=self.tree,
            gate=self.gate,
            environment=self.environment,
            ids=self.ids,
            classes=self.classes,
        )


class GateStarted(Event):
    """A gate run begins.

    `purpose`: red (before an attempt), green (after it), trust (before an earlier result is relied on), agent (asked
    for by an agent within its turn; decides nothing). `sandbox`: strength of what confines the candidate's code.
    """

    event: Literal["gate_started"] = "gate_started"
    stages: tuple[int, ...]
    purpose: str
    target: str = ""
    sandbox: str = ""


class TestStarted(Event):
    """One test of a gate starts; one without a `test_finished` hung."""

    __test__ = False

    event: Literal["test_started"] = "test_started"
    test: str


class TestFinished(Event):
    """One test of a gate ended."""

    __test__ = False

    event: Literal["test_finished"] = "test_finished"
    test: str
    outcome: TestOutcome
    seconds: float = 0.0
    message: str = ""
    figures: dict[str, float] = Field(default_factory=dict)  # what the test measured


class GateFinished(Event):
    """One gate run; `seconds` is without the `build_seconds` of the operation."""

    event: Literal["gate_finished"] = "gate_finished"
    stages: tuple[int, ...]
    purpose: str
    target: str
    green: bool
    passed: int = 0
    collected: int = 0
    failed: tuple[str, ...] = ()
    seconds: float = 0.0
    build_seconds: float = 0.0
    seed: str = ""
    timed_out: bool = False
    tree: str = ""
    gates: tuple[str, ...] = ()  # digests, in the order of `stages`
    environment: str = ""

    @classmethod
    def of(
        cls,
        run: GateRun,
        *,
        purpose: str,
        green: bool,
        seed: str,
        tree: str = "",
        gates: tuple[str, ...] = (),
        environment: str = "",
    ) -> GateFinished:
        """The event of a run, whoever asked for it; `green` is the verdict on it."""
        failed = tuple(result.test for result in run.results if result.outcome is not TestOutcome.PASSED)
        return cls(
            stages=run.stages,
            purpose=purpose,
            target=run.target,
            green=green,
            passed=len(run.results) - len(failed),
            collected=len(run.collected),
            failed=failed,
            seconds=run.seconds,
            build_seconds=run.build_seconds,
            seed=seed,
            timed_out=run.timed_out,
            tree=tree,
            gates=gates,
            environment=environment,
        )
