"""YAML with line marks: read a text, keep where each key stands, and turn every mistake into a `Problem` with its line.

Stricter than YAML itself: duplicate keys, aliases and keys that are not strings are refused.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from op_pipeline.errors import ConfigError, Problem, did_you_mean

Location = tuple[str | int, ...]
M = TypeVar("M", bound=BaseModel)

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40


class _Loader(yaml.SafeLoader):
    """SafeLoader that reads `1e-3` as a number, as YAML 1.2 does; PyYAML follows 1.1 and makes it text."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own name
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


@dataclass
class YamlFile:
    """The content of one YAML text and the line (1-based, in the whole file) where each path begins."""

    file: str
    data: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    first_line: int = 1

    def line(self, location: Location) -> int:
        """Line of the longest known prefix of `location`; the first line when none is known."""
        for length in range(len(location), -1, -1):
            if location[:length] in self.lines:
                return self.lines[location[:length]]
        return self.first_line

    def problem(self, location: Location, message: str) -> Problem:
        """A problem at a place of this file."""
        return Problem(self.file, self.line(location), ".".join(str(part) for part in location), message)


def parse_yaml(text: str, file: str, *, first_line: int = 1) -> YamlFile:
    """Read `text`. Mistakes of the YAML itself end up in `.problems`; then `.data` holds what could be read.

    `first_line` is the line of the file on which `text` begins (front matter does not begin at 1).
    """
    result = YamlFile(file, first_line=first_line)
    if len(text) > MAX_CHARACTERS:
        result.problems.append(Problem(file, first_line, "", f"larger than {MAX_CHARACTERS} characters"))
        return result
    try:
        root = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first_line + (mark.line if mark else 0)
        result.problems.append(Problem(file, line, "", f"not YAML: {error.problem or error.context}"))
        return result
    except (yaml.YAMLError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else f"not YAML: {error}".splitlines()[0]
        result.problems.append(Problem(file, first_line, "", reason))
        return result
    if root is not None:
        result.data = _Builder(result).build(root, ())
    return result


class _Builder:
    """Turns a node tree into plain data, noting lines and refusing what is not allowed."""

    def __init__(self, result: YamlFile) -> None:
        self.result = result
        self.seen: set[int] = set()
        self.constructor = _Loader("")

    def refuse(self, node: yaml.Node, location: Location, message: str) -> None:
        line = self.result.first_line + node.start_mark.line
        path = ".".join(str(part) for part in location)
        self.result.problems.append(Problem(self.result.file, line, path, message))

    def build(self, node: yaml.Node, location: Location) -> Any:
        if id(node) in self.seen:  # its mark is the anchor's; the key's line is where the alias stands
            self.result.problems.append(
                self.result.problem(location, "aliases are not supported; write the value again")
            )
            return None
        self.result.lines.setdefault(location, self.result.first_line + node.start_mark.line)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, location)
        self.seen.add(id(node))
        if len(location) > MAX_DEPTH:
            self.refuse(node, location[:3], "nested too deeply")
            return None
        if isinstance(node, yaml.SequenceNode):
            return [self.build(item, (*location, index)) for index, item in enumerate(node.value)]
        return self.mapping(node, location)

    def scalar(self, node: yaml.ScalarNode, location: Location) -> Any:
        try:
            return self.constructor.construct_object(node)
        except (yaml.YAMLError, ValueError) as error:
            self.refuse(node, location, f"not a value: {error}".splitlines()[0])
            return None

    def mapping(self, node: yaml.Node, location: Location) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.scalar(key_node, location) if isinstance(key_node, yaml.ScalarNode) else None
            if not isinstance(key, str):
                self.refuse(key_node, location, "a key must be text")
                continue
            here = (*location, key)
            if key in data:
                self.refuse(key_node, here, f"duplicate key, first on line {self.result.lines[here]}")
                continue
            self.result.lines[here] = self.result.first_line + key_node.start_mark.line
            data[key] = self.build(value_node, here)
        return data


def read_yaml(path: Path, *, name: str = "") -> YamlFile:
    """`parse_yaml` of a file; a file that cannot be read is a problem like any other."""
    file = name or display(path)
    try:
        return parse_yaml(path.read_text(encoding="utf-8"), file)
    except (OSError, UnicodeDecodeError) as error:
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else (error.strerror or str(error)).lower()
        return YamlFile(file, problems=[Problem(file, 0, "", f"cannot be read: {reason}")])


def display(path: Path) -> str:
    """The path as the user would type it from here."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):
        return str(path)


def validate(model: type[M], source: YamlFile) -> M:
    """`source.data` as a `model`. Raises ConfigError with all problems, those of the YAML first."""
    value, problems = check_model(model, source)
    if value is None or problems:
        raise ConfigError(problems=problems)
    return value


def check_model(model: type[M], source: YamlFile) -> tuple[M | None, list[Problem]]:
    """The model or None, and every problem of the YAML and of the model."""
    problems = list(source.problems)
    if not isinstance(source.data, dict):
        if not problems:
            problems.append(source.problem((), "a mapping of keys is expected"))
        return None, problems
    try:
        return model.model_validate(source.data), problems
    except ValidationError as error:
        taken = {(p.line, p.path) for p in problems}
        details = error.errors(include_url=False)
        for detail in details:
            place = detail["loc"]
            if detail["type"] == "too_short" and any(
                other["loc"][: len(place)] == place for other in details if other is not detail
            ):
                continue  # items that were refused are missing afterwards; that is no mistake of its own
            location = _without_union_tags(model, detail["loc"])
            problem = source.problem(location, _message(model, location, detail))
            if (problem.line, problem.path) not in taken:  # each member of a union complains; the first is enough
                taken.add((problem.line, problem.path))
                problems.append(problem)
        return None, sorted(problems, key=lambda problem: problem.line)


def _message(model: type[BaseModel], location: Location, detail: Any) -> str:
    kind, text = detail["type"], str(detail["msg"])
    if kind == "missing":
        return "required key is missing"
    if kind == "extra_forbidden":
        return f"unknown key{did_you_mean(str(location[-1]), _keys_at(model, location[:-1]))}"
    if kind in {"literal_error", "enum"}:
        choices = [str(choice) for choice in _choices_at(model, location)]
        given = detail["input"]
        if choices:
            return f"{given!r} is not one of {', '.join(choices)}{did_you_mean(str(given), choices)}"
    if kind == "string_pattern_mismatch":
        return f"{detail['input']!r} does not match {detail['ctx']['pattern']}"
    text = text.removeprefix("Value error, ")
    return text[:1].lower() + text[1:] if text[:2].istitle() else text


def _without_union_tags(model: type[BaseModel], location: Sequence[str | int]) -> Location:
    """Validation names the member of a union it tried; such parts are no keys of the file."""
    kept: list[str | int] = []
    for part in location:
        if (
            isinstance(part, str)
            and part in {"str", "int", "float", "bool", "none"}
            and part not in _keys_at(model, kept)
        ):
            continue
        if isinstance(part, str) and ("[" in part or "-" in part):
            continue
        kept.append(part)
    return tuple(kept)


def _keys_at(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """Names of the keys that a model allows below `location`."""
    keys: list[str] = []
    for annotation in _annotations_at(model, location):
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            keys += [info.alias or name for name, info in annotation.model_fields.items()]
    return keys


def _choices_at(model: type[BaseModel], location: Location) -> list[Any]:
    """Values of the Literal at `location`."""
    found: list[Any] = []
    for annotation in _annotations_at(model, location):
        if typing.get_origin(annotation) is typing.Literal:
            found += typing.get_args(annotation)
        elif isinstance(annotation, type) and issubclass(annotation, Enum):
            found += [member.value for member in annotation]
    return found


def _annotations_at(model: type[BaseModel], location: Sequence[str | int]) -> list[Any]:
    """The possible types below `location`, with Annotated, Optional and unions opened."""
    current: list[Any] = [model]
    for part in location:
        step: list[Any] = []
        for annotation in current:
            if isinstance(part, int):
                step += [a for a in typing.get_args(annotation) if a is not Ellipsis]
            elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
                step += [i.annotation for n, i in annotation.model_fields.items() if part in {n, i.alias}]
            elif typing.get_origin(annotation) is dict:
                step += typing.get_args(annotation)[1:]
        current = [leaf for annotation in step for leaf in _opened(annotation)]
    return current


def _opened(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _opened(typing.get_args(annotation)[0])
    if origin in {typing.Union, types.UnionType}:
        return [leaf for member in typing.get_args(annotation) for leaf in _opened(member)]
    return [annotation]
