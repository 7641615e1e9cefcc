"""An attempt at a stage of a generated operation, with the tools that belong to it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.backends import Task
from op_pipeline.backends.template.backend import generate
from op_pipeline.backends.tools import Answer, Toolbox, call_tool
from op_pipeline.config import load_agent, load_flow
from op_pipeline.gates import render_gate
from op_pipeline.spec import load_spec
from op_pipeline.targets import load_target

FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"
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


@dataclass
class Desk:
    """What an agent has before it: a tree, tools, and the events its calls cause."""

    box: Toolbox
    events: list[Any] = field(default_factory=list)

    @property
    def tree(self) -> Path:
        return self.box.task.tree

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.tree / FOLDER / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    def __call__(self, tool: str, **arguments: Any) -> Answer:
        return call_tool(self.box, tool, arguments)


@pytest.fixture
def desk(tmp_path: Path) -> Callable[..., Desk]:
    """Makes a desk at a stage, with everything up to `done` written."""

    def make(stage: int, done: int, *, seconds: float = 120, gate_limit: int = 12) -> Desk:
        (tmp_path / "spec.md").write_text(SPEC, encoding="utf-8")
        spec = load_spec(tmp_path / "spec.md")
        tree = tmp_path / "tree"
        tree.mkdir()
        for number in range(done + 1):
            for name, text in generate(spec, number).items():
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                (tree / name).write_text(text, encoding="utf-8")
        stages = [item for item in load_flow("cpp", None).stages if item.number <= stage]
        gates = tuple(render_gate(item, spec, tmp_path / "gates") for item in stages)
        task = Task(
            spec=spec,
            agent=load_agent(stages[-1].agent, None),
            stage=stages[-1],
            tree=tree,
            attempt=1,
            previous=(),
            gate_description=gates[-1].description,
            out_dir=tmp_path / "attempt-1",
            deadline=time.monotonic() + seconds,
            gates=gates,
            target=load_target("emulator"),
        )
        events: list[Any] = []
        return Desk(Toolbox(task, events.append, gate_limit), events)

    return make
