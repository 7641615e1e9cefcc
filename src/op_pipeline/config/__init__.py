"""Agents, flows and settings: YAML and TOML files, read strictly, with every mistake named by file and line."""

from __future__ import annotations

from op_pipeline.config.agents import (
    AgentPipeline,
    AgentSpec,
    agent_scope,
    load_agent,
    load_agents,
    read_agent,
    render_prompt,
)
from op_pipeline.config.claude import ClaudeSettings
from op_pipeline.config.claude_files import Converted, export_agent, import_agent
from op_pipeline.config.commands import CommandSettings
from op_pipeline.config.flows import FlowSpec, StageSpec, check_flow, flow_names, load_flow, read_flow
from op_pipeline.config.schemas import json_schema
from op_pipeline.config.settings import Settings, find_project, load_settings

__all__ = [
    "AgentPipeline",
    "AgentSpec",
    "ClaudeSettings",
    "CommandSettings",
    "Converted",
    "FlowSpec",
    "Settings",
    "StageSpec",
    "agent_scope",
    "check_flow",
    "export_agent",
    "find_project",
    "flow_names",
    "import_agent",
    "json_schema",
    "load_agent",
    "load_agents",
    "load_flow",
    "load_settings",
    "read_agent",
    "read_flow",
    "render_prompt",
]
