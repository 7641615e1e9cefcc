"""The offline backend: planner, scaffolder, factory-builder and kernel-writer as deterministic programs."""

from __future__ import annotations

from op_pipeline.backends.template.backend import TemplateBackend, generate

__all__ = ["TemplateBackend", "generate"]
