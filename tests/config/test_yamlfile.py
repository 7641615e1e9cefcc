"""The YAML reader: lines of keys, what is stricter than YAML, numbers as YAML 1.2 has them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from op_pipeline.errors import ConfigError, did_you_mean
from op_pipeline.yamlfile import check_model, display, parse_yaml, read_yaml, validate


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["oak", "elm"]
    size: int | None = None


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    leaves: tuple[Leaf, ...] = ()
    roots: dict[str, Leaf] = {}
    either: int | bool = 0


def messages(text: str) -> list[str]:
    return [str(problem) for problem in check_model(Tree, parse_yaml(text, "t.yaml"))[1]]


def test_every_key_and_item_knows_its_line() -> None:
    source = parse_yaml("a:\n  - b: 1\n    c: 2\n  -\n    - 3\nd: {e: 4}\n", "t.yaml", first_line=10)
    assert source.data == {"a": [{"b": 1, "c": 2}, [3]], "d": {"e": 4}}
    places = {("a",): 10, ("a", 0): 11, ("a", 0, "c"): 12, ("a", 1, 0): 14, ("d", "e"): 15}
    assert {place: source.line(place) for place in places} == places
    assert source.line(("a", 0, "zz", 5)) == 11
    assert source.line(("nowhere",)) == 10


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001), ("-1E5", -100000.0), ("1.5e+2", 150.0), (".5", 0.5), ("12", 12), ("0x10", 16), ("true", True),
        ("2020-01-01", "2020-01-01"), ("'1'", "1"), ("e5", "e5"), ("1e", "1e"), ("~", None), ("", None), (".inf", float("inf")),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    assert parse_yaml(f"a: {text}", "t.yaml").data == {"a": value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name: a\nname: b", ["t.yaml:2: name: duplicate key, first on line 1"]),
        ("name: a\n? [x]\n: 1", ["t.yaml:2: a key must be text"]),
        ("name: a\nnull: 1", ["t.yaml:2: a key must be text"]),
        ("name: &n a\nleaves: &l []\nroots: *l", ["t.yaml:3: roots: aliases are not supported; write the value again"]),
        ("name: !!python/object:os.system a", ["t.yaml:1: name: not a value"]),
        ("- a", ["t.yaml:1: a mapping of keys is expected"]),
        ("", ["t.yaml:1: a mapping of keys is expected"]),
        ("name: [a", ["t.yaml:1: not YAML"]),
        ("name: a\n\tb: c", ["t.yaml:2: not YAML"]),
        ("name: a\x00", ["t.yaml:1: not YAML"]),
        ("nmae: a", ["t.yaml:1: name: required key is missing", "t.yaml:1: nmae: unknown key (did you mean 'name'?)"]),
        (
            "name: a\nleaves:\n- kind: oka",
            ["t.yaml:3: leaves.0.kind: 'oka' is not one of oak, elm (did you mean 'oak'?)"],
        ),
        (
            "name: a\nleaves:\n- {kind: oak,\n   sise: 1}",
            ["t.yaml:4: leaves.0.sise: unknown key (did you mean 'size'?)"],
        ),
        ("name: a\nroots:\n  x: {kind: elm, siz: 1}", ["t.yaml:3: roots.x.siz: unknown key (did you mean 'size'?)"]),
        ("name: a\neither: x", ["t.yaml:2: either: input should be a valid integer"]),
    ],
)
def test_mistakes(text: str, expected: list[str]) -> None:
    found = messages(text)
    assert len(found) == len(expected), found
    assert all(line.startswith(start) for line, start in zip(found, expected, strict=True)), found


def test_a_huge_file_is_not_parsed() -> None:
    assert "larger than" in str(parse_yaml("a: " + "x" * 1_000_001, "t.yaml").problems[0])


def test_validate_gives_the_model_or_all_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text("name: a\nleaves: [{kind: elm, size: 3}]\n")
    assert validate(Tree, read_yaml(Path("t.yaml"))).leaves[0].size == 3
    Path("t.yaml").write_text("leaves: [{kind: 1}, {knid: elm}]\n")
    with pytest.raises(ConfigError) as caught:
        validate(Tree, read_yaml(tmp_path / "t.yaml"))
    assert sorted(str(problem).split(": ")[1] for problem in caught.value.problems) == [
        "leaves.0.kind", "leaves.1.kind", "leaves.1.knid", "name",
    ]  # fmt: skip


def test_files_that_cannot_be_read_and_names_as_the_user_types_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert str(read_yaml(tmp_path / "none.yaml").problems[0]) == "none.yaml: cannot be read: no such file or directory"
    Path("b.yaml").write_bytes(b"\xff\xfe")
    assert str(read_yaml(Path("b.yaml")).problems[0]) == "b.yaml: cannot be read: not UTF-8 text"
    assert display(tmp_path / "a/b") == "a/b"
    assert display(tmp_path.parent) == str(tmp_path.parent)


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [("sigmod", ["sigmoid", "tanh"], " (did you mean 'sigmoid'?)"), ("zzz", ["sigmoid"], ""), ("x", [], "")],
)
def test_did_you_mean(word: str, known: list[str], expected: str) -> None:
    assert did_you_mean(word, known) == expected
