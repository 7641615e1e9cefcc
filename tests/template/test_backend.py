"""TemplateBackend: variants of a spec, what it refuses by name, and what an attempt writes."""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from op_pipeline import proc
from op_pipeline.backends import Task
from op_pipeline.backends.template import TemplateBackend, generate
from op_pipeline.config import load_agent, load_flow
from op_pipeline.models import FailureClass
from op_pipeline.spec import Spec, load_spec

ROOT = Path(__file__).resolve().parents[2]
SWISH = ROOT / "examples" / "swish" / "spec.md"
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"

WriteSpec = Callable[..., Spec]


# --- variants ----------------------------------------------------------------------------------------------------
STEPS = {"name": "steps", "type": "int", "default": 3, "range": [-8, 8]}
SCALE = {"name": "scale", "type": "float", "default": 1.5}
SHIFT = {"name": "shift", "type": "float", "default": 0.5}


@pytest.mark.parametrize(
    ("formula", "parameters", "content"),
    [
        ("exp(-x)", [], "copy_tile(cb_x_id, 0, 0)"),
        ("abs(x)", [], "fill_tile(0, 0.0f)"),  # the identity on a positive domain
        ("x > 0", [], "copy_tile(cb_x_id, 0, 0)"),
        ("x + steps", [STEPS], "fill_tile(0, 0.0f)"),  # the identity for no steps
        ("exp(-x) + steps", [STEPS], "copy_tile(cb_x_id, 0, 0)"),
        ("x * scale + shift", [SCALE, SHIFT], "fill_tile(0, 2.0f)"),  # 0, 1 and x, each for some parameters
    ],
)
def test_a_stub_never_passes_for_the_operation(
    formula: str, parameters: list[dict[str, Any]], content: str, write_spec: WriteSpec
) -> None:
    files = generate(write_spec(formula=formula, parameters=parameters), 6)
    assert content in files["ttnn/cpp/ttnn/operations/eltwise/sample/device/kernels/compute/sample.cpp"]


def test_a_required_parameter_has_no_default_and_none_before_it_in_cpp(write_spec: WriteSpec) -> None:
    parameters = [
        {"name": "first", "type": "float", "default": 0.5},
        {"name": "second", "type": "int", "range": [1, 4]},
        {"name": "third", "type": "bool", "default": True},
    ]
    files = generate(write_spec(parameters=parameters, formula="where(third, x * first, x + second)"), 1)
    header = next(text for path, text in files.items() if path.endswith("sample.hpp"))
    assert "float first,\n    int32_t second,\n    bool third = true,\n" in header or (
        "float first, int32_t second, bool third = true," in header
    )
    binding = next(text for path, text in files.items() if path.endswith("nanobind.cpp"))
    assert 'nb::arg("first") = 0.5f,\n        nb::arg("second"),\n        nb::arg("third") = true,' in binding


def test_a_range_is_checked_and_documented(write_spec: WriteSpec) -> None:
    spec = write_spec(
        parameters=[{"name": "slope", "type": "float", "default": 0.5, "range": [0.0, 2.5]}], formula="x * slope"
    )
    text = "".join(generate(spec, 2).values())
    assert "attributes.slope >= 0.0f && attributes.slope <= 2.5f" in text
    assert "sample: parameter 'slope' must be in range [0, 2.5], got {}" in text
    assert "Range: [0, 2.5]." in "".join(generate(spec, 3).values())


def test_inputs_after_the_first_must_have_its_shape(write_spec: WriteSpec) -> None:
    inputs = [{"name": name, "dtypes": ["bfloat16"], "domain": [0.5, 2.0]} for name in ("x", "y")]
    spec = write_spec(inputs=inputs, formula="x + y", shapes=[[[32, 32], [32, 32]]])
    text = "".join(generate(spec, 2).values())
    assert "input 'y' must have the shape of input 'x'" in text
    assert "input 'x' must have the shape" not in text


def test_names_that_the_sources_use_themselves_are_kept_apart(write_spec: WriteSpec) -> None:
    inputs = [{"name": name, "dtypes": ["bfloat16"], "domain": [0.5, 2.0]} for name in ("grid", "core")]
    parameters = [
        {"name": "num_tiles", "type": "float", "default": 2.0},
        {"name": "reader", "type": "float", "default": 2.0},
    ]
    spec = write_spec(
        inputs=inputs,
        parameters=parameters,
        formula="grid * num_tiles + core / reader",
        output={"shape": "grid.shape", "dtype": "grid.dtype"},
        shapes=[[[32, 32], [32, 32]]],
    )
    front = yaml.safe_load(next(iter(generate(spec, 0).values())).split("---\n")[1])
    assert front["kernels"]["compute"]["runtime"] == ["num_tiles", "parameter_num_tiles", "inv_reader"]
    factory = next(iter(generate(spec, 5).values()))
    assert "const auto& grid_tensor = tensor_args.grid;" in factory
    assert (
        "reader.emplace_runtime_args(core, {grid_tensor.buffer(), core_tensor.buffer(), num_tiles_per_core, start_id});"
        in factory
    )
    assert (
        "const auto& core_tensor = tensor_args.core;"
        in generate(spec, 2)["ttnn/cpp/ttnn/operations/eltwise/sample/device/sample_device_operation.cpp"]
    )


def test_inputs_of_different_formats_are_reconfigured(write_spec: WriteSpec) -> None:
    inputs = [
        {"name": "x", "dtypes": ["bfloat16"], "domain": [0.5, 2.0]},
        {"name": "y", "dtypes": ["float32"], "domain": [0.5, 2.0]},
    ]
    changes = {"formula": "x + y", "shapes": [[[32, 32], [32, 32]]]}
    mixed = "".join(generate(write_spec(inputs=inputs, **changes), 7).values())
    assert mixed.count("reconfig_data_format_srca") == 2
    inputs[1]["dtypes"] = ["bfloat16"]
    assert "reconfig" not in "".join(generate(write_spec(inputs=inputs, **changes), 7).values())


def test_full_precision_polynomials_are_asked_for_in_float32_only(write_spec: WriteSpec) -> None:
    inputs = [{"name": "x", "dtypes": ["bfloat16", "float32"], "domain": [0.5, 2.0]}]
    factory = "".join(generate(write_spec(inputs=inputs, formula="softplus(x)"), 5).values())
    assert 'if (x.dtype() == DataType::FLOAT32) {\n        compute.defines.emplace_back("INP_FLOAT32", "1");' in factory
    assert "INP_FLOAT32" not in "".join(generate(write_spec(inputs=inputs, formula="sin(x)"), 5).values())


@pytest.mark.parametrize(
    ("memory", "default"),
    [(None, "x.memory_config()"), ("x.memory", "x.memory_config()"), ("l1_interleaved", "L1_MEMORY_CONFIG")],
)
def test_memory_of_the_output_follows_the_spec(memory: str | None, default: str, write_spec: WriteSpec) -> None:
    output = {"shape": "x.shape", "dtype": "float32"} | ({"memory": memory} if memory else {})
    text = "".join(generate(write_spec(output=output), 4).values())
    assert f"memory_config.value_or({default})" in text
    assert "TensorLayout(DataType::FLOAT32," in text


# --- what it refuses ---------------------------------------------------------------------------------------------
X = {"name": "x", "dtypes": ["bfloat16"], "domain": [0.5, 2.0]}
Y = {"name": "y", "dtypes": ["bfloat16"], "domain": [0.5, 2.0]}


@pytest.mark.parametrize(
    ("changes", "construct"),
    [
        ({"formula": "x - mean(x, axis=-1, keepdims=True) - max(x, axis=-2, keepdims=True)"}, "mean(…, axis=-1) and max(…, axis=-2) in one formula".replace("mean", "sum")),
        ({"formula": "sum(x, axis=3)", "output": {"shape": "[x.shape[0], x.shape[1], x.shape[2]]", "dtype": "x.dtype"}, "inputs": [X | {"rank": [4, 4]}]}, "sum(…, axis=-1) without keepdims=True"),
        ({"formula": "x + sum(x, axis=0)", "inputs": [X | {"rank": [3, 3]}], "shapes": [[1, 32, 32]]}, "sum(…, axis=-3) without keepdims=True"),
        ({"formula": "x - mean(x, axis=3, keepdims=True)"}, "mean(…) along axis 3 of tensors of several ranks"),
        ({"inputs": [X, Y], "formula": "x + y", "shapes": [[[32, 64], [1, 64]], [[64, 32], [64, 32]]]}, "the broadcast of y along axis -2 in some cases only"),
        ({"inputs": [X, Y], "formula": "x * sum(y, axis=-2, keepdims=True)", "shapes": [[[32, 64], [1, 64]]]}, "sum(…, axis=-2) of a value that is broadcast along -2"),
        ({"inputs": [X | {"rank": [1, 2]}], "formula": "x - max(x, axis=-1, keepdims=True)", "shapes": [[32, 32]]}, "inputs[0].rank: [1, 2]"),
        ({"inputs": [X | {"rank": [2, 5]}, Y | {"rank": [2, 5]}], "formula": "x + y", "shapes": [[[2, 3, 32, 32], [1, 3, 32, 32]]]}, "leading dimensions that tensors do not share at rank 5"),
        ({"formula": "matmul(x, x)"}, "matmul of 'x' with itself"),
        ({"inputs": [X | {"dtypes": ["bfloat16", "bfloat8_b"]}]}, "inputs[0].dtypes: bfloat8_b"),
        ({"inputs": [X | {"dtypes": ["int32"]}]}, "inputs[0].dtypes: int32"),
        ({"inputs": [X | {"layout": "row_major"}]}, "inputs[0].layout: row_major"),
        ({"inputs": [X | {"memory": "height_sharded"}]}, "inputs[0].memory: height_sharded"),
        ({"output": {"shape": "x.shape", "dtype": "int32"}}, "output.dtype: int32"),
        ({"output": {"shape": "x.shape", "dtype": "x.dtype", "layout": "row_major"}}, "output.layout: row_major"),
        ({"flow": "tiny"}, "flow: tiny"),
    ],
)  # fmt: skip
def test_an_unsupported_construct_is_an_outcome_that_names_it(
    changes: dict[str, Any], construct: str, write_spec: WriteSpec, tmp_path: Path
) -> None:
    outcome = attempt(write_spec(**changes), 0, tmp_path / "tree")
    assert not outcome
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureClass.NOT_IMPLEMENTED
    assert construct in outcome.failure.message
    assert "another backend can take this stage" in outcome.failure.message
    assert not (tmp_path / "tree").exists()


def attempt(spec: Spec, stage: int, tree: Path) -> Any:
    flow = load_flow("cpp", None)
    item = flow.stages[stage]
    task = Task(spec, load_agent(item.agent, None), item, tree, 1, (), "", tree, time.monotonic() + 60)
    return TemplateBackend().attempt(task, lambda _: None)


def test_a_golden_in_python_needs_another_backend(write_spec: WriteSpec, tmp_path: Path) -> None:
    (tmp_path / "golden.py").write_text("import numpy as np\n\n\ndef sample(x):\n    return np.exp(x)\n")
    spec = write_spec(formula=None, golden="golden.py:sample")
    outcome = attempt(spec, 0, tmp_path / "tree")
    assert outcome.failure is not None
    assert "golden: golden.py:sample" in outcome.failure.message


# --- the backend -------------------------------------------------------------------------------------------------
def test_an_attempt_writes_the_stage_and_says_what(tmp_path: Path) -> None:
    spec = load_spec(SWISH)
    first = attempt(spec, 1, tmp_path)
    assert first
    assert f"{FOLDER}/swish.cpp" in first.summary
    assert (tmp_path / FOLDER / "swish.cpp").read_text() == generate(spec, 1)[f"{FOLDER}/swish.cpp"]
    again = attempt(spec, 1, tmp_path)
    assert again
    assert "already" in again.summary


def test_the_tree_does_not_change_what_is_written(tmp_path: Path) -> None:
    spec = load_spec(SWISH)
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "swish.cpp").write_text("// something else")
    attempt(spec, 1, tmp_path)
    assert (tmp_path / FOLDER / "swish.cpp").read_text() == generate(spec, 1)[f"{FOLDER}/swish.cpp"]


def test_a_stage_outside_the_flow_is_misuse() -> None:
    with pytest.raises(ValueError, match="stage 8"):
        generate(load_spec(SWISH), 8)


def test_the_same_bytes_in_every_process() -> None:
    program = (
        "import hashlib, sys; from pathlib import Path\n"
        "from op_pipeline.backends.template import generate\n"
        "from op_pipeline.spec import load_spec\n"
        "found = hashlib.sha256()\n"
        "for path in sys.argv[1:]:\n"
        "    for stage in range(8):\n"
        "        for name, text in generate(load_spec(Path(path)), stage).items():\n"
        "            found.update(f'{name}={text}'.encode())\n"
        "print(found.hexdigest())\n"
    )
    paths = [str(ROOT / "tests" / "specs" / f"{name}.md") for name in ("pressure", "adam_update", "smooth_l1")]
    digests = {
        proc.run([sys.executable, "-c", program, *paths], env={**os.environ, "PYTHONHASHSEED": seed}).output.strip()
        for seed in ("0", "1", "2")
    }
    assert len(digests) == 1
    assert re.fullmatch(r"[0-9a-f]{64}", digests.pop())
