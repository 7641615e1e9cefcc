"""RED certificates: what they are bound to, that they survive the process, and that they are taken anew in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from op_pipeline.errors import PipelineError
from op_pipeline.gates import digest_of, environment_of
from op_pipeline.models import Certificate, FailureClass, Gate, RedCode, RunStatus
from op_pipeline.state import Workspace, fold
from op_pipeline.targets import load_target
from op_pipeline.testing import Bench, ScriptGates, git, write_good


def certificates(bench: Bench) -> dict[int, list[Certificate]]:
    """All that the run's log tells, by stage, in order."""
    found: dict[int, list[Certificate]] = {}
    for event in bench.log():
        if event.event == "red_checked":
            found.setdefault(event.stage, []).append(event.certificate)
    return found


def test_a_certificate_names_tree_gate_surroundings_ids_and_classes(bench: Bench) -> None:
    assert bench.run()
    around = digest_of(bench.keeper.environment(load_target("emulator")))
    gates = {event.stage: event.gate_digest for event in bench.seen if event.event == "stage_started"}
    for number, (known,) in certificates(bench).items():
        tree = git(bench.root, "rev-parse", f"op/toy~{4 - number}^{{tree}}")
        name = ("spec", "api", "validation", "correctness")[number]
        assert known == Certificate(
            stage=number,
            code=RedCode.RED,
            tree=tree,
            gate=gates[number],
            environment=around,
            ids=(f"stage_{number}/test_{name}.py::test_says_good",),
            classes=(FailureClass.MISSING_SYMBOL,),
        )
    greens = [event for event in bench.seen if event.event == "gate_finished" and event.purpose == "green"]
    assert [event.environment for event in greens] == [around] * 4
    assert greens[3].gates == tuple(gates[number] for number in range(4))
    assert greens[3].tree == git(bench.root, "rev-parse", "op/toy^{tree}")


def test_commits_name_the_certificate(bench: Bench) -> None:
    assert bench.run(last=0)
    text = git(bench.root, "log", "-1", "--format=%B", "op/toy")
    tree = git(bench.root, "rev-parse", "main^{tree}")
    assert f"Op-Pipeline-Red: {tree} 1 test missing_symbol" in text
    assert f"Op-Pipeline-Environment: {certificates(bench)[0][0].environment}" in text


def test_resuming_carries_certificates(bench: Bench) -> None:
    assert bench.run(last=1)
    run = Workspace(bench.root).find_run()
    before = fold(run.events()).stages[0].certificate
    assert before
    assert bench.run(run=run.id)
    assert fold(run.events()).stages[0].certificate == before
    assert len(certificates(bench)[0]) == 1, "nothing changed, so nothing is taken again"


def test_an_early_stage_is_certified_on_the_tree_before_its_agent(bench: Bench) -> None:
    bench.play({1: [[write_good(1), write_good(2)]], 2: []})
    assert bench.run(last=2)
    early, certificate = certificates(bench)[2]
    assert (early.code, certificate.code) == (RedCode.UNEXPECTED_GREEN, RedCode.RED)
    assert certificate.tree == git(bench.root, "rev-parse", "op/toy~2^{tree}")


def upgrade(bench: Bench, when: str, stage: int) -> None:
    """New surroundings from the first event of that kind in a stage on."""

    def on_event(event: Any) -> None:
        if event.event == when and event.stage == stage:
            bench.keeper.parts = {"gates": "newer"}

    bench.on_event = on_event


def test_an_upgrade_between_red_and_green_takes_red_again(bench: Bench, all_commits: list[str]) -> None:
    upgrade(bench, "attempt_started", 1)
    assert bench.run()
    assert bench.commits() == all_commits
    known = certificates(bench)
    assert [len(known[number]) for number in range(4)] == [2, 2, 1, 1]
    for number in (0, 1):
        old, new = known[number]
        assert old.environment != new.environment
        assert (old.tree, old.ids, old.code) == (new.tree, new.ids, new.code)
    assert [e.message for e in bench.seen if e.event == "warning"] == [
        "the surroundings changed: gates from scripted to newer"
    ]
    greens = [e for e in bench.seen if e.event == "gate_finished" and e.purpose == "green"]
    assert [known[e.stage][0 if e.stage == 0 else -1].environment == e.environment for e in greens] == [True] * 4


def test_an_upgrade_between_runs_takes_red_again_before_anything_is_trusted(bench: Bench) -> None:
    assert bench.run(last=1)
    tip = git(bench.root, "rev-parse", "op/toy")
    bench.keeper.parts = {"gates": "newer"}
    assert bench.run(last=1)
    purposes = [event.purpose for event in bench.seen if event.event == "gate_finished"]
    assert purposes == ["red", "red", "trust"]
    assert git(bench.root, "rev-parse", "op/toy") == tip
    assert git(bench.root, "status", "--porcelain") == ""


class Newer(ScriptGates):
    """A gatekeeper whose newer version finds nothing wrong where there is no file."""

    def red(self, run: Any, gate: Any) -> Any:
        verdict = super().red(run, gate)
        newer = self.parts["gates"] == "newer" and gate.stage == 1
        return verdict.__class__(RedCode.UNEXPECTED_GREEN, "passes now", verdict.ids) if newer else verdict


def test_a_gate_that_is_no_longer_red_proves_nothing(bench: Bench, all_commits: list[str]) -> None:
    bench.keeper = Newer()
    upgrade(bench, "attempt_started", 1)
    result = bench.run()
    assert (result.status, result.stage, result.exit_code) == (RunStatus.RED, 1, 1)
    assert "taken again in changed surroundings: passes now" in result.reason
    assert bench.commits() == all_commits[:1]


def test_a_kept_stage_whose_gate_is_no_longer_red_is_done_again(bench: Bench, all_commits: list[str]) -> None:
    bench.keeper = Newer()
    assert bench.run(last=2)
    bench.keeper.parts = {"gates": "newer"}
    result = bench.run(last=2)
    assert (result.status, result.stage) == (RunStatus.RED, 1)
    stale = [event for event in bench.seen if event.event == "stage_stale"]
    assert [event.stage for event in stale] == [1, 2]
    assert "taken again in changed surroundings, it was unexpected_green before: passes now" in stale[0].reasons[0]
    assert bench.commits() == all_commits[:1]


def test_red_that_is_taken_again_for_a_kept_stage_does_not_use_up_from(bench: Bench) -> None:
    assert bench.run()
    bench.keeper.parts = {"gates": "newer"}

    def stop(event: Any) -> None:
        if event.event == "stage_kept":
            raise KeyboardInterrupt

    bench.on_event = stop
    assert bench.run(first=2).status is RunStatus.INTERRUPTED
    bench.on_event = None
    assert bench.run(run=Workspace(bench.root).find_run().id, first=2)
    assert [event.stage for event in bench.seen if event.event == "committed"] == [2, 3]


def test_a_tree_that_is_gone_certifies_nothing(bench: Bench) -> None:
    assert bench.run(last=0)
    run = Workspace(bench.root).find_run()
    tree = git(bench.root, "rev-parse", "main^{tree}")
    text = run.events_path.read_text().replace(tree, "0" * 40)
    run.events_path.write_text(text)
    bench.keeper.parts = {"gates": "newer"}
    with pytest.raises(PipelineError, match="is gone"):
        bench.run(first=1)


def test_the_surroundings_are_what_decides_a_verdict() -> None:
    parts = environment_of(load_target("emulator"))
    assert set(parts) >= {"op-pipeline", "sources", "python", "numpy", "target", "compiler", "extension"}
    assert all(parts.values())
    assert environment_of(load_target("emulator")) == parts
    for name in parts:
        assert digest_of({**parts, name: "other"}) != digest_of(parts)


def test_a_compiler_that_is_not_there_is_part_of_the_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "/no/such/compiler")
    assert environment_of(load_target("emulator"))["compiler"] == "none"


@pytest.mark.parametrize(
    ("gate", "environment", "holds"), [("g", "e", True), ("h", "e", False), ("g", "f", False), ("", "", False)]
)
def test_a_certificate_holds_for_one_gate_in_one_place(gate: str, environment: str, holds: bool) -> None:
    known = Certificate(1, RedCode.RED, "tree", gate, environment)
    sealed = Gate(1, "x", Path(), {}, "g", "", ())
    assert known.holds_for(sealed, "e") is holds
    assert not Certificate(1, RedCode.WRONG_CLASS, "tree")
