"""A recorded run of the tiny project, replayed as it is and with something changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.cli import main
from op_pipeline.engine import Request, run_pipeline
from op_pipeline.errors import ConfigError, InfrastructureError
from op_pipeline.models import RunStatus
from op_pipeline.state import RunFolder, Workspace
from op_pipeline.testing import TOY_PATH, commit_all, git, script_file, snapshot, tiny_project
from op_pipeline.testing.gates import ScriptGates
from op_pipeline.testing.replay import Replayed, rehearse, replay
from op_pipeline.testing.scripted_api import KEY, Reply, ScriptedAPI, text, use

HIDDEN = "hidden-value-of-a-variable-0123456789"
FORGED = "sk-ant-REDACTED"
REFERENCE = "# Toys\n\n## Facts\nA toy says GOOD.\n\n## More\nNothing more is known.\n"


@dataclass
class Tape:
    """A project with a recorded run."""

    root: Path
    run: RunFolder

    def transcript(self, stage: str, attempt: int = 1) -> Path:
        return self.run.path / "stages" / stage / f"attempt-{attempt}" / "transcript.jsonl"

    def lines(self, stage: str, attempt: int = 1) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.transcript(stage, attempt).read_text().splitlines()]

    def change(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        body = path.read_text()
        assert old in body
        path.write_text(body.replace(old, new))

    def play(self, into: str = "clone") -> Replayed:
        rehearsal = rehearse(self.run, self.root, self.root.parent / into)
        request = Request(rehearsal.spec, rehearsal.workspace, backend="claude")
        return replay(rehearsal, request, lambda event: None, keeper=ScriptGates())


def turns(tree: Path) -> dict[str, list[Any]]:
    def write(number: int, content: str = "GOOD\n") -> Reply:
        return Reply([use("Write", file_path=str(tree / TOY_PATH / f"{number}.txt"), content=content)])

    done = Reply([text("done")])
    return {
        "spec": [Reply([text(f"I found {KEY} {HIDDEN} {FORGED}."), *write(0).content]), done],
        "api": [
            write(1, "BAD\n"),
            done,
            Reply([use("mcp__op__run_gate"), use("mcp__op__read_reference", section="toys.md#more")]),
            Reply([use("Read", file_path=str(tree / TOY_PATH / "1.txt"))]),
            write(1),
            done,
        ],
        "validation": [write(2), done],
        "correctness": [write(3), done],
    }


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project with its run, made once; tests work on copies."""
    pytest.importorskip("claude_agent_sdk")
    root = tiny_project(tmp_path_factory.mktemp("recorded") / "project")
    (root / "references").mkdir()
    (root / "references" / "toys.md").write_text(REFERENCE)
    beta = root / "agents" / "beta.yaml"
    beta.write_text(beta.read_text() + "  reads: [toys.md#facts]\n")
    commit_all(root, "references")
    tree = root / "logs" / "worktrees" / "toy"
    with ScriptedAPI([], stages=turns(tree)) as api, pytest.MonkeyPatch.context() as patch:
        for name, value in {**api.environment(), "SOME_API_TOKEN": HIDDEN}.items():
            patch.setenv(name, value)
        result = run_pipeline(
            Request(root / "spec.md", root, backend="claude"), lambda event: None, keeper=ScriptGates()
        )
        assert result.status is RunStatus.GREEN, result
        api.assert_clean()
    return root


@pytest.fixture
def tape(recorded: Path, tmp_path: Path) -> Tape:
    """A copy at another place: a recording does not know where it was made."""
    root = tmp_path / "elsewhere"
    shutil.copytree(recorded, root, symlinks=True)
    header = root / "logs" / "latest" / "run.json"
    header.write_text(header.read_text().replace(str(recorded), str(root)))
    git(root, "worktree", "repair", "logs/worktrees/toy")
    return Tape(root, Workspace(root).find_run())


def test_the_transcript_holds_turns_results_and_no_secret(tape: Tape, recorded: Path) -> None:
    lines = tape.lines("01-api", 2)
    kinds = [line["kind"] for line in lines if line["kind"] != "results"]
    assert kinds == ["start", "prompt", "turn", "turn", "turn", "turn", "end"]
    made = [line for line in lines if line["kind"] == "turn"]
    answers = [result for line in lines if line["kind"] == "results" for result in line["results"]]
    assert {line["v"] for line in lines} == {1}
    assert "1.txt says BAD" in lines[1]["text"]
    assert "A toy says GOOD." in lines[1]["system"]
    assert [block["name"] for block in made[0]["content"]] == ["mcp__op__run_gate", "mcp__op__read_reference"]
    assert [answer["is_error"] for answer in answers] == [False] * 4
    assert made[1]["content"][0]["input"] == {"file_path": f"@@tree@@/{TOY_PATH}/1.txt"}
    assert (made[0]["stop_reason"], made[3]["stop_reason"]) == ("tool_use", "end_turn")
    assert made[0]["usage"]["input_tokens"] == 100
    for path in (tape.run.path / "events.jsonl", *tape.run.path.glob("stages/*/attempt-*/transcript.jsonl")):
        body = path.read_text()
        assert not [
            secret
            for secret in (KEY, HIDDEN, FORGED, str(recorded))
            if secret in body and (secret != str(recorded) or path.name == "transcript.jsonl")
        ]
    assert "[redacted] [redacted] [redacted]" in tape.transcript("00-spec").read_text()


def test_a_replay_comes_to_the_same_and_touches_nothing(tape: Tape) -> None:
    before = snapshot(tape.root)
    done = tape.play()
    assert done, str(done.divergence)
    assert done.turns == done.recorded == 12
    assert done.verdicts == 9
    assert snapshot(tape.root) == before
    assert done.result is not None
    assert done.result.status is RunStatus.GREEN
    trees = [git(place, "rev-parse", "op/toy^{tree}") for place in (tape.root, done.workspace)]
    assert trees[0] == trees[1]
    events: list[Any] = RunFolder(done.result.folder).events()
    finished = [event for event in events if event.event == "attempt_finished"]
    assert [event.dollars for event in finished] == [0.0] * 5


CHANGES = {
    "a reference in the prompt": (
        ("references/toys.md", "A toy says GOOD.", "A toy is silent."),
        "stage api, attempt 1, turn 1: the system prompt differs: 'A toy says GOOD.' is gone",
        2,
    ),
    "a reference that a tool reads": (
        ("references/toys.md", "Nothing more is known.", "Much more is known."),
        "stage api, attempt 2, turn 2: the result of a tool differs: line 2 was 'Nothing more is known.', is 'Much more",
        5,
    ),
    "a stricter gate": (
        ("stage_tests/test_api.py.j2", 'text == "GOOD"', 'text == "BETTER"'),
        "stage 1 api, attempt 2: the green gate run was green, is not green; failing: stage_1/test_api.py::test_says_good",
        8,
    ),
    "a gate with another class": (
        ("stage_tests/test_api.py.j2", "NUMERICAL_MISMATCH", "PROTOCOL_ERROR"),
        "stage 1 api, attempt 1: the failure was numerical_mismatch, is protocol_error: '1.txt says BAD'",
        4,
    ),
    "a gate that is red for another reason": (
        ("stage_tests/test_api.py.j2", "MISSING_SYMBOL", "OUT_OF_MEMORY"),
        "stage 1 api: the gate before the attempt was red, is wrong_class",
        2,
    ),
    "a gate that asks for less": (
        ("stage_tests/test_api.py.j2", 'text == "GOOD"', 'text in ("GOOD", "BAD")'),
        "stage 1 api, attempt 1: the green gate run was not green, is green",
        4,
    ),
    "a model that says something else": (
        ("logs/latest/stages/02-validation/attempt-1/transcript.jsonl", '"GOOD\\n"', '"GREAT\\n"'),
        "stage 2 validation, attempt 1: the turn left another tree, with the same files changed",
        10,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_first_difference_is_named(tape: Tape, name: str) -> None:
    change, expected, served = CHANGES[name]
    tape.change(*change)
    done = tape.play()
    assert not done
    assert str(done.divergence).startswith(expected), str(done.divergence)
    assert done.turns == served, "nothing is played after the difference"


def test_a_turn_that_is_missing_is_named(tape: Tape) -> None:
    path = tape.transcript("03-correctness")
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if '"end_turn"' not in line))
    assert "stage correctness, attempt 1, turn 2: the model is asked for a turn that was not recorded" in str(
        tape.play().divergence
    )


def test_a_run_of_a_later_base_starts_from_that_base(tape: Tape) -> None:
    """A run that went on after stages that were green already."""
    script = script_file(tape.root.parent / "script.json")
    again = Request(tape.root / "spec.md", tape.root, backend=f"scripted:{script}", first=3)
    assert run_pipeline(again, lambda event: None, keeper=ScriptGates())
    with pytest.raises(ConfigError, match="no recorded model turns") as error:
        rehearse(Workspace(tape.root).find_run(), tape.root, tape.root.parent / "other")
    assert "claude" in error.value.hint
    assert tape.play(), "the branch has moved on; the recording starts where it started"


def test_a_spec_that_is_gone_is_an_error(tape: Tape) -> None:
    tape.change("spec.md", "Twice the input.", "Thrice the input.")
    commit_all(tape.root, "another spec")
    found = rehearse(tape.run, tape.root, tape.root.parent / "first")
    assert "Twice" in found.spec.read_text(), "it is looked for in the commit the run started from"
    with pytest.raises(InfrastructureError, match="it exists"):
        rehearse(tape.run, tape.root, tape.root.parent / "first")
    header = tape.run.path / "run.json"
    header.write_text(header.read_text().replace('"spec_digest": "', '"spec_digest": "0'))
    with pytest.raises(ConfigError, match="no longer the spec"):
        rehearse(tape.run, tape.root, tape.root.parent / "second")


@pytest.fixture
def pipeline(tape: Tape, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    monkeypatch.chdir(tape.root)

    def call(*words: str) -> tuple[int, str]:
        code = main(list(words))
        return code, capsys.readouterr().out

    return call


@pytest.mark.slow
def test_the_verb(tape: Tape, pipeline: Callable[..., Any]) -> None:
    code, said = pipeline("replay", tape.run.id, "--json")
    data = json.loads(said.splitlines()[-1])
    assert code == 0, said
    assert (data["same"], data["turns"], data["divergence"], data["modelled_seconds"]) == (True, 12, None, 120.0)
    assert Path(data["workspace"]).is_relative_to(tape.root / "logs" / "replays")
    tape.change("references/toys.md", "A toy says GOOD.", "A toy is silent.")
    code, said = pipeline("replay", tape.run.id, "--into", str(tape.root.parent / "mine"))
    assert code == 1
    assert said.startswith("first difference: stage api, attempt 1, turn 1: the system prompt differs")
    assert "; at 10 s a turn a model would have taken 20.0s, " in said
    assert pipeline("replay", "nothing")[0] == 2


def test_subagents_are_replayed_too(tmp_path: Path, scripted_api: Callable[..., ScriptedAPI]) -> None:
    root = tiny_project(tmp_path / "project", stages=((0, "spec", "alpha"),))
    alpha = root / "agents" / "alpha.yaml"
    alpha.write_text(alpha.read_text() + "tools: [Read, Write, Agent]\n")
    helper = (
        "name: helper\ndescription: Helps.\nprompt: Help.\ntools: [Read]\npipeline:\n  edits: ['{operation_path}/**']\n"
    )
    (root / "agents" / "helper.yaml").write_text(helper)
    commit_all(root, "agents")
    tree = root / "logs" / "worktrees" / "toy"
    delegate = use("Agent", subagent_type="helper", prompt="look", description="look")
    write = use("Write", file_path=str(tree / TOY_PATH / "0.txt"), content="GOOD\n")
    look = [Reply([use("Read", file_path=str(tree / "README"))]), Reply([text("I looked.")])]
    scripted_api([Reply([delegate]), Reply([write]), Reply([text("done")])], subagents=[look])
    request = Request(root / "spec.md", root, backend="claude")
    assert run_pipeline(request, lambda event: None, keeper=ScriptGates())
    done = Tape(root, Workspace(root).find_run()).play()
    assert done, str(done.divergence)
    assert done.turns == done.recorded == 5
