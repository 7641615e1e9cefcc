"""How things are said on the terminal: durations, amounts, one line per event, a failure in a few lines."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from op_pipeline import events as ev
from op_pipeline.models import Cost, Failure, RedCode, StageStatus, Usage

if TYPE_CHECKING:
    from op_pipeline.cli.output import Output

EXCERPT_LINES = 30
NAME_WIDTH = 22
# What -v and -vv add; all else is told by default.
LEVELS = {
    "note": 1,
    "model_call": 2,
    "tool_call": 1,
    "tool_result": 2,
    "agent_message": 2,
    "test_started": 3,
    "test_finished": 2,
    "gate_started": 1,
    "gate_finished": 1,
    "stage_started": 1,
    "committing": 2,
    "committed": 1,
    "attempt_finished": 1,
}


def duration(seconds: float) -> str:
    """`40ms`, `0.4s`, `12.3s`, `3m12s`, `1h02m`."""
    if seconds < 0.0995:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 59.95:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    return f"{whole // 3600}h{whole % 3600 // 60:02d}m"


def money(dollars: float | None) -> str:
    """`$0.42`; `$?` when nobody knows."""
    return "$?" if dollars is None else f"${dollars:.2f}"


def counted_tokens(count: int) -> str:
    """`850 tokens`, `12.3k tokens`, `1.4M tokens`."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.1f}{unit} tokens"
    return f"{count} token{'' if count == 1 else 's'}"


def consumed(used: Usage) -> str:
    """Dollars, and tokens where there are any: `$0.42, 12.3k tokens`; with its seconds when those are set."""
    parts = [money(used.dollars)]
    if used.tokens:
        parts.append(counted_tokens(used.tokens))
    if used.seconds:
        parts.append(duration(used.seconds))
    return ", ".join(parts)


def shown(path: Path) -> str:
    """A path as it is shortest from here."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(path)


def stage_label(number: int, name: str) -> str:
    """Number and name, padded to a column."""
    return f"{number} {name}".ljust(NAME_WIDTH)


class Narrator:
    """Turns events into lines; remembers the names of stages and what the last gate said."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.names: dict[int, str] = {}
        self.last_gate: ev.GateFinished | None = None

    def line(self, event: ev.AnyEvent) -> str:
        """The line for an event; '' for one that is not told."""
        if isinstance(event, ev.RunStarted):
            self.names = {number: name for number, name, _ in event.stages}
        if isinstance(event, ev.GateFinished):
            self.last_gate = event
        text = self._text(event)
        if not text or event.stage is None:
            return text
        return f"{stage_label(event.stage, self.names.get(event.stage, ''))} {text}"

    def _text(self, event: ev.AnyEvent) -> str:
        for kinds in (self._stage_text, self._attempt_text, self._detail_text, self._other_text):
            text = kinds(event)
            if text:
                return text
        return ""

    def _stage_text(self, event: ev.AnyEvent) -> str:
        paint = self.out.paint
        match event:
            case ev.StageKept():
                return f"{paint('green', 'green')} already, gate run again, kept at {event.commit[:7]}"
            case ev.StageStale():
                return f"{paint('stale', 'yellow')}: {'; '.join(event.reasons)}"
            case ev.StageStarted():
                return f"{event.agent}, gate {event.gate}"
            case ev.RedChecked(code=RedCode.RED):
                return f"red as it must be: {event.reason}"
            case ev.RedChecked():
                return f"{event.code}: {event.reason}"
            case ev.StageFinished(status=StageStatus.GREEN):
                gate = self.last_gate
                count = f" {gate.passed}/{gate.collected}" if gate else ""
                how = "satisfied already" if event.attempts == 0 else f"attempt {event.attempts}"
                took = duration(event.seconds)
                cost = consumed(Usage(event.dollars, event.input_tokens, event.output_tokens))
                return f"{paint('GREEN', 'green')}{count} in {took}, {how}, {cost} → {event.commit[:7]}"
            case ev.StageFinished(status=StageStatus.LIMIT_REACHED):
                return f"{paint('STOPPED', 'yellow')} after {duration(event.seconds)}: {event.reason}"
            case ev.StageFinished():
                return f"{paint('RED', 'red')} after {duration(event.seconds)}: {event.reason}"
            case _:
                return ""

    def _attempt_text(self, event: ev.AnyEvent) -> str:
        match event:
            case ev.AttemptStarted():
                left = f"{event.hard_left} hard and {event.cheap_left} cheap failures left"
                return f"attempt {event.attempt}: {event.agent} ({left})"
            case ev.AttemptFinished():
                files = f"{len(event.changed)} file{'' if len(event.changed) == 1 else 's'}"
                used = Usage(event.dollars, event.input_tokens, event.output_tokens)
                cost = "" if used == Usage() else f", {consumed(used)}"
                return f"attempt {event.attempt}: {files} changed in {duration(event.seconds)}{cost}"
            case ev.FailureClassified():
                cheap = " (cheap)" if event.cost is Cost.CHEAP else ""
                place = f" {event.file}:{event.line}" if event.file and event.line else ""
                first = event.message.partition("\n")[0]
                kind = self.out.paint(str(event.kind), "red")
                return f"attempt {event.attempt}: {kind}{cheap}:{place} {first}"
            case ev.Committed():
                return f"{'adopted' if event.adopted else 'committed'} {event.commit[:7]} on {event.branch}"
            case _:
                return ""

    def _detail_text(self, event: ev.AnyEvent) -> str:
        match event:
            case ev.GateStarted():
                return f"gate ({event.purpose}) of {_numbers(event.stages)}"
            case ev.GateFinished():
                count, verdict = f"{event.passed}/{event.collected} passed", "green" if event.green else "not green"
                return f"gate ({event.purpose}): {count}, {verdict}, in {duration(event.seconds)}"
            case ev.TestFinished():
                return f"{event.outcome}: {event.test}"
            case ev.ToolCall():
                return f"{event.tool} {event.summary}"
            case ev.ToolResult():
                return f"{'ok' if event.ok else 'failed'} {event.summary}"
            case ev.ModelCall():
                used = Usage(
                    event.dollars,
                    event.input_tokens + event.cache_read_tokens + event.cache_write_tokens,
                    event.output_tokens,
                )
                price = "" if event.dollars is None else f", {money(event.dollars)}"
                return f"{event.model}: {counted_tokens(used.tokens)}{price}"
            case ev.Note() | ev.AgentMessage():
                return " ".join(event.text.split())[:200]
            case _:
                return ""

    def _other_text(self, event: ev.AnyEvent) -> str:
        match event:
            case ev.RolledBack():
                kept = f"; the former tip is kept as {event.backup}" if event.backup else ""
                return f"branch moved to {event.to[:7]} ({event.reason}){kept}"
            case ev.Interrupted():
                saved = f"; partial edits are kept as {event.saved}" if event.saved else ""
                return f"{self.out.paint('interrupted', 'yellow')} ({event.phase}){saved}"
            case ev.Warned():
                return f"{self.out.paint('warning:', 'yellow')} {event.message}"
            case ev.LimitHit():
                return f"limit reached: {event.value}"
            case _:
                return ""


def failure_block(out: Output, failure: Failure, log: Path | None) -> list[str]:
    """A failure for a reader: class, message, place, excerpt of at most thirty lines, action, where the rest is."""
    place = f"{failure.file}:{failure.line}: " if failure.file and failure.line else ""
    lines = [f"{out.paint(str(failure.kind), 'red')}: {place}{failure.message}"]
    if failure.test:
        lines.append(f"  test: {failure.test}")
    lines += [f"  | {line}" for line in _head(failure.excerpt.splitlines())]
    if failure.action:
        lines.append(f"  {out.paint('action:', 'cyan')} {failure.action}")
    if log is not None:
        lines.append(f"  full log: {shown(log)}")
    return lines


def _head(lines: list[str]) -> list[str]:
    if len(lines) <= EXCERPT_LINES:
        return lines
    return [*lines[: EXCERPT_LINES - 1], f"… {len(lines) - EXCERPT_LINES + 1} more lines"]


def _numbers(stages: Iterable[int]) -> str:
    found = list(stages)
    return f"stage {found[0]}" if len(found) == 1 else f"stages {found[0]}-{found[-1]}"
