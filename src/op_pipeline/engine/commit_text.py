"""The message of a stage's commit: its trailers are the ledger, and what an audit starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from op_pipeline import __version__
from op_pipeline.repo import format_message

if TYPE_CHECKING:
    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session


def commit_message(s: Session, stage: StageSpec, attempt: int) -> str:
    """Subject, one line on the gate, and the trailers from which a later run reads the ledger."""
    inputs = " ".join(f"{key}={value}" for key, value in s.parts.inputs[stage.number].items())
    known = s.progress.stages[stage.number].attempts.get(attempt)
    passed = f"{known.passed}/{known.collected}" if known else "all"
    how = "was satisfied already" if attempt == 0 else f"turned green at attempt {attempt}"
    return format_message(
        f"{s.spec.operation}: stage {stage.number} {stage.name}",
        f"The gate {how}: {passed} tests up to stage {stage.number} passed on {s.parts.target.name}.",
        {
            "Operation": s.spec.operation,
            "Run": s.folder.id,
            "Stage": f"{stage.number} {stage.name}",
            "Agent": stage.agent,
            "Attempt": str(attempt),
            "Gate": s.gate(stage).digest[:16],
            "Red": red_text(s, stage),
            "Environment": s.certificates[stage.number].environment,
            "Log": f"{s.log.seq} {s.log.chain}",
            "Target": s.parts.target.name,
            "Cost": dollars_text(stage_dollars(s, stage)),
            "Inputs": inputs,
            "Version": __version__,
        },
    )


def red_text(s: Session, stage: StageSpec) -> str:
    """The stage's RED certificate in a line: on which tree, how many tests, with which classes."""
    known = s.certificates[stage.number]
    return f"{known.tree} {counted(len(known.ids), 'test')} {','.join(known.classes)}"


def stage_dollars(s: Session, stage: StageSpec) -> float | None:
    """What the stage cost in this run; None when that is not known."""
    return s.progress.stages[stage.number].spent.cost


def dollars_text(dollars: float | None) -> str:
    """`$0.00`, or `unknown`."""
    return "unknown" if dollars is None else f"${dollars:.2f}"


def counted(number: int, noun: str) -> str:
    """`1 attempt`, `3 attempts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
