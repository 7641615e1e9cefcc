"""The runner's reading of the judge's stream: what it says is what the run was, once every line has proved genuine."""

from __future__ import annotations

import hashlib
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from op_pipeline import proc
from op_pipeline.events import AnyEvent, TestFinished, TestStarted
from op_pipeline.gates.lines import Forged, Verifier
from op_pipeline.models import FailureClass, TestOutcome, TestResult

TAIL = 4_000
Emit = Callable[[AnyEvent], None]


def trim(text: str, limit: int) -> str:
    """The end of a text, with a line that says how much was left out."""
    if len(text) <= limit:
        return text
    return f"… {len(text) - limit} characters left out …\n{text[-limit:]}"


class Follower:
    """Reads the stream while the judge runs; what is known when it ends is the result.

    `forged` says what is wrong with the stream: then nothing more is read, and the run is worth nothing.
    """

    def __init__(self, path: Path, key: bytes, emit: Emit | None) -> None:
        self._path, self._emit = path, emit
        self._verifier = Verifier(key)
        self._taken = hashlib.sha256()
        self._position = 0
        self._started: dict[str, float] = {}
        self._results: list[TestResult] = []
        self.collected: tuple[str, ...] = ()
        self.status: int | None = None
        self.forged = ""

    def poll(self) -> None:
        """Take in the whole lines that were added."""
        if self.forged:
            return
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                added = file.read()
        except FileNotFoundError:
            return
        whole = added[: added.rfind(b"\n") + 1]
        self._position += len(whole)
        self._taken.update(whole)
        try:
            for line in whole.split(b"\n")[:-1]:
                self._take(self._verifier.record(line))
        except Forged as error:
            self.forged = str(error)

    def finish(self, done: proc.Completed) -> None:
        """Read the rest, then the whole stream once more: it must still be what was read, and be complete."""
        self.poll()
        if self.forged:
            return
        try:
            content = self._path.read_bytes()
        except FileNotFoundError:
            content = b""
        if hashlib.sha256(content[: self._position]).digest() != self._taken.digest():
            self.forged = "lines that were read already have changed since"
        elif self._killed(done):
            return  # its last line may be half written
        elif len(content) > self._position:
            self.forged = f"the stream ends within line {self._verifier.count + 1}"
        elif self.status is None and self.collected and not self._started:
            self.forged = "the stream lacks its last line, and the judge ended by itself"

    @staticmethod
    def _killed(done: proc.Completed) -> bool:
        return done.timed_out or done.returncode is None or done.returncode < 0

    def _take(self, record: Mapping[str, Any]) -> None:
        match record.get("event"):
            case "collected":
                self.collected = tuple(str(name) for name in record["ids"])
            case "start":
                self._started[record["test"]] = time.monotonic()
                if self._emit is not None:
                    self._emit(TestStarted(test=record["test"]))
            case "end":
                self._started.pop(record["test"], None)
                self._end(_result(record))
            case "collection_error":
                message = f"cannot be collected: {record['message']}"
                self._end(TestResult(record["test"] or "collection", TestOutcome.ERROR, message=message))
            case "finish":
                self.status = int(record["status"])

    def _end(self, result: TestResult) -> None:
        self._results.append(result)
        if self._emit is not None:
            self._emit(
                TestFinished(
                    test=result.test,
                    outcome=result.outcome,
                    seconds=result.seconds,
                    message=result.message[:500],
                    figures=dict(result.figures),
                )
            )

    def results(self, done: proc.Completed) -> tuple[TestResult, ...]:
        """All results; a test that started and never ended hung, or took the judge with it.

        A forged stream is one failed result, tampered_gate: no other one counts.
        """
        for name, since in self._started.items():
            self._end(_unfinished(name, time.monotonic() - since, done))
        self._started.clear()
        if self.forged:
            message = f"the record of the gate run was tampered with: {self.forged}"
            return (TestResult("stream", TestOutcome.ERROR, kind=FailureClass.TAMPERED_GATE, message=message),)
        return tuple(self._results)


def _result(record: Mapping[str, Any]) -> TestResult:
    kind = record.get("kind")
    return TestResult(
        test=record["test"],
        outcome=TestOutcome(record["outcome"]),
        seconds=float(record.get("seconds", 0.0)),
        guard=bool(record.get("guard", False)),
        kind=FailureClass(kind) if kind else None,
        message=record.get("message", ""),
        file=record.get("file", ""),
        line=int(record.get("line", 0)),
        excerpt=record.get("excerpt", ""),
        figures={str(key): float(value) for key, value in record.get("figures", {}).items()},
    )


def _unfinished(name: str, seconds: float, done: proc.Completed) -> TestResult:
    excerpt = trim(done.output, TAIL)
    if done.timed_out:
        message = f"no end after {seconds:.0f} s: the process group was stopped at the deadline"
        return TestResult(name, TestOutcome.HUNG, seconds, kind=FailureClass.HANG_UNKNOWN, message=message)
    return TestResult(name, TestOutcome.FAILED, seconds, message=how_it_died(done.returncode), excerpt=excerpt)


def how_it_died(returncode: int | None) -> str:
    """In words: the signal that ended the process, or its exit status."""
    if returncode is not None and returncode < 0:
        try:
            name = signal.Signals(-returncode).name
        except ValueError:
            name = f"signal {-returncode}"
        return f"the process was killed by {name} during this test"
    return f"the process ended with status {returncode} during this test"
