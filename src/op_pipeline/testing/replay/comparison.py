"""Where a replay leaves its recording: requests, verdicts, trees. The first difference is what counts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from op_pipeline import events as ev
from op_pipeline.events import AnyEvent, RawEvent

_REMINDER = re.compile(r"<system-reminder>.*?</system-reminder>", re.DOTALL)
_VOLATILE = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "<hash>"),
    (re.compile(r"\bagentId: \w+|\ba[0-9a-f]{16}\b"), "<agent>"),
    # Streams of subagents are not seen: their counts of output tokens are those of the first event.
    (re.compile(r"<usage>.*?</usage>", re.DOTALL), "<usage>"),
    # Dates and times of day, durations as programs print them (`1.5 s`, `0m0.123s`, `0:01.23`), temporary names.
    (re.compile(r"\b\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?(Z|[+-]\d\d:?\d\d)?\b"), "<time>"),
    (re.compile(r"\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ [\d:]{8}( [A-Z]{3,4})?( \d{4})?\b"), "<time>"),
    (re.compile(r"(?<![:\w])\d?\d:\d\d(:\d\d)?([.,]\d+)?\b(?!:)"), "<time>"),
    (re.compile(r"\b[A-Z][a-z]{2} +\d{1,2} +<time>"), "<time>"),
    (re.compile(r"\b(\d+m)?\d+(\.\d+)? ?(ns|us|µs|ms|s|secs?|seconds?|min|minutes?)\b"), "<time>"),
    (re.compile(r"(?<=/)tmp\.?[A-Za-z0-9_]{6,}"), "<temporary>"),
    (re.compile(r"\b[Pp][Ii][Dd][ =:]+\d+\b"), "<pid>"),
)
_SHOWN = 160


@dataclass(frozen=True)
class Divergence:
    """The first difference. `turn` counts the model's responses of the attempt, from 1."""

    what: str
    stage: str = ""
    attempt: int | None = None
    turn: int | None = None

    def __str__(self) -> str:
        place = [f"stage {self.stage}"] if self.stage else []
        place += [f"attempt {self.attempt}"] if self.attempt is not None else []
        place += [f"turn {self.turn}"] if self.turn is not None else []
        return f"{', '.join(place)}: {self.what}" if place else self.what


def essence(text: str) -> str:
    """A text without what changes from run to run: the CLI's own reminders, ids, durations, space around it."""
    text = _REMINDER.sub("", text)
    for pattern, word in _VOLATILE:
        text = pattern.sub(word, text)
    return text.strip()


def difference(recorded: str, now: str) -> str:
    """The first line in which two texts differ, in words; '' when they are the same."""
    old, new = essence(recorded).splitlines(), essence(now).splitlines()
    for number, (before, after) in enumerate(zip(old, new, strict=False), 1):
        if before != after:
            return f"line {number} was {_short(before)}, is {_short(after)}"
    if len(old) == len(new):
        return ""
    longer, word = (old, "is gone") if len(old) > len(new) else (new, "is new")
    number = min(len(old), len(new))
    return f"line {number + 1} {word}: {_short(longer[number])}"


def _short(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…")


@dataclass
class Comparison:
    """Holds the events of a replay to those of the recording. `found` collects differences, oldest first."""

    stages: dict[int, str]
    recorded: dict[tuple[Any, ...], list[AnyEvent]]
    found: list[Divergence] = field(default_factory=list)
    verdicts: int = 0
    _seen: Counter[tuple[Any, ...]] = field(default_factory=Counter)

    @classmethod
    def of(cls, events: Iterable[AnyEvent | RawEvent]) -> Comparison:
        """A comparison with these recorded events."""
        stages: dict[int, str] = {}
        recorded: dict[tuple[Any, ...], list[AnyEvent]] = {}
        for event in events:
            if isinstance(event, ev.RunStarted):
                stages = {number: f"{number} {name}" for number, name, _ in event.stages}
            if not isinstance(event, RawEvent) and (key := key_of(event)):
                recorded.setdefault(key, []).append(event)
        return cls(stages, recorded)

    def seed(self, purpose: str, stage: int, attempt: int | None, number: int) -> str:
        """The seed of a recorded gate run, so that its values are drawn again; '' when there was none."""
        runs = self.recorded.get(("gate", purpose, stage, attempt), [])
        chosen = runs[min(number, len(runs) - 1)] if runs else None
        return chosen.seed if isinstance(chosen, ev.GateFinished) else ""

    def see(self, event: AnyEvent) -> None:
        """Take an event of the replay."""
        key = key_of(event)
        if not key or self.found:
            return
        number = self._seen[key]
        self._seen[key] += 1
        before = self.recorded.get(key, [])
        self.verdicts += key[0] == "gate"
        if not before:
            what = f"{_WORDS[key[0]]} that the recording does not have"
        else:
            what = _DIFFERENCES[key[0]](before[min(number, len(before) - 1)], event)
        if what:
            self.found.append(Divergence(what, self.stages.get(event.stage or 0, str(event.stage)), event.attempt))

    @property
    def first(self) -> Divergence | None:
        """The first difference."""
        return self.found[0] if self.found else None


def key_of(event: AnyEvent) -> tuple[Any, ...]:
    """What an event is compared under; () for events that are not compared."""
    match event:
        case ev.GateFinished() if event.purpose in {"red", "green"}:
            return ("gate", event.purpose, event.stage, event.attempt)
        case ev.RedChecked():
            return ("red", event.stage)
        case ev.AttemptFinished():
            return ("attempt", event.stage, event.attempt)
        case ev.FailureClassified():
            return ("failure", event.stage, event.attempt)
        case _:
            return ()


def _gate(before: Any, now: Any) -> str:
    if before.green != now.green:
        old, new = ("green", "not green") if before.green else ("not green", "green")
        return f"the {now.purpose} gate run was {old}, is {new}{_tests(now.failed)}"
    gone, new_ones = set(before.failed) - set(now.failed), set(now.failed) - set(before.failed)
    if gone or new_ones:
        tests = _tests(sorted(new_ones)) + _tests(sorted(gone), " no longer")
        return f"the {now.purpose} gate run fails in other tests{tests}"
    return ""


def _tests(names: Sequence[str], word: str = "") -> str:
    return f"; failing{word}: {', '.join(names[:3])}" if names else ""


def _red(before: Any, now: Any) -> str:
    return "" if before.code == now.code else f"the gate before the attempt was {before.code}, is {now.code}"


def _attempt(before: Any, now: Any) -> str:
    if before.tree == now.tree:
        return ""
    files = sorted(set(before.changed) ^ set(now.changed))
    return f"the turn left another tree{': ' + ', '.join(files[:5]) if files else ', with the same files changed'}"


def _failure(before: Any, now: Any) -> str:
    if before.kind != now.kind:
        return f"the failure was {before.kind}, is {now.kind}: {_short(now.message)}"
    return ""


_DIFFERENCES: dict[str, Callable[[Any, Any], str]] = {
    "gate": _gate,
    "red": _red,
    "attempt": _attempt,
    "failure": _failure,
}
_WORDS = {"gate": "a gate run", "red": "a gate run before the attempt", "attempt": "an attempt", "failure": "a failure"}
