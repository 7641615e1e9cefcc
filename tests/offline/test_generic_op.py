"""The generic-op flow on specs of every family: green through all gates, and the same program as the C++ flow's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.backends.template import generate
from op_pipeline.config import load_flow
from op_pipeline.emulator import inspection
from op_pipeline.emulator.operation_build import build_operation
from op_pipeline.gates import judge_green, judge_red, render_gate, run_gates
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

SPECS = Path(__file__).parents[1] / "specs"
STAGED = ("clip",)
WHOLE = ("divide", "linear_relu", "softmax", "to_rows")
COMPARED = ("clip", "linear_silu", "sum_w", "rows_crop")
FLOW = "generic-op"


def present(names: tuple[str, ...]) -> list[str]:
    """Of the names those that are specs."""
    return [name for name in names if (SPECS / f"{name}.md").is_file()]


def write(tree: Path, spec: Spec, stage: int) -> None:
    """What the template backend writes in a stage."""
    for name, text in generate(spec, stage).items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)


@pytest.mark.slow
@pytest.mark.parametrize("name", present(STAGED))
def test_each_stage_is_red_before_and_green_after(name: str, tmp_path: Path) -> None:
    spec = load_spec(SPECS / f"{name}.md").in_flow(FLOW)
    stages = load_flow(FLOW, None).stages
    gates = [render_gate(stage, spec, tmp_path / "gates", None) for stage in stages]
    tree, target = tmp_path / "tree", load_target("emulator")
    tree.mkdir()
    for number in range(8):
        common: dict[str, Any] = {"spec": spec, "tree": tree, "target": target, "deadline": 240}
        before = run_gates(gates[number : number + 1], out=tmp_path / f"red{number}", seed=f"red {number}", **common)
        red = judge_red(before, gates[number])
        assert red, f"stage {number}: {red.code}: {red.reason}"
        write(tree, spec, number)
        after = run_gates(gates[: number + 1], out=tmp_path / f"green{number}", seed=f"green {number}", **common)
        green = judge_green(after, gates[: number + 1], {})
        assert green.green, green.failures


@pytest.mark.slow
@pytest.mark.parametrize("name", present(WHOLE))
def test_all_gates_are_green_on_the_generated_tree(name: str, tmp_path: Path) -> None:
    spec = load_spec(SPECS / f"{name}.md").in_flow(FLOW)
    gates = [render_gate(stage, spec, tmp_path / "gates", None) for stage in load_flow(FLOW, None).stages]
    tree = tmp_path / "tree"
    for stage in range(8):
        write(tree, spec, stage)
    run = run_gates(
        gates, spec=spec, tree=tree, target=load_target("emulator"), out=tmp_path / "out", seed=name, deadline=240
    )
    green = judge_green(run, gates, {})
    assert green.green, green.failures


@pytest.mark.slow
@pytest.mark.parametrize("name", present(COMPARED))
def test_both_flows_describe_the_same_program_and_give_the_same_values(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpp = load_spec(SPECS / f"{name}.md").in_flow("cpp")
    monkeypatch.setenv("TT_METAL_HOME", str(tmp_path))
    for spec in (cpp, cpp.in_flow(FLOW)):
        for stage in range(8):
            write(tmp_path, spec, stage)
    built = build_operation(tmp_path / cpp.operation_path)
    assert built.library is not None, built.problems
    ttnn = emulator.activate()
    device = ttnn.open_device(device_id=0)
    rng = np.random.default_rng(7)
    tensors = [
        ttnn.from_torch(
            _values(rng, item.domain or (-2.0, 2.0), shape),
            dtype=getattr(ttnn, item.dtypes[0]),
            layout=ttnn.TILE_LAYOUT if item.layout == "tile" else ttnn.ROW_MAJOR_LAYOUT,
            device=device,
        )
        for item, shape in zip(cpp.inputs, cpp.shapes[0], strict=True)
    ]
    parameters = [item.value() for item in cpp.parameters]
    seen: list[tuple[dict[str, Any], np.ndarray[Any, Any]]] = []
    for path in (built.library, tmp_path / cpp.in_flow(FLOW).operation_path):
        emulator.load_operation(path)
        function = getattr(ttnn, cpp.operation)
        with inspection.record() as log:
            output = function(*tensors, *parameters)
        seen.append((_shape_of(log.launches[-1].program), np.asarray(ttnn.to_torch(output))))
    assert seen[0][0] == seen[1][0]
    assert np.array_equal(seen[0][1], seen[1][1], equal_nan=True)


def _values(rng: np.random.Generator, domain: tuple[float, float], shape: tuple[int, ...]) -> Any:
    return rng.uniform(domain[0], domain[1], shape).astype(np.float32)


def _shape_of(program: Any) -> dict[str, Any]:
    """A described program without what must differ: paths of kernels, addresses, defines of the host's own names."""
    found = json.loads(json.dumps(program, default=str, skipkeys=True))
    for kernel in found["kernels"]:
        kernel.pop("name")
        kernel.pop("runtime_args", None)
    found["kernels"] = sorted(found["kernels"], key=lambda kernel: kernel["risc"])
    return dict(found)


