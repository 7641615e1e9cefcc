"""Limits on the command line: flags, what they beat, what is told, and the way on."""

from __future__ import annotations

import json
from typing import Any, Protocol

import pytest

from op_pipeline.testing import write_good


class Shell(Protocol):
    """What the fixture `pipeline` gives; see conftest.py."""

    root: Any
    out: str
    err: str

    @property
    def backend(self) -> str: ...

    def play(self, stages: dict[int, Any]) -> None: ...

    def __call__(self, *words: str) -> int: ...

    def data(self) -> Any: ...


CALL = {"usage": {"dollars": 0.25, "input_tokens": 1400, "output_tokens": 100}}


def test_a_limit_is_shown_reached_remembered_and_raised(pipeline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline.play({1: [[CALL, write_good(1, "BAD")], [CALL, write_good(1)]]})
    (pipeline.root / "pyproject.toml").write_text('[tool.op-pipeline]\nmax_dollars = 7\nmax_time = "90m"\n')
    monkeypatch.setenv("OP_PIPELINE_MAX_TOKENS", "2M")
    words = ("run", "spec.md", "--backend", pipeline.backend, "--max-dollars", "0.20", "--until", "1")
    assert pipeline(*words) == 4
    assert "limits $0.20, 2.0M tokens, 1h30m; per stage 6 hard and 10 cheap failures\n" in pipeline.err
    assert "STOPPED" in pipeline.err
    last = pipeline.err.splitlines()
    assert "toy: limit_reached, 1/4 stages green in " in last[-3]
    assert "$0.25, 1.5k tokens" in last[-3]
    assert last[-1].startswith("next: pipeline resume ")
    assert last[-1].endswith("--max-dollars 0.40")
    run = last[-1].split()[3]

    assert pipeline("status", "--json") == 0
    status = pipeline.data()
    assert (status["status"], status["attempts"], status["limits"]["dollars"]) == ("limit_reached", 2, 0.2)
    assert status["used"]["input_tokens"] == 1400
    assert [stage["dollars"] for stage in status["stages"]] == [0.0, 0.25, 0.0, 0.0]
    assert status["stages"][1]["status"] == "limit_reached"
    assert pipeline("status") == 0
    assert "used: $0.25, 1.5k tokens, " in pipeline.out
    assert "limits $0.20, 2.0M tokens, 1h30m" in pipeline.out
    assert pipeline("show", "1") == 0
    assert "used: $0.25, 1.5k tokens" in pipeline.out

    assert pipeline("resume") == 4  # the flag of the first process still holds
    assert "limits $0.20," in pipeline.err
    assert "used so far $0.25, 1.5k tokens, " in pipeline.err
    assert pipeline("resume", run, "--max-dollars", "none") == 0
    assert "limits 2.0M tokens, 1h30m;" in pipeline.err
    header = json.loads((pipeline.root / "logs" / run / "run.json").read_text())["limits"]
    assert header["max_dollars"] == {"value": None, "source": "--max-dollars"}
    assert header["max_tokens"]["source"] == "OP_PIPELINE_MAX_TOKENS"
    assert pipeline("show", run) == 0
    assert "used: $0.50, 3.0k tokens" in pipeline.out


@pytest.mark.parametrize(
    ("flag", "value", "text"),
    [
        ("--max-dollars", "much", "'much' is no amount"),
        ("--max-time", "soon", "'soon' is no time"),
        ("--max-tokens", "0", "greater than 0"),
        ("--max-attempts", "1.5", "--max-attempts"),
    ],
)
def test_what_is_no_limit_is_refused_by_name(pipeline: Shell, flag: str, value: str, text: str) -> None:
    assert pipeline("run", "spec.md", flag, value) == 2
    assert flag in pipeline.err
    assert text in pipeline.err
