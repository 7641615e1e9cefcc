"""Targets: what is there, what comes later, and how a build that fails is told from a machine that cannot build."""

from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.errors import ConfigError
from op_pipeline.models import FailureClass
from op_pipeline.spec import Spec
from op_pipeline.targets import load_target


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("mock", "computes no values"),
        ("emulater", "unknown target"),
    ],
)
def test_other_targets_are_refused(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as caught:
        load_target(name)
    assert "emulator" in caught.value.hint


@pytest.mark.parametrize("files", [[], ["swish.hpp"], ["device/kernels/compute/swish.cpp"]])
def test_without_host_sources_the_operation_is_missing(spec: Spec, tmp_path: Path, files: list[str]) -> None:
    for name in files:
        path = tmp_path / spec.operation_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    prepared = load_target("emulator").prepare(spec, tmp_path)
    assert prepared.problem is not None
    assert prepared.problem.kind is FailureClass.MISSING_SYMBOL
    assert spec.operation_path in prepared.problem.message
    assert prepared.env["TT_METAL_HOME"] == str(tmp_path)
    assert "OP_PIPELINE_OPERATIONS" not in prepared.env


def test_no_compiler_is_a_matter_of_the_machine(spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setenv("CXX", str(tmp_path / "no-compiler"))
    prepared = load_target("emulator").prepare(spec, tmp_path)
    assert prepared.problem is not None
    assert prepared.problem.kind is FailureClass.ENV_ERROR


def test_the_users_compiler_and_cache_are_passed_on(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path / "one"))
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    assert load_target("emulator").prepare(spec, tmp_path).env["OP_PIPELINE_CACHE"] == str(tmp_path / "one")
    prepared = load_target("emulator").prepare(spec, tmp_path, tmp_path / "two")
    assert prepared.env["OP_PIPELINE_CACHE"] == str(tmp_path / "two")
    assert "PYTHONPATH" not in prepared.env


def put_source(spec: Spec, tree: Path, text: str) -> None:
    folder = tree / spec.operation_path
    folder.mkdir(parents=True)
    (folder / "swish.cpp").write_text(text, encoding="utf-8")


def test_a_missing_header_is_a_build_error(spec: Spec, tmp_path: Path) -> None:
    put_source(spec, tmp_path, "int a = 1;\n")
    problem = load_target("emulator").prepare(spec, tmp_path).problem
    assert problem is not None
    assert problem.kind is FailureClass.BUILD_ERROR
    assert problem.file == f"{spec.operation_path}/swish_nanobind.hpp"
