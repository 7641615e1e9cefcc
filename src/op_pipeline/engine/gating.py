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
from op_pipeline.events import AnyEvent, GateFinished, GateStarted, RedChecked, Warned
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
        confine: str = "auto",
    ) -> GateRun:
        """Run gates together in one clean process; `confine` as in sandbox.strength()."""
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
            confine=confine,
        )

    def environment(self, target: Target) -> dict[str, str]:
        """What decides a verdict here besides the tree and the gate."""
        return gate_tools.environment_of(target)

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


def look_around(s: Session) -> str:
    """Take in what the surroundings are now; their digest. A change within the run is told."""
    now = s.keeper.environment(s.parts.target)
    if s.environment and now != s.environment:
        names = sorted(name for name in {**now, **s.environment} if now.get(name) != s.environment.get(name))
        changes = "; ".join(
            f"{name} from {s.environment.get(name, 'none')} to {now.get(name, 'none')}" for name in names
        )
        s.emit(Warned(message=f"the surroundings changed: {changes}"))
    s.environment = now
    return gate_tools.digest_of(now)


def check_red(s: Session, stage: StageSpec, tree: Path, tree_id: str, out: Path) -> RedVerdict:
    """Run one stage's gate where it should be red, on the tree object `tree_id` checked out at `tree`."""
    around = look_around(s)
    run = _run(s, [stage], "red", tree=tree, tree_id=tree_id, out=out, at=(stage, None))
    verdict = s.keeper.red(run, s.gate(stage))
    green = verdict.code is RedCode.UNEXPECTED_GREEN
    _report(s, run, "red", green=green, tree=tree_id, around=around, at=(stage, None))
    return verdict


def certify(s: Session, stage: StageSpec, red: RedVerdict, tree_id: str) -> None:
    """Write down what a check of check_red() found; a gate that was red is what its green is held against."""
    event = RedChecked(
        stage=stage.number,
        code=red.code,
        reason=red.reason,
        ids=red.ids,
        tree=tree_id,
        gate=s.gate(stage).digest,
        environment=gate_tools.digest_of(s.environment),
        classes=red.classes,
        seed=s.seed(tree_id),
    )
    if red:
        s.certificates[stage.number] = event.certificate
    s.emit(event, stage)


def renew(s: Session, stages: Sequence[StageSpec]) -> tuple[StageSpec, RedVerdict] | None:
    """Take RED again, on its recorded tree, where the gate or the surroundings are others since.

    The first stage whose gate is no longer red there, and its verdict; None when all are. Stages without a
    certificate are left alone: they were made where no log tells of them.
    """
    around = look_around(s)
    for stage in stages:
        known = s.certificates.get(stage.number)
        if known is None or known.holds_for(s.gate(stage), around):
            continue
        tree = s.tree.git.attempt("rev-parse", "--verify", "--quiet", f"{known.tree}^{{tree}}").output.strip()
        if not tree:
            return stage, RedVerdict(RedCode.ENV_ERROR, f"the tree {known.tree[:12]} it was red on is gone")
        out = s.folder.stage_dir(stage.number, stage.name) / "renewed"
        with s.tree.scratch(tree, s.folder.path / "scratch") as path:
            red = check_red(s, stage, path, tree, out)
        certify(s, stage, red, tree)
        if not red:
            return stage, red
    return None


def check_green(
    s: Session, stages: Sequence[StageSpec], tree_id: str, out: Path, *, purpose: str = "green"
) -> GreenVerdict:
    """Run gates together on the work tree; failures of the verdict are classified. renew() comes before it.

    Raises InfrastructureError when the surroundings, not the candidate, are at fault.
    """
    around = gate_tools.digest_of(s.environment)
    at = (s.stage, s.attempt)
    run = _run(s, stages, purpose, tree=s.tree.path, tree_id=tree_id, out=out, at=at)
    gates = [s.gate(stage) for stage in stages]
    verdict = s.keeper.green(run, gates, {number: known.ids for number, known in s.certificates.items()})
    if not verdict and not verdict.failures:
        verdict = GreenVerdict(green=False, failures=s.keeper.classify(run, s.tree.path), passed=verdict.passed)
    _report(s, run, purpose, green=verdict.green, tree=tree_id, around=around, at=at)
    return verdict


Place = tuple["StageSpec | None", "int | None"]  # whose events they are: a stage's, of an attempt


def _run(
    s: Session, stages: Sequence[StageSpec], purpose: str, *, tree: Path, tree_id: str, out: Path, at: Place
) -> GateRun:
    gates = [s.gate(stage) for stage in stages]
    longest = max(stage.gate_deadline for stage in stages)
    s.phase = "gate"
    target = s.parts.target
    s.emit(GateStarted(stages=_numbers(stages), purpose=purpose, target=target.name, sandbox=str(s.sandbox)), *at)
    started = time.monotonic()
    with s.interrupts.allowed():
        run = s.keeper.run(
            gates,
            spec=s.spec,
            tree=tree,
            target=target,
            out=out / "gate",
            seed=s.seed(tree_id),
            # The earlier gates come on top of the slowest one.
            deadline=longest if len(stages) == 1 else 2 * longest,
            emit=lambda event: s.emit(event, *at),
            confine=s.sandbox,
        )
    s.clock.build += run.build_seconds
    s.clock.gate += time.monotonic() - started - run.build_seconds
    _keep_output(out)
    if run.env_problem and purpose != "red":
        raise InfrastructureError(
            f"the gate could not be run: {run.env_problem}", hint="mend that, then `pipeline resume`"
        )
    return run


def _report(s: Session, run: GateRun, purpose: str, *, green: bool, tree: str, around: str, at: Place) -> None:
    numbers = {stage.number: stage for stage in s.parts.flow.stages}
    digests = tuple(s.gate(numbers[number]).digest for number in run.stages)
    seed = s.seed(tree)
    event = GateFinished.of(run, purpose=purpose, green=green, seed=seed, tree=tree, gates=digests, environment=around)
    s.emit(event, *at)


def _keep_output(out: Path) -> None:
    """Gate files under the names that readers of a run folder know."""
    for theirs, ours in (("stream.jsonl", "gate.jsonl"), ("output.txt", "gate.txt")):
        with contextlib.suppress(FileNotFoundError):
            (out / "gate" / theirs).replace(out / ours)


def _numbers(stages: Sequence[StageSpec]) -> tuple[int, ...]:
    return tuple(stage.number for stage in stages)
