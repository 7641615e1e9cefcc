"""Reads lines of a log. Unknown events are kept as they stand, so an old reader never fails on a newer log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from op_pipeline.events.kinds import AnyEvent

_adapter: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


class RawEvent(BaseModel):
    """An event this version does not know, kept as it was read."""

    model_config = ConfigDict(frozen=True)

    data: dict[str, Any]

    @property
    def event(self) -> str:
        """The tag it carries, or `?`."""
        return str(self.data.get("event", "?"))


def parse_line(line: str) -> AnyEvent | RawEvent | None:
    """One line of a log. None for what is no JSON object: the torn last line of a killed writer."""
    try:
        data = json.loads(line)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    try:
        return _adapter.validate_python(data)
    except ValidationError:
        return RawEvent(data=data)


def parse_lines(lines: Iterable[str]) -> Iterator[AnyEvent | RawEvent]:
    """All readable events, in order."""
    for line in lines:
        parsed = parse_line(line)
        if parsed is not None:
            yield parsed


def read_events(path: Path) -> list[AnyEvent | RawEvent]:
    """The events of a log file; an absent file is an empty log.

    Lines without a chain that follow one with a chain are left out: this program did not write them. check_log() names
    them.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    found: list[AnyEvent | RawEvent] = []
    begun = False
    for event in parse_lines(text.split("\n")):
        chained = bool(event.data.get("chain") if isinstance(event, RawEvent) else event.chain)
        if chained or not begun:
            found.append(event)
        begun = begun or chained
    return found


def event_schema() -> dict[str, Any]:
    """JSON schema of one line."""
    return _adapter.json_schema()
