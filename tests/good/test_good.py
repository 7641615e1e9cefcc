"""No false refusal: good implementations in many variants pass every gate, 0 to 7."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import Gate
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

sys.path.insert(0, str(Path(__file__).parent))
from variants import VARIANTS  # noqa: E402

SPEC = """---
operation: swish
category: eltwise
flow: cpp
inputs:
  - {name: x, dtypes: [bfloat16, float32], layout: tile, memory: dram_interleaved, rank: [2, 4]}
parameters:
  - {name: beta, type: float, default: 1.0, range: [0.1, 4.0], description: slope}
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(beta * x)
shapes: [[1, 1, 32, 32], [2, 40, 70]]
---
# swish
"""


@dataclass(frozen=True)
class Base:
    spec: Spec
    gates: list[Gate]
    tree: Path


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Base]:
    """The generated operation for both dtypes, and for bfloat16 only."""
    return {narrow: _base(tmp_path_factory.mktemp("base"), narrow) for narrow in (False, True)}


def _base(folder: Path, narrow: bool) -> Base:
    text = SPEC.replace("[bfloat16, float32]", "[bfloat16]") if narrow else SPEC
    (folder / "spec.md").write_text(text, encoding="utf-8")
    spec = load_spec(folder / "spec.md")
    for stage in range(8):
        for name, content in generate(spec, stage).items():
            path = folder / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    gates = [render_gate(stage, spec, folder / "gates", None) for stage in load_flow("cpp", None).stages]
    return Base(spec, gates, folder / "tree")


def test_there_are_enough() -> None:
    assert len(VARIANTS) >= 30, list(VARIANTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_a_good_implementation_passes_every_gate(bases: dict[bool, Base], tmp_path: Path, name: str) -> None:
    variant = VARIANTS[name]
    base = bases[variant.narrow]
    shutil.copytree(base.tree, tmp_path / "tree")
    variant.apply(tmp_path / "tree")
    run = run_gates(
        base.gates,
        spec=base.spec,
        tree=tmp_path / "tree",
        target=load_target("emulator"),
        out=tmp_path / "out",
        seed=name,
        deadline=120,
    )
    verdict = judge_green(run, base.gates, {})
    assert verdict, "\n".join(f"{found.test}: {found.kind} {found.message}" for found in verdict.failures)
    assert verdict.passed == sum(len(gate.tests) for gate in base.gates)
