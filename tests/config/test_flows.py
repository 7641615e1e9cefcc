"""Flows: the shipped ones fit the stage tests and agents, and wrong ones are named by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.config import check_flow, flow_names, load_flow, read_flow
from op_pipeline.errors import ConfigError
from op_pipeline.models import FailureClass

GOOD = """\
name: tiny
stages:
  - {number: 0, name: spec, agent: planner, gate: test_a.py.j2, red: [contract_incomplete], goal: Plan.}
  - {number: 1, name: api, agent: scaffolder, gate: test_b.py.j2, red: [missing_symbol], goal: Build.}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "agents/flows").mkdir(parents=True)
    (tmp_path / "stage_tests").mkdir()
    for name in ("test_a.py.j2", "test_b.py.j2"):
        (tmp_path / "stage_tests" / name).write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(project: Path, text: str) -> None:
    (project / "agents/flows/tiny.yaml").write_text(text, encoding="utf-8")


def test_the_cpp_flow_is_the_eight_stages() -> None:
    flow = load_flow("cpp", None)
    assert [(s.number, s.name, s.agent) for s in flow.stages] == [
        (0, "spec", "planner"),
        (1, "api", "scaffolder"),
        (2, "validation", "scaffolder"),
        (3, "registration", "scaffolder"),
        (4, "device_operation", "factory-builder"),
        (5, "program_factory", "factory-builder"),
        (6, "kernel_compilation", "factory-builder"),
        (7, "correctness", "kernel-writer"),
    ]
    assert flow.stage(6).red[:2] == (FailureClass.COMPILE_ERROR, FailureClass.NOT_IMPLEMENTED)
    assert all(s.gate == f"test_stage{s.number}_{s.name}.py.j2" for s in flow.stages)
    assert (flow.stage(0).max_hard, flow.stage(0).max_cheap) == (6, 10)


def test_everything_the_shipped_flow_names_is_there() -> None:
    assert check_flow(load_flow("cpp", None), None) == ()


def test_the_shipped_flows_are_available() -> None:
    assert set(flow_names(None)) == {"cpp", "generic-op"}
    assert [stage.number for stage in load_flow("generic-op", None).stages] == list(range(8))


def test_a_flow_that_is_not_available_says_why(project: Path) -> None:
    put(project, GOOD.replace("stages:", "available: false\nreason: not yet\nstages:", 1))
    assert not read_flow("tiny", project).available
    with pytest.raises(ConfigError, match=r"flow 'tiny' is not available: not yet") as caught:
        load_flow("tiny", project)
    assert caught.value.hint == "available: cpp, generic-op"


def test_a_project_has_flows_of_its_own(project: Path) -> None:
    put(project, GOOD)
    flow = load_flow("tiny", project)
    assert [stage.name for stage in flow.stages] == ["spec", "api"]
    assert flow.source == project / "agents/flows/tiny.yaml"
    assert check_flow(flow, project) == ()
    assert "tiny" in flow_names(project)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: tiny", "name: huge", ["agents/flows/tiny.yaml:1: name: 'huge' stands in the file of 'tiny'"]),
        ("number: 1", "number: 2", ["agents/flows/tiny.yaml:4: stages.1.number: 2 stands where 1 is due"]),
        ("name: api", "name: spec", ["agents/flows/tiny.yaml:4: stages.1.name: 'spec' is already the name of stage 0"]),
        ("[missing_symbol]", "[missing_symbl]", ["agents/flows/tiny.yaml:4: stages.1.red.0: 'missing_symbl' is not one of"]),
        ("[missing_symbol]", "[]", ["agents/flows/tiny.yaml:4: stages.1.red: tuple should have at least 1 item"]),
        ("goal: Build.", "gaol: Build.", ["agents/flows/tiny.yaml:4: stages.1.goal: required key is missing", "agents/flows/tiny.yaml:4: stages.1.gaol: unknown key (did you mean 'goal'?)"]),
        ("goal: Build.", "goal: Build., max_hrd: 3", ["agents/flows/tiny.yaml:4: stages.1.max_hrd: unknown key (did you mean 'max_hard'?)"]),
        ("goal: Build.", "goal: Build., max_hard: 0", ["agents/flows/tiny.yaml:4: stages.1.max_hard: input should be greater than or equal to 1"]),
        ("gate: test_b.py.j2", "gate: test_b.py", ["agents/flows/tiny.yaml:4: stages.1.gate: 'test_b.py' does not match"]),
        ("name: tiny", "name: tiny\navailable: false", ["agents/flows/tiny.yaml:2: available: a flow that is not available needs a reason"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_line_and_guess(project: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    put(project, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_flow("tiny", project)
    found = [str(problem) for problem in caught.value.problems]
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_missing_agents_and_templates_are_found_before_a_run(project: Path) -> None:
    put(project, GOOD.replace("agent: scaffolder", "agent: scafolder").replace("test_b", "test_c"))
    assert [str(problem) for problem in check_flow(load_flow("tiny", project), project)] == [
        "agents/flows/tiny.yaml:4: stages.1.agent: no agent 'scafolder' (did you mean 'scaffolder'?)",
        "agents/flows/tiny.yaml:4: stages.1.gate: no file 'test_c.py.j2' among stage_tests",
    ]


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no flow 'ccp' \(did you mean 'cpp'\?\)"):
        load_flow("ccp", None)
    with pytest.raises(ConfigError, match="flow 'cpp' has no stage 8"):
        load_flow("cpp", None).stage(8)
