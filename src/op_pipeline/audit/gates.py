"""Gates made again from what was recorded, and run again on what was judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline import __version__
from op_pipeline.audit.commits import Subject
from op_pipeline.config import StageSpec
from op_pipeline.errors import PipelineError
from op_pipeline.gates import digest_of
from op_pipeline.models import Gate, GateRun, RedCode
from op_pipeline.spec import Spec, load_spec
from op_pipeline.state import short_digest
from op_pipeline.targets import load_target

if TYPE_CHECKING:
    from op_pipeline.engine.gating import Gatekeeper
    from op_pipeline.events import AnyEvent
    from op_pipeline.repo import Checkout

_DEADLINE = 600.0
_SHOWN = 3


@dataclass
class Bench:
    """Where gates are made and run again: a scratch folder, a checkout, somebody who runs them."""

    scratch: Path
    checkout: Checkout
    keeper: Gatekeeper
    confine: str
    tell: Callable[[str], None]
    environments: dict[str, str] = field(default_factory=dict)

    def folder(self, *names: str) -> Path:
        """A folder of the scratch space."""
        path = self.scratch.joinpath(*names)
        path.mkdir(parents=True, exist_ok=True)
        return path


@dataclass(frozen=True)
class Again:
    """A stage's gate with all earlier ones, made again and found to be what was recorded."""

    spec: Spec
    gates: tuple[Gate, ...]


def render_again(s: Subject, bench: Bench) -> Again | None:
    """The gates up to the stage, from the recorded spec and templates; None when they differ or cannot be made."""
    folder = _inputs(s)
    if folder is None:
        return None
    assert s.story.process is not None
    try:
        spec = load_spec(folder / "spec" / Path(s.story.process.spec).name).in_flow(s.story.process.flow)
        if not s.found.compare("spec", s.record.inputs.get("spec", ""), short_digest(spec.digest.encode())):
            return None
        gates = [_render(s, bench, number, spec, folder) for number in sorted(s.story.gates)]
    except (PipelineError, OSError) as error:
        s.found.differ("gate made again", "a gate", str(error))
        return None
    same = [
        s.found.compare(f"gate {gate.stage} made again", s.story.gates[gate.stage].gate_digest, gate.digest)
        for gate in gates
    ]
    return Again(spec, tuple(gates)) if all(same) else None


def _inputs(s: Subject) -> Path | None:
    """The folder of the recorded inputs, when there is one and this version can make gates from it."""
    process, version = s.story.process, s.trailers.get("Version", "")
    if process is None or not process.inputs:
        s.found.skip("the log keeps no spec and templates: its gates cannot be made again")
        return None
    if version != __version__:
        s.found.skip(f"its gates were made by op-pipeline {version}, this is {__version__}: they are not made again")
        return None
    folder = s.log.folder.path / "inputs" / process.inputs
    if not folder.is_dir():
        s.found.skip(f"{folder} is not here: its gates cannot be made again")
        return None
    return folder


def _render(s: Subject, bench: Bench, number: int, spec: Spec, project: Path) -> Gate:
    told = s.story.gates[number]
    stage = StageSpec(
        number=number, name=told.name, agent="audit", gate=told.gate, also=told.also, red=told.classes, goal="audit"
    )
    return bench.keeper.render(stage, spec, bench.folder("gates", s.record.commit), project)


def run_again(s: Subject, bench: Bench, again: Again) -> None:
    """RED on the tree before the stage and GREEN on the commit's, with the recorded seeds."""
    around = digest_of(bench.keeper.environment(load_target(s.record.target)))
    recorded = s.trailers.get("Environment", "")
    if recorded and recorded != around:
        s.found.skip(f"the surroundings are others, {around} and not {recorded}: differences may be theirs")
    _red_again(s, bench, again)
    _green_again(s, bench, again)


def _red_again(s: Subject, bench: Bench, again: Again) -> None:
    red = s.story.red
    if red is None or not red.seed:
        s.found.skip("the log does not tell with which seed the gate was red")
        return
    if not s.repository.git.attempt("cat-file", "-e", f"{red.tree}^{{tree}}"):
        s.found.skip(f"the tree {red.tree[:12]} that was red is not in this repository")
        return
    own = [gate for gate in again.gates if gate.stage == s.record.stage]
    run = _run(s, bench, again.spec, own, tree=red.tree, seed=red.seed, what="red")
    if run.env_problem:
        s.found.skip(f"the gate cannot be run here: {run.env_problem}")
        return
    verdict = bench.keeper.red(run, own[0])
    same = s.found.compare("red again", f"{red.code} ({red.reason})", f"{verdict.code} ({verdict.reason})")
    s.found.compare_sets("tests that are red again", red.ids, verdict.ids)
    if same and verdict.code is RedCode.RED:
        s.found.compare("classes that are red again", ", ".join(red.classes), ", ".join(verdict.classes))
        s.found.again.append("red")


def _green_again(s: Subject, bench: Bench, again: Again) -> None:
    green, red = s.story.green, s.story.red
    if green is None or not green.seed:
        s.found.skip("the log does not tell with which seed the gates were green")
        return
    run = _run(s, bench, again.spec, again.gates, tree=s.record.tree, seed=green.seed, what="green")
    if run.env_problem:
        s.found.skip(f"the gates cannot be run here: {run.env_problem}")
        return
    verdict = bench.keeper.green(run, again.gates, {} if red is None else {s.record.stage: red.ids})
    s.found.compare_sets("tests that are green again", s.story.tests, run.collected)
    if not verdict:
        reasons = "; ".join(
            f"{item.test or item.file}: {item.kind}: {item.message}" for item in verdict.failures[:_SHOWN]
        )
        s.found.differ("green again", f"green, {green.passed} tests", f"not green, {verdict.passed} passed; {reasons}")
        return
    s.found.again.append("green")


def _run(s: Subject, bench: Bench, spec: Spec, gates: Sequence[Gate], *, tree: str, seed: str, what: str) -> GateRun:
    bench.tell(f"stage {s.record.stage}: {what} again")

    def ignore(event: AnyEvent) -> None:
        del event

    return bench.keeper.run(
        gates,
        spec=spec,
        tree=bench.checkout.show(tree),
        target=load_target(s.record.target),
        out=bench.folder("out", s.record.commit, what),
        seed=seed,
        deadline=_DEADLINE,
        emit=ignore,
        confine=bench.confine,
    )
