"""pytest fixtures for projects that use this program: `pytest_plugins = ["op_pipeline.testing.plugin"]`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from op_pipeline.testing.scripted_api import KEY, ScriptedAPI

_PREFIXES = ("ANTHROPIC_", "CLAUDE", "AWS_", "VERTEX_", "CLOUD_ML_", "GOOGLE_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, address or proxy of the user's reaches the test."""
    for name in list(os.environ):
        if name.startswith(_PREFIXES) or name.upper() in _PROXIES:
            monkeypatch.delenv(name)


@pytest.fixture
def scripted_api(no_credentials: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., ScriptedAPI]]:
    """Starts servers and points the environment at them.

    `scripted_api(steps, stages=…)` takes what ScriptedAPI takes and returns one that runs. After the test every server
    must be clean: no request without a step, no step without a request (`api.lenient` allows the latter).
    """
    del no_credentials
    servers: list[ScriptedAPI] = []
    with contextlib.ExitStack() as stack:

        def start(*steps: object, **options: object) -> ScriptedAPI:
            api = stack.enter_context(ScriptedAPI(*steps, **options))  # type: ignore[arg-type]
            servers.append(api)
            for name, value in api.environment().items():
                monkeypatch.setenv(name, value)
            return api

        yield start
    for api in servers:
        api.assert_clean(unused=api.lenient)
        assert all(request.headers.get("x-api-key") == (api.key or KEY) for request in api.requests)
