"""How a turn ended, from what the CLI reported: fine, or a failure that names its cause and the next command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from op_pipeline.models import Cost, Failure, FailureClass

if TYPE_CHECKING:
    from claude_agent_sdk import ResultMessage

    from op_pipeline.backends import Task

RETRYABLE = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 520, 522, 524, 529})
_RESUME = "`pipeline resume`"
_NAMES = {
    429: "rate limit",
    500: "internal error of the API",
    502: "bad gateway",
    503: "unavailable",
    504: "gateway timed out",
    529: "overloaded",
}


@dataclass(frozen=True)
class Ending:
    """End of one turn. `again`: worth another try now; `fresh`: the conversation cannot be used any more.

    `lost`: there is no such conversation, and nothing was asked.
    """

    failure: Failure | None = None
    summary: str = ""
    again: bool = False
    fresh: bool = False
    lost: bool = False


def fail(kind: FailureClass, message: str, action: str, *, excerpt: str = "") -> Failure:
    """A failure of the turn itself."""
    return Failure(kind, message, Cost.HARD, action, excerpt=excerpt)


def environment_failure(message: str, action: str, excerpt: str = "") -> Failure:
    """The surroundings are at fault; the operation was not judged."""
    return fail(FailureClass.ENV_ERROR, message, action, excerpt=excerpt)


def of_result(result: ResultMessage, task: Task, model: str) -> Ending:
    """The ending that a result message tells of. The subtype alone says nothing: API failures come as `success`."""
    said = (result.result or "; ".join(result.errors or ())).strip()
    reason = result.terminal_reason or result.subtype
    if not result.is_error and reason in {"completed", "success"}:
        return Ending(summary=said)
    if "No conversation found" in said:
        return Ending(environment_failure("the conversation is gone", f"{_RESUME} begins a new one."), said, lost=True)
    if limit := _limit(result, reason, task):
        return Ending(limit, said)
    if reason == "prompt_too_long" or "prompt is too long" in said.lower():
        message = "the conversation no longer fits the model's context"
        action = (
            "The next attempt begins a new conversation; shorten the references in the agent's `reads` if it recurs."
        )
        return Ending(fail(FailureClass.UNKNOWN, message, action), said, fresh=True)
    if result.stop_reason == "refusal" or reason == "refusal":
        message = f"the model refused to answer: {_line(said) or 'no reason given'}"
        action = f"Rephrase the spec's prose or choose another model (model = … in pyproject.toml), then {_RESUME}."
        return Ending(fail(FailureClass.UNKNOWN, message, action), said, fresh=True)
    if result.api_error_status is not None or reason == "api_error":
        return _of_status(result.api_error_status, said, model)
    message = f"the turn ended without a result ({reason}): {_line(said) or 'no reason given'}"
    return Ending(fail(FailureClass.UNKNOWN, message, f"See events.jsonl of this run; {_RESUME} tries again."), said)


def _limit(result: ResultMessage, reason: str, task: Task) -> Failure | None:
    agent = task.agent.source.name
    if reason == "max_turns" or result.subtype == "error_max_turns":
        message = f"the agent used up its {task.agent.max_turns} turns of one attempt"
        return fail(FailureClass.LIMIT_REACHED, message, f"Raise maxTurns in agents/{agent}, then {_RESUME}.")
    if reason == "budget_exhausted" or result.subtype == "error_max_budget_usd":
        message = f"the attempt's budget of ${allowed_dollars(task):.2f} is used up"
        return fail(FailureClass.LIMIT_REACHED, message, task.more("dollars"))
    return None


def allowed_dollars(task: Task) -> float:
    """Most dollars this attempt may cost."""
    own = task.agent.pipeline.budget_usd
    return own if task.dollars_left is None else min(own, task.dollars_left)


def _of_status(status: int | None, said: str, model: str) -> Ending:
    line = _line(said)
    if status in {401, 403} or "not logged in" in said.lower():
        message = f"the model API refused the credentials ({status or 'none sent'}): {line}"
        action = f"Set a valid ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN, or a cloud's variables), then {_RESUME}."
        return Ending(environment_failure(message, action), said)
    if status == 402 or "credit balance" in said.lower():
        return Ending(environment_failure(f"the account cannot pay: {line}", f"Add credit, then {_RESUME}."), said)
    if status == 404:
        message = f"the model API does not know the model {model!r}: {line}"
        action = f"Set `model` in pyproject.toml ([tool.op-pipeline]) to one your account has, then {_RESUME}."
        return Ending(environment_failure(message, action), said)
    if status is None or status in RETRYABLE:
        what = f"answered {status} ({_NAMES.get(status, 'failed')})" if status else "could not be reached"
        action = f"Wait until the API works again (status page, network, proxy), then {_RESUME}."
        return Ending(environment_failure(f"the model API {what}: {line}", action), said, again=True)
    message = f"the model API refused the request ({status}): {line}"
    action = "A gateway may not accept the beta headers: set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1, then " + _RESUME
    return Ending(environment_failure(message, f"{action}."), said, fresh=True)


def _line(text: str) -> str:
    """First line, not too long."""
    return (text.strip().splitlines() or [""])[0][:300]
