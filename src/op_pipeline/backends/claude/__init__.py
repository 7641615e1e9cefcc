"""Agents played by Claude through claude-agent-sdk. Importing this package does not import the SDK."""

from __future__ import annotations

from op_pipeline.backends.claude.backend import ClaudeBackend
from op_pipeline.backends.claude.credentials import Credentials, find_credentials

__all__ = ["ClaudeBackend", "Credentials", "find_credentials"]
