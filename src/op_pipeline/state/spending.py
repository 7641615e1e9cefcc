"""What attempts are charged, from their events alone: a process that was killed has paid, too."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from op_pipeline.events import ModelAsked, ModelCall
from op_pipeline.models import Usage


@dataclass
class Calls:
    """Model calls of an attempt as they were logged, those of turns that were killed included."""

    count: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    dollars: float = 0.0  # of the calls that say
    unpriced: int = 0  # tokens of those that do not
    asked: int = 0  # tokens, by estimate, of the call that is under way

    def ask(self, event: ModelAsked) -> None:
        """A call is under way."""
        self.asked = event.tokens

    def ended(self, *, killed: bool = False) -> None:
        """No call is under way any more; one that was when the process was killed has been paid all the same."""
        if killed and self.asked:
            self.count += 1
            self.input_tokens += self.asked
            self.unpriced += self.asked
        self.asked = 0

    def add(self, event: ModelCall) -> None:
        """Count one call."""
        self.asked = 0
        incoming = event.input_tokens + event.cache_read_tokens + event.cache_write_tokens
        self.count += 1
        self.input_tokens += incoming
        self.output_tokens += event.output_tokens
        if event.dollars is None:
            self.unpriced += incoming + event.output_tokens
        else:
            self.dollars += event.dollars


@dataclass(frozen=True)
class Spent:
    """A sum of attempts. `dollars` is what is known; `unpriced` are tokens whose price is not.

    `unknown`: some attempt could tell neither its dollars nor all of its tokens.
    """

    dollars: float = 0.0
    unpriced: int = 0
    unknown: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    attempts: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.dollars + other.dollars,
            self.unpriced + other.unpriced,
            self.unknown or other.unknown,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.attempts + other.attempts,
        )

    @classmethod
    def of_attempt(cls, calls: Calls, reported: Usage | None, *, counts: bool) -> Spent:
        """An attempt's calls against what its last turn reported at its end.

        A continued conversation reports what a killed turn before it took, a new one does not, so each number is the
        larger of both. `counts`: it is an attempt that a limit of attempts counts.
        """
        if reported is None:
            return cls(calls.dollars, calls.unpriced, False, calls.input_tokens, calls.output_tokens, int(counts))
        sums = max(calls.input_tokens, reported.input_tokens), max(calls.output_tokens, reported.output_tokens)
        if reported.dollars is not None:
            unpriced = max(0, calls.unpriced - reported.tokens)
            return cls(max(calls.dollars, reported.dollars), unpriced, False, *sums, int(counts))
        priced = calls.input_tokens + calls.output_tokens - calls.unpriced
        unpriced = max(calls.unpriced, sum(sums) - priced)
        return cls(calls.dollars, unpriced, not unpriced, *sums, int(counts))

    @property
    def tokens(self) -> int:
        """Of both directions."""
        return self.input_tokens + self.output_tokens

    @property
    def cost(self) -> float | None:
        """All dollars, or None when some of them are not known."""
        return None if self.unpriced or self.unknown else self.dollars

    @property
    def usage(self) -> Usage:
        """The same as a backend would report it."""
        return Usage(self.cost, self.input_tokens, self.output_tokens)

    def as_json(self) -> dict[str, Any]:
        """Plain data for readers."""
        return {
            "dollars": self.cost,
            "input_tokens": self.input_tokens,
            "output_tokens": self.output_tokens,
            "unpriced_tokens": self.unpriced,
            "attempts": self.attempts,
        }


@dataclass
class Stopwatch:
    """Seconds between the times that events bear; what passes between two processes is not counted."""

    seconds: float = 0.0
    last: str = ""

    def see(self, ts: str, *, starts: bool) -> None:
        """Time goes on up to `ts`; with `starts` it only begins there."""
        if starts or not self.last:
            self.last = ts if starts else ""
            return
        self.seconds += _between(self.last, ts)
        self.last = ts or self.last

    def stop(self) -> None:
        """Nothing more is counted until it starts again."""
        self.last = ""


def _between(one: str, two: str) -> float:
    """Seconds from one UTC time to another, 0 for none or a clock that was set back."""
    try:
        return max(0.0, (_parsed(two) - _parsed(one)).total_seconds())
    except ValueError:
        return 0.0


def _parsed(ts: str) -> datetime:
    return datetime.fromisoformat(ts.replace("Z", "+00:00"))
