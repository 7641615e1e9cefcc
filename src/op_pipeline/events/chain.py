"""A chained digest per line of a log: what was edited, removed, moved or added afterwards does not fit any more.

Each line ends with `"chain":"<32 hex digits>"`, the sha256 of the line before's chain and of the line's own text
without it; the first line follows the run's id. There is no secret in it: who may write the log can chain it anew.
That shows elsewhere, since each commit names the chain up to it (trailer `Op-Pipeline-Log`).
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_DIGITS = 32
_CHAINED = re.compile(r'^(?P<body>\{.*),"chain":"(?P<chain>[0-9a-f]{32})"\}$', re.DOTALL)


def link(before: str, line: str) -> str:
    """The chain of a line that follows one whose chain is `before`; `line` is JSON text without its chain."""
    return hashlib.sha256(f"{before}\n{line}".encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def chained(line: str, chain: str) -> str:
    """The JSON object `line` with its chain as last key."""
    return f'{line[:-1]},"chain":"{chain}"}}'


def split(text: str) -> tuple[str, str]:
    """A written line as (line without chain, chain); the chain is '' where there is none."""
    match = _CHAINED.match(text)
    return (text, "") if match is None else (match["body"] + "}", match["chain"])


@dataclass(frozen=True)
class Fault:
    """One place where a log is not what was written. `line` counts from 1."""

    line: int
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message}"


@dataclass(frozen=True)
class Reading:
    """What a log's text shows of itself.

    `unchained` is how many lines stand before the first one that is chained: those of older versions, which cannot be
    verified. `chains` maps the number (`seq`) of each chained line to its chain.
    """

    faults: tuple[Fault, ...] = ()
    unchained: int = 0
    chains: dict[int, str] = field(default_factory=dict)

    @property
    def warning(self) -> str:
        """One line for people; '' when nothing is wrong."""
        if not self.faults:
            return ""
        more = f" (and {len(self.faults) - 1} more)" if len(self.faults) > 1 else ""
        return f"the log is not as it was written: {self.faults[0]}{more}"


def check_log(path: Path, run: str) -> Reading:
    """Read a log for what does not fit. An absent file is an empty log.

    A line that a killed process left half is no fault when it is the last, or a continuation of the run follows it.
    """
    lines = [(number, text) for number, text in enumerate(_lines(path), 1) if text]
    faults: list[Fault] = []
    chains: dict[int, str] = {}
    before, count, unchained = run, 0, 0
    for place, (number, text) in enumerate(lines):
        data = _object(text)
        if data is None:
            after = _object(lines[place + 1][1]) if place + 1 < len(lines) else {"event": "run_started"}
            if text.endswith("}") or (after or {}).get("event") != "run_started":
                faults.append(Fault(number, "no JSON object"))
            continue
        line, chain = split(text)
        fault = _fault(data, run, count, link(before, line) == chain, chained=bool(chain), begun=bool(chains))
        if fault:
            faults.append(Fault(number, fault))
        unchained += not chain and not chains
        if chain or not chains:
            count = data["seq"] if isinstance(data.get("seq"), int) else count
        if chain:
            before = chains[count] = chain
    return Reading(tuple(faults), unchained, chains)


def _fault(data: dict[str, Any], run: str, count: int, fits: bool, *, chained: bool, begun: bool) -> str:
    name = str(data.get("event", "?"))[:40]
    if data.get("run") != run:
        return f"{name} is of another run, {str(data.get('run', ''))[:80]!r}"
    if begun and not chained:
        return f"{name} bears no chain: it was not written by op-pipeline"
    if data.get("seq") != count + 1:
        return f"{name} has number {data.get('seq')} and follows number {count}: lines were removed, added or moved"
    if chained and not fits:
        return f"{name} was edited: its chain does not follow from its text and the line before"
    return ""


def _lines(path: Path) -> list[str]:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    except FileNotFoundError:
        return []


def _object(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def last_chain(log: bytes, run: str) -> str:
    """What the next line of a log follows: the chain of its last chained line, or the run's id."""
    lines = log.decode("utf-8", "surrogateescape").split("\n")
    return next((chain for text in reversed(lines) if (chain := split(text)[1])), run)
