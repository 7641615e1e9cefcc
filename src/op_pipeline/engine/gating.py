"""Gates as the engine uses them: rendered, run, judged, and told of in events."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline import failures as failure_rules
from op_pipeline import gates as gate_tools
from op_pipeline.errors import InfrastructureError
from op_pipeline.events import AnyEvent, GateFinished, GateStarted
from op_pipeline.models import Failure, FailureClass, Gate, GateRun, GreenVerdict, RedCode, RedVerdict

if TYPE_CHECKING:
    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Target


class Gatekeeper:
    """Renders, runs and judges gates. Tests of the engine replace rendering and running by something quicker."""

    def render(self, stage: StageSpec, spec: Spec, root: Path, project: Path | None) -> Gate:
        """The stage's gate below `root`, sealed."""
        return gate_tools.render_gate(stage, spec, root, project)

    def run(
        self,
        gates: Sequence[Gate],
        *,
        spec: Spec,
        tree: Path,
        target: Target,
        out: Path,
        seed: str,
        deadline: float,
        emit: Callable[[AnyEvent], None],
        pytest_args: Sequence[str] = (),
    ) -> GateRun:
        """Run gates together in one clean process."""
        return gate_tools.run_gates(
            gates,
            spec=spec,
            tree=tree,
            target=target,
            out=out,
            seed=seed,
            deadline=deadline,
            emit=emit,
            pytest_args=tuple(pytest_args),
        )

    def tampered(self, gates: Sequence[Gate]) -> tuple[Failure, ...]:
        """Gates that are no longer what was rendered; they are put back."""
        found: list[Failure] = []
        for gate in gates:
            changes = gate_tools.verify_seal(gate)
            if changes:
                gate_tools.restore(gate)
                found.append(failure(FailureClass.TAMPERED_GATE, f"gate {gate.stage}: {', '.join(changes)}"))
        return tuple(found)

    def red(self, run: GateRun, gate: Gate) -> RedVerdict:
        """Whether it was red for a declared reason."""
        return gate_tools.judge_red(run, gate)

    def green(self, run: GateRun, gates: Sequence[Gate], ids: Mapping[int, tuple[str, ...]]) -> GreenVerdict:
        """Whether every gate is green, with the ids that were red before."""
        return gate_tools.judge_green(run, gates, ids)

    def classify(self, run: GateRun, tree: Path) -> tuple[Failure, ...]:
        """Failures, worst first."""
        return failure_rules.classify(run, tree)


def failure(kind: FailureClass, message: str, *, file: str = "") -> Failure:
    """A failure that the engine itself found, with the cost and action of its class."""
    return Failure(kind, message, failure_rules.cost_of(kind), failure_rules.action_for(kind), file=file)


def check_red(s: Session, stage: StageSpec, tree: Path, tree_id: str, out: Path) -> RedVerdict:
    """Run one stage's gate where it should be red."""
    run = _run(s, [stage], "red", tree=tree, tree_id=tree_id, out=out)
    verdict = s.keeper.red(run, s.gate(stage))
    _report(s, run, "red", s.seed(tree_id), green=verdict.code is RedCode.UNEXPECTED_GREEN)
    return verdict


def check_green(
    s: Session, stages: Sequence[StageSpec], tree_id: str, out: Path, *, purpose: str = "green"
) -> GreenVerdict:
    """Run gates together on the work tree; failures of the verdict are classified.

    Raises InfrastructureError when the surroundings, not the candidate, are at fault.
    """
    run = _run(s, stages, purpose, tree=s.tree.path, tree_id=tree_id, out=out)
    gates = [s.gate(stage) for stage in stages]
    verdict = s.keeper.green(run, gates, s.ids)
    if not verdict and not verdict.failures:
        verdict = GreenVerdict(green=False, failures=s.keeper.classify(run, s.tree.path), passed=verdict.passed)
    _report(s, run, purpose, s.seed(tree_id), green=verdict.green)
    return verdict


def _run(s: Session, stages: Sequence[StageSpec], purpose: str, *, tree: Path, tree_id: str, out: Path) -> GateRun:
    gates = [s.gate(stage) for stage in stages]
    longest = max(stage.gate_deadline for stage in stages)
    s.phase = "gate"
    s.emit(GateStarted(stages=_numbers(stages), purpose=purpose, target=s.parts.target.name), s.stage, s.attempt)
    started = time.monotonic()
    with s.interrupts.allowed():
        run = s.keeper.run(
            gates,
            spec=s.spec,
            tree=tree,
            target=s.parts.target,
            out=out / "gate",
            seed=s.seed(tree_id),
            # The earlier gates come on top of the slowest one.
            deadline=longest if len(stages) == 1 else 2 * longest,
            emit=lambda event: s.emit(event, s.stage, s.attempt),
        )
    s.clock.build += run.build_seconds
    s.clock.gate += time.monotonic() - started - run.build_seconds
    _keep_output(out)
    if run.env_problem and purpose != "red":
        raise InfrastructureError(
            f"the gate could not be run: {run.env_problem}", hint="mend that, then `pipeline resume`"
        )
    return run


def _report(s: Session, run: GateRun, purpose: str, seed: str, *, green: bool) -> None:
    s.emit(GateFinished.of(run, purpose=purpose, green=green, seed=seed), s.stage, s.attempt)


def _keep_output(out: Path) -> None:
    """Gate files under the names that readers of a run folder know."""
    for theirs, ours in (("stream.jsonl", "gate.jsonl"), ("output.txt", "gate.txt")):
        with contextlib.suppress(FileNotFoundError):
            (out / "gate" / theirs).replace(out / ours)


def _numbers(stages: Sequence[StageSpec]) -> tuple[int, ...]:
    return tuple(stage.number for stage in stages)
