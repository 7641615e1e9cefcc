"""Agent files: the shipped ones, overriding them, extending them, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.config import agent_scope, load_agent, load_agents, load_flow, read_agent, render_prompt
from op_pipeline.config.agents import scope_problem
from op_pipeline.errors import ConfigError
from op_pipeline.spec import Spec, load_spec

ROOT = Path(__file__).resolve().parents[2]
GOOD = """\
name: helper
description: Helps.
prompt: |
  You build {{ operation }}.
pipeline:
  edits: ["{operation_path}/**"]
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "agents").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def swish() -> Spec:
    return load_spec(ROOT / "examples/swish/spec.md")


def put(project: Path, text: str, name: str = "helper") -> Path:
    path = project / "agents" / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_agents_load_and_are_complete() -> None:
    agents = {agent.name: agent for agent in load_agents(None)}
    assert set(agents) == {
        "planner",
        "scaffolder",
        "factory-builder",
        "kernel-writer",
        "generic-op-builder",
        "debugger",
    }
    for agent in agents.values():
        assert agent.pipeline.reads, agent.name
        assert "Bash" not in agent.tools, "gates are run by the program"
        assert len(agent.prompt) > 1500


def test_every_stage_of_the_cpp_flow_has_an_agent_that_may_write(swish: Spec) -> None:
    scopes = {stage.agent: agent_scope(load_agent(stage.agent, None), swish) for stage in load_flow("cpp", None).stages}
    assert scopes["planner"] == ("ttnn/cpp/ttnn/operations/eltwise/swish/swish_design.md",)
    assert "ttnn/cpp/ttnn/operations/eltwise/swish/device/**" in scopes["factory-builder"]
    assert "tests/ttnn/unit_tests/operations/eltwise/test_swish.py" in scopes["scaffolder"]
    assert all("{" not in glob for globs in scopes.values() for glob in globs)


@pytest.mark.parametrize(
    "name", ["planner", "scaffolder", "factory-builder", "kernel-writer", "generic-op-builder", "debugger"]
)
def test_prompts_speak_of_the_operation_and_of_no_gone_api(name: str, swish: Spec) -> None:
    prompt = render_prompt(load_agent(name, None), swish)
    assert "`swish`" in prompt
    assert "{{" not in prompt
    for gone in ("NAMESPACE", "acquire_dst", "pkill", "shared_variables_t", "pybind11", "CreateKernel"):
        assert gone not in prompt


def test_a_project_file_hides_the_shipped_one(project: Path) -> None:
    shipped = load_agent("planner", None)
    put(project, GOOD.replace("helper", "planner"), "planner")
    own = load_agent("planner", project)
    assert (own.prompt, own.source) == ("You build {{ operation }}.\n", project / "agents/planner.yaml")
    assert own.digest != shipped.digest
    assert load_agent("scaffolder", project).source == load_agent("scaffolder", None).source


def test_defaults_and_digest(project: Path) -> None:
    path = put(project, GOOD)
    agent = load_agent("helper", project)
    assert (agent.max_turns, agent.model, agent.pipeline.timeout, agent.pipeline.budget_usd) == (
        60,
        "inherit",
        900,
        5.0,
    )
    put(project, GOOD.replace("Helps", "Works"))
    assert read_agent(path, project).digest != agent.digest


def test_a_prompt_file_counts_for_the_digest(project: Path) -> None:
    text = GOOD.replace("prompt: |\n  You build {{ operation }}.\n", "prompt_file: helper.md\n")
    path = put(project, text)
    (project / "agents/helper.md").write_text("One {{ pascal }}")
    first = read_agent(path, project)
    (project / "agents/helper.md").write_text("Two {{ pascal }}")
    second = read_agent(path, project)
    assert (first.prompt, second.prompt) == ("One {{ pascal }}", "Two {{ pascal }}")
    assert first.digest != second.digest


def test_extends_fills_what_is_left_out(project: Path) -> None:
    put(project, GOOD + "  budgetUsd: 9\nmodel: opus\n", "base")
    put(project, GOOD.replace("name: helper", "name: base") + "  budgetUsd: 9\nmodel: opus\n", "base")
    put(project, "name: helper\nextends: base.yaml\ndescription: Mine.\npipeline:\n  timeout: 60\n")
    agent = load_agent("helper", project)
    assert (agent.description, agent.model, agent.prompt) == ("Mine.", "opus", "You build {{ operation }}.\n")
    assert (agent.pipeline.budget_usd, agent.pipeline.timeout, agent.pipeline.edits) == (
        9,
        60,
        ("{operation_path}/**",),
    )


def test_extends_may_replace_an_inline_prompt_by_a_file(project: Path) -> None:
    put(project, GOOD.replace("name: helper", "name: base"), "base")
    (project / "agents/own.md").write_text("Own.")
    put(project, "name: helper\nextends: base.yaml\nprompt_file: own.md\n")
    assert load_agent("helper", project).prompt == "Own."


def test_a_project_agent_may_extend_the_shipped_one_it_hides(project: Path) -> None:
    put(project, "name: planner\nextends: scaffolder.yaml\nmodel: haiku\n", "planner")
    agent = load_agent("planner", project)
    assert agent.model == "haiku"
    assert agent.prompt == load_agent("scaffolder", None).prompt


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("name: helper", "name: other", ["agents/helper.yaml:1: name: 'other' stands in the file of 'helper'"]),
        ("name: helper", "name: Helper", ["agents/helper.yaml:1: name: 'Helper' does not match ^[a-z][a-z0-9-]*$"]),
        ("description: Helps.", "descripton: Helps.", ["agents/helper.yaml:1: description: required key is missing", "agents/helper.yaml:2: descripton: unknown key (did you mean 'description'?)"]),
        ("description: Helps.", "description: Helps.\nmax_turns: 3", ["agents/helper.yaml:3: max_turns: unknown key (did you mean 'maxTurns'?)"]),
        ("description: Helps.", "description: Helps.\nmaxturns: 3", ["agents/helper.yaml:3: maxturns: unknown key (did you mean 'maxTurns'?)"]),
        ("description: Helps.", "description: Helps.\neffort: hgih", ["agents/helper.yaml:3: effort: 'hgih' is not one of low, medium, high, xhigh, max (did you mean 'high'?)"]),
        ("{{ operation }}", "{{ opration }}", ["agents/helper.yaml:3: prompt: the prompt uses unknown 'opration' (did you mean 'operation'?)"]),
        ("{{ operation }}", "{% if %}", ["agents/helper.yaml:3: prompt: line 1 of the prompt: Expected an expression, got 'end of statement block'"]),
        ("  You build {{ operation }}.", "  ", ["agents/helper.yaml:3: prompt: the prompt is empty"]),
        ("prompt: |", "prompt_file: none.md\nprompt: |", ["agents/helper.yaml:1: give exactly one of prompt and prompt_file"]),
        ("{operation_path}/**", "{op_path}/**", ["agents/helper.yaml:6: pipeline.edits.0: unknown placeholder in '{op_path}/**' (did you mean 'operation_path'?); known: operation_path, operation, category"]),
        ("{operation_path}/**", "../**", ["agents/helper.yaml:6: pipeline.edits.0: '../**' must be a plain path relative to the work tree"]),
        ("{operation_path}/**", "**", ["agents/helper.yaml:6: pipeline.edits.0: '**' would reach '**'; name the operation's own folders"]),
        ('edits: ["{operation_path}/**"]', "edits: []", ["agents/helper.yaml:6: pipeline.edits: tuple should have at least 1 item after validation, not 0"]),
        ("pipeline:\n", "pipeline:\n  reads: [kernels.md#raeder]\n", ["agents/helper.yaml:6: pipeline.reads.0: reference 'kernels.md' has no section 'raeder' (did you mean 'reader'?)"]),
        ("pipeline:\n", "pipeline:\n  reads: [none.md]\n", ["agents/helper.yaml:6: pipeline.reads.0: no file 'none.md' among references"]),
        ("pipeline:\n", "pipeline:\n  budgetUsd: 0\n", ["agents/helper.yaml:6: pipeline.budgetUsd: input should be greater than 0"]),
        ("name: helper", "name: helper\nextends: none.yaml", ["agents/helper.yaml:2: extends: no file 'none.yaml' among agents"]),
        ("name: helper", "name: helper\nextends: helper.yaml", ["agents/helper.yaml:2: extends: 'helper.yaml' must be another file that extends nothing"]),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_line_and_guess(project: Path, old: str, new: str, expected: list[str]) -> None:
    assert old in GOOD
    path = put(project, GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        read_agent(path, project)
    assert [str(problem) for problem in caught.value.problems] == expected


def test_mistakes_of_all_files_come_at_once(project: Path) -> None:
    put(project, GOOD.replace("description", "descripton"))
    put(project, GOOD.replace("name: helper", "name: second").replace("edits", "edist"), "second")
    with pytest.raises(ConfigError) as caught:
        load_agents(project)
    assert {problem.file for problem in caught.value.problems} == {"agents/helper.yaml", "agents/second.yaml"}


def test_an_unknown_agent_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"no agent 'planer' \(did you mean 'planner'\?\)"):
        load_agent("planer", None)


@pytest.mark.parametrize(
    "glob",
    [
        "/etc/**",
        "a//b",
        "a/../b",
        ".git/hooks/*",
        "stage_tests/**",
        "agents/x.yaml",
        "logs/*",
        "*",
        "**/x.cpp",
        "{x",
        "a\\b",
    ],
)
def test_scopes_that_reach_too_far(glob: str) -> None:
    assert scope_problem(glob)


@pytest.mark.parametrize("glob", ["{operation_path}/**", "tests/{category}/test_{operation}.py", "ttnn/cpp/x.hpp"])
def test_scopes_that_are_fine(glob: str) -> None:
    assert scope_problem(glob) == ""
