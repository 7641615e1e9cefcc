"""Both sides run, and their answers set against each other."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.errors import InfrastructureError
from op_pipeline.mock import BOARDS, Library, environment
from op_pipeline.mock.overlay import overlay
from op_pipeline.testing.conformance import runner
from op_pipeline.testing.conformance.table import EXPLAINED, OWN_WORDS

FOLDER = Path(__file__).parent
CALLS = FOLDER / "calls"
REVIEWED = FOLDER / "reviewed.txt"
SECONDS = 240.0
MOST_CRASHES = 12
_ABSENT = "(not there)"
_ALL_NAMES = "for name in dir(ttnn)"


@dataclass(frozen=True)
class Difference:
    """One call, or one part of its value, with both outcomes. `reason` is empty when nothing explains it."""

    call: str
    real: Any
    ours: Any
    reason: str

    @property
    def digest(self) -> str:
        """Names this pair of outcomes in `reviewed.txt`."""
        text = json.dumps([self.call, self.real, self.ours], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Report:
    """What a run found. `calls` made on each side; `unused` are explanations that no difference needs."""

    calls: int
    differences: tuple[Difference, ...]
    unused: tuple[str, ...]

    @property
    def unexplained(self) -> tuple[Difference, ...]:
        """Those that are nobody's intention."""
        return tuple(item for item in self.differences if not item.reason)


def compare(library: Library, cache: Path) -> Report:
    """Make all calls on both sides. InfrastructureError when a side does not start."""
    calls = runner.read(CALLS)
    root = overlay(library, "host", cache)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        place = Path(folder)
        (place / "board.yaml").write_text(BOARDS["n150"].description)
        real = pool.submit(answers, "library", library.python, environment(root, place, place), CALLS, place)
        ours = pool.submit(answers, "emulator", Path(sys.executable), own_environment(), CALLS, place)
        found = list(differences(calls, real.result(), ours.result()))
    return judged(len(calls), found, REVIEWED.read_text().split())


def own_environment() -> dict[str, str]:
    """What a process of the emulator's side needs to find this package."""
    return proc.clean_environment(PYTHONPATH=os.pathsep.join(filter(None, sys.path)))


def judged(calls: int, found: Sequence[Difference], reviewed: Sequence[str]) -> Report:
    """The differences with their reasons, and the explanations that none of them needs."""
    explained = [_explained(item, reviewed) for item in found]
    texts = [item.call for item in found]
    unused = [pattern for pattern, _ in EXPLAINED if not any(re.search(pattern, text) for text in texts)]
    known = {item.digest for item in found}
    return Report(calls, tuple(explained), (*unused, *(digest for digest in reviewed if digest not in known)))


def answers(side: str, python: Path, surroundings: Mapping[str, str], calls: Path, place: Path) -> dict[int, Any]:
    """What each call of a folder gave, by number. One that ends its process is its outcome; a next process goes on."""
    answer, start, total = place / f"{side}.jsonl", 0, len(runner.read(calls))
    answer.touch()
    for _ in range(MOST_CRASHES):
        command = [str(python), "-B", str(FOLDER / "runner.py"), side, str(calls), str(answer), str(start)]
        done = proc.run(command, cwd=place, env=surroundings, deadline=SECONDS)
        lines = [json.loads(line) for line in answer.read_text(encoding="utf-8").splitlines()]
        if not lines or done.timed_out:
            raise InfrastructureError(
                f"the {side} side does not run: {done.output.strip()[-600:]}", hint="run its command"
            )
        if "begins" in lines[-1]:
            number = abs(done.returncode or 0)
            name = signal.Signals(number).name if number in set(signal.Signals) else f"exit code {done.returncode}"
            with answer.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"number": lines[-1]["begins"], "got": {"ends the process": name}}) + "\n")
            start = lines[-1]["begins"] + 1
        if start >= total or "number" in lines[-1]:
            break
    lines = [json.loads(line) for line in answer.read_text(encoding="utf-8").splitlines()]
    return {line["number"]: line["got"] for line in lines if "number" in line}


def differences(calls: Sequence[runner.Call], real: Mapping[int, Any], ours: Mapping[int, Any]) -> Iterator[Difference]:
    """Where two sets of answers are not the same, down to parts of values. The library may have more names than we."""
    for number, call in enumerate(calls):
        name = f"{call.group.partition('_')[2]}: {call.text}"
        yield from _between(name, real.get(number, _ABSENT), ours.get(number, _ABSENT))


def _between(name: str, real: Any, ours: Any) -> Iterator[Difference]:
    if real == ours:
        return
    ended = {"raises", "ends the process"}
    if isinstance(real, dict) and isinstance(ours, dict) and not ended & {*real, *ours}:
        keys = ours if _ALL_NAMES in name else {**real, **ours}
        for key in keys:
            yield from _between(f"{name} [{key}]", real.get(key, _ABSENT), ours.get(key, _ABSENT))
    elif isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours) and "members(" not in name:
        for index, (one, two) in enumerate(zip(real, ours, strict=True)):
            yield from _between(f"{name} [{index}]", one, two)
    else:
        yield Difference(name, real, ours, "")


def _explained(item: Difference, reviewed: Sequence[str]) -> Difference:
    reason = next((reason for pattern, reason in EXPLAINED if re.search(pattern, item.call)), "")
    if not reason and in_own_words(item) and item.digest in reviewed:
        reason = OWN_WORDS
    return Difference(item.call, item.real, item.ours, reason)


def in_own_words(item: Difference) -> bool:
    """Whether both refuse with the same exception and only the text differs."""
    both = isinstance(item.real, dict) and isinstance(item.ours, dict)
    return both and item.real.get("raises", 1) == item.ours.get("raises", 2)
