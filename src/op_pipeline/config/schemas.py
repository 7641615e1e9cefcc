"""JSON schemas of the files that users write, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from op_pipeline.config.agents import AgentFile
from op_pipeline.config.flows import FlowFile
from op_pipeline.errors import ConfigError, did_you_mean
from op_pipeline.spec.model import FrontMatter

KINDS: dict[str, type[BaseModel]] = {"agent": AgentFile, "flow": FlowFile, "spec": FrontMatter}


def json_schema(kind: str) -> dict[str, Any]:
    """The schema of agent, flow or spec files (draft 2020-12). Raises ConfigError for another kind."""
    if kind not in KINDS:
        raise ConfigError(f"no schema {kind!r}{did_you_mean(kind, KINDS)}", hint=f"schemas: {', '.join(KINDS)}")
    schema = KINDS[kind].model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
