"""What an audit finds nothing in, and every way in which a record can be made to lie."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from op_pipeline.cli import main
from op_pipeline.errors import ConfigError
from op_pipeline.events.chain import split
from op_pipeline.models import TestOutcome
from op_pipeline.testing import Bench, ScriptGates, git, snapshot, write_good

if TYPE_CHECKING:
    from op_pipeline.audit import Audit

Scene: TypeAlias = Any
Said: TypeAlias = "Callable[[Audit], list[str]]"
OWN = "ttnn/cpp/ttnn/operations/eltwise/toy"


def test_an_honest_run_is_the_same_again(scene: Scene) -> None:
    before = snapshot(scene.root, skip=())
    refs = git(scene.root, "for-each-ref")
    found = scene.audit(fast=False)
    assert found, found
    assert [stage.again for stage in found.stages] == [["red", "green"]] * 4
    assert scene.keeper.runs == 8
    assert not [reason for item in (*found.stages, *found.runs) for reason in item.unchecked]
    assert (snapshot(scene.root, skip=()), git(scene.root, "for-each-ref")) == (before, refs)


def test_fast_runs_no_gate(scene: Scene) -> None:
    assert scene.audit()
    assert scene.keeper.runs == 0


def replace_in(scene: Scene, event: str, old: str, new: str) -> None:
    """Edit the last line of that event."""

    def change(lines: list[str]) -> None:
        place = max(i for i, line in enumerate(lines) if f'"event":"{event}"' in line and old in line)
        lines[place] = lines[place].replace(old, new)

    scene.rewrite(change)


def forge_green(scene: Scene) -> None:
    replace_in(scene, "gate_finished", '"green":false', '"green":true')


def remove_line(scene: Scene) -> None:
    scene.rewrite(lambda lines: lines.pop(20))


def cut_tail(scene: Scene) -> None:
    scene.rewrite(lambda lines: lines.__delitem__(slice(-2, None)))


def swap_lines(scene: Scene) -> None:
    scene.rewrite(lambda lines: lines.insert(10, lines.pop(11)))


def foreign_line(scene: Scene) -> None:
    line = {"v": 1, "run": "another", "event": "run_finished", "status": "green"}
    scene.rewrite(lambda lines: lines.append(json.dumps(line)))


def unchained_line(scene: Scene) -> None:
    line = {"v": 1, "run": scene.run.id, "seq": 500, "event": "run_finished", "status": "green"}
    scene.rewrite(lambda lines: lines.append(json.dumps(line)))


def rubbish(scene: Scene) -> None:
    scene.rewrite(lambda lines: lines.insert(5, "rubbish"))


def log_of_another_run(scene: Scene) -> None:
    other = scene.run.id[:-4] + "0000"
    scene.rewrite(lambda lines: lines.__setitem__(slice(None), [x.replace(scene.run.id, other) for x in lines]))


def chained_anew(scene: Scene) -> None:
    """The failed attempt never was, and the chain fits."""
    scene.rewrite(lambda lines: lines.__setitem__(slice(None), [x for x in lines if '"failure_classified"' not in x]))
    scene.chain_anew()


def other_message(scene: Scene) -> None:
    scene.amend(message=("4/4 tests", "9/9 tests"))


def other_inputs(scene: Scene) -> None:
    scene.amend(message=("Inputs: spec=", "Inputs: spec=0"))


def trailer_dropped(scene: Scene) -> None:
    scene.amend(message=("Op-Pipeline-Gate: ", "Op-Pipeline-Gone: "))


def run_unknown(scene: Scene) -> None:
    scene.amend(message=(f"Run: {scene.run.id}", "Run: ../../elsewhere"))


def other_content(scene: Scene) -> None:
    scene.amend(lambda root: (root / OWN / "3.txt").write_text("GOOD \n"))


def outside_scope(scene: Scene) -> None:
    scene.amend(lambda root: (root / "README").write_text("changed"))


def a_link(scene: Scene) -> None:
    scene.amend(lambda root: (root / OWN / "link").symlink_to("3.txt"))


def steers_git(scene: Scene) -> None:
    scene.amend(lambda root: (root / OWN / ".gitattributes").write_text("* -text\n"))


def commit_gone(scene: Scene) -> None:
    git(scene.root, "update-ref", "refs/heads/op/toy", "op/toy~1")


def kept_file(scene: Scene, pattern: str) -> Path:
    path = next(iter(scene.run.path.glob(pattern)))
    assert isinstance(path, Path)
    return path


def recorded_spec(scene: Scene) -> None:
    path = kept_file(scene, "inputs/*/spec/spec.md")
    path.write_text(path.read_text().replace("x * 2", "x * 3"))


def recorded_template(scene: Scene) -> None:
    path = kept_file(scene, "inputs/*/stage_tests/test_api.py.j2")
    path.write_text(path.read_text().replace('text == "GOOD"', "True"))


def gate_file(scene: Scene) -> None:
    path = kept_file(scene, "gates/stage_1/test_api.py")
    path.write_text(path.read_text().replace('text == "GOOD"', "True"))


def gate_file_added(scene: Scene) -> None:
    (scene.run.path / "gates/stage_1/conftest.py").write_text("")


ATTACKS: dict[str, tuple[Callable[[Scene], None], tuple[str, ...]]] = {
    "a green forged in the log": (forge_green, ("gate_finished was edited",)),
    "a line removed": (remove_line, ("follows number 20: lines were removed",)),
    "the end removed": (cut_tail, ("state.json", "a log of")),
    "lines moved": (swap_lines, ("follows number 10: lines were removed, added or moved",)),
    "a line of another run": (foreign_line, ("is of another run, 'another'",)),
    "a line that was never written": (unchained_line, ("run_finished bears no chain",)),
    "a line that is none": (rubbish, ("line 6: no JSON object",)),
    "the log of another run": (log_of_another_run, ("run_started is of another run", "run.json run")),
    "a log that is chained anew": (chained_anew, ("chain of the log at event",)),
    "another message": (other_message, ("commit: recorded", "message of the commit", "9/9")),
    "other inputs": (other_inputs, ("message of the commit", "spec: recorded")),
    "a trailer dropped": (trailer_dropped, ("none called Gate", "gate: recorded nothing")),
    "a run that is none": (run_unknown, ("trailer Run: recorded the id of a run; found ../../elsewhere",)),
    "other content": (other_content, ("commit: recorded", "tree of the commit", "tree that was judged")),
    "a file outside the scope": (outside_scope, ("README outside it",)),
    "a link": (a_link, ("files of the commit: recorded regular files", "link")),
    "a file that steers git": (steers_git, ("files of the commit", ".gitattributes")),
    "a commit gone": (commit_gone, ("commit of stage 3", "no commit of that stage")),
    "another spec": (recorded_spec, ("spec: recorded", "(spec and gate templates)")),
    "another template": (recorded_template, ("gate 1 made again", "(spec and gate templates)")),
    "another gate": (gate_file, ("gates/stage_1 (files of the gate)",)),
    "another file beside the gate": (gate_file_added, ("gates/stage_1 (files of the gate)",)),
    "state.json edited": (lambda scene: scene.edit_json("state.json", reason="fine"), ("state.json reason",)),
    "state.json from the future": (lambda scene: scene.edit_json("state.json", seq=9999), ("up to event 9999",)),
    "state.json is none": (lambda s: (s.run.path / "state.json").write_text("x"), ("up to event None",)),
    "run.json edited": (lambda scene: scene.edit_json("run.json", operation="other"), ("run.json operation",)),
    "run_results.json edited": (
        lambda scene: scene.edit_json("run_results.json", stages=[{"stage": 1, "status": "red", "commit": ""}]),
        ("run_results.json stage 1 status",),
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_every_lie_is_named(scene: Scene, said: Said, name: str) -> None:
    attack, words = ATTACKS[name]
    attack(scene)
    found = scene.audit()
    assert not found
    differences = said(found)
    for word in words:
        assert any(word in line for line in differences), differences


class LyingGates(ScriptGates):
    """A judge for whom everything that there is passes: its record is consistent, and false."""

    def run(self, gates: Any, **more: Any) -> Any:
        run = super().run(gates, **more)
        if len(gates) == 4:
            results = tuple(item.__class__(item.test, TestOutcome.PASSED) for item in run.results)
            for item in results:
                more["emit"](_end(item.test))
            return run.__class__(**{**run.__dict__, "results": results, "exit_status": 0})
        return run


def _end(test: str) -> Any:
    from op_pipeline.events import TestFinished  # noqa: PLC0415

    return TestFinished(test=test, outcome=TestOutcome.PASSED)


def test_a_consistent_lie_is_found_by_running_the_gates_again(scene: Scene, said: Said) -> None:
    bench = Bench(scene.root, keeper=LyingGates())
    bench.play({3: [[write_good(3, "BAD")]]})
    assert bench.run(first=3)
    assert scene.audit(), "nothing is wrong with the record"
    found = scene.audit(fast=False)
    assert ["green again" in line and "3.txt says BAD" in line for line in said(found)] == [True]
    assert [bool(stage) for stage in found.stages] == [True, True, True, False]


def test_surroundings_that_changed_are_said_and_no_difference(scene: Scene) -> None:
    scene.keeper.parts = {"gates": "others"}
    found = scene.audit(fast=False)
    assert found
    assert all(any("surroundings" in reason for reason in stage.unchecked) for stage in found.stages)


def test_a_clone_with_the_logs_is_enough(scene: Scene, tmp_path: Path) -> None:
    other = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(scene.root), str(other))
    shutil.copytree(scene.run.path, other / "logs" / scene.run.id)
    shutil.move(scene.root, tmp_path / "away")
    moved = scene.__class__(other)
    found = moved.audit(fast=False)
    assert found, found
    assert [stage.again for stage in found.stages] == [["red", "green"]] * 4


def test_without_logs_it_says_so(scene: Scene) -> None:
    tip = git(scene.root, "rev-parse", "op/toy")
    shutil.rmtree(scene.run.path)
    found = scene.audit(tip)
    assert found
    assert all("is not here: nothing else can be checked" in stage.unchecked[0] for stage in found.stages)


def old(line: str) -> str:
    """A line as versions without certificates and chains wrote it."""
    data = json.loads(split(line)[0])
    for name in ("environment", "inputs", "classes", "scope", "gates", "seed"):
        data.pop(name, None)
    if data["event"] in {"red_checked", "gate_finished"}:
        data.pop("gate", None)
        data.pop("tree", None) if data["event"] == "gate_finished" else None
    return json.dumps(data)


def test_an_old_log_is_not_called_a_lie(scene: Scene, said: Said) -> None:
    scene.rewrite(lambda lines: lines.__setitem__(slice(None), [old(line) for line in lines]))
    (scene.run.path / "state.json").unlink()
    found = scene.audit(fast=False)
    # Its commits, which are not old, name chains that a log stripped of them does not have; nothing else differs.
    assert ["chain of the log at event" in line for line in said(found)] == [True] * 4
    reasons = " ".join(reason for item in (*found.stages, *found.runs) for reason in item.unchecked)
    for words in ("bear no chain", "bound to no gate", "write scope", "cannot be made again"):
        assert words in reasons


def test_a_line_that_a_killed_process_left_half_is_no_lie(scene: Scene) -> None:
    with scene.log.open("a") as file:
        file.write('{"v":1,"event":"warn')
    assert scene.audit()


def test_a_resumed_run_and_one_that_kept_its_stages(scene: Scene) -> None:
    bench = Bench(scene.root, keeper=scene.keeper)
    bench.play({3: [[write_good(3)]]})
    assert bench.run(first=3, last=3)
    found = scene.audit()
    assert found, found
    assert len({stage.run for stage in found.stages}) == 2
    assert len(found.runs) == 2


def test_a_superseded_run_is_audited_by_its_own_commits(scene: Scene) -> None:
    first = scene.run.id
    bench = Bench(scene.root, keeper=scene.keeper)
    bench.play({})
    assert bench.run(first=0)
    found = scene.audit(first)
    assert found, found
    assert "no longer has" in found.notes[0]
    assert {stage.run for stage in found.stages} == {first}


@pytest.mark.parametrize(
    ("wanted", "words"), [("no-such-thing", "neither a run"), ("main", "is no stage of an operation")]
)
def test_what_is_neither_is_refused(scene: Scene, wanted: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        scene.audit(wanted)


def test_a_commit_is_audited_with_those_before_it(scene: Scene) -> None:
    assert [stage.stage for stage in scene.audit("op/toy~2").stages] == [0, 1]


def test_the_verb(scene: Scene, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.root)
    assert main(["audit", "--fast"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[-1] == "audit: same in 4 stages; gates were not run again (--fast)"
    assert main(["audit", "nothing"]) == 2
    forge_green(scene)
    capsys.readouterr()
    assert main(["audit", "--fast", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert (data["same"], data["differences"], len(data["stages"])) == (False, 1, 4)
    assert "was edited" in data["runs"][0]["differences"][0]["found"]


@pytest.mark.parametrize("verb", ["status", "show", "logs"])
def test_reading_verbs_warn_of_lines_nobody_wrote(
    scene: Scene, verb: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(scene.root)
    assert main([verb]) == 0
    assert "warning" not in capsys.readouterr().err
    unchained_line(scene)
    assert main([verb]) == 0
    err = capsys.readouterr().err
    assert err.count("warning:") == 1
    assert "bears no chain: it was not written by op-pipeline" in err
