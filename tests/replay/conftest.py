"""Runs of the claude backend against a scripted API, with the genuine SDK and CLI, to be recorded and replayed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.testing.plugin import no_credentials, scripted_api

__all__ = ["no_credentials", "scripted_api"]
Start = Callable[..., Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent) and "scripted_api" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.claude_cli)


@pytest.fixture(autouse=True)
def needs_sdk() -> None:
    pytest.importorskip("claude_agent_sdk")
