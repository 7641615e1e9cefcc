"""How the claude backend behaves: `[tool.op-pipeline.claude]` in pyproject.toml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class ClaudeSettings(BaseModel):
    """Safety, patience and models of the claude backend."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    sandbox: Literal["auto", "strict", "off"] = "auto"
    """Sandbox for shell commands: auto where bubblewrap and socat work; strict refuses to run without; off."""
    fresh_after: Annotated[int, Field(ge=1)] = 3
    """Failed hypotheses (hard failures) before a conversation is given up for a fresh one."""
    idle_seconds: Annotated[float, Field(gt=0)] = 420.0
    """Most seconds without a sign of life from the model before the turn is interrupted."""
    cli_retries: Annotated[int, Field(ge=0, le=10)] = 5
    """Retries of one request by the CLI itself."""
    turn_retries: Annotated[int, Field(ge=0, le=10)] = 2
    """Retries of a turn, in the same conversation, after a failure that may pass."""
    retry_wait: Annotated[float, Field(ge=0)] = 15.0
    """Seconds before the first of those; doubles each time."""
    request_seconds: Annotated[float, Field(gt=0)] = 300.0
    """Most seconds the CLI waits for the first byte of an answer."""
    fallback_model: str | None = None
    """Model to use while the wanted one is overloaded; the change is logged."""
    models: dict[str, str] = {}
    """Model per stage or agent, by name, in place of the one in the agent's file."""
    cli: str | None = None
    """Another Claude Code executable than the one in the SDK's package."""
