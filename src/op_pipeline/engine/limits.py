"""Limits of a run and of its stages: what is left before an attempt, and what stops it. From the log's events alone.

Reached limits stop the next attempt. The one under way is told what is left and stops before its next model call; its
gate is run whatever the limits say, for it is paid.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline.config.quantities import written_time
from op_pipeline.models import Limits
from op_pipeline.state import Spent

if TYPE_CHECKING:
    from op_pipeline.config import StageSpec
    from op_pipeline.engine.context import Session

# Stands in for a dollar limit where the price is not known; cached input of a large model costs about that.
TOKENS_PER_DOLLAR = 1_000_000


@dataclass(frozen=True)
class Reached:
    """A limit that leaves nothing. `option` is the flag that raises it, '' for a stage's, which its flow file sets."""

    scope: str
    currency: str
    text: str
    option: str = ""


@dataclass(frozen=True)
class _Account:
    """One scope's limits and what was spent under them."""

    scope: str
    limits: Limits
    spent: Spent
    seconds: float

    @property
    def dollars_left(self) -> float | None:
        return None if self.limits.dollars is None else max(0.0, round(self.limits.dollars - self.spent.dollars, 9))

    @property
    def tokens_left(self) -> int | None:
        """Where some price is unknown and no limit of tokens is set, what stands in for the dollars."""
        if self.limits.tokens is not None:
            return max(0, self.limits.tokens - self.spent.tokens)
        if self.dollars_left is None or not self.spent.unpriced:
            return None
        return max(0, int(self.dollars_left * TOKENS_PER_DOLLAR) - self.spent.unpriced)

    @property
    def seconds_left(self) -> float | None:
        return None if self.limits.seconds is None else max(0.0, self.limits.seconds - self.seconds)

    def reached(self, s: Session) -> Reached | None:
        """The first limit that leaves nothing."""
        limits, spent = self.limits, self.spent
        found: tuple[str, str, str, str] | None = None
        if limits.dollars is not None and self.dollars_left == 0:
            most = max(2 * limits.dollars, 1.5 * spent.dollars)
            found = ("dollars", f"${limits.dollars:.2f}", f"${spent.dollars:.2f} spent", f"--max-dollars {most:.2f}")
        elif self.tokens_left == 0:
            found = self._tokens()
        elif limits.attempts is not None and spent.attempts >= limits.attempts:
            most_attempts = max(2 * limits.attempts, spent.attempts + 1)
            found = (
                "attempts", f"{limits.attempts} attempts", f"{spent.attempts} made", f"--max-attempts {most_attempts}",
            )  # fmt: skip
        elif limits.seconds is not None and self.seconds_left == 0:
            longer = int(max(2 * limits.seconds, 1.5 * self.seconds)) + 1
            passed = f"{written_time(round(self.seconds))} passed"
            found = ("seconds", written_time(limits.seconds), passed, f"--max-time {longer}")
        if found is None:
            return None
        currency, limit, used, option = found
        advice = "" if self.scope == "run" else f"; raise {_key(currency)} in {s.parts.flow.source}"
        text = f"the {self.scope}'s limit of {limit} is reached: {used}{advice}"
        return Reached(self.scope, currency, text, option if self.scope == "run" else "")

    def _tokens(self) -> tuple[str, str, str, str]:
        limit, used = self.limits.tokens, self.spent.tokens
        if limit is not None:
            most = max(2 * limit, used + used // 2)
            return "tokens", f"{limit:,} tokens", f"{used:,} used", f"--max-tokens {most}"
        stand_in = int((self.dollars_left or 0.0) * TOKENS_PER_DOLLAR)
        text = f"{stand_in:,} tokens, in place of dollars that nobody knows,"
        return "tokens", text, f"{self.spent.unpriced:,} used", f"--max-tokens {2 * max(used, stand_in)}"


def _key(currency: str) -> str:
    return "max_time" if currency == "seconds" else f"max_{currency}"


def _accounts(s: Session, stage: StageSpec) -> tuple[_Account, _Account]:
    own = s.progress.stages[stage.number]
    limits = Limits(dollars=stage.max_dollars, tokens=stage.max_tokens, seconds=stage.max_time)
    return (
        _Account("stage", limits, own.spent, own.watch.seconds + since(own.watch.last, s)),
        _Account("run", s.limits, s.progress.spent, s.progress.watch.seconds + since(s.progress.watch.last, s)),
    )


def since(last: str, s: Session) -> float:
    """Seconds since the last event, which the log cannot know yet; `last` is '' when nothing runs."""
    return time.monotonic() - s.last_event if last else 0.0


def reached(s: Session, stage: StageSpec) -> Reached | None:
    """The limit that forbids another attempt, the run's before the stage's; None when one may be made."""
    return next((hit for account in reversed(_accounts(s, stage)) if (hit := account.reached(s))), None)


@dataclass(frozen=True)
class Left:
    """What the next attempt may use; None is no limit. `knobs`: by currency, what leaves more when it is raised."""

    dollars: float | None
    tokens: int | None
    seconds: float
    knobs: Mapping[str, str]


def left(s: Session, stage: StageSpec) -> Left:
    """The smallest of what run and stage leave and of what one attempt is allowed.

    Dollars are without the budget in the agent's file, which a backend that can hold it applies itself; the knob is
    that of the smallest, the agent's included.
    """
    agent, flow = s.parts.agents[stage.agent], s.parts.flow.source
    own = agent.pipeline
    of_stage, of_run = _accounts(s, stage)
    file = f"agents/{agent.source.name}"
    dollars = {f"max_dollars in {flow}": of_stage.dollars_left, "--max-dollars": of_run.dollars_left}
    tokens = {
        f"maxTokens in {file}": own.max_tokens,
        f"max_tokens in {flow}": of_stage.tokens_left,
        "--max-tokens": of_run.tokens_left,
    }
    seconds = {
        f"attempt_deadline of stage {stage.number} in {flow}": stage.attempt_deadline,
        f"timeout in {file}": own.timeout,
        f"max_time in {flow}": of_stage.seconds_left,
        "--max-time": of_run.seconds_left,
    }
    knobs = {
        "dollars": _least({f"budgetUsd in {file}": own.budget_usd, **dollars})[0],
        "tokens": _least(tokens)[0],
        "seconds": _least(seconds)[0],
    }
    most_tokens = _least(tokens)[1]
    return Left(
        _least(dollars)[1],
        None if most_tokens is None else int(most_tokens),
        _least(seconds)[1] or 0.0,
        knobs,
    )


def _least(amounts: Mapping[str, float | None]) -> tuple[str, float | None]:
    """The smallest amount with its name; ("", None) when none is set."""
    known = [(amount, name) for name, amount in amounts.items() if amount is not None]
    amount, name = min(known, key=lambda pair: pair[0]) if known else (None, "")
    return name, amount


def tell_unknown_prices(s: Session, stage: StageSpec) -> None:
    """Say once per process when a dollar limit cannot be held, and what holds in its place."""
    account = next((a for a in _accounts(s, stage) if a.limits.dollars is not None and a.spent.cost is None), None)
    if account is None or s.told_prices:
        return
    s.told_prices = True
    limit = f"the {account.scope}'s limit of ${account.limits.dollars:.2f}"
    if not account.spent.unpriced:
        rest = "attempts and time are what limits it (--max-attempts, --max-time)"
        message = f"{limit} cannot be held: backend {s.parts.backend.name} tells neither dollars nor tokens; {rest}"
    else:
        what = f"the price of {account.spent.unpriced:,} tokens is not known, so {limit} cannot be held in dollars"
        how = "--max-tokens" if account.limits.tokens is not None else f"{TOKENS_PER_DOLLAR:,} tokens for each dollar"
        message = f"{what}; in its place: {how}, {account.tokens_left:,} tokens left"
    s.emit(ev.Warned(message=message), stage)
