"""Agents: one YAML file each, Claude's own keys in Claude's spelling, everything of this program below `pipeline:`."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated, Any, Literal

from jinja2 import Environment, StrictUndefined, TemplateSyntaxError, meta
from pydantic import BaseModel, ConfigDict, Field

from op_pipeline.errors import ConfigError, Problem, did_you_mean
from op_pipeline.references import load_section
from op_pipeline.resources import find_resource, list_resources
from op_pipeline.spec.model import Spec
from op_pipeline.yamlfile import YamlFile, check_model, read_yaml

SCOPE_FIELDS = ("operation_path", "operation", "category")
PROMPT_FIELDS = ("operation", "pascal", "category", "namespace", "operation_path")
FORBIDDEN = (".git", "stage_tests", "agents", "logs")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AgentPipeline(_Strict):
    """What this program needs to know of an agent and Claude does not."""

    edits: Annotated[tuple[str, ...], Field(min_length=1)]
    """Write scope: globs relative to the work tree, with {operation_path}, {operation} and {category}."""
    reads: tuple[str, ...] = ()
    """References by section: file.md#section."""
    budget_usd: Annotated[float, Field(gt=0, alias="budgetUsd")] = 5.0
    """Most dollars one attempt may cost."""
    max_tokens: Annotated[Annotated[int, Field(gt=0)] | None, Field(alias="maxTokens")] = None
    """Most tokens one attempt may take, cached ones included; none without."""
    timeout: Annotated[float, Field(gt=0)] = 900.0
    """Most seconds one attempt may take."""
    output_schema: Annotated[dict[str, Any] | None, Field(alias="outputSchema")] = None
    """JSON schema of the agent's last message, for agents whose answer is read by the program."""
    frontmatter: dict[str, Any] = {}
    """Keys of an imported Claude Code agent that this program does not know; written back on export."""


class AgentFile(_Strict):
    """One agent: who it is, what it may touch, what it reads and what it may cost."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
    """Identifier; also the file's name."""
    extends: str | None = None
    """Another agent's file; keys that are left out here come from there. One level."""
    description: Annotated[str, Field(min_length=1)]
    """When this agent is the right one; block scalar for more than a line."""
    prompt: str | None = None
    """System prompt, Jinja2 with operation, pascal, category, namespace and operation_path. Or `prompt_file`."""
    prompt_file: str | None = None
    """File with the prompt, beside this file."""
    tools: tuple[str, ...] = ("Read", "Glob", "Grep", "Edit", "Write")
    """Tools the agent has."""
    disallowed_tools: Annotated[tuple[str, ...], Field(alias="disallowedTools")] = ()
    """Tools it must not have even where inherited."""
    model: str = "inherit"
    """opus, sonnet, haiku, inherit or a full model id."""
    effort: Literal["low", "medium", "high", "xhigh", "max"] | None = None
    """How much the model thinks."""
    permission_mode: Annotated[
        Literal["default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan"] | None,
        Field(alias="permissionMode"),
    ] = None
    """Claude's permission mode."""
    max_turns: Annotated[int, Field(ge=1, alias="maxTurns")] = 60
    """Most turns in one attempt."""
    skills: tuple[str, ...] = ()
    """Skills to load."""
    mcp_servers: Annotated[tuple[Any, ...] | dict[str, Any], Field(alias="mcpServers")] = ()
    """MCP servers the agent may use."""
    hooks: dict[str, Any] = {}
    """Claude Code's hooks; carried for export, not run by this program."""
    memory: Literal["user", "project", "local"] | None = None
    """Claude Code's memory of the agent; carried for export: here every attempt starts from files alone."""
    initial_prompt: Annotated[str | None, Field(alias="initialPrompt")] = None
    """First message where the agent is the session itself; carried for export."""
    background: bool | None = None
    """Whether Claude Code runs it in the background; carried for export."""
    isolation: str | None = None
    """`worktree` in Claude Code; carried for export: here every operation has a work tree anyway."""
    color: str | None = None
    """Colour in Claude Code's interface; carried for export."""
    pipeline: AgentPipeline
    """Write scope, references and limits."""


class AgentSpec(AgentFile):
    """A checked agent: its file's content with `extends` and `prompt_file` resolved."""

    prompt: str
    source: Path
    digest: str = ""


def load_agent(name: str, project: Path | None) -> AgentSpec:
    """The agent `name`, the project's own before the shipped one. Raises ConfigError with all problems."""
    files = list_resources("agents", project, "*.yaml")
    if f"{name}.yaml" not in files:
        known = [Path(file).stem for file in files if "/" not in file]
        raise ConfigError(f"no agent {name!r}{did_you_mean(name, known)}", hint=f"agents: {', '.join(known)}")
    return read_agent(find_resource("agents", f"{name}.yaml", project), project)


def load_agents(project: Path | None) -> tuple[AgentSpec, ...]:
    """Every agent by name, project files before shipped ones. Raises ConfigError with the problems of all files."""
    agents: list[AgentSpec] = []
    problems: list[Problem] = []
    for file, path in list_resources("agents", project, "*.yaml").items():
        if "/" in file:  # flows live in a folder below
            continue
        try:
            agents.append(read_agent(path, project))
        except ConfigError as error:
            problems += error.problems
    if problems:
        raise ConfigError(problems=problems)
    return tuple(agents)


def read_agent(path: Path, project: Path | None) -> AgentSpec:
    """One agent file, checked with what it refers to. Raises ConfigError with all problems."""
    source = read_yaml(path)
    texts = [path.read_bytes()] if path.is_file() else []
    texts += _inherit(source, path, project)
    agent, problems = check_model(AgentFile, source)
    if agent is None:
        raise ConfigError(problems=problems)
    prompt, prompt_problems = _prompt(agent, source, path)
    problems += prompt_problems + _check(agent, source, path, project)
    if problems:
        raise ConfigError(problems=sorted(problems, key=lambda problem: problem.line))
    digest = hashlib.sha256(b"\0".join([*texts, prompt.encode()])).hexdigest()
    values = {**dict(agent), "prompt": prompt, "source": path, "digest": digest}
    return AgentSpec.model_construct(_fields_set=set(agent.model_fields_set), **values)


def _inherit(source: YamlFile, path: Path, project: Path | None) -> list[bytes]:
    """Fill keys that are missing in `source` from the file it extends; returns that file's text."""
    if not isinstance(source.data, dict) or not isinstance(base_name := source.data.get("extends"), str):
        return []
    own = path.parent / base_name
    base_path = own if own.is_file() and own.resolve() != path.resolve() else None
    try:
        base_path = base_path or find_resource("agents", base_name, project)
        base = read_yaml(base_path)
    except ConfigError as error:
        source.problems.append(source.problem(("extends",), str(error)))
        return []
    if base_path.resolve() == path.resolve() or not isinstance(base.data, dict) or "extends" in base.data:
        source.problems.append(source.problem(("extends",), f"{base_name!r} must be another file that extends nothing"))
        return []
    source.problems += base.problems
    nested = {**base.data.get("pipeline", {}), **(source.data.get("pipeline") or {})}
    replaced = {"prompt", "prompt_file"} & set(source.data)
    kept = {key: value for key, value in base.data.items() if not replaced or key not in {"prompt", "prompt_file"}}
    source.data = {**kept, **source.data, "pipeline": nested}
    return [base_path.read_bytes()]


def _prompt(agent: AgentFile, source: YamlFile, path: Path) -> tuple[str, list[Problem]]:
    if (agent.prompt is None) == (agent.prompt_file is None):
        return "", [source.problem((), "give exactly one of prompt and prompt_file")]
    key, text = "prompt", agent.prompt or ""
    if agent.prompt_file is not None:
        key = "prompt_file"
        try:
            text = (path.parent / agent.prompt_file).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return "", [source.problem((key,), f"no readable file {agent.prompt_file!r} beside {path.name}")]
    if not text.strip():
        return "", [source.problem((key,), "the prompt is empty")]
    environment = Environment(undefined=StrictUndefined, autoescape=False)  # noqa: S701 - prompts are no HTML
    try:
        names = meta.find_undeclared_variables(environment.parse(text))
    except TemplateSyntaxError as error:
        where = source.problem((key,), f"line {error.lineno} of the prompt: {error.message}")
        return text, [where]
    unknown = sorted(names - set(PROMPT_FIELDS))
    message = "the prompt uses unknown {}{}"
    return text, [source.problem((key,), message.format(repr(n), did_you_mean(n, PROMPT_FIELDS))) for n in unknown]


def _check(agent: AgentFile, source: YamlFile, path: Path, project: Path | None) -> list[Problem]:
    problems: list[Problem] = []
    if agent.name != path.stem:
        problems.append(source.problem(("name",), f"{agent.name!r} stands in the file of {path.stem!r}"))
    for index, glob in enumerate(agent.pipeline.edits):
        if message := scope_problem(glob):
            problems.append(source.problem(("pipeline", "edits", index), message))
    for index, name in enumerate(agent.pipeline.reads):
        if message := _reference_problem(name, project):
            problems.append(source.problem(("pipeline", "reads", index), message))
    return problems


def _reference_problem(name: str, project: Path | None) -> str:
    try:
        load_section(name, project)
    except ConfigError as error:
        return str(error)
    return ""


def scope_problem(glob: str) -> str:
    """Why a glob cannot be a write scope; empty when it can."""
    fields = re.findall(r"\{([^{}]*)\}", glob)
    unknown = [field for field in fields if field not in SCOPE_FIELDS]
    if unknown or glob.count("{") != len(fields) or glob.count("}") != len(fields):
        name = unknown[0] if unknown else glob
        return f"unknown placeholder in {glob!r}{did_you_mean(name, SCOPE_FIELDS)}; known: {', '.join(SCOPE_FIELDS)}"
    parts = glob.split("/")
    if glob.startswith("/") or ".." in parts or "" in parts or "\\" in glob:
        return f"{glob!r} must be a plain path relative to the work tree"
    if parts[0] in FORBIDDEN or parts[0] in {"*", "**"}:
        return f"{glob!r} would reach {parts[0]!r}; name the operation's own folders"
    return ""


def agent_scope(agent: AgentSpec, spec: Spec) -> tuple[str, ...]:
    """The agent's write scope for this operation: globs relative to the work tree."""
    values = {name: str(getattr(spec, name)) for name in SCOPE_FIELDS}
    return tuple(glob.format(**values) for glob in agent.pipeline.edits)


def render_prompt(agent: AgentSpec, spec: Spec) -> str:
    """The agent's system prompt for this operation."""
    environment = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701
    return environment.from_string(agent.prompt).render({name: getattr(spec, name) for name in PROMPT_FIELDS})
