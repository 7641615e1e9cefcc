"""Everything that can go wrong between us and a model ends in a named outcome within its deadline."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.claude import ClaudeBackend
from op_pipeline.errors import InfrastructureError
from op_pipeline.events import AnyEvent
from op_pipeline.models import FailureClass
from op_pipeline.state.spending import Calls, Spent
from op_pipeline.testing.desk import Desk
from op_pipeline.testing.scripted_api import (
    ApiError,
    Drop,
    Hang,
    Malformed,
    Reply,
    Request,
    Script,
    Silent,
    StreamError,
    Truncate,
    text,
    use,
)

K = FailureClass
DONE = Reply([text("done")])


@pytest.mark.parametrize(
    ("answer", "kind", "cause", "command"),
    [
        (ApiError(429, headers={"retry-after": "0"}), K.ENV_ERROR, "429 (rate limit)", "pipeline resume"),
        (ApiError(529), K.ENV_ERROR, "529 (overloaded)", "pipeline resume"),
        (ApiError(500), K.ENV_ERROR, "500 (internal error of the API)", "pipeline resume"),
        (Drop(), K.ENV_ERROR, "could not be reached", "pipeline resume"),
        (ApiError(401, "invalid x-api-key"), K.ENV_ERROR, "refused the credentials (401)", "ANTHROPIC_API_KEY"),
        (ApiError(403, "no access"), K.ENV_ERROR, "refused the credentials (403)", "ANTHROPIC_API_KEY"),
        (ApiError(404, "model: claude-sonnet-5"), K.ENV_ERROR, "does not know the model", "Set `model`"),
        (ApiError(400, "Your credit balance is too low"), K.ENV_ERROR, "cannot pay", "Add credit"),
        (ApiError(400, "unexpected beta header"), K.ENV_ERROR, "refused the request (400)", "EXPERIMENTAL_BETAS"),
        (ApiError(400, "prompt is too long: 1 tokens > 0 maximum"), K.UNKNOWN, "no longer fits", "new conversation"),
        (Malformed(), K.ENV_ERROR, "API", "pipeline resume"),
        (Truncate(), K.ENV_ERROR, "API", "pipeline resume"),
        (StreamError(), K.ENV_ERROR, "API", "pipeline resume"),
        (
            Reply([text("I cannot help with that")], stop_reason="refusal"),
            K.UNKNOWN,
            "refused to answer",
            "another model",
        ),
    ],
    ids=lambda value: type(value).__name__ + str(getattr(value, "status", "")) if not isinstance(value, str) else "",
)
def test_fault_of_the_api_is_a_named_failure(desk: Desk, answer: Any, kind: K, cause: str, command: str) -> None:
    outcome = desk.attempt(Script(forever=answer), seconds=60)
    assert outcome.failure is not None
    assert outcome.failure.kind is kind
    assert cause in outcome.failure.message
    assert command in outcome.failure.action
    assert desk.seconds < 90


@pytest.mark.parametrize("answer", [Hang(), Silent()], ids=["no headers", "stalled stream"])
def test_silent_model_is_interrupted_after_the_idle_time(desk: Desk, answer: Any) -> None:
    desk.settings = desk.settings.model_copy(update={"idle_seconds": 1.0, "request_seconds": 60})
    outcome = desk.attempt(Script(forever=answer), seconds=60)
    assert outcome.failure is not None
    assert outcome.failure.kind is K.ENV_ERROR
    assert "silent for" in outcome.failure.message
    assert "pipeline resume" in outcome.failure.action
    assert desk.seconds < 90
    assert len(desk.api.requests) == 1


@pytest.mark.parametrize(
    "answer", [Hang(), Silent(), ApiError(529)], ids=["no headers", "stalled stream", "overloaded"]
)
def test_deadline_ends_any_attempt_in_time(desk: Desk, answer: Any) -> None:
    desk.settings = desk.settings.model_copy(
        update={"idle_seconds": 60, "request_seconds": 60, "cli_retries": 10, "turn_retries": 5}
    )
    outcome = desk.attempt(Script(forever=answer), seconds=1.5, knobs={"seconds": "--max-time"})
    assert outcome.failure is not None
    assert outcome.failure.kind is K.LIMIT_REACHED
    assert "time is used up" in outcome.failure.message
    assert outcome.failure.action == "Raise --max-time, then `pipeline resume`."
    assert desk.seconds < 90


def test_deadline_ends_a_tool_too(desk: Desk) -> None:
    desk.tools = ("Bash",)
    command = "sleep 0.1; tail -f /dev/null"
    outcome = desk.attempt(Script(forever=Reply([use("Bash", command=command)])), seconds=3)
    assert outcome.failure is not None
    assert outcome.failure.kind is K.LIMIT_REACHED
    assert desk.seconds < 90


def test_turns_are_limited(desk: Desk) -> None:
    desk.agent_changes = {"max_turns": 2}
    look = Reply([use("Glob", pattern="*")])
    outcome = desk.attempt(Script(forever=look))
    assert outcome.failure is not None
    assert outcome.failure.kind is K.LIMIT_REACHED
    assert "its 2 turns" in outcome.failure.message
    assert "maxTurns in agents/alpha.yaml" in outcome.failure.action
    assert len(desk.api.requests) == 2


def test_dollars_are_limited_and_overshot_by_one_call_at_most(desk: Desk) -> None:
    look = Script(forever=lambda _: Reply([use("Glob", pattern="*")], input_tokens=100_000))
    outcome = desk.attempt(look, dollars_left=0.5)
    assert outcome.failure is not None
    assert outcome.failure.kind is K.LIMIT_REACHED
    assert "budget of $0.50" in outcome.failure.message
    assert outcome.usage.dollars is not None
    one_call = outcome.usage.dollars / len(desk.api.requests)
    assert 0.5 <= outcome.usage.dollars <= 0.5 + one_call


def test_budget_of_a_later_attempt_does_not_count_what_the_session_cost_before(desk: Desk) -> None:
    desk.attempt(Reply([text("done")], input_tokens=200_000))
    look = Reply([use("Glob", pattern="*")], input_tokens=20_000)
    outcome = desk.attempt(look, look, DONE, attempt=2, dollars_left=0.3)
    assert outcome.failure is None


def test_tokens_are_limited(desk: Desk) -> None:
    look = Script(forever=lambda _: Reply([use("Glob", pattern="*")], input_tokens=1000))
    outcome = desk.attempt(look, tokens_left=2500)
    assert outcome.failure is not None
    assert outcome.failure.kind is K.LIMIT_REACHED
    assert "token limit" in outcome.failure.message
    assert len(desk.api.requests) <= 4
    assert outcome.usage.input_tokens + outcome.usage.output_tokens >= 2500


def test_recovering_api_costs_an_attempt_nothing(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"cli_retries": 3})
    outcome = desk.attempt(ApiError(500), Truncate(), StreamError(), DONE)
    assert outcome.failure is None
    assert outcome.summary == "done"
    assert desk.notes("api_retry")


def test_context_overflow_is_compacted_and_told(desk: Desk) -> None:
    def answer(request: Request) -> Reply:
        if "TEXT ONLY" in request.user_texts()[-1]:
            return Reply([text("summary of all that was said")])
        return Reply([use("Glob", pattern="*")], input_tokens=990_000) if request.number == 1 else DONE

    outcome = desk.attempt(Script(forever=answer))
    assert outcome.failure is None
    assert desk.notes("compact_boundary")
    assert "summary of all that was said" in desk.api.requests[-1].all_text()


def test_fallback_model_is_told(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"fallback_model": "claude-haiku-4-5", "cli_retries": 4})
    busy = ApiError(529)
    outcome = desk.attempt(busy, busy, busy, DONE, seconds=60)
    assert outcome.failure is None
    assert "claude-haiku-4-5" in desk.notes("model_fallback")[0]
    assert desk.api.requests[-1].model == "claude-haiku-4-5"


def test_line_of_output_beyond_the_sdks_default_is_read(desk: Desk) -> None:
    outcome = desk.attempt(Reply([use("Write", file_path=str(desk.target), content="x" * 1_500_000)]), DONE)
    assert outcome.failure is None
    assert desk.target.stat().st_size == 1_500_000


def cli_processes(desk: Desk) -> list[int]:
    """Ids of the CLI's processes."""
    config = b"CLAUDE_CONFIG_DIR=" + os.fsencode(desk.stage_folder / "claude" / "config")
    return [number for number, name in _processes_with(config) if name == "claude"]


def _processes_with(variable: bytes) -> list[tuple[int, str]]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if variable in (entry / "environ").read_bytes().split(b"\0"):
                found.append((int(entry.name), (entry / "comm").read_text().strip()))
    return found


def test_killed_cli_is_a_named_failure_and_leaves_no_child(desk: Desk) -> None:
    desk.tools = ("Bash",)

    def kill() -> None:
        for _ in range(200):
            time.sleep(0.05)
            if any(event.event == "tool_call" for event in desk.events):
                time.sleep(0.4)
                for number in cli_processes(desk):
                    os.kill(number, signal.SIGKILL)
                return

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = desk.attempt(Reply([use("Bash", command="sleep 0.2; tail -f /dev/null")]), seconds=60)
    killer.join()
    assert outcome.failure is not None
    assert outcome.failure.kind is K.ENV_ERROR
    assert "process died" in outcome.failure.message
    assert "pipeline resume" in outcome.failure.action
    assert desk.seconds < 90


def test_killed_cli_is_started_again_and_goes_on(desk: Desk) -> None:
    desk.settings = desk.settings.model_copy(update={"turn_retries": 1})

    def kill(_request: Any) -> Any:
        for number in cli_processes(desk):
            os.kill(number, signal.SIGKILL)
        return Hang(5)

    written = Reply([use("Write", file_path=str(desk.target), content="GOOD\n")])
    outcome = desk.attempt(written, kill, DONE)
    assert outcome.failure is None
    assert desk.target.read_text() == "GOOD\n"
    # The CLI may have saved what it counted or not; with the calls in the log the charge is the same, and no more.
    calls = Calls()
    for call in desk.of("model_call"):
        calls.add(call)
    assert Spent.of_attempt(calls, outcome.usage, counts=True).usage.tokens == 2 * 110
    assert "process died" in desk.notes("recovery")[0]
    assert "Go on where you stopped" in desk.api.requests[-1].user_texts()[-1]


@pytest.mark.parametrize(("refused", "message"), [("log", "no space"), ("recording", "transcript.jsonl")])
def test_log_that_cannot_be_written_ends_the_attempt_as_what_it_is(desk: Desk, refused: str, message: str) -> None:
    def full(event: AnyEvent) -> None:
        if event.event == "tool_call" and refused == "log":
            raise InfrastructureError("no space left on the disk")
        if event.event == "agent_session" and refused == "recording":
            transcript = desk.stage_folder / "attempt-1" / "transcript.jsonl"
            transcript.unlink()
            transcript.mkdir()

    desk.api = desk.start([Reply([use("Read", file_path=str(desk.tree / "README"))]), DONE])
    desk.api.lenient = True
    with pytest.raises(InfrastructureError, match=message):
        ClaudeBackend(desk.settings).attempt(desk.task(), full)
