"""Every spec of tests/specs through the offline chain: some as whole staged runs, the others with all gates at once.

A staged run proves each stage red before and green after, with a commit for each. The quicker way proves, for every
other spec, that the finished tree passes all gates and that the tree before the last agent fails the last one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from op_pipeline import proc
from op_pipeline.backends.template import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, judge_red, render_gate, run_gates
from op_pipeline.models import Gate
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

SPECS = {path.stem: path for path in sorted((Path(__file__).parents[1] / "specs").glob("*.md"))}
STAGED = (
    "adam_update", "add_row", "clip", "exp", "join_columns", "lerp", "linear_relu", "many_tiles", "ragged", "rms_norm", "select", "smooth_l1",
    "softmax", "sum_w",
)  # fmt: skip
STAGES = load_flow("cpp", None).stages


def grown(spec: Spec, tree: Path, stages: range) -> Path:
    """The tree with what the template backend writes in these stages."""
    for stage in stages:
        for name, text in generate(spec, stage).items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8")
    return tree


def test_there_are_specs_enough() -> None:
    assert len(SPECS) >= 100
    assert len(set(STAGED) & set(SPECS)) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(SPECS) - set(STAGED)))
def test_all_gates_are_green_on_the_generated_tree(name: str, tmp_path: Path) -> None:
    spec = load_spec(SPECS[name])
    gates: list[Gate] = [render_gate(stage, spec, tmp_path / "gates", None) for stage in STAGES]
    tree = grown(spec, tmp_path / "tree", range(7))
    target = load_target("emulator")
    before = run_gates(
        gates[7:], spec=spec, tree=tree, target=target, out=tmp_path / "red", seed=f"red {name}", deadline=180
    )
    red = judge_red(before, gates[7])
    assert red, f"{red.code}: {red.reason}"
    after = run_gates(
        gates,
        spec=spec,
        tree=grown(spec, tree, range(7, 8)),
        target=target,
        out=tmp_path / "green",
        seed=name,
        deadline=240,
    )
    verdict = judge_green(after, gates, {7: red.ids})
    assert verdict, verdict.failures
    assert verdict.passed == sum(len(gate.tests) for gate in gates)


def git(folder: Path, *argv: str) -> str:
    done = proc.run(["git", *argv], cwd=folder, deadline=60)
    assert done.returncode == 0, done.output
    return done.output.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in STAGED if name in SPECS])
def test_a_staged_run_commits_every_stage(name: str, tmp_path: Path) -> None:
    spec = load_spec(SPECS[name])
    (tmp_path / "spec.md").write_text(SPECS[name].read_text(encoding="utf-8"), encoding="utf-8")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "spec")
    (tmp_path / "spec_notes.txt").write_text("not committed\n", encoding="utf-8")
    done = proc.run(
        [sys.executable, "-m", "op_pipeline", "run", "spec.md", "--backend", "template"], cwd=tmp_path, deadline=400
    )
    assert done.returncode == 0, done.output
    branch = f"op/{spec.operation}"
    stages = git(
        tmp_path, "log", "--reverse", "--format=%(trailers:key=Op-Pipeline-Stage,valueonly,separator=)", branch
    )
    assert [line.split()[0] for line in stages.splitlines() if line] == [str(number) for number in range(8)]
    gates = git(tmp_path, "log", "--format=%(trailers:key=Op-Pipeline-Target,valueonly,separator=)", branch, "-8")
    assert set(gates.splitlines()) == {"emulator"}
    written = git(tmp_path, "diff", "--name-only", "main", branch).splitlines()
    assert all(path.startswith((f"{spec.operation_path}/", "tests/ttnn/unit_tests/")) for path in written)
    assert git(tmp_path, "status", "--porcelain") == "?? spec_notes.txt"
    assert git(tmp_path, "rev-parse", "--abbrev-ref", "HEAD") == "main"
