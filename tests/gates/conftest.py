"""Handwritten gates, a target that builds nothing, and a spec on disk: what the tests of the gates share."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates import run_gates
from op_pipeline.gates.seal import write
from op_pipeline.models import FailureClass, Gate, GateRun
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import Prepared

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
shapes: [[1, 1, 32, 32], [1, 1, 40, 50]]
---
# swish
"""


class NoTarget:
    """Runs gates that need no operation."""

    name = "none"

    def __init__(self, prepared: Prepared | None = None) -> None:
        self.prepared = prepared or Prepared()

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        return self.prepared

    def identity(self) -> dict[str, str]:
        return {}


@pytest.fixture
def spec(tmp_path: Path) -> Spec:
    path = tmp_path / "spec.md"
    path.write_text(SPEC, encoding="utf-8")
    return load_spec(path)


def make_gate(
    root: Path, text: str, *, stage: int = 1, red: tuple[FailureClass, ...] = (FailureClass.NOT_IMPLEMENTED,)
) -> Gate:
    """A sealed gate of one handwritten file; its expected ids are its plain test functions."""
    name = f"stage_{stage}/test_hand.py"
    try:
        functions = [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]
    except SyntaxError:
        functions = ["test_a"]
    gate = Gate(
        stage=stage,
        name="hand",
        root=root,
        files={name: hashlib.sha256(text.encode()).hexdigest()},
        digest="hand",
        template="hand",
        red=red,
        tests=tuple(f"{name}::{function}" for function in functions if function.startswith("test_")),
        texts={name: text},
    )
    write(gate)
    return gate


Run = Callable[..., GateRun]


@pytest.fixture
def run(tmp_path: Path, spec: Spec) -> Run:
    """Run handwritten gates on an empty tree."""
    tree = tmp_path / "tree"
    tree.mkdir()

    def call(*gates: Gate, deadline: float = 30.0, target: NoTarget | None = None, **more: Any) -> GateRun:
        return run_gates(
            gates,
            spec=spec,
            tree=tree,
            target=target or NoTarget(),
            out=tmp_path / "out",
            seed="7",
            deadline=deadline,
            **more,
        )

    return call


@pytest.fixture(name="make_gate")
def _make_gate() -> Callable[..., Gate]:
    return make_gate


@pytest.fixture
def no_target() -> type[NoTarget]:
    return NoTarget
