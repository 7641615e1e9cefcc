"""Scripts: what they may say, and that edits are played as written."""

from __future__ import annotations

import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from op_pipeline.backends import load_backend
from op_pipeline.backends.scripted import ScriptedBackend
from op_pipeline.errors import ConfigError
from op_pipeline.models import FailureClass
from op_pipeline.testing import build_file_tree


def play(tree: Path, edits: list[dict[str, Any]], attempt: int = 1) -> Any:
    backend = ScriptedBackend({"1": [edits]})
    stage = SimpleNamespace(number=1, name="api")
    task: Any = SimpleNamespace(
        stage=stage, attempt=attempt, tree=tree, deadline=time.monotonic() + 60, dollars_left=None, tokens_left=None
    )
    said: list[Any] = []
    outcome = backend.attempt(task, said.append)
    assert backend.calls == [task]
    return outcome, [event.text for event in said]


def test_edits_are_played_in_order(tmp_path: Path) -> None:
    build_file_tree(tmp_path, {"old.txt": "old", "gone/x": "x", "moved.txt": "m"})
    outcome, said = play(
        tmp_path,
        [
            {"write": "new/a.txt", "text": "one\n"},
            {"append": "new/a.txt", "text": "two\n"},
            {"delete": "gone"},
            {"delete": "old.txt"},
            {"rename": "moved.txt", "to": "there.txt"},
            {"link": "link", "to": "there.txt"},
            {"chmod": "there.txt", "mode": "755"},
        ],
    )
    assert outcome
    assert len(said) == 7
    assert (tmp_path / "new/a.txt").read_text() == "one\ntwo\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "new", "there.txt"]
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there.txt").stat().st_mode & 0o777 == 0o755


def test_later_attempts_than_scripted_do_nothing(tmp_path: Path) -> None:
    outcome, said = play(tmp_path, [{"write": "a", "text": "x"}], attempt=2)
    assert (bool(outcome), said, list(tmp_path.iterdir())) == (True, [], [])


def test_a_turn_can_fail_and_take_its_time(tmp_path: Path) -> None:
    started = time.monotonic()
    outcome, _ = play(
        tmp_path, [{"sleep": 0.1}, {"fail": "limit_reached", "message": "enough"}, {"write": "a", "text": ""}]
    )
    assert time.monotonic() - started >= 0.1
    assert (outcome.failure.kind, outcome.failure.message) == (FailureClass.LIMIT_REACHED, "enough")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_scripts_are_yaml_or_json(tmp_path: Path, form: str) -> None:
    path = tmp_path / f"s.{form}"
    stages = {"api": [[{"delete": "a"}]]}
    path.write_text(json.dumps({"stages": stages}) if form == "json" else "stages:\n  api:\n    - - delete: a\n")
    backend = load_backend(f"scripted:{path}")
    assert isinstance(backend, ScriptedBackend)
    assert backend.stages == stages
    assert backend.name == f"scripted:{path.name}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("stages: {1: [[{explode: a}]]}", "is not one of write, append"),
        ("stages: {1: [[{write: a}]]}", "write needs 'text'"),
        ("stages: {1: [[{fail: boredom}]]}", "'boredom' is no failure class"),
        ("stages: {1: [{write: a, text: b}]}", "a list of attempts is expected"),
        ("stages: [1]", "a mapping with key 'stages'"),
        ("a: [", "cannot be read"),
    ],
)
def test_mistakes_in_a_script_are_told(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")):
        load_backend(f"scripted:{path}")


@pytest.mark.parametrize("name", ["magic", "scripted", "scripted:", "template:x", ""])
def test_unknown_backends_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ConfigError, match="unknown backend") as caught:
        load_backend(name)
    assert "template, scripted:FILE" in caught.value.hint
