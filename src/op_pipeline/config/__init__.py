"""Agents, flows and settings: YAML and TOML files, read strictly, with every mistake named by file and line."""

from __future__ import annotations
