"""What a gate says of sources that break a rule: class, file, line, and all findings in the excerpt."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from op_pipeline.config import load_flow
from op_pipeline.gates import render_gate
from op_pipeline.gates.contract import contract_of, dump
from op_pipeline.gates.kit import GateFailure, check_sources
from op_pipeline.gates.kit.contract import Contract
from op_pipeline.models import FailureClass
from op_pipeline.spec import Spec

FIXTURES = Path(__file__).resolve().parents[1] / "static_checks/fixtures"
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"


@pytest.fixture
def contract(spec: Spec, tmp_path: Path) -> Contract:
    (tmp_path / "contract.json").write_text(dump(contract_of(spec)), encoding="utf-8")
    return Contract.load(tmp_path)


@pytest.mark.parametrize(
    ("rule", "kind", "place"),
    [
        ("NOC001", FailureClass.PROTOCOL_ERROR, ("kernels/reader.cpp", 15)),
        ("NAM001", FailureClass.COMPILE_ERROR, ("kernels/compute.cpp", 8)),
        ("HST004", FailureClass.UNBOUND_OUTPUT, ("op_device_operation.cpp", 7)),
    ],
)
def test_an_error_fails_with_its_class(
    tmp_path: Path, contract: Contract, rule: str, kind: FailureClass, place: tuple[str, int]
) -> None:
    shutil.copytree(FIXTURES / rule / "bad/op", tmp_path / "tree" / FOLDER)
    (tmp_path / "tree" / FOLDER / "kernels").mkdir(exist_ok=True)
    shutil.copy(FIXTURES / "NAM002/bad/op/kernels/compute.cpp", tmp_path / "tree" / FOLDER / "kernels/old.cpp")
    with pytest.raises(GateFailure, match=rule) as caught:
        check_sources(tmp_path / "tree", contract)
    failure = caught.value
    assert (failure.kind, failure.file, failure.line) == (kind, f"{FOLDER}/{place[0]}", place[1])
    assert failure.excerpt.splitlines()[0].startswith(f"{FOLDER}/{place[0]}:{place[1]}:")
    assert "warning: copy_tile_init is deprecated [NAM002]" in failure.excerpt


def test_several_errors_are_counted(tmp_path: Path, contract: Contract) -> None:
    for rule in ("NOC001", "NOC003"):
        shutil.copytree(FIXTURES / rule / "bad/op", tmp_path / "tree" / FOLDER / rule)
    with pytest.raises(GateFailure, match=r"and 1 more$") as caught:
        check_sources(tmp_path / "tree", contract)
    assert [line.split("[")[1][:6] for line in caught.value.excerpt.splitlines()] == ["NOC001", "NOC003"]


def test_warnings_and_empty_trees_pass(tmp_path: Path, contract: Contract) -> None:
    check_sources(tmp_path / "tree", contract)
    shutil.copytree(FIXTURES / "CB006/bad/op", tmp_path / "tree" / FOLDER)
    check_sources(tmp_path / "tree", contract)


def test_the_gates_of_stages_5_and_6_ask(spec: Spec, tmp_path: Path) -> None:
    gates = [render_gate(stage, spec, tmp_path / "gates", None) for stage in load_flow("cpp", None).stages]
    asking = [gate for gate in gates if any(test.endswith("::test_sources_break_no_rule") for test in gate.tests)]
    assert [gate.stage for gate in asking] == [5, 6]
    for gate in asking:
        assert {FailureClass.PROTOCOL_ERROR, FailureClass.COMPILE_ERROR, FailureClass.UNBOUND_OUTPUT} <= set(gate.red)
