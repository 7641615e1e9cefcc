"""A generated operation as a tree, and the verb in this process."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.cli import main
from op_pipeline.spec import load_spec

SPEC = """---
operation: swish
category: eltwise
flow: {flow}
inputs:
  - {{name: x, dtypes: [bfloat16, float32], layout: tile, memory: {memory}, rank: [2, 4]}}
parameters:
  - {{name: beta, type: float, default: 1.0, range: [0.1, 4.0], description: slope}}
output: {{shape: x.shape, dtype: x.dtype, layout: tile, memory: dram_interleaved}}
formula: x * sigmoid(beta * x)
shapes: [[1, 1, 32, 32], [2, 1, 96, 128]]
---
# swish
"""
KERNELS = "ttnn/ttnn/operations/swish/kernels"


@dataclass
class Shell:
    """Runs `pipeline emulate` in a folder with the spec and its generated tree; keeps what it said."""

    root: Path
    capture: pytest.CaptureFixture[str]
    out: str = ""
    err: str = ""

    def __call__(self, *words: str) -> int:
        self.capture.readouterr()
        code = main(["emulate", *words])
        self.out, self.err = self.capture.readouterr()
        return code

    def data(self, *words: str, code: int = 0) -> Any:
        """The JSON object of a run of the spec."""
        assert self("spec.md", "--tree", "tree", "--json", *words) == code, self.err
        return json.loads(self.out)

    def edit(self, kernel: str, old: str, new: str) -> None:
        path = self.root / "tree" / KERNELS / kernel
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")


def write_operation(root: Path, *, flow: str = "generic-op", memory: str = "dram_interleaved") -> Path:
    """`spec.md` and, below `tree`, all that the template backend makes of it."""
    (root / "spec.md").write_text(SPEC.format(flow=flow, memory=memory), encoding="utf-8")
    spec = load_spec(root / "spec.md")
    for stage in range(8):
        for name, text in generate(spec, stage).items():
            path = root / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return root


@pytest.fixture
def swish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Shell:
    monkeypatch.chdir(write_operation(tmp_path))
    return Shell(tmp_path, capsys)


@pytest.fixture
def operation_in() -> Any:
    """Writes the operation into a folder in place of what is there."""

    def write(root: Path, **how: str) -> None:
        shutil.rmtree(root / "tree")
        write_operation(root, **how)

    return write
