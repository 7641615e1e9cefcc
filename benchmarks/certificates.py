"""What the shipped gates let pass: every mutant of three kinds of operation, all gates run on each, by level and class.

`python benchmarks/certificates.py [MOST]` in an environment where op-pipeline is installed; MOST is how many mutants
of each operation are run (default: all).
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from op_pipeline.backends.template.backend import generate
from op_pipeline.certify import Certificate, Level, Status, certify
from op_pipeline.config import load_flow
from op_pipeline.gates import render_gate
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

INPUT = "  - {{name: {}, dtypes: [bfloat16, float32], layout: tile, memory: dram_interleaved, rank: [2, 4]}}\n"
SPEC = """---
operation: {name}
category: eltwise
flow: cpp
inputs:
{inputs}{parameters}output: {{shape: {first}.shape, dtype: {first}.dtype, layout: tile}}
formula: {formula}
shapes: [{shapes}]
---
# {name}
"""
SHAPES = ("[1, 1, 32, 32]", "[2, 3, 128, 64]", "[40, 50]")
WEIGHT = "parameters:\n  - {name: weight, type: float, default: 1.0, range: [0.1, 4.0]}\n"
OPERATIONS = {
    "softsign": ("x", "x / (1 + abs(x))", ""),
    "difference": ("ab", "a - 0.5 * b", ""),
    "weighted": ("abc", "a + weight * b / (2 + abs(c))", WEIGHT),
}


def certificate(folder: Path, name: str, most: int) -> Certificate:
    """Of the operation as the offline backend writes it."""
    names, formula, parameters = OPERATIONS[name]
    shapes = SHAPES if len(names) == 1 else [f"[{', '.join([shape] * len(names))}]" for shape in SHAPES]
    inputs = "".join(INPUT.format(item) for item in names)
    text = SPEC.format(
        name=name, inputs=inputs, parameters=parameters, first=names[0], formula=formula, shapes=", ".join(shapes)
    )
    (folder / "spec.md").write_text(text, encoding="utf-8")
    spec = load_spec(folder / "spec.md")
    grow(spec, folder / "tree")
    return certified(spec, folder, most)


def grow(spec: Spec, tree: Path) -> None:
    """Write the operation as the offline backend does."""
    for stage in range(8):
        for path, content in generate(spec, stage).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(content, encoding="utf-8")


def certified(spec: Spec, folder: Path, most: int) -> Certificate:
    """Of the operation in `folder`/tree."""
    stages = [stage for stage in load_flow("cpp", None).stages if stage.number >= 1]
    gates = [render_gate(stage, spec, folder / "gates", None) for stage in stages]
    return certify(spec, folder / "tree", gates, load_target("emulator"), most=most)


def show(made: Certificate) -> None:
    """One operation: shares by level, and what lives."""
    print(f"{made.operation}: {made.share:.1%} of {made.counted} killed in {made.seconds:.0f} s")
    for level in Level:
        counts = Counter(item.status for item in made.mutants if item.level is level)
        print(f"  {level:10}", ", ".join(f"{counts[status]} {status}" for status in Status if counts[status]))
    for item in made.of(Status.SURVIVED, Status.STILLBORN):
        print(f"  {item.status}{' (excused)' if item.excused else ''}: {item.kind}: {item.id}: {item.reason}")


def main() -> int:
    """Print all certificates; 1 when one does not hold."""
    most = int(sys.argv[1]) if len(sys.argv) > 1 else sys.maxsize
    made = []
    for name in OPERATIONS:
        with tempfile.TemporaryDirectory() as folder:
            made.append(certificate(Path(folder), name, most))
            show(made[-1])
    killed, counted = (
        sum(numbers) for numbers in zip(*((len(c.of(Status.KILLED)), c.counted) for c in made), strict=True)
    )
    trivial = sum(item.trivial for c in made for item in c.of(Status.SURVIVED))
    print(f"all: {killed} of {counted} killed ({killed / counted:.1%}), {trivial} trivial ones live")
    return 1 if any(c.problems() for c in made) else 0


if __name__ == "__main__":
    sys.exit(main())
