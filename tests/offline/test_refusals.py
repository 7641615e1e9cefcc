"""What the offline backend cannot write it says once; a gate it cannot pass is not tried again with the same bytes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.testing import init_repository

SPEC = """---
operation: row_total
category: {category}
flow: cpp
inputs: [{{name: x, dtypes: [{dtype}], layout: tile, memory: dram_interleaved, rank: [4, 4]}}]
output: {{shape: {shape}, dtype: x.dtype, layout: tile}}
formula: {formula}
shapes: [[1, 1, 32, 64]]
---
# row_total
"""
CASES = {
    "reduction": ("reduction", "bfloat16", '"[x.shape[0], x.shape[1], x.shape[2], 1]"', "sum(x - max(x, axis=-2, keepdims=True), axis=-1, keepdims=True)", "max(…, axis=-2) and sum(…, axis=-1)"),
    "integers": ("eltwise", "int32", "x.shape", "x + x", "int32"),
}  # fmt: skip


@pytest.mark.parametrize("case", sorted(CASES))
def test_unsupported_construct_is_named_after_one_attempt(case: str, tmp_path: Path) -> None:
    category, dtype, shape, formula, named = CASES[case]
    (tmp_path / "spec.md").write_text(SPEC.format(category=category, dtype=dtype, shape=shape, formula=formula))
    init_repository(tmp_path)
    done = proc.run(
        [sys.executable, "-m", "op_pipeline", "run", "spec.md", "--backend", "template"], cwd=tmp_path, deadline=120
    )
    assert done.returncode == 1, done.output
    assert named in done.output
    assert "has nothing else to offer" in done.output
    events = next(tmp_path.glob("logs/2*/events.jsonl")).read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["event"] for line in events]
    assert kinds.count("attempt_started") == 1
    assert kinds.count("committed") == 0
