"""The loop that turns a spec into commits: plan, red, attempt, gate, classify, retry, commit. Prints nothing."""

from __future__ import annotations

from op_pipeline.engine.context import Request, RunResult
from op_pipeline.engine.gating import Gatekeeper
from op_pipeline.engine.interrupts import Interrupts, Terminated
from op_pipeline.engine.loop import plan_pipeline, run_pipeline
from op_pipeline.engine.plan import Action, Plan, PlannedStage

__all__ = [
    "Action",
    "Gatekeeper",
    "Interrupts",
    "Plan",
    "PlannedStage",
    "Request",
    "RunResult",
    "Terminated",
    "plan_pipeline",
    "run_pipeline",
]
