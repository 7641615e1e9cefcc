"""pytest plugin of the gate's child process: one JSON line per happening, written at once.

A `start` without an `end` names the test that hung or killed the process. Nothing here decides anything.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates.kit.failure import first_line, from_exception
from op_pipeline.gates.lines import Signer

EXCERPT = 4000
_ORDER = ("failed", "error", "skipped", "passed")


class StreamPlugin:
    """Writes collected ids, starts, ends with outcome and declared class, collection errors, and the exit status."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._signer = Signer(key)
        self._open: dict[str, dict[str, Any]] = {}

    def write(self, event: str, **fields: Any) -> None:
        """Append one line in one call, so that a killed process leaves whole lines."""
        os.write(self._file, self._signer.line({"event": event, **fields}))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Ids of what is about to run."""
        self.write("collected", ids=[item.nodeid for item in session.items])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported."""
        if report.failed:
            self.write("collection_error", test=report.nodeid, message=str(report.longrepr)[-EXCERPT:])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A test begins."""
        self._open[nodeid] = {"outcome": "passed", "seconds": 0.0}
        self.write("start", test=nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note how each of a test's three phases ended; the worst one counts."""
        report = yield
        entry = self._open.setdefault(item.nodeid, {"outcome": "passed", "seconds": 0.0})
        entry["seconds"] += report.duration
        entry["guard"] = item.get_closest_marker("guard") is not None
        outcome = _outcome(report)
        if _ORDER.index(outcome) < _ORDER.index(entry["outcome"]):
            entry["outcome"] = outcome
            entry.update(_reason(report, call))
        elif entry["outcome"] == "passed" and report.when == "call" and report.user_properties:
            values = [value for _, value in report.user_properties]
            entry["message"] = "; ".join(str(value) for value in values if not isinstance(value, dict))
            entry["figures"] = {
                name: number for value in values if isinstance(value, dict) for name, number in value.items()
            }
        return report

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A test ended, teardown included."""
        self.write("end", test=nodeid, **self._open.pop(nodeid, {"outcome": "error", "seconds": 0.0}))

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The run ended by itself."""
        self.write("finish", status=int(exitstatus))


def _outcome(report: pytest.TestReport) -> str:
    # An expected failure is a skip here, also when it passed: a gate's test passes or it does not.
    if report.skipped or hasattr(report, "wasxfail"):
        return "skipped"
    if report.failed:
        return "failed" if report.when == "call" else "error"
    return "passed"


def _reason(report: pytest.TestReport, call: pytest.CallInfo[None]) -> dict[str, Any]:
    if call.excinfo is None:
        return {"message": str(report.longrepr or getattr(report, "wasxfail", ""))[:EXCERPT]}
    error = call.excinfo.value
    declared = from_exception(error)
    if declared is not None:
        excerpt = declared.excerpt or report.capstdout[-EXCERPT:]
        return {
            "kind": declared.kind.value,
            "message": declared.message[:EXCERPT],
            "file": declared.file,
            "line": declared.line,
            "excerpt": excerpt[:EXCERPT],
        }
    last = call.excinfo.traceback[-1]
    return {
        "message": first_line(error)[:EXCERPT],
        "file": str(last.path),
        "line": last.lineno + 1,
        "excerpt": report.longreprtext[-EXCERPT:],
    }
