"""Certificates with gates written by hand: what is run, what counts, what is remembered."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from op_pipeline.certify import Bound, Certificate, Level, MutantResult, Status, certify
from op_pipeline.certify.models import from_data
from op_pipeline.certify.reasons import excuse
from op_pipeline.certify.running import mirror
from op_pipeline.certify.zoo import MUTATIONS, Candidate
from op_pipeline.errors import PipelineError
from op_pipeline.gates.seal import write
from op_pipeline.models import FailureClass, Gate
from op_pipeline.spec import Spec
from op_pipeline.targets import Prepared

# Judges the text of the compute kernel: what it looks for is what the mutants of a class leave behind.
GATE = """from op_pipeline.gates import kit

def test_text(tree):
    text = (tree / "ttnn/cpp/ttnn/operations/eltwise/softsign/device/kernels/compute/softsign.cpp").read_text()
    if "fill_tile(0, 0.0f)" in text:
        raise kit.GateFailure(kit.FailureClass.NUMERICAL_MISMATCH, "zeros")
    if "0x3f83d70a" in text:
        raise kit.GateFailure(kit.FailureClass.COMPILE_ERROR, "no such thing")
    assert "0xbf800000" not in text

def test_more(tree):
    pass
"""


class TextTarget:
    """Builds nothing."""

    name = "text"

    def identity(self) -> dict[str, str]:
        return {"compiler": "none"}

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        del spec, tree, cache
        return Prepared()


def gate_of(root: Path, text: str = GATE) -> Gate:
    texts = {"stage_7/test_hand.py": text}
    gate = Gate(
        stage=7,
        name="hand",
        root=root,
        files={name: hashlib.sha256(content.encode()).hexdigest() for name, content in texts.items()},
        digest=hashlib.sha256(text.encode()).hexdigest(),
        template="hand",
        red=(FailureClass.NUMERICAL_MISMATCH,),
        tests=("stage_7/test_hand.py::test_text", "stage_7/test_hand.py::test_more"),
        texts=texts,
    )
    write(gate)
    return gate


@pytest.fixture(scope="module")
def softsign(candidates: dict[str, Candidate]) -> tuple[Spec, Path]:
    spec = candidates["softsign"].spec
    return spec, spec.source.parent / "tree"


@pytest.fixture(scope="module")
def made(softsign: tuple[Spec, Path], tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    base = tmp_path_factory.mktemp("made")
    names = {"zeros", "ones", "negated", "scaled by 1.03", "order", "dropped"}
    some = [mutation for mutation in MUTATIONS if mutation.name in names]
    return certify(*softsign, [gate_of(base / "gates")], TextTarget(), mutations=some, most=5)


def one(made: Certificate, name: str) -> MutantResult:
    (found,) = (item for item in made.mutants if item.id == name)
    return found


def test_a_killed_mutant_names_test_stage_and_class(made: Certificate) -> None:
    zeros = one(made, "zeros")
    assert (zeros.status, zeros.level, zeros.trivial) == (Status.KILLED, Level.KERNEL, True)
    assert (zeros.killed_by, zeros.stage) == ("stage_7/test_hand.py::test_text", 7)
    assert (zeros.failure, zeros.reason) == ("numerical_mismatch", "zeros")
    assert zeros.change.startswith("softsign.cpp:")
    assert zeros.seconds > 0


def test_what_passes_survives(made: Certificate) -> None:
    ones = one(made, "ones")
    assert (ones.status, ones.reason, ones.excused) == (Status.SURVIVED, "all gates are green", False)
    assert made.share < 0.5
    assert next(problem.partition(":")[0] for problem in made.problems()) == "a trivial implementation passes"
    assert "ones" in made.problems()[0]
    assert "less than 95%" in made.problems()[1]


def test_what_does_not_build_does_not_count(made: Certificate) -> None:
    assert one(made, "scaled by 1.03").status is Status.STILLBORN
    counted = made.of(Status.KILLED, Status.SURVIVED)
    assert made.counted == len([item for item in counted if not item.excused])


def test_a_failure_without_a_class_does_not_kill(made: Certificate) -> None:
    negated = one(made, "negated")
    assert (negated.status, negated.failure) == (Status.SURVIVED, "unknown")
    assert negated.reason.startswith("fails, but for no declared reason")


def test_what_is_not_run_is_told_with_the_reason(made: Certificate) -> None:
    (order,) = (item for item in made.mutants if item.kind == "one input after the other")
    assert (order.status, order.reason) == (Status.NOT_APPLICABLE, "the reader fills one circular buffer")
    assert made.left_out == 2


def test_a_certificate_is_bound_to_what_it_was_made_from(
    made: Certificate, softsign: tuple[Spec, Path], tmp_path: Path
) -> None:
    spec, _tree = softsign
    assert made.spec == spec.digest
    assert made.gates == {"7": gate_of(tmp_path).digest}
    assert len({made.tree, made.environment, made.spec}) == 3


def test_data_and_back(made: Certificate) -> None:
    data = json.loads(json.dumps(made.as_data()))
    assert from_data(data) == made
    with pytest.raises(ValueError, match="format 2"):
        from_data({**data, "v": 2})
    with pytest.raises(ValueError, match="not a certificate"):
        from_data({**data, "mutants": [{"id": "x"}]})


PASSES = "def test_text(tree):\n    pass\n\n\ndef test_more(tree):\n    pass\n"


def test_the_cache_answers_until_something_changes(
    made: Certificate, softsign: tuple[Spec, Path], tmp_path: Path
) -> None:
    spec, tree = softsign
    copy = tmp_path / "tree"
    shutil.copytree(tree, copy)
    told: list[MutantResult] = []

    def again(text: str = PASSES, most: int = 1) -> Certificate:
        told.clear()
        gates = [gate_of(tmp_path / "gates", text)]
        return certify(spec, copy, gates, TextTarget(), cache=tmp_path / "cache", most=most, told=told.append)

    first = again()
    assert len(told) == 1
    assert again() == first
    assert not told
    assert again(PASSES + "# other\n").gates != first.gates
    assert again(most=2).left_out == first.left_out - 1
    (copy / spec.operation_path / "softsign.hpp").write_text("// other\n", encoding="utf-8")
    assert again().tree != first.tree
    for file in (tmp_path / "cache").glob("*.json"):
        file.write_text("{", encoding="utf-8")
    again()
    assert len(told) == 1


def test_an_operation_that_is_not_green_is_refused(softsign: tuple[Spec, Path], tmp_path: Path) -> None:
    gate = gate_of(tmp_path, GATE.replace('"fill_tile(0, 0.0f)" in text', "True"))
    with pytest.raises(PipelineError, match=r"softsign does not pass its own gates: .*test_text: zeros") as caught:
        certify(*softsign, [gate], TextTarget())
    assert "pipeline gate" in caught.value.hint


def test_the_original_is_left_alone(softsign: tuple[Spec, Path], tmp_path: Path) -> None:
    _, tree = softsign
    before = {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}
    certify(*softsign, [gate_of(tmp_path, PASSES)], TextTarget(), most=1)
    assert {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()} == before


def test_a_mirror_copies_some_folders_and_links_the_rest(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    for name in ("a/b/own/deep/x", "a/b/other/y", "a/z", ".git/HEAD", "t/own/w"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(name, encoding="utf-8")
    copy = tmp_path / "copy"
    mirror(tree, copy, ["a/b/own", "t/own", "a/b/absent"])
    assert (copy / "a/b/other").is_symlink()
    assert (copy / "a/z").is_symlink()
    assert not (copy / ".git").exists()
    (copy / "a/b/own/deep/x").write_text("changed", encoding="utf-8")
    (copy / "t/own/new").write_text("new", encoding="utf-8")
    assert (tree / "a/b/own/deep/x").read_text(encoding="utf-8") == "a/b/own/deep/x"
    assert not (tree / "t/own/new").exists()


def result(status: Status, **more: object) -> MutantResult:
    base = MutantResult("name", Level.HOST, "validation missing", "design", status)
    return replace(base, **more)  # type: ignore[arg-type]


def certificate(*mutants: MutantResult, bound: Bound | None = None) -> Certificate:
    return Certificate("op", "eltwise", "s", {}, "t", "e", mutants, 0, bound, 1.0)


KILLED, LIVES = result(Status.KILLED), result(Status.SURVIVED)


@pytest.mark.parametrize(
    ("mutants", "share", "problems"),
    [
        ([KILLED] * 19 + [LIVES], 0.95, 0),
        ([KILLED] * 18 + [LIVES], 18 / 19, 1),
        ([KILLED] * 99 + [replace(LIVES, trivial=True)], 0.99, 1),
        ([KILLED, replace(LIVES, excused=True)], 1.0, 0),
        ([KILLED, result(Status.STILLBORN), result(Status.EQUIVALENT), result(Status.NOT_APPLICABLE)], 1.0, 0),
        ([result(Status.STILLBORN)], 0.0, 1),
        ([LIVES], 0.0, 1),
    ],
)
def test_the_verdict(mutants: list[MutantResult], share: float, problems: int) -> None:
    made = certificate(*mutants)
    assert made.share == pytest.approx(share)
    assert len(made.problems()) == problems


@pytest.mark.parametrize(
    ("bound", "words"),
    [
        (Bound(holds=True, watermark_seen=True, value_tests=4), ""),
        (Bound(holds=False, passed_with_noop=("a",), value_tests=4), "does not depend"),
        (Bound(holds=False, problem="no value test ran"), "no value test ran"),
    ],
)
def test_an_unbound_verdict_is_a_problem(bound: Bound, words: str) -> None:
    assert words in " ".join(certificate(KILLED, bound=bound).problems())
    assert bool(certificate(KILLED, bound=bound).problems()) == bool(words)


@pytest.mark.parametrize(
    ("mutant", "excused"),
    [
        (result(Status.SURVIVED, id="check left out: op: input 'x' must have interleaved memory"), True),
        (result(Status.KILLED, id="check left out: op: input 'x' must have interleaved memory"), False),
        (result(Status.SURVIVED, id="check left out: op: input 'x' must have layout TILE"), False),
        (result(Status.SURVIVED, id="input interleaved", trivial=True), False),
        (result(Status.SURVIVED, id="input interleaved", failure="unknown"), False),
        (result(Status.SURVIVED, id="input interleaved", kind="zeros"), False),
    ],
)
def test_only_a_stated_reason_excuses(candidates: dict[str, Candidate], mutant: MutantResult, excused: bool) -> None:
    found = excuse(mutant, candidates["softsign"].spec)
    assert found.excused == excused
    assert ("sharded" in found.reason) == excused
