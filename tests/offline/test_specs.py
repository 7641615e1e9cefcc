"""Every spec of tests/specs through the offline chain: some as whole staged runs, the others with all gates at once.

A staged run proves each stage red before and green after, with a commit for each. The quicker way proves, for every
other spec, that the finished tree passes all gates and that the tree before the last agent fails the last one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
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
    "adam_update", "add_row", "clip", "exp", "join_columns", "lerp", "linear_relu", "many_tiles", "ragged", "select", "softmax",
    "sum_w",
)  # fmt: skip
STAGES = load_flow("cpp", None).stages
# Unary functions whose operations differ in one call from others that are run; left out unless all are asked for.
ALL = "OP_PIPELINE_TEST_ALL_SPECS"
ALIKE = (
    "acos", "asin", "atan", "ceil", "cosh", "elu", "erf", "expm1", "floor", "gaussian", "hardtanh", "inverse_scale",
    "leaky_relu", "log1p", "logit", "maximum", "multiply", "neg", "power", "reciprocal", "relu", "round", "rsqrt",
    "scale_shift", "selu", "sgd_step", "sign", "silu", "sin", "sinh", "softplus", "softsign", "sqrt", "square", "subtract",
    "tanh", "threshold",
)  # fmt: skip
RUN = sorted(set(SPECS) - (set() if os.environ.get(ALL) else set(ALIKE)))
# The tree before the last agent fails gate 7 in every staged run, and in each third of the others.
RED = set(sorted(set(RUN) - set(STAGED))[:: 1 if os.environ.get(ALL) else 3])


def grown(spec: Spec, tree: Path, stages: range) -> Path:
    """The tree with what the template backend writes in these stages."""
    for stage in stages:
        for name, text in generate(spec, stage).items():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text, encoding="utf-8")
    return tree


def test_there_are_specs_enough() -> None:
    assert len(RUN) >= 100
    assert len(set(STAGED) & set(SPECS)) >= 10


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(set(RUN) - set(STAGED)))
def test_all_gates_are_green_on_the_generated_tree(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    spec = load_spec(SPECS[name])
    gates: list[Gate] = [render_gate(stage, spec, tmp_path / "gates", None) for stage in STAGES]
    tree = grown(spec, tmp_path / "tree", range(7))
    target = load_target("emulator")
    ids: dict[int, tuple[str, ...]] = {}
    if name in RED:
        before = run_gates(
            gates[7:], spec=spec, tree=tree, target=target, out=tmp_path / "red", seed=f"red {name}", deadline=180
        )
        red = judge_red(before, gates[7])
        assert red, f"{red.code}: {red.reason}"
        ids[7] = red.ids
    after = run_gates(
        gates,
        spec=spec,
        tree=grown(spec, tree, range(7, 8)),
        target=target,
        out=tmp_path / "green",
        seed=name,
        deadline=240,
    )
    verdict = judge_green(after, gates, ids)
    assert verdict, verdict.failures
    assert verdict.passed == sum(len(gate.tests) for gate in gates)
    _tell(record_property, spec, "all gates")


def _tell(record_property: Callable[[str, object], None], spec: Spec, how: str) -> None:
    """A row of the table that the suite prints at its end."""
    dtypes = "/".join(dict.fromkeys(dtype for item in spec.inputs for dtype in item.dtypes))
    row = f"{spec.category:14} {spec.operation:22} {dtypes:18} {how}"
    record_property("row", f"Specs green offline ({len(RUN)} are run)\n{row}")


def git(folder: Path, *argv: str) -> str:
    done = proc.run(["git", *argv], cwd=folder, deadline=60)
    assert done.returncode == 0, done.output
    return done.output.strip()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in STAGED if name in SPECS])
def test_a_staged_run_commits_every_stage(
    name: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
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
    _tell(record_property, spec, "eight stages, committed")
