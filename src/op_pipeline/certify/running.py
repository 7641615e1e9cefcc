"""Run the gates on mutants, two at a time: each on a tree of its own in which only its files differ."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from op_pipeline.certify.choosing import Job
from op_pipeline.certify.models import MutantResult, Status
from op_pipeline.errors import InfrastructureError
from op_pipeline.gates import judge_green, run_gates
from op_pipeline.models import Failure, FailureClass, Gate, GateRun, TestOutcome
from op_pipeline.spec import Spec
from op_pipeline.targets import Target

WORKERS = 2
STOP_AT_FIRST = ("-x",)
# No class of wrong work: a mutant that ends so was not understood, and does not count as killed.
_UNCLEAR = frozenset({FailureClass.UNKNOWN, FailureClass.TAMPERED_GATE, FailureClass.ENV_ERROR})
_NOT_BUILT = frozenset({FailureClass.BUILD_ERROR, FailureClass.LINK_ERROR, FailureClass.COMPILE_ERROR})


@dataclass(frozen=True)
class Surface:
    """What all mutants of one certificate are run with."""

    spec: Spec
    tree: Path
    gates: Sequence[Gate]
    target: Target
    scratch: Path
    seed: str
    deadline: float
    confine: str = "auto"

    def run(
        self,
        tree: Path,
        stages: Sequence[int],
        *,
        stop: bool = True,
        substitute: Literal["noop", "watermark"] | None = None,
    ) -> tuple[GateRun, tuple[Failure, ...]]:
        """Run the gates of these stages in this order; the failures, () when green. `substitute`: see run_gates.

        Raises InfrastructureError when the surroundings failed: nothing can be said of the mutant then.
        """
        by_stage = {gate.stage: gate for gate in self.gates}
        chosen = [by_stage[stage] for stage in stages if stage in by_stage]
        run = run_gates(
            chosen,
            spec=self.spec,
            tree=tree,
            target=self.target,
            out=self.scratch / "out" / tree.name,
            seed=self.seed,
            deadline=self.deadline,
            pytest_args=STOP_AT_FIRST if stop else (),
            confine=self.confine,
            substitute=substitute,
        )
        if run.env_problem:
            raise InfrastructureError(f"the gates could not be run: {run.env_problem}")
        return run, judge_green(run, chosen, {}).failures


def mirror(tree: Path, copy: Path, folders: Sequence[str]) -> None:
    """A tree like `tree` in which `folders` are copies and all else is linked: tt-metal has many files."""
    copy.mkdir(parents=True)
    deeper: dict[str, list[str]] = {}
    for folder in folders:
        head, _, rest = folder.partition("/")
        deeper.setdefault(head, []).append(rest)
    for entry in os.scandir(tree):
        rests = deeper.get(entry.name)
        if entry.name == ".git":
            continue
        if rests is None or not entry.is_dir():
            (copy / entry.name).symlink_to(entry.path)
        elif "" in rests:
            shutil.copytree(entry.path, copy / entry.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            mirror(Path(entry.path), copy / entry.name, rests)


def run_mutants(surface: Surface, jobs: Sequence[Job], told: Callable[[MutantResult], None]) -> list[MutantResult]:
    """The results in the order of the jobs; `told` hears each as it comes, from the worker's thread."""

    def work(numbered: tuple[int, Job]) -> MutantResult:
        result = _run(surface, *numbered)
        told(result)
        return result

    with ThreadPoolExecutor(WORKERS) as pool:
        return list(pool.map(work, enumerate(jobs)))


def _run(surface: Surface, number: int, job: Job) -> MutantResult:
    mutation, mutant = job
    started = time.monotonic()
    tree = surface.scratch / "trees" / f"m{number}"
    spec = surface.spec
    mirror(surface.tree, tree, [spec.operation_path, f"tests/ttnn/unit_tests/operations/{spec.category}"])
    try:
        for name, text in mutant.texts.items():
            (tree / name).write_text(text, encoding="utf-8")
        run, failures = surface.run(tree, mutation.stages)
    finally:
        shutil.rmtree(tree, ignore_errors=True)
        shutil.rmtree(surface.scratch / "out" / tree.name, ignore_errors=True)
    result = described(job, Status.SURVIVED if not failures else Status.KILLED, seconds=time.monotonic() - started)
    if not failures:
        return replace(result, reason="all gates are green")
    first = _first(run, failures)
    if first.kind in _NOT_BUILT and mutation.compiles:
        return replace(result, status=Status.STILLBORN, reason=first.message[:200], failure=first.kind.value)
    if first.kind in _UNCLEAR:
        reason = f"fails, but for no declared reason: {first.message[:200]}"
        return replace(result, status=Status.SURVIVED, failure=first.kind.value, reason=reason)
    stage = first.test.partition("/")[0].removeprefix("stage_")
    return replace(
        result,
        killed_by=first.test,
        stage=int(stage) if stage.isdigit() else None,
        failure=first.kind.value,
        reason=first.message.partition("\n")[0][:200],
    )


def _first(run: GateRun, failures: Sequence[Failure]) -> Failure:
    """The failure of the test that failed first; what did not run because of it is no finding."""
    failed = [result.test for result in run.results if result.outcome is not TestOutcome.PASSED]
    return next((item for item in failures if failed and item.test == failed[0]), failures[0])


def described(job: Job, status: Status, *, reason: str = "", seconds: float = 0.0) -> MutantResult:
    """A result that names its mutant."""
    mutation, mutant = job
    return MutantResult(
        id=": ".join(part for part in (mutation.name, mutant.detail) if part),
        level=mutation.level,
        kind=mutation.kind,
        origin=mutation.origin,
        status=status,
        change=mutant.change,
        trivial=mutation.trivial,
        reason=reason,
        seconds=round(seconds, 2),
    )
