"""Operations as the offline backend writes them, and one written in another hand, for mutations to work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.certify.zoo import Candidate, read_candidate
from op_pipeline.spec import Spec, load_spec

SPEC = """---
operation: {name}
category: eltwise
flow: cpp
inputs:
{inputs}
{parameters}output: {{shape: {first}.shape, dtype: {first}.dtype, layout: tile}}
formula: {formula}
shapes: {shapes}
---
# {name}
"""
INPUT = "  - {{name: {}, dtypes: [bfloat16, float32], layout: tile, memory: dram_interleaved, rank: [2, 4]}}"
CASES = ("[1, 1, 32, 32]", "[2, 1, 96, 64]", "[40, 50]")
WEIGHT = "parameters:\n  - {name: weight, type: float, default: 1.0, range: [0.1, 4.0], description: weight}\n"


def write_spec(folder: Path, name: str, names: list[str], formula: str, parameters: str = "") -> Spec:
    """A spec with three cases: one tile, several, padding."""
    cases = CASES if len(names) == 1 else [f"[{', '.join([case] * len(names))}]" for case in CASES]
    text = SPEC.format(
        name=name, inputs="\n".join(INPUT.format(item) for item in names), parameters=parameters, first=names[0],
        formula=formula, shapes=f"[{', '.join(cases)}]",
    )  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "spec.md").write_text(text, encoding="utf-8")
    return load_spec(folder / "spec.md")


def write_operation(spec: Spec, tree: Path) -> Path:
    """The complete operation, as the offline backend writes it."""
    for stage in range(8):
        for path, text in generate(spec, stage).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")
    return tree


OPERATIONS: dict[str, tuple[list[str], str, str]] = {
    "softsign": (["x"], "x / (1 + abs(x))", ""),
    "difference": (["a", "b"], "a - 0.5 * b", ""),
    "weighted_swish": (["x"], "x * sigmoid(weight * x)", WEIGHT),
}


@pytest.fixture(scope="session")
def candidates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Candidate]:
    """One candidate of each kind: unary, binary, with a parameter."""
    found = {}
    for name, (names, formula, parameters) in OPERATIONS.items():
        base = tmp_path_factory.mktemp(name)
        spec = write_spec(base, name, names, formula, parameters)
        found[name] = read_candidate(spec, write_operation(spec, base / "tree"))
    return found
