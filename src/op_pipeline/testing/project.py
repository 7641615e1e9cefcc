"""A project small enough to run in a second: an operation `toy` whose four stages each want one file to say GOOD.

Stage 0 belongs to agent alpha, 1 and 2 to beta, 3 to gamma. What a file says decides how its gate fails: absent is
missing_symbol, BUILD is build_error (cheap), HANG hangs, LITTER passes but writes into the tree, else
numerical_mismatch (hard). A stage's file may also be satisfied by an earlier stage.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from op_pipeline.testing.trees import build_file_tree, init_repository

TOY_PATH = "ttnn/cpp/ttnn/operations/eltwise/toy"
GOOD = "GOOD\n"
STAGES = ((0, "spec", "alpha"), (1, "api", "beta"), (2, "validation", "beta"), (3, "correctness", "gamma"))

_SPEC = """\
    ---
    operation: toy
    category: eltwise
    flow: tiny
    inputs: [{name: x, dtypes: [bfloat16]}]
    output: {shape: x.shape, dtype: x.dtype}
    formula: x * 2
    shapes: [[1, 1, 32, 32], [1, 1, 64, 96], [2, 3, 128, 64], [1, 1, 320, 32]]
    ---
    # toy
    Twice the input.
    """
_AGENT = """\
    name: {name}
    description: Writes {name}'s files.
    prompt: Write the files of {{{{ operation }}}}.
    pipeline:
      edits: ["{{operation_path}}/**", "tests/{{operation}}/*.txt"]
    """
_GATE = '''\
    """Stage {{ stage }}: its file says GOOD."""

    import time

    from op_pipeline.gates.kit import require
    from op_pipeline.models import FailureClass


    def test_says_good(tree):
        """The file of stage {{ stage }} says GOOD."""
        path = tree / "{{ operation_path }}" / "{{ stage }}.txt"
        require(path.is_file(), FailureClass.MISSING_SYMBOL, "no file {{ stage }}.txt")
        text = path.read_text().strip()
        if text == "HANG":
            time.sleep(60)
        if text == "LITTER":
            (tree / "litter.txt").write_text("left behind")
            return
        require(text != "BUILD", FailureClass.BUILD_ERROR, "{{ stage }}.txt does not build")
        require(text == "GOOD", FailureClass.NUMERICAL_MISMATCH, "{{ stage }}.txt says " + text)
    '''


def tiny_project(root: Path, *, stages: Sequence[tuple[int, str, str]] = STAGES, **budget: float) -> Path:
    """Write the project and commit it. `budget` are further keys of every stage (max_hard, gate_deadline, …)."""
    root.mkdir(parents=True, exist_ok=True)
    flow: list[dict[str, Any]] = [
        {
            "number": number,
            "name": name,
            "agent": agent,
            "gate": f"test_{name}.py.j2",
            "red": ["missing_symbol"],
            "goal": f"{number}.txt says GOOD",
            "gate_deadline": 20,
            **budget,
        }
        for number, name, agent in stages
    ]
    files = {"spec.md": _SPEC, "README": "A project.\n", ".gitignore": "*.log\nbuild/\n"}
    files |= {f"agents/{agent}.yaml": _AGENT.format(name=agent) for _, _, agent in stages}
    # JSON is YAML
    files["agents/flows/tiny.yaml"] = json.dumps({"name": "tiny", "stages": flow}, indent=1)
    files |= {f"stage_tests/test_{name}.py.j2": _GATE for _, name, _ in stages}
    build_file_tree(root, files)
    return init_repository(root)


def write_good(number: int, text: str = GOOD) -> dict[str, str]:
    """The edit that turns a stage green, or whatever `text` does."""
    return {"write": f"{TOY_PATH}/{number}.txt", "text": text}


def script_file(path: Path, stages: Mapping[int, Any] | None = None) -> Path:
    """A file for `--backend scripted:FILE`; without stages, every stage turns green at its first attempt."""
    content = stages if stages is not None else {number: [[write_good(number)]] for number, _, _ in STAGES}
    path.write_text(json.dumps({"stages": {str(key): value for key, value in content.items()}}), encoding="utf-8")
    return path
