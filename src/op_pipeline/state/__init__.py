"""What is kept of a run: its folder, its event log, what the events add up to, locks and fingerprints."""

from __future__ import annotations

from op_pipeline.state.fingerprint import short_digest, stage_inputs, why_stale
from op_pipeline.state.folder import RunFolder, Workspace, new_run_id
from op_pipeline.state.inputs import inputs_digest, keep_inputs
from op_pipeline.state.lock import operation_lock
from op_pipeline.state.log import EventLog, write_atomic
from op_pipeline.state.progress import AttemptState, Progress, StageState, fold
from op_pipeline.state.spending import Spent

__all__ = [
    "AttemptState",
    "EventLog",
    "Progress",
    "RunFolder",
    "Spent",
    "StageState",
    "Workspace",
    "fold",
    "inputs_digest",
    "keep_inputs",
    "new_run_id",
    "operation_lock",
    "short_digest",
    "stage_inputs",
    "why_stale",
    "write_atomic",
]
