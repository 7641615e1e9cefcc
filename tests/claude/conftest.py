"""The genuine SDK and CLI against a scripted API. Never with credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from op_pipeline.testing.desk import Desk, marked_processes
from op_pipeline.testing.plugin import no_credentials, scripted_api  # noqa: F401 - fixtures
from op_pipeline.testing.scripted_api import KEY, ScriptedAPI


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "desk" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.claude_cli)


@pytest.fixture(autouse=True)
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CLI reads the start-up files of the user's shell, for up to ten seconds, before its first shell command."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))


@pytest.fixture
def desk(tmp_path: Path, scripted_api: Callable[..., ScriptedAPI]) -> Iterator[Desk]:  # noqa: F811
    pytest.importorskip("claude_agent_sdk")
    desk = Desk.at(tmp_path / "project", scripted_api)
    yield desk
    assert marked_processes(desk.root) == []
    keys = [request.headers.get("x-api-key") for request in desk.api.requests]
    assert keys == [KEY] * len(keys)
