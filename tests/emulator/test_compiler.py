from __future__ import annotations

from pathlib import Path

import pytest

from op_pipeline.emulator import compiler
from op_pipeline.emulator.faults import ToolchainMissing


def fake_compiler(folder: Path, name: str, banner: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{banner}'\n")
    path.chmod(0o755)
    return path


def test_a_compiler_of_this_machine_is_found() -> None:
    found = compiler.find_compiler()
    assert Path(found.path).is_file()
    assert int(found.version.split(".")[0]) >= compiler.OLDEST[found.family]


@pytest.mark.parametrize(
    ("banner", "family", "version"),
    [
        ("g++ (Debian 12.2.0-14) 12.2.0", "gcc", "12.2.0"),
        ("g++-13 (Ubuntu 13.3.0-6ubuntu2) 13.3.0", "gcc", "13.3.0"),
        ("Ubuntu clang version 18.1.3 (1ubuntu1)", "clang", "18.1.3"),
    ],
)
def test_cxx_names_the_compiler(
    banner: str, family: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(fake_compiler(tmp_path, "mine", banner)))
    found = compiler.find_compiler()
    assert (found.family, found.version) == (family, version)


@pytest.mark.parametrize(
    ("banner", "told"),
    [
        ("g++ (GCC) 11.4.0", "11.4.0, older than 12"),
        ("clang version 14.0.0", "14.0.0, older than 16"),
        ("make me a sandwich", "does not answer --version"),
        ("", "does not answer --version"),
    ],
)
def test_an_unusable_compiler_is_refused_with_the_reason(
    banner: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(fake_compiler(tmp_path, "mine", banner)))
    with pytest.raises(ToolchainMissing, match=told):
        compiler.find_compiler()


def test_a_wrong_cxx_is_not_replaced_silently(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(ToolchainMissing, match="no-such-compiler"):
        compiler.find_compiler()


def test_without_a_compiler_the_error_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainMissing) as caught:
        compiler.find_compiler()
    assert "apt-get install g++" in caught.value.hint
    assert caught.value.exit_code == 7


def test_the_first_usable_compiler_on_the_path_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_compiler(tmp_path, "g++", "g++ (GCC) 9.1.0")
    fake_compiler(tmp_path, "clang++-17", "clang version 17.0.6")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    monkeypatch.setattr(compiler, "_CANDIDATES", ("g++", "clang++-17"))
    assert compiler.find_compiler().family == "clang"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"OP_PIPELINE_CACHE": "/somewhere"}, "/somewhere"),
        ({"XDG_CACHE_HOME": "/xdg"}, "/xdg/op-pipeline"),
        ({"HOME": "/home/me"}, "/home/me/.cache/op-pipeline"),
    ],
)
def test_the_cache_stands_where_the_user_wants_it(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("OP_PIPELINE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert compiler.cache_folder() == Path(expected)


def test_a_precompiled_header_is_made_once_and_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path))
    found = compiler.find_compiler()
    first = compiler.precompiled(found, ("-O0",), "array", "digest")
    made = list((tmp_path / "precompiled").rglob("forced.h.*ch"))
    assert len(made) == 1
    assert first[0] in {"-include", "-include-pch"}
    before = made[0].stat().st_mtime_ns
    assert compiler.precompiled(found, ("-O0",), "array", "digest") == first
    assert made[0].stat().st_mtime_ns == before


@pytest.mark.parametrize("changed", [(("-O1",), "array", "digest"), (("-O0",), "array", "other")])
def test_other_flags_or_headers_need_another_precompiled_header(
    changed: tuple[tuple[str, ...], str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path))
    found = compiler.find_compiler()
    assert compiler.precompiled(found, *changed) != compiler.precompiled(found, ("-O0",), "array", "digest")


def test_a_header_that_cannot_be_precompiled_is_included_plainly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path))
    assert compiler.precompiled(compiler.find_compiler(), (), "no/such/header.h", "digest") == (
        "-include",
        "no/such/header.h",
    )
    assert not list(tmp_path.rglob("*.gch"))
