"""JSON schemas accept the files that are shipped and refuse what the models refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from op_pipeline.config import json_schema
from op_pipeline.errors import ConfigError
from op_pipeline.spec.frontmatter import split
from op_pipeline.yamlfile import parse_yaml, read_yaml

ROOT = Path(__file__).resolve().parents[2]


def data(path: Path) -> Any:
    if path.suffix == ".md":
        return parse_yaml(str(split(path.read_text(encoding="utf-8")).header), path.name).data
    return read_yaml(path).data


@pytest.mark.parametrize(
    ("kind", "pattern"), [("agent", "agents/*.yaml"), ("flow", "agents/flows/*.yaml"), ("spec", "examples/*/spec.md")]
)
def test_shipped_files_satisfy_their_schema(kind: str, pattern: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    paths = sorted(ROOT.glob(pattern))
    assert paths
    for path in paths:
        jsonschema.validate(data(path), schema)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("agent", {"name": "a", "description": "b", "pipeline": {"edits": ["x/**"]}, "maxturns": 1}),
        ("flow", {"name": "a", "stages": []}),
        ("spec", {"operation": "a", "category": "eltwise"}),
    ],
)
def test_schemas_refuse(kind: str, wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, json_schema(kind))


def test_shapes_may_be_given_for_one_input_or_several() -> None:
    swish = data(ROOT / "examples/swish/spec.md")
    for shapes in ([[1, 32]], [[[1, 32], [1, 32]]]):
        jsonschema.validate({**swish, "shapes": shapes}, json_schema("spec"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**swish, "shapes": [["x"]]}, json_schema("spec"))


def test_every_field_explains_itself() -> None:
    for kind in ("agent", "flow", "spec"):
        schema = json_schema(kind)
        for owner in (schema, *schema.get("$defs", {}).values()):
            for name, field in owner.get("properties", {}).items():
                assert field.get("description"), f"{kind}: {name}"


def test_an_unknown_kind() -> None:
    with pytest.raises(ConfigError, match=r"no schema 'agnt' \(did you mean 'agent'\?\)"):
        json_schema("agnt")


@pytest.mark.parametrize("kind", ["agent", "flow", "spec"])
def test_the_schema_in_the_documentation_is_current(kind: str) -> None:
    text = (ROOT / "docs/schema" / f"{kind}.json").read_text(encoding="utf-8")
    assert json.loads(text) == json_schema(kind), f"run: pipeline schema {kind} > docs/schema/{kind}.json"


@pytest.mark.parametrize("pattern", ["agents/*.yaml", "agents/flows/*.yaml"])
def test_shipped_files_name_their_schema_for_editors(pattern: str) -> None:
    for path in ROOT.glob(pattern):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# yaml-language-server: $schema="), path
        assert (path.parent / first.partition("=")[2]).is_file(), path
