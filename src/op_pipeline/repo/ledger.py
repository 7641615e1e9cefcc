"""What the commits of an operation's branch say: one commit per green stage, its facts in trailers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from op_pipeline.repo.gitcmd import Git

PREFIX = "Op-Pipeline-"
_FIELD, _END = "\x1f", "\x1e"


@dataclass(frozen=True)
class Record:
    """A green stage, as its commit tells it."""

    stage: int
    commit: str
    tree: str
    parent: str
    subject: str
    run: str = ""
    agent: str = ""
    attempt: int = 0
    gate: str = ""
    target: str = ""
    cost: str = ""
    inputs: dict[str, str] = field(default_factory=dict)


def format_message(subject: str, body: str, trailers: Mapping[str, str]) -> str:
    """A commit message; keys of `trailers` are given without their prefix and kept to one line each."""
    lines = [f"{PREFIX}{key}: {' '.join(str(value).split())}" for key, value in trailers.items()]
    parts = [" ".join(subject.split()), body.strip(), "\n".join(lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def read_ledger(git: Git, tip: str, operation: str) -> dict[int, Record]:
    """Stage number → newest commit on the first-parent history of `tip` that made the stage of `operation` green.

    Only stages that are unbroken from the lowest up count, and only in the order of the history: a commit of an
    earlier stage that is newer than one of a later stage makes the later one void.
    """
    text = git(
        "log",
        "--first-parent",
        "--fixed-strings",
        f"--grep={PREFIX}Operation: {operation}",
        "--format=" + _FIELD.join(("%H", "%T", "%P", "%s", "%(trailers:only,unfold)")) + _END,
        tip,
        "--",
    )
    records: dict[int, Record] = {}
    lowest: int | None = None
    for chunk in text.split(_END):
        record = _parse(chunk.lstrip("\n"), operation)
        if record is None or (lowest is not None and record.stage >= lowest):
            continue
        lowest = record.stage
        records[record.stage] = record
    return dict(sorted(records.items()))


def _parse(chunk: str, operation: str) -> Record | None:
    parts = chunk.split(_FIELD)
    if len(parts) != 5:
        return None
    commit, tree, parents, subject, trailers = parts
    values: dict[str, str] = {}
    for line in trailers.splitlines():
        key, _, value = line.partition(": ")
        if key.startswith(PREFIX):
            values[key.removeprefix(PREFIX)] = value
    stage, attempt = values.get("Stage", "").split(" ")[0], values.get("Attempt", "0")
    if values.get("Operation") != operation or not stage.isdecimal():
        return None
    return Record(
        stage=int(stage),
        commit=commit,
        tree=tree,
        parent=parents.split(" ")[0],
        subject=subject,
        run=values.get("Run", ""),
        agent=values.get("Agent", ""),
        attempt=int(attempt) if attempt.isdecimal() else 0,
        gate=values.get("Gate", ""),
        target=values.get("Target", ""),
        cost=values.get("Cost", ""),
        inputs=dict(item.split("=", 1) for item in values.get("Inputs", "").split() if "=" in item),
    )
