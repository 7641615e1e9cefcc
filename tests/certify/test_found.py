"""Holes of the gates that certificates found: mended, and to stay so."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline.certify.zoo import MUTATIONS, Candidate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import FailureClass
from op_pipeline.targets import load_target


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "detail", "words"),
    [
        # "a device tensor needs a device", says the library, and seems to name input a and the device.
        ("check left out", "difference: input 'a' must be on device", "refused by ttnn and not by the operation"),
        # Only ranks of listed shapes were tried, and those of the first case only.
        ("bound refused", "difference: input 'a' must have rank 2 to 4", "must have rank 2 to 4"),
    ],
)
def test_gate_2_sees_it(candidates: dict[str, Candidate], tmp_path: Path, name: str, detail: str, words: str) -> None:
    candidate = candidates["difference"]
    spec = candidate.spec
    shutil.copytree(spec.source.parent / "tree", tmp_path / "tree")
    (mutation,) = (item for item in MUTATIONS if item.name == name)
    (mutant,) = (item for item in mutation.make(candidate) if item.detail == detail)
    for path, text in mutant.texts.items():
        (tmp_path / "tree" / path).write_text(text, encoding="utf-8")
    (stage,) = (item for item in load_flow("cpp", None).stages if item.number == 2)
    gate = render_gate(stage, spec, tmp_path / "gates", None)
    target, tree = load_target("emulator"), tmp_path / "tree"
    run = run_gates([gate], spec=spec, tree=tree, target=target, out=tmp_path / "out", seed="1", deadline=120)
    found = judge_green(run, [gate], {}).failures
    assert [item for item in found if item.kind is FailureClass.VALIDATION_MISSING and words in item.message], found
