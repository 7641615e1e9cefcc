"""What a certificate is kept for: everything that gates look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.certify.certificate import tree_digest
from op_pipeline.spec import load_spec

FOLDER = "ttnn/cpp/ttnn/operations/eltwise"


@pytest.mark.parametrize(
    ("name", "matters"),
    [
        (f"{FOLDER}/swish/swish.cpp", True),
        ("tests/ttnn/unit_tests/operations/eltwise/test_swish.py", True),
        (f"{FOLDER}/CMakeLists.txt", True),
        (f"{FOLDER}/other/other.cpp", False),
    ],
)
def test_a_changed_file_is_another_tree(tmp_path: Path, name: str, matters: bool) -> None:
    spec = load_spec(Path(__file__).parents[2] / "examples" / "swish" / "spec.md")
    before = tree_digest(spec, tmp_path)
    (tmp_path / name).parent.mkdir(parents=True)
    (tmp_path / name).write_text("changed")
    assert (tree_digest(spec, tmp_path) != before) is matters
