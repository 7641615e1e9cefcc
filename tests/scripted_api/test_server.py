"""The scripted Messages API as a client sees it."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from op_pipeline.testing.plugin import no_credentials, scripted_api  # noqa: F401 - fixtures
from op_pipeline.testing.scripted_api import (
    KEY,
    ApiError,
    Drop,
    Hang,
    Malformed,
    Reply,
    Request,
    Script,
    ScriptedAPI,
    Silent,
    Step,
    StreamError,
    Truncate,
    text,
    thinking,
    use,
)

HEADERS = {"x-api-key": KEY, "content-type": "application/json"}


def ask(api: ScriptedAPI, *, path: str = "/v1/messages?beta=true", timeout: float = 5, **changes: Any) -> Any:
    """(status, headers, text) of one request."""
    headers = {**HEADERS, **changes.pop("headers", {})}
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], **changes}
    host, port = api.url.removeprefix("http://").split(":")
    client = http.client.HTTPConnection(host, int(port), timeout=timeout)
    try:
        client.request("POST", path, json.dumps(body), headers)
        answer = client.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        client.close()


def events(raw: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in raw.splitlines() if line.startswith("data: ")]


def test_json_reply_has_blocks_reason_and_usage() -> None:
    with ScriptedAPI([Reply([text("a"), use("Read", file_path="x")], input_tokens=7, output_tokens=3)]) as api:
        status, _, raw = ask(api)
    message = json.loads(raw)
    assert status == 200
    assert message["stop_reason"] == "tool_use"
    assert message["content"][1]["input"] == {"file_path": "x"}
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (7, 3)
    assert message["model"] == "m"
    api.assert_clean()


def test_stream_has_the_events_of_the_api_in_order() -> None:
    with ScriptedAPI([Reply([thinking("hm"), text("a"), use("Read", path="x")], output_tokens=9)]) as api:
        _, headers, raw = ask(api, stream=True)
    found = events(raw)
    assert headers["content-type"] == "text/event-stream"
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    thought = [block[0], block[1], block[1], block[2]]
    assert [event["type"] for event in found] == [
        "message_start",
        *thought,
        *block,
        *block,
        "message_delta",
        "message_stop",
    ]
    assert found[0]["message"]["usage"]["output_tokens"] == 1
    assert json.loads(found[9]["delta"]["partial_json"]) == {"path": "x"}
    assert found[-2]["delta"]["stop_reason"] == "tool_use"
    assert found[-2]["usage"]["output_tokens"] == 9


def test_requests_go_to_route_subagent_stage_then_main() -> None:
    api = ScriptedAPI(
        [Reply([text("main")])],
        stages={"api": [Reply([text("stage")])]},
        subagents=[[Reply([text("first")])] * 2, [Reply([text("second")])]],
        routes=[(lambda request: request.model == "special", [Reply([text("route")])])],
    )
    with api:
        said = [
            json.loads(ask(api, headers=headers, model=model)[2])["content"][0]["text"]
            for headers, model in [
                ({}, "m"),
                ({"X-Op-Stage": "api"}, "m"),
                ({"x-claude-code-agent-id": "one"}, "m"),
                ({"x-claude-code-agent-id": "two"}, "m"),
                ({"x-claude-code-agent-id": "one"}, "m"),
                ({"X-Op-Stage": "api"}, "special"),
            ]
        ]
    assert said == ["main", "stage", "first", "second", "first", "route"]
    api.assert_clean()


def test_exhausted_script_is_recorded_and_refused() -> None:
    with ScriptedAPI([Reply([text("a")])]) as api:
        ask(api)
        status, _, raw = ask(api)
    assert status == 403
    assert "no step for request 2" in raw
    with pytest.raises(AssertionError, match="main: no step for request 2"):
        api.assert_clean()


def test_leftover_steps_failed_checks_and_foreign_keys_are_not_clean() -> None:
    def check(request: Request) -> Reply:
        assert request.model == "other"
        return Reply()

    with ScriptedAPI([check, Reply()]) as api:
        assert ask(api)[0] == 403
        assert ask(api, headers={"x-api-key": "real"})[0] == 403
        assert ask(api, headers={"authorization": "Bearer real"})[0] == 403
    with pytest.raises(AssertionError) as caught:
        api.assert_clean()
    for part in ("request 1: AssertionError", "real credentials may have leaked", "1 steps were never asked for"):
        assert part in str(caught.value)


def test_script_goes_on_forever_and_sees_the_request() -> None:
    def count(request: Request) -> Reply:
        return Reply([text(f"{request.number}: {request.last_result_text()}")])

    result = {
        "type": "tool_result",
        "tool_use_id": "t",
        "content": [{"type": "text", "text": "found"}],
        "is_error": True,
    }
    messages = [{"role": "user", "content": [result]}, {"role": "system", "content": "aside"}]
    seen: list[Request] = []

    def keep(request: Request) -> Reply:
        seen.append(request)
        return Reply()

    with ScriptedAPI(Script([keep], forever=count)) as api:
        ask(api, messages=messages, system=[{"type": "text", "text": "be good"}], tools=[{"name": "Read"}])
        raw = ask(api, messages=messages)[2]
    assert json.loads(raw)["content"][0]["text"] == "2: found"
    request = seen[0]
    assert [(answer.call, answer.text, answer.is_error) for answer in request.results()] == [("t", "found", True)]
    assert request.system_text() == "be good"
    assert request.tools == ("Read",)
    assert "aside" in request.all_text()
    api.assert_clean()


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (429, "rate_limit_error"), (529, "overloaded_error"), (500, "api_error")],
)
def test_http_errors_have_the_apis_body_and_headers(status: int, kind: str) -> None:
    with ScriptedAPI([ApiError(status, "why", headers={"retry-after": "3"})]) as api:
        got, headers, raw = ask(api, stream=True)
    assert got == status
    assert headers["retry-after"] == "3"
    assert json.loads(raw) == {"type": "error", "error": {"type": kind, "message": "why"}}


def test_faults_of_the_connection() -> None:
    steps: list[Step] = [Drop(), Truncate(events=2), Malformed(), StreamError(), Malformed()]
    with ScriptedAPI(steps) as api:
        with pytest.raises((ConnectionError, http.client.HTTPException)):
            ask(api, stream=True)
        with pytest.raises(http.client.IncompleteRead) as cut:
            ask(api, stream=True)
        assert len(events(cut.value.partial.decode())) == 2
        with pytest.raises(ValueError, match="Expecting"):
            events(ask(api, stream=True)[2])
        assert events(ask(api, stream=True)[2])[-1]["error"]["type"] == "overloaded_error"
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(ask(api)[2])
    api.assert_clean()


@pytest.mark.parametrize("fault", [Hang(), Silent()])
def test_silence_ends_with_the_server(fault: Any) -> None:
    started = time.monotonic()
    with ScriptedAPI([fault]) as api, pytest.raises(TimeoutError):
        ask(api, stream=True, timeout=0.2)
    assert time.monotonic() - started < 2


def test_tokens_are_counted_without_a_step() -> None:
    with ScriptedAPI() as api:
        status, _, raw = ask(api, path="/v1/messages/count_tokens?beta=true")
        assert json.loads(raw)["input_tokens"] > 5
    assert status == 200
    assert len(api.counts) == 1
    api.assert_clean()


def test_server_listens_on_loopback_only() -> None:
    with ScriptedAPI() as api:
        assert api.url.startswith("http://127.0.0.1:")


def test_fixture_points_the_environment_at_the_server(
    scripted_api: Callable[..., ScriptedAPI],  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import os  # noqa: PLC0415

    api = scripted_api([])
    assert os.environ["ANTHROPIC_BASE_URL"] == api.url
    assert os.environ["ANTHROPIC_API_KEY"] == KEY
    assert not [name for name in os.environ if name.startswith("CLAUDE") or name.upper() == "HTTPS_PROXY"]
