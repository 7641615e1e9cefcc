"""No program, however odd, takes the process that describes it down with it: see fuzz.py."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from op_pipeline import proc

ROOT = Path(__file__).resolve().parents[2]
PARTS = 2
CASES = int(os.environ.get("OP_PIPELINE_FUZZ_CASES", "240"))  # 2000 for the full run


@pytest.mark.parametrize("part", range(PARTS))
def test_every_case_has_an_outcome(part: int, surroundings: Path) -> None:
    count = CASES // PARTS
    first = part * count
    argv = [sys.executable, "-m", "tests.emulator.fuzz", str(first), str(count)]
    done = proc.run(argv, cwd=ROOT, env=dict(os.environ), deadline=60 + CASES)
    outcomes = [json.loads(line) for line in done.output.splitlines() if line.startswith('{"number"')]
    assert done.returncode == 0, f"case {first + len(outcomes)}: {done.output[-2000:]}"
    assert [outcome["number"] for outcome in outcomes] == list(range(first, first + count))
    assert [outcome for outcome in outcomes if outcome["kind"] != "ran" and not outcome["text"]] == []
    kinds = {outcome["kind"] for outcome in outcomes}
    assert {"ran", "refused", "RuntimeError", "TypeError", "EmulatorFault"} <= kinds  # it gets everywhere
    assert not [o for o in outcomes if o["text"].startswith(("crash: the emulator", "emulator_error"))]
