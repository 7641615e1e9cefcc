"""The shipped gates, certified on three kinds of operation: no trivial implementation passes, and hardly a wrong one.

Each runs a part of its mutants, another one for each operation; `benchmarks/certificates.py` runs all of them.
"""

from __future__ import annotations

import pytest

from op_pipeline.certify import Status, certify
from op_pipeline.certify.models import GOAL
from op_pipeline.certify.zoo import Candidate
from op_pipeline.config import load_flow
from op_pipeline.gates import render_gate
from op_pipeline.targets import load_target

MOST = {"softsign": 20, "difference": 20, "weighted_swish": 22}


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", MOST)
def test_the_gates_fail_what_is_wrong(candidates: dict[str, Candidate], name: str) -> None:
    spec = candidates[name].spec
    base = spec.source.parent
    stages = [stage for stage in load_flow("cpp", None).stages if stage.number >= 1]
    gates = [render_gate(stage, spec, base / "gates", None) for stage in stages]
    made = certify(spec, base / "tree", gates, load_target("emulator"), most=MOST[name])
    lives = [f"{item.kind}: {item.id} ({item.change}): {item.reason}" for item in made.of(Status.SURVIVED)]
    assert not made.problems(), lives
    assert made.share >= GOAL
    assert made.counted >= MOST[name] - 2
    assert not [item for item in made.of(Status.SURVIVED, Status.STILLBORN) if item.trivial], lives
    assert sum(item.trivial for item in made.of(Status.KILLED)) >= 4
    assert not made.of(Status.STILLBORN), made.of(Status.STILLBORN)
    assert made.bound is not None
    assert made.bound.holds, made.bound
    assert made.bound.watermark_seen
    values = [test for gate in gates if gate.stage == 7 for test in gate.tests]
    assert made.bound.value_tests == len(values) > 10
