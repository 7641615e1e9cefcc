"""The events of a run: one typed JSON object per line of `events.jsonl`, the truth from which all else is derived.

Emitters fill in the fields of the event; `v`, `ts`, `seq`, `run` (and `stage`, `attempt` where the engine knows them)
are set by the log writer.
"""

from __future__ import annotations

from op_pipeline.events.agent_kinds import AgentMessage, AgentSession, ModelAsked, ModelCall, Note, ToolCall, ToolResult
from op_pipeline.events.base import SCHEMA_VERSION, Event
from op_pipeline.events.chain import Fault, Reading, chained, check_log, last_chain, link
from op_pipeline.events.gate_kinds import GateFinished, GateStarted, RedChecked, TestFinished, TestStarted
from op_pipeline.events.kinds import (
    AnyEvent,
    AttemptFinished,
    AttemptStarted,
    Committed,
    Committing,
    Crashed,
    FailureClassified,
    Interrupted,
    LimitHit,
    RolledBack,
    RunFinished,
    RunStarted,
    StageFinished,
    StageKept,
    StageStale,
    StageStarted,
    Warned,
)
from op_pipeline.events.reading import RawEvent, event_schema, parse_line, parse_lines, read_events

__all__ = [
    "SCHEMA_VERSION",
    "AgentMessage",
    "AgentSession",
    "AnyEvent",
    "AttemptFinished",
    "AttemptStarted",
    "Committed",
    "Committing",
    "Crashed",
    "Event",
    "FailureClassified",
    "Fault",
    "GateFinished",
    "GateStarted",
    "Interrupted",
    "LimitHit",
    "ModelAsked",
    "ModelCall",
    "Note",
    "RawEvent",
    "Reading",
    "RedChecked",
    "RolledBack",
    "RunFinished",
    "RunStarted",
    "StageFinished",
    "StageKept",
    "StageStale",
    "StageStarted",
    "TestFinished",
    "TestStarted",
    "ToolCall",
    "ToolResult",
    "Warned",
    "chained",
    "check_log",
    "event_schema",
    "last_chain",
    "link",
    "parse_line",
    "parse_lines",
    "read_events",
]
