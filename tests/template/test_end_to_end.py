"""Generated operations, built and run on the emulator, against the golden: one spec for each kind of kernel.

The gates run all specs elsewhere; this holds the generator alone.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from op_pipeline import proc
from op_pipeline.backends.template import generate
from op_pipeline.spec import load_spec

ROOT = Path(__file__).resolve().parents[2]
CHILD = Path(__file__).parent / "run_operation.py"

pytestmark = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None, reason="needs a C++ compiler"
)


def run(path: Path, tree: Path, grid: tuple[int, int], last_stage: int = 7) -> list[dict[str, Any]]:
    spec = load_spec(path)
    for stage in range(last_stage + 1):
        for name, text in generate(spec, stage).items():
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
    environment = {**os.environ, "TT_METAL_HOME": str(tree), "OP_EMULATOR_SEED": "0,1,2"}
    done = proc.run([sys.executable, str(CHILD), str(path), str(tree), *map(str, grid)], env=environment, deadline=None)
    assert done.returncode == 0, done.output
    found: list[dict[str, Any]] = json.loads(done.output.strip().splitlines()[-1])
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "grid"),
    [
        ("pressure", (8, 8)),  # spills, several DST sections
        ("select", (8, 8)),  # three inputs, where
        ("ragged", (3, 5)),  # padding, ranks, both dtypes, an uneven grid
        ("smooth_l1", (1, 1)),  # parameters, moves in DST, one core
        ("quotient_wide", (8, 8)),  # bfloat16 in, float32 out
    ],
)
def test_generated_operation_gives_the_golden(name: str, grid: tuple[int, int], tmp_path: Path) -> None:
    path = ROOT / "tests" / "specs" / f"{name}.md"
    spec = load_spec(path)
    for case in run(path, tmp_path, grid):
        assert case["shape"] == case["expected_shape"]
        limits = spec.limits(case["dtype"])
        assert limits is not None
        assert case["rel_l2"] < limits.rel_l2, case


@pytest.mark.slow
def test_the_stub_of_stage_6_runs_and_is_clearly_wrong(tmp_path: Path) -> None:
    path = ROOT / "tests" / "specs" / "one_tile.md"
    cases = run(path, tmp_path, (8, 8), last_stage=6)
    assert all(case["shape"] == case["expected_shape"] for case in cases)
    assert min(case["rel_l2"] for case in cases) > 0.1
