"""Events of an agent's turn: what it said, asked for and took."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from op_pipeline.events.base import Event


class AgentMessage(Event):
    """Text of a model, as it was written."""

    event: Literal["agent_message"] = "agent_message"
    text: str
    role: str = "assistant"


class AgentSession(Event):
    """A conversation with a model is open: new, or continued. `versions` names the programs involved."""

    event: Literal["agent_session"] = "agent_session"
    session: str
    model: str = ""
    versions: dict[str, str] = Field(default_factory=dict)
    tools: tuple[str, ...] = ()


class ModelAsked(Event):
    """A model is about to be asked; `tokens` is what the call will take by estimate.

    Charged only when no later event of the process tells how the call went: then the process was killed meanwhile.
    """

    event: Literal["model_asked"] = "model_asked"
    tokens: int = 0


class ModelCall(Event):
    """One answer of a model and what it took, on disk at once: what a turn that is killed is charged.

    `dollars` is None where the price is not known, or not before the turn ends.
    """

    event: Literal["model_call"] = "model_call"
    model: str
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    dollars: float | None = None
    subagent: str = ""  # the call of the tool that started it


class ToolCall(Event):
    """A tool an agent asked for."""

    event: Literal["tool_call"] = "tool_call"
    tool: str
    summary: str = ""
    call: str = ""
    arguments: dict[str, Any] = Field(default_factory=dict)


class ToolResult(Event):
    """How that call ended."""

    event: Literal["tool_result"] = "tool_result"
    call: str = ""
    ok: bool = True
    summary: str = ""


class Note(Event):
    """An agent's or backend's own remark: hypothesis, recovery, deviation, upstream_feedback."""

    event: Literal["note"] = "note"
    kind: str
    text: str
