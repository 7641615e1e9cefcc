"""What was said between an agent's program and its model, kept so that it can be played again: `transcript.jsonl`.

One JSON object per line, `v` 1, told apart by `kind`:

    start    stage, attempt, model, session, versions   one for each turn of the agent (a CLI process)
    prompt   text, system                               what the agent was asked, under which system prompt
    turn     n, id, model, content, stop_reason, usage  one model response, blocks as in the Messages API
    results  results: [{call, text, is_error}]          what the tools answered to the turn before
    end      reason, is_error                           how the agent's turn ended

`lane` tells subagents' lines from the main conversation's (""). Paths are written as `@@tree@@` (the work tree),
`@@run@@` (the run's folder) and `@@workspace@@`; credentials of the environment and what looks like a key are blotted
out before anything is written.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from op_pipeline.errors import InfrastructureError

if TYPE_CHECKING:
    from op_pipeline.events import AnyEvent

NAME = "transcript.jsonl"
VERSION = 1
BLOT = "[redacted]"
_SECRET_NAME = re.compile(r"(API_KEY|TOKEN|SECRET|PASSWORD|CREDENTIAL|CUSTOM_HEADERS)", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"sk-ant-[\w-]{8,}|\bBearer [\w.~+/=-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}"
)
_SHORTEST = 8  # values of variables below that are words, not secrets


@dataclass(frozen=True)
class Places:
    """The folders of a run that differ from machine to machine."""

    tree: Path
    run: Path
    workspace: Path

    def neutral(self, text: str) -> str:
        """`text` with marks instead of paths."""
        for path, mark in self._pairs():
            text = text.replace(path, mark)
        return text

    def local(self, text: str) -> str:
        """`text` with this machine's paths instead of marks."""
        for mark, path in (("@@tree@@", self.tree), ("@@run@@", self.run), ("@@workspace@@", self.workspace)):
            text = text.replace(mark, str(path))
        return text

    def _pairs(self) -> list[tuple[str, str]]:
        """Both spellings of each path, the longest first: the tree and the run lie in the workspace."""
        marked = ((self.tree, "@@tree@@"), (self.run, "@@run@@"), (self.workspace, "@@workspace@@"))
        pairs = {(spelling, mark) for path, mark in marked for spelling in (str(path), str(path.resolve()))}
        return sorted(pairs, key=lambda pair: -len(pair[0]))


def mapped(data: Any, change: Any) -> Any:
    """Plain data with `change` applied to every string in it, keys excepted."""
    if isinstance(data, str):
        return change(data)
    if isinstance(data, Mapping):
        return {key: mapped(value, change) for key, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [mapped(item, change) for item in data]
    return data


def redactor(environment: Mapping[str, str] | None = None) -> Any:
    """A function that blots out the values of credential variables, and whatever has the form of a key."""
    environment = os.environ if environment is None else environment
    values = {value for name, value in environment.items() if _SECRET_NAME.search(name) and len(value) >= _SHORTEST}
    found = "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True))
    known = re.compile(found) if found else None

    def redact(text: str) -> str:
        if known is not None:
            text = known.sub(BLOT, text)
        return _SECRET_TEXT.sub(BLOT, text)

    return redact


def redacting(emit: Callable[[AnyEvent], None], environment: Mapping[str, str] | None = None) -> Any:
    """`emit` for events whose texts are blotted out first: a log is shown to others as readily as a recording."""
    redact = redactor(environment)

    def clean(event: AnyEvent) -> None:
        said = event.model_dump()
        told = mapped(said, redact)
        emit(event if told == said else type(event).model_validate(told))

    return clean


class TranscriptWriter:
    """Appends lines to an attempt's transcript, neutral and without secrets; each line is flushed at once."""

    def __init__(self, folder: Path, places: Places) -> None:
        self._path, self._places, self._redact = folder / NAME, places, redactor()

    def write(self, kind: str, *, lane: str = "", **data: Any) -> None:
        """One line. Raises InfrastructureError when the disk refuses it."""
        line = {"v": VERSION, "kind": kind, **({"lane": lane} if lane else {}), **data}
        clean = mapped(line, lambda text: self._redact(self._places.neutral(text)))
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(clean, ensure_ascii=False) + "\n")
        except OSError as error:
            raise InfrastructureError(f"cannot write {self._path}: {error.strerror}") from error


@dataclass
class Exchange:
    """One model response with what led to it: the prompt, or the tools' answers to the response before."""

    identifier: str
    content: list[dict[str, Any]]
    stop_reason: str | None
    usage: dict[str, int]
    lane: str = ""
    prompt: str = ""
    system: str = ""
    results: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Recording:
    """One attempt as it was recorded. `complete`: its last turn came to an end; `again`: one before that did not."""

    stage: int
    attempt: int
    exchanges: list[Exchange] = field(default_factory=list)
    complete: bool = False
    again: bool = False


def read_transcript(path: Path) -> Recording | None:
    """The attempt's exchanges; one that a killed process left is followed by its repetition, which counts.

    None when nothing can be read.
    """
    recording: Recording | None = None
    asked: dict[str, Mapping[str, Any]] = {}
    answered: dict[str, list[dict[str, Any]]] = {}
    for line in _lines(path):
        lane, kind = str(line.get("lane", "")), line.get("kind")
        if kind == "start" and (recording is None or not recording.complete):
            recording = Recording(int(line["stage"]), int(line["attempt"]), again=recording is not None)
            asked, answered = {}, {}
        if recording is None:
            continue
        if kind == "prompt":
            asked[lane], recording.complete = line, False
        elif kind == "results":
            answered.setdefault(lane, []).extend(line["results"])
        elif kind == "turn":
            _add_turn(recording, line, asked.pop(lane, {}), answered)
        elif kind == "end":
            recording.complete = True
    return recording


def _add_turn(
    recording: Recording,
    line: Mapping[str, Any],
    asked: Mapping[str, Any],
    answered: dict[str, list[dict[str, Any]]],
) -> None:
    """A response; one whose first calls were answered while the rest still came is put together again."""
    lane = str(line.get("lane", ""))
    before = next((item for item in reversed(recording.exchanges) if item.lane == lane), None)
    if before is not None and before.identifier == line["id"]:
        before.content += line["content"]
        before.stop_reason, before.usage = line.get("stop_reason"), dict(line.get("usage") or {})
        return
    recording.exchanges.append(
        Exchange(
            str(line["id"]),
            list(line["content"]),
            line.get("stop_reason"),
            dict(line.get("usage") or {}),
            lane,
            str(asked.get("text", "")),
            str(asked.get("system", "")),
            answered.pop(lane, []),
        )
    )


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    for line in text.splitlines():
        try:
            data = json.loads(line)
        except ValueError:
            continue  # the torn last line of a killed process
        if isinstance(data, dict) and data.get("v") == VERSION:
            yield data


def transcripts(run: Path) -> Sequence[Path]:
    """The transcripts of a run's folder, by stage and attempt."""
    found = run.glob(f"stages/*/attempt-*/{NAME}")
    return sorted(found, key=lambda path: (path.parent.parent.name, int(path.parent.name.rpartition("-")[2])))
