"""Settings: which layer wins, where a value is from, and lines of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.config import find_project, load_settings
from op_pipeline.errors import ConfigError


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(project: Path, body: str) -> None:
    (project / "pyproject.toml").write_text(
        f'[project]\nbackend = "no"\n\n[tool.op-pipeline]\n{body}\n[tool.x]\nlogs = "no"\n'
    )


def test_defaults_stand_without_a_file() -> None:
    settings = load_settings(None, environment={})
    assert (settings.backend, settings.target, settings.logs) == ("auto", "emulator", "logs")
    assert set(settings.sources.values()) == {"default"}


def test_flag_over_environment_over_file_over_default(project: Path) -> None:
    put(project, 'backend = "a"\ntarget = "b"\nlogs = "c"')
    settings = load_settings(
        project,
        flags={"backend": "flag", "target": None},
        environment={"OP_PIPELINE_BACKEND": "env", "OP_PIPELINE_TARGET": "env", "OP_PIPELINE_CACHE": "/x"},
    )
    assert {key: (value, source) for key, value, source in settings.table()} == {
        "backend": ("flag", "--backend"),
        "target": ("env", "OP_PIPELINE_TARGET"),
        "model": (None, "default"),
        "max_dollars": (20.0, "default"),
        "max_tokens": (None, "default"),
        "max_time": (7200.0, "default"),
        "max_attempts": (None, "default"),
        "max_hard": (None, "default"),
        "max_cheap": (None, "default"),
        "sandbox": ("auto", "default"),
        "logs": ("c", "pyproject.toml:7"),
    }


def test_numbers_from_the_environment_are_read(project: Path) -> None:
    assert load_settings(project, environment={"OP_PIPELINE_MAX_HARD": "3"}).max_hard == 3


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('bakend = "x"', "pyproject.toml:5: tool.op-pipeline.bakend: unknown key (did you mean 'backend'?)"),
        (
            'logs = "l"\nmax_hard = 0',
            "pyproject.toml:6: tool.op-pipeline.max_hard: input should be greater than or equal to 1",
        ),
        ("max_dollars = [", "pyproject.toml:"),
    ],
)
def test_mistakes_in_the_file(project: Path, body: str, expected: str) -> None:
    put(project, body)
    with pytest.raises(ConfigError) as caught:
        load_settings(project, environment={})
    assert str(caught.value.problems[0]).startswith(expected)


def test_mistakes_in_flag_and_environment_name_them(project: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_settings(project, flags={"max_time": -1}, environment={"OP_PIPELINE_MAX_CHEAP": "many"})
    assert [problem.file for problem in caught.value.problems] == ["--max-time", "OP_PIPELINE_MAX_CHEAP"]


def test_the_project_is_found_from_below(project: Path) -> None:
    below = project / "a/b"
    below.mkdir(parents=True)
    assert find_project(below) != project
    put(project, "")
    assert find_project(below) == project
    (project / "a/agents/flows").mkdir(parents=True)
    assert find_project(below) == project / "a"
