"""check, init, schema and agents, as a user types them."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.spec import load_spec

Pipeline = Callable[..., "tuple[int, str, str]"]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def swish(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "examples/swish/spec.md", tmp_path / "spec.md"))


def test_check_says_what_it_read(pipeline: Pipeline, swish: Path) -> None:
    code, out, err = pipeline("check", "spec.md")
    assert (code, err) == (0, "")
    first, *margins = out.splitlines()
    assert first == "spec.md: ok: ttnn.swish(x, beta=1.0, *, memory_config), flow cpp, 5 shapes"
    assert [line.partition(";")[0] for line in margins] == [
        "  bfloat16: pcc ≥ 0.999 and relative L2 < 0.02",
        "  float32: pcc ≥ 0.99999 and relative L2 < 0.0001",
    ]
    assert "needs a 32-bit DST" in margins[1]
    assert pipeline("check") == (code, out, err)


def test_check_refuses_a_tolerance_that_cannot_be_met(pipeline: Pipeline, swish: Path) -> None:
    swish.write_text(swish.read_text().replace("rel_l2: 0.02", "rel_l2: 0.0002"))
    code, _, err = pipeline("check")
    assert code == 2
    assert err.startswith("spec.md:21: tolerance: the tolerance for bfloat16 (pcc ≥ 0.999 and relative L2 < 0.0002)")
    assert "rel_l2: 0.003} could be met" in err


def test_check_names_all_problems_of_all_specs(pipeline: Pipeline, swish: Path, tmp_path: Path) -> None:
    text = swish.read_text()
    swish.write_text(text.replace("category", "categori"))
    (tmp_path / "other.md").write_text(text.replace("sigmoid(beta", "sigmod(beta"))
    code, out, err = pipeline("check", "spec.md", "other.md")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "spec.md:2: category: required key is missing",
        "spec.md:3: categori: unknown key (did you mean 'category'?)",
        "other.md:20: formula: column 5: unknown function 'sigmod' (did you mean 'sigmoid'?)",
        "error: 3 problems",
    ]


def test_check_in_json(pipeline: Pipeline, swish: Path) -> None:
    code, out, _ = pipeline("check", "--json")
    assert (code, json.loads(out)["ok"]) == (0, True)
    swish.write_text("only prose")
    code, out, _ = pipeline("check", "--json")
    assert code == 2
    assert json.loads(out)["error"]["problems"] == [
        {
            "file": "spec.md",
            "line": 1,
            "path": "",
            "message": "no contract: the file does not begin with a line `---`; missing: operation, category, inputs, output, shapes, formula or golden",
        }
    ]


def test_check_of_nothing(pipeline: Pipeline) -> None:
    code, _, err = pipeline("check")
    assert code == 2
    assert err == "spec.md: no such file\nerror: 1 problem\nhint: `pipeline init` makes a workspace with an example\n"


def test_warnings_stop_only_the_strict(pipeline: Pipeline, swish: Path) -> None:
    swish.write_text(swish.read_text().replace("x * sigmoid(beta * x)", "log(x) * beta"))
    code, out, err = pipeline("check")
    assert code == 0
    assert out.startswith("spec.md: ok")
    assert err.startswith("warning: spec.md:20: formula: not finite for x = ")
    assert pipeline("check", "--strict")[0] == 2


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        ("ccp", "spec.md: flow: no flow 'ccp' (did you mean 'cpp'?)"),
        ("generic-operation", "no flow 'generic-operation'"),
    ],
)
def test_check_knows_the_flows(pipeline: Pipeline, swish: Path, flow: str, message: str) -> None:
    swish.write_text(swish.read_text().replace("flow: cpp", f"flow: {flow}"))
    code, _, err = pipeline("check")
    assert code == 2
    assert message in err


def test_check_finds_mistakes_in_the_projects_own_agents(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline("init", "--agents")
    agent = tmp_path / "agents/planner.yaml"
    agent.write_text(agent.read_text().replace("maxTurns", "maxTurn"))
    code, _, err = pipeline("check")
    assert code == 2
    assert "agents/planner.yaml:8: maxTurn: unknown key (did you mean 'maxTurns'?)" in err


def test_init_makes_a_workspace_that_checks(
    pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = pipeline("init", "work")
    assert code == 0
    assert out == "made work/spec.md\nmade work/pyproject.toml\nmade work/.gitignore\n"
    assert err.splitlines() == [
        "next: git init work && git -C work add -A && git -C work commit -m start  (runs need a repository)",
        "next: pipeline check work/spec.md",
    ]
    assert (tmp_path / "work/.gitignore").read_text() == "logs/\n__pycache__/\n"
    assert load_spec(tmp_path / "work/spec.md").operation == "swish"
    monkeypatch.chdir(tmp_path / "work")
    assert pipeline("check")[0] == 0


def test_init_in_a_repository_asks_for_no_other(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert pipeline("init", "work")[2] == "next: pipeline check work/spec.md\n"


def test_init_never_overwrites(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "spec.md").write_text("mine")
    (tmp_path / ".gitignore").write_text("*.o")
    code, out, _ = pipeline("init")
    assert code == 0
    assert "kept spec.md\n" in out
    assert (tmp_path / "spec.md").read_text() == "mine"
    assert (tmp_path / ".gitignore").read_text() == "*.o\nlogs/\n"
    before = {path: path.read_text() for path in tmp_path.iterdir()}
    code, out, _ = pipeline("init")
    assert out.splitlines() == ["kept spec.md", "kept pyproject.toml", "kept .gitignore"]
    assert {path: path.read_text() for path in tmp_path.iterdir()} == before


def test_init_copies_agents_and_references_only_when_asked(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline("init", "plain")
    assert not (tmp_path / "plain/agents").exists()
    code, out, _ = pipeline("init", "full", "--agents", "--references", "--json")
    made = json.loads(out)["made"]
    assert code == 0
    assert {"agents/planner.yaml", "agents/flows/cpp.yaml", "references/kernels.md"} <= set(made)
    assert (tmp_path / "full/agents/planner.yaml").read_text() == (ROOT / "agents/planner.yaml").read_text()
    for path in (tmp_path / "full/agents").rglob("*.yaml"):
        first = path.read_text().splitlines()[0]
        schema = json.loads((path.parent / first.partition("$schema=")[2]).read_text())
        assert schema == json.loads(pipeline("schema", "flow" if path.parent.name == "flows" else "agent")[1]), first


def test_init_where_nothing_can_be_written(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, out, err = pipeline("init", "file/below")
    assert (code, out) == (7, "")
    assert "file/below/spec.md" in err
    if os.geteuid() != 0:  # root may write anywhere
        (tmp_path / "locked").mkdir(mode=0o500)
        code, _, err = pipeline("init", "locked")
        assert (code, "permission denied" in err) == (7, True)


@pytest.mark.parametrize("kind", ["agent", "flow", "spec"])
def test_schema_prints_json(pipeline: Pipeline, kind: str) -> None:
    code, out, err = pipeline("schema", kind)
    assert (code, err) == (0, "")
    assert json.loads(out)["additionalProperties"] is False


def test_schema_of_something_else(pipeline: Pipeline) -> None:
    code, out, err = pipeline("schema", "agnet")
    assert (code, out) == (2, "")
    assert err == "error: no schema 'agnet' (did you mean 'agent'?)\nhint: schemas: agent, flow, spec\n"


@pytest.mark.parametrize("arguments", [["agents"], ["agents", "list"]])
def test_agents_are_listed_with_their_stages(pipeline: Pipeline, arguments: list[str]) -> None:
    code, out, _ = pipeline(*arguments)
    assert code == 0
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "cpp 1-3" in rows["scaffolder"]
    assert "shipped" in rows["planner"]


def test_agents_of_the_project_are_marked(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline("init", "--agents")
    code, out, _ = pipeline("agents", "--json")
    assert code == 0
    assert {agent["from"] for agent in json.loads(out)["agents"]} == {"project"}


def test_one_agent_is_shown_with_scope_references_and_limits(pipeline: Pipeline) -> None:
    code, out, _ = pipeline("agents", "show", "kernel-writer")
    assert code == 0
    assert "{operation_path}/device/kernels/**" in out
    assert "kernels.md#compute" in out
    assert "You write the mathematics" not in out
    assert "You write the mathematics" in pipeline("agents", "show", "kernel-writer", "--prompt")[1]
    facts = json.loads(pipeline("agents", "show", "kernel-writer", "--json")[1])
    assert (facts["maxTurns"], facts["model"]) == (100, "opus")


def test_an_agent_that_is_not_there(pipeline: Pipeline) -> None:
    code, _, err = pipeline("agents", "show", "kernel-writter")
    assert code == 2
    assert "no agent 'kernel-writter' (did you mean 'kernel-writer'?)" in err
