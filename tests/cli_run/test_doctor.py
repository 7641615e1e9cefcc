"""`pipeline doctor`: what is said of a machine that has everything, of one that has nothing, and of what is broken."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from op_pipeline.doctor import Finding, examine
from op_pipeline.doctor.real import real_findings
from op_pipeline.testing import snapshot

NAMES = [
    *("compiler", "emulator", "cache", "git", "sandbox", "bubblewrap", "landlock", "socat", "claude-cli"),
    *("credentials", "ttnn", "ziglang", "sfpi", "tt-metal", "simulator", "card", "tt-smi"),
]
NEEDED = {"compiler", "emulator", "cache", "git", "sandbox"}
SECRET = "sk-ant-a-value-nobody-may-see"


class Shell(Protocol):
    """What the fixture `pipeline` gives; see conftest.py."""

    root: Path
    out: str
    err: str

    def __call__(self, *words: str) -> int: ...

    def data(self) -> Any: ...


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OP_PIPELINE_SANDBOX", "TT_METAL_HOME", "TT_METAL_SIMULATOR", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def path_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A function that makes a PATH of some programs of this machine and some of ours (name: shell text)."""

    def make(*programs: str, **scripts: str) -> Path:
        tools = tmp_path / "tools"
        tools.mkdir()
        for name in programs:
            (tools / name).symlink_to(str(shutil.which(name)))
        for name, text in scripts.items():
            (tools / name.replace("_", "-").replace("plusplus", "++")).write_text(f"#!/bin/sh\n{text}\n")
        for tool in tools.iterdir():
            if not tool.is_symlink():
                tool.chmod(0o755)
        monkeypatch.setenv("PATH", str(tools))
        return tools

    return make


def by_name(data: Any) -> dict[str, dict[str, Any]]:
    return {finding["name"]: finding for finding in data["findings"]}


def test_a_machine_with_everything_needed(pipeline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    before = snapshot(pipeline.root)
    assert pipeline("doctor", "--json") == 0
    data = pipeline.data()
    assert (data["v"], data["ok"]) == (1, True)
    found = by_name(data)
    assert list(found) == NAMES
    assert {name for name, finding in found.items() if finding["needed"]} == NEEDED
    assert all(found[name]["found"] for name in NEEDED)
    assert "compiles C++20" in found["compiler"]["detail"]
    assert found["git"]["detail"].startswith("git version ")
    assert found["sandbox"]["detail"].startswith("gates use ")
    assert all(note.startswith("does not stop: ") for note in found["sandbox"]["notes"])
    assert found["credentials"]["detail"] == "ANTHROPIC_API_KEY is set"
    assert SECRET not in pipeline.out + pipeline.err
    assert all(finding["allows"] and (finding["remedy"] or finding["found"]) for finding in found.values())
    assert snapshot(pipeline.root) == before


def test_the_same_for_the_eye(pipeline: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_AUTH_TOKEN", SECRET)
    assert pipeline("doctor") == 0
    lines = pipeline.out.splitlines()
    assert lines[0].split() == ["found", "here", "allows"]
    assert lines[-1] == "ready: everything for target emulator is here"
    assert any(line.startswith("  sandbox does not stop: ") for line in lines)
    assert (
        "missing: card: no /dev/tenstorrent/*\n  allows: target hardware" in pipeline.out
        or Path("/dev/tenstorrent").exists()
    )
    assert all(f"\n{name} " in pipeline.out or f"missing: {name}: " in pipeline.out for name in NAMES)
    assert SECRET not in pipeline.out + pipeline.err
    assert pipeline.err == ""


def test_a_machine_with_nothing(pipeline: Shell, path_of: Callable[..., Path]) -> None:
    path_of()
    assert pipeline("doctor") == 7
    assert "missing: compiler: no usable C++ compiler\n" in pipeline.out
    assert "  get it: install g++ 12 or newer" in pipeline.out
    assert "missing: git: not on PATH\n" in pipeline.out
    assert "missing: bubblewrap: bubblewrap is not installed\n" in pipeline.out
    assert "missing: socat: not on PATH\n" in pipeline.out
    assert pipeline.out.endswith("\nnot ready: target emulator needs compiler, git\n")
    assert pipeline("doctor", "--json") == 7
    assert pipeline.data()["ok"] is False
    found = by_name(pipeline.data())
    assert found["sandbox"]["found"]
    assert found["sandbox"]["detail"] in {"gates use landlock", "gates use limits"}
    assert "bubblewrap" in found["sandbox"]["remedy"]


def test_what_is_broken_is_not_found(
    pipeline: Shell, path_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    old = 'case $1 in --version) echo "g++ (GCC) 13.2.0";; *) echo "line.cpp:1:10: fatal error: concepts: No such file"; exit 1;; esac'
    path_of(gplusplus=old, git="echo broken >&2; exit 1", bwrap="echo no rights >&2; exit 1")
    monkeypatch.setenv("OP_PIPELINE_CACHE", "/proc/sys/op-pipeline")  # even root makes no file there
    (pipeline.root / "pyproject.toml").write_text('[tool.op-pipeline.claude]\ncli = "/is/not/there"\n')
    assert pipeline("doctor", "--json") == 7
    found = by_name(pipeline.data())
    compiler = found["compiler"]
    assert not compiler["found"]
    assert compiler["detail"].startswith("gcc 13.2.0, ")
    assert compiler["detail"].endswith("does not compile C++20: line.cpp:1:10: fatal error: concepts: No such file")
    assert found["git"]["detail"].endswith("git does not work: broken")
    assert found["bubblewrap"]["detail"] == "bubblewrap does not work here: no rights"
    assert not found["cache"]["found"]
    assert found["cache"]["detail"].startswith("/proc/sys/op-pipeline cannot be written: ")
    assert "OP_PIPELINE_CACHE" in found["cache"]["remedy"]
    assert found["claude-cli"]["detail"] == "/is/not/there is no program"
    assert found["claude-cli"]["remedy"] == "correct claude.cli in pyproject.toml"


def test_a_sandbox_that_is_wanted_and_not_there_is_missing(
    pipeline: Shell, path_of: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path_of("g++", "git", "as", "ld", claude="echo 9.9.9 '(Claude Code)'")
    (pipeline.root / "pyproject.toml").write_text(
        f'[tool.op-pipeline]\nsandbox = "bubblewrap"\n[tool.op-pipeline.claude]\ncli = "{tmp_path}/tools/claude"\n'
    )
    fresh = tmp_path / "not yet" / "cache"
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(fresh))
    assert pipeline("doctor", "--json") == 7
    found = by_name(pipeline.data())
    assert [name for name in NEEDED if not found[name]["found"]] == ["sandbox"]
    assert found["sandbox"]["detail"] == "sandbox = bubblewrap is not possible here: bubblewrap is not installed"
    assert found["sandbox"]["remedy"] == "install bubblewrap (Debian, Ubuntu: apt-get install bubblewrap)"
    assert found["claude-cli"]["detail"] == "9.9.9 (Claude Code)"
    assert found["cache"]["detail"] == f"{fresh}, empty"
    assert not fresh.parent.exists()


def test_a_wrong_setting_is_a_wrong_setting(pipeline: Shell) -> None:
    (pipeline.root / "pyproject.toml").write_text('[tool.op-pipeline]\nsandbox = "off"\n')
    assert pipeline("doctor") == 2
    assert "pyproject.toml:2: tool.op-pipeline.sandbox: " in pipeline.err


# --- beyond the emulator: looked for by name and place, so stand-ins will do -------------------------------------------


@pytest.fixture
def beyond(tmp_path: Path) -> Callable[..., dict[str, Finding]]:
    for name in ("dev", "opt"):
        (tmp_path / name).mkdir()

    def look(**environment: str) -> dict[str, Finding]:
        findings = real_findings(environment, tmp_path / "dev", tmp_path / "opt")
        return {finding.name: finding for finding in findings}

    return look


def compiler_at(root: Path, text: str) -> Path:
    program = root / "compiler" / "bin" / "riscv-tt-elf-g++"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


def library_at(folder: Path) -> Path:
    """A Python that finds packages ttnn and ziglang, as far as one can see without importing them."""
    site = folder / "site"
    (site / "ttnn" / "tt_metal" / "pre-compiled").mkdir(parents=True)
    (site / "ziglang").mkdir()
    (site / "ziglang" / "zig").touch()
    for package, version in (("ttnn", "0.81.1"), ("ziglang", "0.16.0")):
        (site / package / "__init__.py").touch()
        notes = site / f"{package}-{version}.dist-info"
        notes.mkdir()
        (notes / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
    python = folder / "bin" / "python"
    python.parent.mkdir()
    start = f"import sys; sys.path.insert(0, {str(site)!r}); exec(sys.argv[1])"
    python.write_text(f'#!/bin/sh\nshift; shift\nexec {sys.executable} -I -c "{start}" "$1"\n')
    python.chmod(0o755)
    return python


def test_nothing_beyond_the_emulator(beyond: Any, path_of: Callable[..., Path], tmp_path: Path) -> None:
    path_of()
    found = beyond()
    assert {name: it.detail for name, it in found.items() if name not in {"ttnn", "ziglang"}} == {
        "sfpi": "no riscv-tt-elf-g++",
        "tt-metal": "TT_METAL_HOME is not set",
        "simulator": "TT_METAL_SIMULATOR is not set",
        "card": f"no {tmp_path}/dev/tenstorrent/*",
        "tt-smi": "no program tt-smi",
    }
    assert not any(it.found for name, it in found.items() if name not in {"ttnn", "ziglang"})
    assert all("target" in it.allows and it.remedy and not it.needed for it in found.values())


def test_everything_beyond_the_emulator(beyond: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "tt-metal"
    for name in ("tt_metal", "ttnn"):
        (home / name).mkdir(parents=True)
    program = compiler_at(home / "runtime" / "sfpi", "echo 'riscv-tt-elf-g++ (sfpi:7.89.0) 15.1.0'; echo more")
    for name in ("libttsim_wh.so", "soc_descriptor.yaml", "tt-smi"):
        (tmp_path / name).touch(mode=0o755)
    (tmp_path / "dev" / "tenstorrent").mkdir()
    for number in "10":
        (tmp_path / "dev" / "tenstorrent" / number).touch()
    python = library_at(tmp_path / "environment")
    simulator = str(tmp_path / "libttsim_wh.so")
    found = beyond(
        TT_METAL_HOME=str(home), TT_METAL_SIMULATOR=simulator, OP_PIPELINE_TTNN_PYTHON=str(python),
        OP_PIPELINE_TT_SMI=str(tmp_path / "tt-smi"),
    )  # fmt: skip
    assert all(it.found for it in found.values())
    assert {name: it.detail for name, it in found.items()} == {
        "ttnn": f"0.81.1, {python}",
        "ziglang": str(tmp_path / "environment" / "site" / "ziglang" / "zig"),
        "sfpi": f"riscv-tt-elf-g++ (sfpi:7.89.0) 15.1.0, {program}",
        "tt-metal": str(home),
        "simulator": str(tmp_path / "libttsim_wh.so"),
        "card": f"{tmp_path}/dev/tenstorrent/0, {tmp_path}/dev/tenstorrent/1",
        "tt-smi": str(tmp_path / "tt-smi"),
    }
    assert all("stand-in programs" in str(found[name].notes) for name in ("simulator", "card"))
    (tmp_path / "soc_descriptor.yaml").unlink()
    assert beyond(TT_METAL_SIMULATOR=simulator)["simulator"].detail == f"no soc_descriptor.yaml beside {simulator}"


def test_what_is_named_and_not_there(beyond: Any, tmp_path: Path) -> None:
    compiler_at(tmp_path / "opt" / "sfpi", "echo 'not for this machine' >&2; exit 1")
    found = beyond(TT_METAL_HOME=str(tmp_path), TT_METAL_SIMULATOR="/is/not/there.so")
    assert not any(it.found for name, it in found.items() if name not in {"ttnn", "ziglang", "tt-smi"})
    assert found["sfpi"].detail.startswith("not for this machine, ")
    assert found["tt-metal"].detail == f"TT_METAL_HOME={tmp_path} has no folder tt_metal"
    assert found["simulator"].detail == "TT_METAL_SIMULATOR=/is/not/there.so: no such file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may open everything")
def test_a_card_that_may_not_be_opened(beyond: Any, tmp_path: Path) -> None:
    (tmp_path / "dev" / "tenstorrent").mkdir()
    (tmp_path / "dev" / "tenstorrent" / "0").touch(mode=0o000)
    assert "may not be opened" in beyond()["card"].detail


def test_it_is_a_value_for_other_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    report = examine(environment={"CLAUDE_CODE_OAUTH_TOKEN": SECRET})
    assert report["credentials"].detail == "CLAUDE_CODE_OAUTH_TOKEN is set"
    assert not report.missing
    assert SECRET not in str(report.as_json())
