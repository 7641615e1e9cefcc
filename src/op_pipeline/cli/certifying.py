"""What `pipeline gate --certify` says: what became of the mutants, level by level, and which of them live."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from op_pipeline.certify import Bound, Certificate, MutantResult
    from op_pipeline.cli.output import Output
    from op_pipeline.spec import Spec
    from op_pipeline.state import Workspace

FIRST_GATE = 1  # gate 0 judges the design document, which no mutant changes


def certify_operation(
    out: Output, place: Workspace, spec: Spec, tree: Path, target: str | None, *, most: int | None
) -> int:
    """Make the certificate of `spec`'s gates on the operation in `tree`, or read it; 0 when it holds, else 1."""
    from op_pipeline.certify import certify  # noqa: PLC0415 - keeps help fast
    from op_pipeline.certify.certificate import MOST  # noqa: PLC0415
    from op_pipeline.cli.confining import chosen_strength  # noqa: PLC0415
    from op_pipeline.config import load_flow, load_settings  # noqa: PLC0415
    from op_pipeline.gates import render_gate  # noqa: PLC0415
    from op_pipeline.targets import load_target  # noqa: PLC0415

    place.prepare()
    folder = place.logs / "gates" / f"{spec.operation}-certified"
    stages = [item for item in load_flow(spec.flow, place.root).stages if item.number >= FIRST_GATE]
    settings = load_settings(place.root, flags={"target": target})
    made = certify(
        spec,
        tree.resolve(),
        [render_gate(item, spec, folder, place.root) for item in stages],
        load_target(settings.target),
        cache=place.logs / "certificates",
        most=MOST if most is None else most,
        confine=chosen_strength(out, settings),
        told=lambda result: out.progress(_line(result), level=1),
    )
    out.data(made.as_data())
    _show(out, made)
    return 1 if made.problems() else 0


def _line(result: MutantResult) -> str:
    by = f" by gate {result.stage}, {result.failure}" if result.stage is not None else ""
    return f"{result.status.value:12} {result.level.value:10} {result.kind}: {result.id} ({result.change}){by}"


def _show(out: Output, made: Certificate) -> None:
    from op_pipeline.certify import Status  # noqa: PLC0415

    out.table(["mutants of", "killed", "survived", "equivalent", "stillborn", "killed by"], _rows(made))
    for result in made.of(Status.SURVIVED):
        word = "survives (excused)" if result.excused else "survives"
        out.result(f"{word}: {result.level.value}, {result.kind}: {result.id}")
        out.result(f"  {result.change}")
        out.result(f"  {result.reason}")
    if out.verbose:
        for result in made.of(Status.EQUIVALENT, Status.NOT_APPLICABLE, Status.STILLBORN):
            out.result(f"{result.status.value}: {result.level.value}, {result.kind}: {result.id}: {result.reason}")
    if made.bound is not None:
        out.result(_bound(made.bound))
    left = f", {made.left_out} more were not run (--mutants)" if made.left_out else ""
    out.result(f"{made.operation}: {made.share:.1%} of {made.counted} mutants killed in {made.seconds:.0f} s{left}")
    for problem in made.problems():
        out.result(f"not certified: {problem}")


def _rows(made: Certificate) -> list[list[object]]:
    from op_pipeline.certify import Level, Status  # noqa: PLC0415

    rows: list[list[object]] = []
    for level in Level:
        own = [result for result in made.mutants if result.level is level]
        counts = Counter(result.status for result in own)
        gates = Counter(result.stage for result in own if result.status is Status.KILLED)
        by = ", ".join(f"gate {stage}: {count}" for stage, count in sorted(gates.items(), key=lambda item: -item[1]))
        shown = [counts[item] for item in (Status.KILLED, Status.SURVIVED, Status.EQUIVALENT, Status.STILLBORN)]
        rows.append([level.value, *shown, by])
    return rows


def _bound(bound: Bound) -> str:
    if bound.problem:
        return f"bound: no: {bound.problem}"
    return f"bound: {bound.value_tests} value tests fail with kernels that do nothing; a watermark comes out as written"
