"""Settings of a project: flag over environment over pyproject.toml over default; each value knows its source."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from op_pipeline.config.claude import ClaudeSettings
from op_pipeline.config.commands import CommandSettings
from op_pipeline.config.quantities import amount, seconds
from op_pipeline.errors import ConfigError, Problem, did_you_mean
from op_pipeline.yamlfile import display

# Part of Python from 3.11 on; before, the package pytest itself depends on.
_toml: Any = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")

TABLE = "op-pipeline"
# Keys that are tables themselves: from the file only, not shown among the values.
STRUCTURED: Mapping[str, type[BaseModel]] = {"claude": ClaudeSettings, "commands": CommandSettings}
PREFIX = "OP_PIPELINE_"


class SettingsTable(BaseModel):
    """`[tool.op-pipeline]` in pyproject.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    backend: Annotated[str, Field(min_length=1)] = "auto"
    """Who plays the agents: claude, template, command:NAME, scripted:FILE, or auto: claude where a key is found."""
    target: Annotated[str, Field(min_length=1)] = "emulator"
    """Where operations run."""
    model: str | None = None
    """Model for every agent, in place of the one in its file."""
    max_dollars: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(amount)] = 20.0
    """Most dollars one run may cost; "none" for no limit."""
    max_tokens: Annotated[Annotated[int, Field(gt=0)] | None, BeforeValidator(amount)] = None
    """Most tokens one run may take, cached ones included: 500k, 2M."""
    max_time: Annotated[Annotated[float, Field(gt=0)] | None, BeforeValidator(seconds)] = 7200.0
    """Most time one run may take, in seconds or as 90m, 2h; what passes between its processes does not count."""
    max_attempts: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(amount)] = None
    """Most attempts of one run, all stages together."""
    max_hard: Annotated[int, Field(ge=1, le=50)] | None = None
    """Hard failures per stage, in place of the flow's."""
    max_cheap: Annotated[int, Field(ge=0, le=100)] | None = None
    """Cheap failures per stage, in place of the flow's."""
    sandbox: Literal["auto", "strict", "bubblewrap", "landlock", "limits"] = "auto"
    """What confines the code that gates run (docs/sandbox.md); strict refuses to run it under limits only."""
    logs: Annotated[str, Field(min_length=1)] = "logs"
    """Folder of the run logs, relative to the project."""
    claude: ClaudeSettings = ClaudeSettings()
    """Safety, patience and models of the claude backend."""
    commands: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")], CommandSettings] = {}
    """Other agent programs by name, for `--backend command:NAME`."""


class Settings(SettingsTable):
    """Settings in effect. `sources` says for every key where its value is from."""

    sources: dict[str, str] = {}

    def table(self) -> list[tuple[str, object, str]]:
        """(key, value, source) in the order of the documentation."""
        return [
            (key, getattr(self, key), self.sources[key]) for key in SettingsTable.model_fields if key not in STRUCTURED
        ]


def find_project(start: Path) -> Path | None:
    """The nearest folder from `start` upwards that is a workspace: it has agents/, or [tool.op-pipeline]."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "agents").is_dir() and (folder / "agents" / "flows").is_dir():
            return folder
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and f"[tool.{TABLE}" in pyproject.read_text(encoding="utf-8", errors="replace"):
            return folder
    return None


def load_settings(
    project: Path | None,
    *,
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Settings in effect for `project`. `flags` holds only what the command line gave (None counts as not given).

    Raises ConfigError with all problems of all sources.
    """
    environment = os.environ if environment is None else environment
    from_file, text = _from_file(project)
    layers = [from_file, _from_environment(environment)]
    layers.append(
        {key: (value, f"--{key.replace('_', '-')}") for key, value in (flags or {}).items() if value is not None}
    )
    values: dict[str, object] = {}
    sources = dict.fromkeys(SettingsTable.model_fields, "default")
    for layer in layers:
        for key, (value, origin) in layer.items():
            values[key], sources[key] = value, origin
    try:
        checked = SettingsTable.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        raise ConfigError(problems=[_problem(detail, sources, text) for detail in details]) from None
    return Settings.model_construct(**dict(checked), sources=sources)


def _from_environment(environment: Mapping[str, str]) -> dict[str, tuple[object, str]]:
    names = {key: f"{PREFIX}{key.upper()}" for key in SettingsTable.model_fields if key not in STRUCTURED}
    return {key: (environment[name], name) for key, name in names.items() if environment.get(name)}


def _from_file(project: Path | None) -> tuple[dict[str, tuple[object, str]], str]:
    """The file's layer and its text."""
    path = (project or Path.cwd()) / "pyproject.toml"
    if project is None or not path.is_file():
        return {}, ""
    text = path.read_text(encoding="utf-8")
    try:
        table = _toml.loads(text).get("tool", {}).get(TABLE, {})
    except ValueError as error:
        line = re.search(r"line (\d+)", str(error))
        place = Problem(display(path), int(line[1]) if line else 0, "", f"not TOML: {error}")
        raise ConfigError(problems=[place]) from None
    return {key: (value, f"{display(path)}:{_line_of(text, (key,))}") for key, value in table.items()}, text


_HEADER = re.compile(r"^\s*\[([^\[\]]+)\]\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def _line_of(text: str, path: Sequence[str | int]) -> int:
    """Line of the longest known prefix of `path` in the tool's table, 0 for none; TOML readers keep no lines."""
    header: tuple[str, ...] = ()
    lines: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if match := _HEADER.match(line):
            header = here = _parts(match[1])
        elif match := _KEY.match(line):
            here = (*header, *_parts(match[1]))
        else:
            continue
        if here[:2] == ("tool", TABLE):
            for length in range(3, len(here) + 1):  # [tool.op-pipeline.a.b] is the first mention of a, too
                lines.setdefault(here[2:length], number)
    names = tuple(str(part) for part in path)
    return next((lines[names[:length]] for length in range(len(names), 0, -1) if names[:length] in lines), 0)


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _problem(detail: Any, sources: Mapping[str, str], text: str) -> Problem:
    location = [part for part in detail["loc"] if part != "[key]"]
    key = str(location[0])
    origin = sources.get(key, "")
    file, _, line = origin.rpartition(":")
    message = str(detail["msg"]).removeprefix("Value error, ")
    message = message[:1].lower() + message[1:]
    if detail["type"] == "extra_forbidden":
        known = (STRUCTURED[key] if len(location) > 1 else SettingsTable).model_fields
        message = f"unknown key{did_you_mean(str(location[-1]), known)}"
    elif detail["type"] == "missing":
        message = "required key is missing"
    if line.isdigit():
        path = ".".join(map(str, location))
        return Problem(file, _line_of(text, location), f"tool.{TABLE}.{path}", message)
    return Problem(origin, 0, key, message)
