"""One real operation, generated, gated and audited with the real gates on the emulator."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline.audit import audit
from op_pipeline.engine import Request, run_pipeline
from op_pipeline.state import Workspace
from op_pipeline.testing import git, init_repository

SPEC = Path(__file__).resolve().parents[1] / "specs" / "one_tile.md"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("g++") is None and shutil.which("clang++") is None, reason="needs a C++ compiler"),
]


def test_a_generated_operation_is_audited_and_a_broken_kernel_is_found(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(SPEC, root / "spec.md")
    init_repository(root)
    result = run_pipeline(Request(root / "spec.md", root, backend="template"), lambda _: None)
    assert result, result
    # In a clone, so that nothing but commits and logs can help.
    other = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(root), str(other))
    shutil.copytree(root / "logs" / result.run, other / "logs" / result.run)
    found = audit(Workspace(other))
    assert found, found
    assert [stage.stage for stage in found.stages] == list(range(8))
    assert all(stage.again == ["red", "green"] for stage in found.stages), found
    assert not [reason for stage in found.stages for reason in stage.unchecked if "surroundings" not in reason]
