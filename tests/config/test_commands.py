"""Descriptions of agent programs: what is read, and how mistakes are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from op_pipeline.config import load_settings
from op_pipeline.errors import ConfigError

CODEX = '[tool.op-pipeline.commands.codex]\nargv = ["codex", "exec", "-"]\nprompt = "stdin"\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(project: Path, text: str) -> None:
    (project / "pyproject.toml").write_text(f'[tool.op-pipeline]\nlogs = "l"\n\n{text}')


def test_descriptions_are_read_in_both_spellings_of_toml(project: Path) -> None:
    put(project, CODEX + '\n[tool.op-pipeline.commands]\nown = {argv = ["./own.sh", "{prompt_file}"], timeout = 60}\n')
    commands = load_settings(project, environment={}).commands
    assert {name: (c.argv, c.prompt, c.timeout, c.env) for name, c in commands.items()} == {
        "codex": (("codex", "exec", "-"), "stdin", None, ()),
        "own": (("./own.sh", "{prompt_file}"), "file", 60.0, ()),
    }


def test_descriptions_come_from_the_file_alone_and_are_no_value_to_list(project: Path) -> None:
    put(project, CODEX)
    settings = load_settings(project, environment={"OP_PIPELINE_COMMANDS": "x"})
    assert list(settings.commands) == ["codex"]
    assert "commands" not in [key for key, _, _ in settings.table()]


@pytest.mark.parametrize(
    ("names", "variable", "allowed"),
    [
        (["OPENAI_API_KEY"], "OPENAI_API_KEY", True),
        (["OPENAI_API_KEY"], "OPENAI_API_KEY_2", False),
        (["OPENAI_*"], "OPENAI_BASE_URL", True),
        (["OPENAI_*"], "AZURE_OPENAI_KEY", False),
        ([], "PATH", False),
    ],
)
def test_the_allow_list_names_variables(project: Path, names: list[str], variable: str, allowed: bool) -> None:
    put(project, f"{CODEX}env = {names}\n".replace("'", '"'))
    assert load_settings(project, environment={}).commands["codex"].allows(variable) is allowed


@pytest.mark.parametrize(
    ("text", "line", "path", "message"),
    [
        ('[tool.op-pipeline.commands.x]\nargv = ["{prompt_file}"]\nargs = 1\n', 6, ".x.args", "unknown key (did you mean 'argv'?)"),
        ('[tool.op-pipeline.commands.x]\nprompt = "stdin"\n', 4, ".x.argv", "required key is missing"),
        ("[tool.op-pipeline.commands.x]\nargv = []\n", 5, ".x.argv", "tuple should have at least 1 item"),
        ('[tool.op-pipeline.commands.x]\nargv = [" "]\n', 5, ".x.argv", "the program's name is empty"),
        ('[tool.op-pipeline.commands.x]\nargv = ["a"]\n', 4, ".x", 'nothing gives it the prompt: name {prompt_file} in argv, or set prompt = "stdin"'),
        ('[tool.op-pipeline.commands.x]\nargv = [\n  "a",\n  "{promt_file}",\n]\n', 5, ".x.argv", "unknown placeholder {promt_file} (did you mean 'prompt_file'?)"),
        (CODEX + "timeout = 0\n", 7, ".codex.timeout", "input should be greater than 0"),
        (CODEX + 'env = ["KEY=abc"]\n', 7, ".codex.env", "each item is the name of a variable, or the start of names and *; values stay outside"),
        (CODEX.replace("stdin", "pipe"), 6, ".codex.prompt", "input should be 'file' or 'stdin'"),
        ('[tool.op-pipeline.commands."a b"]\nargv = ["{prompt_file}"]\n', 4, ".a b", "string should match pattern"),
        ("[tool.op-pipeline.commands]\nx = 3\n", 5, ".x", "input should be a valid dictionary"),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_their_line(project: Path, text: str, line: int, path: str, message: str) -> None:
    put(project, text)
    with pytest.raises(ConfigError) as caught:
        load_settings(project, environment={})
    expected = f"pyproject.toml:{line}: tool.op-pipeline.commands{path}: {message}"
    assert [str(problem)[: len(expected)] for problem in caught.value.problems] == [expected]


def test_a_value_in_the_allow_list_is_not_repeated(project: Path) -> None:
    put(project, CODEX + 'env = ["OPENAI_API_KEY=sk-secret"]\n')
    with pytest.raises(ConfigError) as caught:
        load_settings(project, environment={})
    assert "sk-secret" not in str(caught.value)


def test_keys_of_the_same_name_elsewhere_do_not_mislead(project: Path) -> None:
    put(project, CODEX + "[tool.other]\nbackend = 1\n[tool.op-pipeline.commands.codex.more]\nbackend = 2\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(project, environment={})
    assert [(p.line, p.message) for p in caught.value.problems] == [(9, "unknown key")]


def test_the_descriptions_in_the_documentation_are_valid(project: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "docs/backends.md").read_text()
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    commands = [block for block in blocks if "op-pipeline.commands." in block]
    for block in commands:
        put(project, block)
        assert len(load_settings(project, environment={}).commands) == 1
    (claude,) = (block for block in blocks if block not in commands)
    (project / "pyproject.toml").write_text(claude)
    assert load_settings(project, environment={}).claude.sandbox == "auto"
    assert len(commands) == 4
