"""Which device the environment names, what is missing, and a gate that runs on it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.gates import run_gates
from op_pipeline.gates.seal import write
from op_pipeline.models import FailureClass, Gate, GateRun, TestOutcome
from op_pipeline.remote import Missing, RemoteDevice, Settings, find_device
from op_pipeline.remote.finding import COMPILER
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import Prepared, load_target
from op_pipeline.testing.device import Desk

SPEC = Path(__file__).parents[1] / "specs" / "clip.md"

# What a gate does with a described program, without an operation that would have to be built first.
GATE = """
import json
import numpy as np
from op_pipeline.gates.workers.running import Place
from op_pipeline.testing.device import SHAPE, SOURCE, TARGET, VALUES, body

def test_copies(surroundings, tree):
    places = [Place(SHAPE, "bfloat16", "TILE", "DRAM", at) for at in (SOURCE, TARGET)]
    made = surroundings.programs.run("8x8", body(tree)["launches"], [(places[0], VALUES)], places[1])
    assert np.array_equal(made, VALUES)
"""


class OnDesk:
    """A target that builds nothing and runs on the desk's card."""

    name = "hardware"

    def __init__(self, settings: Settings, tree: Path) -> None:
        self.prepared = Prepared(env={"OP_PIPELINE_OPERATIONS": "/nothing.so"}, device=RemoteDevice(settings, tree))

    def prepare(self, spec: Spec, tree: Path, cache: Path | None = None) -> Prepared:
        return self.prepared

    def identity(self) -> dict[str, str]:
        return {}


def gate_run(desk: Desk, *, stage: int = 6) -> GateRun:
    name = f"stage_{stage}/test_hand.py"
    gate = Gate(
        stage=stage, name="hand", root=desk.folder / "gates", files={name: hashlib.sha256(GATE.encode()).hexdigest()},
        digest="hand", template="hand", red=(), tests=(f"{name}::test_copies",), texts={name: GATE},
    )  # fmt: skip
    write(gate)
    target = OnDesk(desk.settings, desk.tree)
    return run_gates(
        [gate], spec=load_spec(SPEC), tree=desk.tree, target=target, out=desk.folder / "out", seed="1", deadline=30
    )


def test_a_gate_runs_on_the_card_and_finds_it_wanting(desk: Desk) -> None:
    run = gate_run(desk)
    assert [result.outcome for result in run.results] == [TestOutcome.PASSED], run.output_tail
    assert "closed in order" in (desk.folder / "out/device/library-1.txt").read_text()
    desk.settings = replace(desk.settings, operation_seconds=0.5)
    desk.does("hang")
    run = gate_run(desk)
    assert [result.kind for result in run.results] == [FailureClass.HANG_DEADLOCK]
    assert run.results[0].file.endswith("copy.cpp")
    assert (desk.folder / "out/device/triage-1.txt").is_file()
    desk.dirty.set("hung")
    desk.smi_does("fails and exits 0")
    run = gate_run(desk)
    assert "not usable" in run.env_problem
    assert run.results == ()


Environment = dict[str, str]


@pytest.fixture
def here(desk: Desk) -> Environment:
    """Everything for both kinds of device."""
    (desk.folder / "sfpi/runtime/sfpi" / COMPILER).parent.mkdir(parents=True)
    (desk.folder / "sfpi/runtime/sfpi" / COMPILER).write_text("")
    (desk.folder / "libttsim_wh.so").write_text("")
    (desk.folder / "soc_descriptor.yaml").write_text("")
    return {
        "OP_PIPELINE_TTNN_PYTHON": desk.settings.python, "PYTHONPATH": str(desk.folder / "library"),
        "TT_METAL_RUNTIME_ROOT": str(desk.folder / "sfpi"), "TT_METAL_SIMULATOR": str(desk.folder / "libttsim_wh.so"),
        "OP_PIPELINE_TT_SMI": desk.settings.smi, "TT_METAL_CACHE": "/elsewhere", "TT_METAL_STANDIN": "x", "SECRET": "y",
    }  # fmt: skip


def found(kind: Any, environment: Environment, desk: Desk) -> Settings | Missing:
    folder = desk.folder
    return find_device(kind, environment, folder / "cache", devices=folder / "dev", installed=folder / "opt")


def test_what_is_found(desk: Desk, here: Environment) -> None:
    simulator = found("simulator", here, desk)
    assert isinstance(simulator, Settings), simulator
    assert (simulator.lock, simulator.smi, simulator.own_seconds) == ("", "", 0)
    assert simulator.env["TT_METAL_SLOW_DISPATCH_MODE"] == "1"
    assert simulator.env["TT_METAL_DISABLE_SFPLOADMACRO"] == "1"
    assert not {"SECRET", "TT_METAL_CACHE", "OP_PIPELINE_TT_SMI"} & {*simulator.env}
    card = found("hardware", {**here, "OP_PIPELINE_DEVICE_SECONDS": "7", "OP_PIPELINE_DEVICE_LOCK": "/l"}, desk)
    assert isinstance(card, Settings), card
    assert (card.operation_seconds, card.lock, card.node) == (7.0, "/l", str(desk.folder / "dev/tenstorrent/0"))
    assert "TT_METAL_SIMULATOR" not in card.env
    assert int(card.env["TT_METAL_OPERATION_TIMEOUT_SECONDS"]) == card.own_seconds > 0
    assert Settings.from_text(card.as_text()) == card


def test_what_is_missing_is_said_with_a_remedy(desk: Desk, here: Environment) -> None:
    for kind, changes, words in (
        ("simulator", {"TT_METAL_SIMULATOR": ""}, "TT_METAL_SIMULATOR is not set"),
        ("simulator", {"TT_METAL_SIMULATOR": "/no.so"}, "no such file"),
        ("simulator", {"TT_METAL_SIMULATOR": str(desk.folder / "sfpi" / "runtime")}, "no such file"),
        ("simulator", {"TT_METAL_RUNTIME_ROOT": ""}, "SFPI"),
        ("simulator", {"PYTHONPATH": ""}, "has no ttnn"),
        ("simulator", {"OP_PIPELINE_TTNN_PYTHON": "/no/python"}, "/no/python"),
        ("hardware", {"OP_PIPELINE_DEVICE": "3"}, "no .*tenstorrent/3"),
        ("hardware", {"OP_PIPELINE_DEVICE": "one"}, "no number"),
        ("hardware", {"OP_PIPELINE_TT_SMI": "", "PATH": "/nowhere"}, "no tt-smi"),
    ):
        gone = found(kind, {**here, **changes}, desk)
        assert isinstance(gone, Missing), (kind, changes)
        assert re.search(words, gone.reason), gone.reason
        assert gone.remedy
    (desk.folder / "soc_descriptor.yaml").unlink()
    gone = found("simulator", here, desk)
    assert isinstance(gone, Missing)
    assert "soc_descriptor.yaml" in gone.reason


def test_a_target_without_its_device_says_nothing_of_the_operation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OP_PIPELINE_TTNN_PYTHON", str(tmp_path / "python"))
    target = load_target("simulator")
    prepared = target.prepare(load_spec(SPEC), tmp_path)
    assert prepared.problem is not None
    assert prepared.problem.kind is FailureClass.ENV_ERROR
    assert prepared.problem.message.startswith("target simulator: ")
    assert target.identity()["device"].startswith("none: ")
