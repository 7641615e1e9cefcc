"""The run itself: host code in its worker, kernels in theirs, confined as for gates; this process loads neither."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

import numpy as np

from op_pipeline import failures, numerics
from op_pipeline.errors import InfrastructureError
from op_pipeline.gates.contract import contract_of
from op_pipeline.gates.kit import running
from op_pipeline.gates.kit.contract import Contract
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.inputs import Sample
from op_pipeline.gates.kit.operation import Operation
from op_pipeline.gates.kit.surroundings import Surroundings
from op_pipeline.gates.runner import schedule_seeds
from op_pipeline.gates.workers.commands import scratch_folder, worker_commands
from op_pipeline.models import Failure, FailureClass

if TYPE_CHECKING:
    from op_pipeline.sandbox import Strength
    from op_pipeline.spec import Spec
    from op_pipeline.targets import Target

SECONDS = 600.0  # of processor time a worker may use


@dataclass
class Outcome:
    """What a run showed. After a failure there is no output; what was seen until then stays.

    `launches` are those the host code described (gates.workers.described.Launch), `traces` what was recorded of them,
    `places` the tensors' names by memory and address, `faults` the emulator's records.
    """

    drawn: Sample
    grid: str
    seed: str
    limits: numerics.Limits
    output: Any = None
    expected: Any = None
    comparison: numerics.Comparison | None = None
    failure: Failure | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    launches: Sequence[Any] = ()
    traces: Sequence[Mapping[str, Any]] = ()
    places: Mapping[tuple[str, int], str] = field(default_factory=dict)
    build_seconds: float = 0.0
    seconds: float = 0.0


def contract_for(spec: Spec) -> Contract:
    """The contract as gates read it; a golden in Python is the spec's own file."""
    return Contract.of(contract_of(spec), spec.source.parent / PurePath(str(spec.golden or "")).parent)


def run_once(  # noqa: PLR0917 - what to run, and where
    spec: Spec,
    contract: Contract,
    drawn: Sample,
    tree: Path,
    target: Target,
    strength: Strength,
    *,
    grid: str = "8x8",
    seed: str = "0",
    trace_events: int = 0,
) -> Outcome:
    """Build the operation of `tree` and run it on the sample, on a fresh device.

    The schedule is the plain one; afterwards three others, as in gates, must come to the same result. A candidate that
    fails is a value; InfrastructureError for broken surroundings.
    """
    outcome = Outcome(drawn, grid, seed, contract.limits(drawn.dtypes.output))
    prepared = target.prepare(spec, tree)
    outcome.build_seconds = prepared.seconds
    if prepared.problem is not None:
        if prepared.problem.kind is FailureClass.ENV_ERROR:
            raise InfrastructureError(prepared.problem.message)
        found = prepared.problem
        outcome.failure = failures.failure(
            found.kind, found.message, file=found.file, line=found.line, excerpt=found.excerpt
        )
        return outcome
    started = time.monotonic()
    with scratch_folder() as scratch:
        schedule = f"0,{schedule_seeds(seed)}"
        config = {
            "tree": str(tree), "target": target.name, "seed": seed, "problem": None, "shows_values": True,
            "operations": prepared.env.get("OP_PIPELINE_OPERATIONS", ""),
            "workers": worker_commands(prepared, tree, scratch, SECONDS, schedule, strength),
        }  # fmt: skip
        with closing(Surroundings(config)) as surroundings:
            _run(outcome, contract, surroundings, trace_events)
    outcome.seconds = time.monotonic() - started
    return outcome


def _run(outcome: Outcome, contract: Contract, surroundings: Surroundings, trace_events: int) -> None:
    """Fill in what the run shows."""
    drawn = outcome.drawn
    try:
        surroundings.programs.trace_events = trace_events
        surroundings.device_worker.start()  # loads while the host worker describes
        operation = Operation(contract, surroundings)
        call = operation.describe(drawn, grid=outcome.grid)
        outcome.launches = call.reply.launches
        output, inputs = running.placed(operation, drawn, call)
        outcome.places = {
            (output.memory, output.address): "output",
            **{
                (place.memory, place.address): item.name
                for (place, _), item in zip(inputs, contract.inputs, strict=True)
            },
        }
        outcome.output = running.output_of(operation, drawn, call, grid=outcome.grid, pad_value=None)
        outcome.expected = operation.expected(drawn)
        outcome.comparison = _compared(outcome)
    except GateFailure as found:
        outcome.failure = _failure(found, surroundings.tree)
        outcome.faults = getattr(found.__cause__, "records", ())
        if found.kind is FailureClass.ENV_ERROR:
            raise InfrastructureError(found.message) from found
    finally:
        outcome.report = surroundings.programs.report
        outcome.traces = surroundings.programs.traces


def _compared(outcome: Outcome) -> numerics.Comparison:
    limits = outcome.limits
    return numerics.compare(
        np.asarray(outcome.output, np.float64), outcome.expected, pcc_limit=limits.pcc, rel_l2_limit=limits.rel_l2,
        dtype=outcome.drawn.dtypes.output,
    )  # fmt: skip


def _failure(found: GateFailure, tree: Path) -> Failure:
    file = found.file
    for root in (str(tree), str(tree.resolve())):
        file = file.removeprefix(f"{root}/")
    return failures.failure(found.kind, found.message, file=file, line=found.line, excerpt=found.excerpt)
