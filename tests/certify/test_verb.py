"""`pipeline gate --certify`: what it says of a certificate that is there already, and what it refuses."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from op_pipeline.certify import Bound, Certificate, Level, MutantResult, Status
from op_pipeline.certify.certificate import digest
from op_pipeline.certify.zoo import Candidate
from op_pipeline.cli import main
from op_pipeline.config import load_flow
from op_pipeline.gates import render_gate
from op_pipeline.targets import load_target

MOST = 3


class Said(NamedTuple):
    code: int
    out: str
    err: str


KILLED = MutantResult(
    "zeros", Level.KERNEL, "zeros", "design", Status.KILLED, "a.cpp:1 x", True, "t", 7, "numerical_mismatch"
)
LIVES = MutantResult(
    "half", Level.DESCRIPTOR, "half the work", "design", Status.SURVIVED, "f.cpp:2 y", reason="all gates are green"
)
EXCUSED = MutantResult(
    "check",
    Level.HOST,
    "validation missing",
    "design",
    Status.SURVIVED,
    "d.cpp:3 z",
    reason="no such tensors",
    excused=True,
)
SAME = MutantResult("swap", Level.KERNEL, "swapped operands", "design", Status.EQUIVALENT, reason="commutative")
Say = Callable[..., Said]


@pytest.fixture
def certified(
    candidates: dict[str, Candidate],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Say:
    """Put a certificate into the workspace's cache, then ask for it."""
    spec = candidates["softsign"].spec
    shutil.copytree(spec.source.parent / "tree", tmp_path / "tree")
    shutil.copy(spec.source, tmp_path / "spec.md")
    (tmp_path / "pyproject.toml").write_text("[tool.op-pipeline]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def say(*arguments: str, mutants: tuple[MutantResult, ...] = (KILLED,), bound: Bound | None = None) -> Said:
        folder = tmp_path / "logs" / "gates" / f"{spec.operation}-certified"
        stages = [stage for stage in load_flow("cpp", tmp_path).stages if stage.number >= 1]
        gates = [render_gate(stage, spec, folder, tmp_path) for stage in stages]
        made = Certificate(spec.operation, "eltwise", spec.digest, {}, "t", "e", mutants, 9, bound, 12.3)
        key = digest(spec, tmp_path / "tree", gates, load_target("emulator"), MOST)
        file = tmp_path / "logs" / "certificates" / f"{spec.operation}-{key[:16]}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(made.as_data()), encoding="utf-8")
        capsys.readouterr()
        code = main(["gate", "--certify", "spec.md", "--tree", "tree", "--mutants", str(MOST), *arguments])
        said = capsys.readouterr()
        return Said(code, said.out, said.err)

    return say


def test_a_certificate_that_holds(certified: Say) -> None:
    said = certified(mutants=(KILLED, EXCUSED, SAME), bound=Bound(holds=True, watermark_seen=True, value_tests=14))
    assert said.code == 0
    rows = [line.split() for line in said.out.splitlines()]
    assert ["kernel", "1", "0", "1", "0", "gate", "7:", "1"] in rows
    assert ["host", "0", "1", "0", "0"] in rows
    assert "survives (excused): host, validation missing: check\n  d.cpp:3 z\n  no such tensors" in said.out
    assert "bound: 14 value tests fail with kernels that do nothing" in said.out
    assert "softsign: 100.0% of 1 mutants killed in 12 s, 9 more were not run (--mutants)" in said.out
    assert "commutative" not in said.out


def test_what_lives_is_named_and_the_verdict_is_1(certified: Say) -> None:
    said = certified(mutants=(KILLED, LIVES))
    assert said.code == 1
    assert "survives: descriptor, half the work: half\n  f.cpp:2 y\n  all gates are green" in said.out
    assert "not certified: 50.0% of the mutants are killed, less than 95%" in said.out


def test_an_unbound_verdict_is_said(certified: Say) -> None:
    said = certified(bound=Bound(holds=False, problem="3 value tests pass with kernels that do nothing"))
    assert said.code == 1
    assert said.out.count("3 value tests pass with kernels that do nothing") == 2


def test_more_words_say_what_was_not_counted(certified: Say) -> None:
    said = certified("-v", mutants=(KILLED, SAME))
    assert "equivalent: kernel, swapped operands: swap: commutative" in said.out


def test_as_data(certified: Say) -> None:
    said = certified("--json", mutants=(KILLED, LIVES))
    data = json.loads(said.out)
    assert (data["v"], data["share"], len(data["mutants"]), data["left_out"]) == (1, 0.5, 2, 9)
    assert data["problems"] == ["50.0% of the mutants are killed, less than 95%"]
    assert said.code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["gate"], "which stage?"),
        (["gate", "7", "--certify"], "--certify runs all gates"),
        (["gate", "--certify", "--upto"], "--certify runs all gates"),
        (["gate", "7", "--mutants", "4"], "--mutants is for --certify"),
    ],
)
def test_what_does_not_go_together(
    arguments: list[str],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
