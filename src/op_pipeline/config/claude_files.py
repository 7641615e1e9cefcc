"""Agents as Claude Code keeps them, `.claude/agents/NAME.md`: front matter and a prompt. Reading them and writing them.

Shared keys have the same names on both sides. What one side does not know is carried or said, never lost in silence.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta

from op_pipeline.config.agents import PROMPT_FIELDS, AgentFile, AgentPipeline, AgentSpec
from op_pipeline.config.yaml_text import entry, indented
from op_pipeline.errors import ConfigError, Problem
from op_pipeline.yamlfile import YamlFile, check_model, display, parse_yaml

SHARED = {
    info.alias or name: name
    for name, info in AgentFile.model_fields.items()
    if name not in {"extends", "prompt", "prompt_file", "pipeline"}
}
LISTS = ("tools", "disallowedTools", "skills")
_NOTE = "<!-- op-pipeline: placeholders -->"
_NOTE_END = "<!-- /op-pipeline -->"
_NOTED = re.compile(rf"\n*{re.escape(_NOTE)}\n.*?{re.escape(_NOTE_END)}\s*\Z", re.DOTALL)
_MEANING = {
    "operation": "its name in snake_case",
    "pascal": "its name in PascalCase",
    "category": "its category",
    "namespace": "its C++ namespace, ttnn::operations::CATEGORY::NAME",
    "operation_path": "its folder, ttnn/cpp/ttnn/operations/CATEGORY/NAME",
}
_TOOLS_WRITTEN = "tools: the default of this program is written out, since Claude Code's is all tools"
_OPENERS = re.compile(r"\{[{%#]")
_ENDRAW = re.compile(r"\{%[-+]?\s*endraw")
_ENVIRONMENT = Environment(undefined=StrictUndefined, autoescape=False, keep_trailing_newline=True)  # noqa: S701


@dataclass(frozen=True)
class Converted:
    """A file in the other format: its name, its text, and what the user should know of it."""

    name: str
    text: str
    remarks: tuple[str, ...] = ()


def export_agent(agent: AgentSpec) -> Converted:
    """The agent as a Claude Code file.

    Keys that its own file does not give are left to Claude Code, but for `tools`: without, it would give all of them.
    """
    given = [(key, name) for key, name in SHARED.items() if name in agent.model_fields_set or key == "tools"]
    data = {key: _plain(getattr(agent, name)) for key, name in given}
    data |= {key: value for key, value in agent.pipeline.frontmatter.items() if key not in SHARED}
    lines = [_header_entry(key, value) for key, value in data.items() if value is not None]
    prompt, names = _as_text(agent.prompt)
    body = prompt.strip("\n")
    if names:
        meanings = [f"- `{{{{ {name} }}}}`: {_MEANING[name]}" for name in PROMPT_FIELDS if name in names]
        intro = "Placeholders above stand for the operation at hand, as its spec.md has it:"
        body = "\n".join([body, "", _NOTE, intro, *meanings, _NOTE_END])
    remarks = [_TOOLS_WRITTEN] if "tools" not in agent.model_fields_set else []
    own = [info.alias or name for name, info in AgentPipeline.model_fields.items() if name != "frontmatter"]
    lost = [f"pipeline.{key}" for key in own if _field(key) in agent.pipeline.model_fields_set]
    remarks.append(f"left out, since Claude Code knows no such keys: {', '.join(lost)}")
    return Converted(agent.name, "\n".join(["---", *lines, "---", "", body, ""]), tuple(remarks))


def _field(key: str) -> str:
    return next(name for name, info in AgentPipeline.model_fields.items() if key in {name, info.alias})


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _header_entry(key: str, value: Any) -> str:
    if key in LISTS and value and all(isinstance(item, str) for item in value):
        line = ", ".join(value)
        if split_list(line) == value:  # as Claude Code writes it, where that reads back
            return entry(key, line)
    return entry(key, value)


def _as_text(prompt: str) -> tuple[str, set[str]]:
    """The prompt, and its placeholders; without any it is rendered, which undoes what `_as_template` did."""
    names = set(meta.find_undeclared_variables(_ENVIRONMENT.parse(prompt)))
    if names or not _OPENERS.search(prompt):
        return prompt, names
    try:
        return _ENVIRONMENT.from_string(prompt).render(), names
    except (TemplateError, TypeError, ValueError, ArithmeticError):
        return prompt, names


def import_agent(path: Path) -> Converted:
    """A Claude Code file as one of ours. Raises ConfigError with all its problems by line."""
    source, body, body_line = _read(path)
    if source.problems and source.data is None:
        raise ConfigError(problems=source.problems)
    remarks: list[str] = []
    data, carried = _shared_keys(source, remarks)
    if _NOTED.search(body):
        prompt = _NOTED.sub("", body).strip("\n") + "\n"
    else:
        _unescape(data, source, path, remarks)
        prompt = _as_template(body.strip("\n") + "\n", remarks)
    source.lines[("prompt",)] = body_line
    pipeline = {"edits": ["{operation_path}/**"], **({"frontmatter": carried} if carried else {})}
    source.data = {**data, "prompt": prompt, "pipeline": pipeline}
    _, problems = check_model(AgentFile, source)
    if not body.strip():
        problems.append(source.problem(("prompt",), "the prompt is empty: nothing follows the front matter"))
    if problems:
        raise ConfigError(problems=sorted(problems, key=lambda problem: problem.line))
    text = _yaml(path, data, prompt, carried)
    written = parse_yaml(text, path.name)
    assert not written.problems, written.problems
    assert {**written.data, "pipeline": pipeline} == source.data, "what was written does not read back"
    assert written.data["pipeline"].get("frontmatter", {}) == carried, "what was written does not read back"
    remarks.append(
        "pipeline.edits: a placeholder, the whole folder of the operation; narrow it to what this agent owns"
    )
    return Converted(str(data["name"]), text, tuple(remarks))


def _read(path: Path) -> tuple[YamlFile, str, int]:
    """Front matter, prompt, and the line on which the prompt begins."""
    file = display(path)
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        raise ConfigError(problems=[Problem(file, 0, "", "not UTF-8 text")]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigError(problems=[Problem(file, 0, "", f"cannot be read: {reason}")]) from None
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        hint = "an agent of Claude Code begins with a line `---`, then name and description"
        raise ConfigError(problems=[Problem(file, 1, "", "no front matter")], hint=hint)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() == "---"), 0)
    if not end:
        raise ConfigError(problems=[Problem(file, 1, "", "the front matter is not closed by a line `---`")])
    # With its last line's end, which counts for a block scalar.
    source = parse_yaml("\n".join([*lines[1:end], ""]), file, first_line=2)
    if source.problems:
        quoted = map(_quoted, lines[1:end], [*lines[2:end], ""])
        lenient = parse_yaml("\n".join([*quoted, ""]), file, first_line=2)
        source = source if lenient.problems else lenient
    first = next((number for number in range(end + 1, len(lines)) if lines[number].strip()), end)
    return source, "\n".join(lines[end + 1 :]), first + 1


def _quoted(line: str, following: str) -> str:
    """A plain value on one line that YAML would misread (`: ` within), in quotes; Claude Code is as lenient."""
    match = re.match(r"^([A-Za-z][\w-]*):[ \t]+([^\s\"'|>\[{&*!%@`].*)$", line)
    if match is None or following.startswith((" ", "\t")) or not re.search(r":(\s|$)|\s#", match[2]):
        return line
    return f"{match[1]}: {json.dumps(match[2].rstrip(), ensure_ascii=False)}"


def _shared_keys(source: YamlFile, remarks: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keys that both sides know, and those that only Claude Code does."""
    data: dict[str, Any] = {}
    carried: dict[str, Any] = {}
    if not isinstance(source.data, dict):
        return data, carried
    for key, value in source.data.items():
        if key not in SHARED:
            carried[key] = value
            remarks.append(f"{key}: not known here; kept as pipeline.frontmatter.{key}, and written back on export")
        elif value is None:
            remarks.append(f"{key}: has no value; left out")
        else:
            data[key] = split_list(value) if key in LISTS and isinstance(value, str) else value
    if "tools" not in data:
        names = ", ".join(AgentFile.model_fields["tools"].default)
        remarks.append(f"tools: none named, which means all of them in Claude Code; here it has {names}")
    return data, carried


def split_list(text: str) -> list[str]:
    """`Read, Bash(git log:*, x)` → two items: commas within parentheses do not part."""
    return [item.strip() for item in re.split(r",(?![^()]*\))", text) if item.strip()]


def _unescape(data: dict[str, Any], source: YamlFile, path: Path, remarks: list[str]) -> None:
    r"""A description written on one line with `\n` for line breaks, as Claude Code's generator does."""
    text = data.get("description")
    if not isinstance(text, str) or "\n" in text or "\\n" not in text:
        return
    line = path.read_text(encoding="utf-8-sig").splitlines()[source.line(("description",)) - 1]
    if not re.match(r"^description:\s*[|>]", line):
        data["description"] = text.replace("\\n", "\n")
        remarks.append(r"description: \n turned into line breaks")


def _as_template(text: str, remarks: list[str]) -> str:
    """Prompts are templates here; what looks like one in a foreign prompt must stay as it is."""
    if not _OPENERS.search(text):
        return text
    placeholders = re.compile(r"\{\{ (" + "|".join(PROMPT_FIELDS) + r") \}\}")
    if not _OPENERS.search(placeholders.sub("", text)):
        remarks.append("prompt: its placeholders are those of this program, and are filled in")
        return text
    remarks.append("prompt: braces that would be read as a template are marked as plain text")
    if not _ENDRAW.search(text):
        return f"{{% raw %}}{text}{{% endraw %}}"
    return _OPENERS.sub(lambda match: f'{{{{ "{match[0]}" }}}}', text)


def _yaml(path: Path, data: dict[str, Any], prompt: str, carried: dict[str, Any]) -> str:
    defaults = AgentPipeline.model_fields
    lines = [f"# Imported from {json.dumps(path.name, ensure_ascii=True)[1:-1]}, an agent of Claude Code."]
    lines += [entry(key, data[key]) for key in SHARED if key in data]
    lines += [
        "pipeline:",
        "  # Write scope: globs in the work tree, with {operation_path}, {operation}, {category}. Narrow it.",
        '  edits: ["{operation_path}/**"]',
        "  # Sections of the references that it is given, such as kernels.md#reader.",
        "  reads: []",
        "  # Most dollars and seconds of one attempt.",
        f"  budgetUsd: {defaults['budget_usd'].default}",
        f"  timeout: {defaults['timeout'].default:g}",
    ]
    if carried:
        lines += ["  # Keys of Claude Code that are not known here.", indented(entry("frontmatter", carried))]
    return "\n".join([*lines, entry("prompt", prompt), ""])
