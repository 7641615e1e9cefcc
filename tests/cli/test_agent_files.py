"""`pipeline agents export` and `import`, as a user types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline import proc

Pipeline = Callable[..., "tuple[int, str, str]"]
AGENT = "---\nname: helper\ndescription: Helps.\ncolor: red\nshiny: 1\n---\nYou help.\n"


@pytest.fixture
def workspace(pipeline: Pipeline, tmp_path: Path) -> Path:
    assert pipeline("init")[0] == 0
    (tmp_path / "helper.md").write_text(AGENT)
    return tmp_path


def test_an_imported_agent_is_one_of_the_workspaces(pipeline: Pipeline, workspace: Path) -> None:
    code, out, err = pipeline("agents", "import", "helper.md")
    assert (code, out) == (0, "made agents/helper.yaml\n")
    assert "  shiny: not known here; kept as pipeline.frontmatter.shiny, and written back on export\n" in err
    assert "  pipeline.edits: a placeholder" in err
    facts = json.loads(pipeline("agents", "show", "helper", "--json")[1])
    assert (facts["from"], facts["edits"], facts["prompt"]) == ("project", ["{operation_path}/**"], "You help.\n")


def test_all_agents_are_exported_where_claude_code_looks(pipeline: Pipeline, workspace: Path) -> None:
    pipeline("agents", "import", "helper.md")
    code, out, err = pipeline("agents", "export", "--format", "claude")
    assert code == 0
    assert {"made .claude/agents/planner.md", "made .claude/agents/helper.md"} <= set(out.splitlines())
    assert "left out, since Claude Code knows no such keys: pipeline.edits" in err
    again = (workspace / ".claude/agents/helper.md").read_text()
    assert again == AGENT.replace("color", "tools: Read, Glob, Grep, Edit, Write\ncolor").replace(
        "---\nYou", "---\n\nYou"
    )


def test_named_agents_only_and_a_folder_of_choice_in_json(pipeline: Pipeline, workspace: Path) -> None:
    code, out, err = pipeline("agents", "export", "planner", "planner", "-o", "there", "--json")
    assert (code, err.count("left out")) == (0, 1)
    rows = json.loads(out)["files"]
    assert [row["file"] for row in rows] == ["there/planner.md"]
    assert rows[0]["from"].endswith("agents/planner.yaml")
    assert len(rows[0]["remarks"]) == 1
    assert [path.name for path in (workspace / "there").iterdir()] == ["planner.md"]


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        (("export", "planner", "scaffolder"), ".claude/agents/planner.md"),
        (("import", "helper.md"), "agents/helper.yaml"),
    ],
)
def test_nothing_is_overwritten_without_force(
    pipeline: Pipeline, workspace: Path, arguments: tuple[str, ...], path: str
) -> None:
    target = workspace / path
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    code, out, err = pipeline("agents", *arguments)
    assert (code, out) == (2, "")
    assert f"exists: {path}" in err
    assert "--force replaces" in err
    assert target.read_text() == "mine"
    assert len(list(target.parent.iterdir())) == 1, "all or nothing"
    assert pipeline("agents", *arguments, "--force")[0] == 0
    assert target.read_text() != "mine"


def test_mistakes_of_all_files_come_at_once_and_nothing_is_written(pipeline: Pipeline, workspace: Path) -> None:
    (workspace / "one.md").write_text("---\nname: one\ndescription: d\neffort: hgih\n---\nx\n")
    (workspace / "two.md").write_text("no front matter")
    code, out, err = pipeline("agents", "import", "helper.md", "one.md", "two.md")
    assert (code, out) == (2, "")
    assert err.splitlines()[:2] == [
        "one.md:4: effort: 'hgih' is not one of low, medium, high, xhigh, max (did you mean 'high'?)",
        "two.md:1: no front matter",
    ]
    assert not (workspace / "agents").exists()


def test_two_files_of_one_name_are_refused(pipeline: Pipeline, workspace: Path) -> None:
    (workspace / "other.md").write_text(AGENT)
    code, _, err = pipeline("agents", "import", "helper.md", "other.md")
    assert code == 2
    assert "agents/helper.yaml would be written twice" in err


@pytest.mark.parametrize("verb", [("export",), ("import", "helper.md")])
def test_unknown_formats_and_agents(pipeline: Pipeline, workspace: Path, verb: tuple[str, ...]) -> None:
    code, _, err = pipeline("agents", *verb, "--format", "gemini")
    assert (code, "formats: claude" in err) == (2, True)
    code, _, err = pipeline("agents", "export", "planer")
    assert (code, "did you mean 'planner'?" in err) == (2, True)


def test_outside_a_workspace_the_next_step_is_named(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "helper.md").write_text(AGENT)
    code, out, err = pipeline("agents", "import", "helper.md")
    assert (code, out) == (0, "made agents/helper.yaml\n")
    assert "next: pipeline init" in err


def test_a_folder_that_cannot_be_made_is_named(pipeline: Pipeline, workspace: Path) -> None:
    code, _, err = pipeline("agents", "export", "planner", "-o", "helper.md/below")
    assert (code, "cannot write helper.md/below/planner.md" in err) == (7, True)


@pytest.mark.slow
def test_claude_code_itself_finds_what_was_exported(pipeline: Pipeline, workspace: Path) -> None:
    sdk = pytest.importorskip("claude_agent_sdk")
    program = Path(sdk.__file__).parent / "_bundled" / "claude"
    if not program.is_file():
        pytest.skip("this build of the SDK brings no program")
    (workspace / "helper.md").write_text(AGENT.replace("Helps.", "Helps.\\n\\nExample: user says: help"))
    assert pipeline("agents", "import", "helper.md")[0] == 0
    assert pipeline("agents", "export")[0] == 0
    environment = proc.clean_environment(
        HOME=str(workspace / "home"),
        ANTHROPIC_API_KEY="none",
        ANTHROPIC_BASE_URL="http://127.0.0.1:9",  # nobody listens; the first message says all that is asked here
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC="1",
        CLAUDE_CODE_MAX_RETRIES="0",
    )
    words = ["-p", "hi", "--output-format", "stream-json", "--verbose", "--setting-sources", "project"]
    done = proc.run([str(program), *words], cwd=workspace, env=environment, deadline=30)
    started = next(json.loads(line) for line in done.output.splitlines() if '"subtype":"init"' in line)
    exported = {path.stem for path in (workspace / ".claude/agents").iterdir()}
    assert {"helper", "planner"} <= exported <= set(started["agents"])
