"""What each stage writes: its own content and nothing of a later stage; the same bytes every time."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatch
from pathlib import Path

import pytest
import yaml

from op_pipeline.backends.template import generate
from op_pipeline.config import agent_scope, load_agent, load_flow
from op_pipeline.spec import load_spec

ROOT = Path(__file__).resolve().parents[2]
SPECS = sorted((ROOT / "tests" / "specs").glob("*.md"))
SWISH = ROOT / "examples" / "swish" / "spec.md"
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"
COMPUTE = f"{FOLDER}/device/kernels/compute/swish.cpp"
FACTORY = f"{FOLDER}/device/swish_program_factory.cpp"
OPERATION = f"{FOLDER}/device/swish_device_operation.cpp"
NANOBIND = f"{FOLDER}/swish_nanobind.cpp"


@pytest.fixture(scope="module")
def swish() -> dict[int, dict[str, str]]:
    spec = load_spec(SWISH)
    return {stage: generate(spec, stage) for stage in range(8)}


def tree_after(stages: dict[int, dict[str, str]], last: int) -> dict[str, str]:
    return {path: text for stage in range(last + 1) for path, text in stages[stage].items()}


# --- which files -------------------------------------------------------------------------------------------------
def test_each_stage_writes_its_own_files(swish: dict[int, dict[str, str]]) -> None:
    names = {stage: sorted(path.removeprefix(f"{FOLDER}/") for path in files) for stage, files in swish.items()}
    assert names == {
        0: ["swish_design.md"],
        1: [
            "CMakeLists.txt",
            "device/swish_device_operation_types.hpp",
            "sources.cmake",
            "swish.cpp",
            "swish.hpp",
            "swish_nanobind.cpp",
            "swish_nanobind.hpp",
        ],
        2: [
            "device/swish_device_operation.cpp",
            "device/swish_device_operation.hpp",
            "device/swish_program_factory.cpp",
            "sources.cmake",
            "swish.cpp",
        ],
        3: ["CMakeLists.txt", "sources.cmake", "swish_nanobind.cpp", "tests/ttnn/unit_tests/operations/eltwise/test_swish.py"],
        4: ["device/swish_device_operation.cpp"],
        5: ["device/swish_program_factory.cpp"],
        6: ["device/kernels/compute/swish.cpp", "device/kernels/dataflow/reader_swish.cpp", "device/kernels/dataflow/writer_swish.cpp"],
        7: ["device/kernels/compute/swish.cpp"],
    }  # fmt: skip


@pytest.mark.parametrize("stage", range(8))
def test_files_lie_in_the_scope_of_the_stages_owner(stage: int, swish: dict[int, dict[str, str]]) -> None:
    owner = next(item.agent for item in load_flow("cpp", None).stages if item.number == stage)
    globs = agent_scope(load_agent(owner, None), load_spec(SWISH))
    outside = [path for path in swish[stage] if not any(fnmatch(path, glob) for glob in globs)]
    assert outside == []


@pytest.mark.parametrize("stage", range(1, 8))
def test_each_stage_changes_something(stage: int, swish: dict[int, dict[str, str]]) -> None:
    before = tree_after(swish, stage - 1)
    assert any(before.get(path) != text for path, text in swish[stage].items())


# --- what is in them ---------------------------------------------------------------------------------------------
def test_stage_1_is_callable_and_says_that_it_does_nothing(swish: dict[int, dict[str, str]]) -> None:
    files = swish[1]
    assert 'TT_THROW("swish: not implemented yet")' in files[f"{FOLDER}/swish.cpp"]
    assert "prim" not in "".join(files.values())
    assert "TT_FATAL" not in "".join(files.values())
    assert (
        "float beta = 1.0f, const std::optional<MemoryConfig>& memory_config = std::nullopt"
        in files[f"{FOLDER}/swish.hpp"]
    )
    assert 'nb::arg("beta") = 1.0f,\n        nb::kw_only(),' in files[NANOBIND]
    assert "Args:" not in files[NANOBIND]


def test_stage_2_validates_and_leaves_the_rest_open(swish: dict[int, dict[str, str]]) -> None:
    text = swish[2][OPERATION]
    assert text.count("TT_FATAL(") == 6
    assert text.count("TT_THROW(") == 2
    assert "launch<OperationType>" in text
    assert swish[2][FACTORY].count("TT_THROW(") == 1
    assert "return ttnn::prim::swish(x, beta, memory_config);" in swish[2][f"{FOLDER}/swish.cpp"]


def test_stage_3_documents_and_tests(swish: dict[int, dict[str, str]]) -> None:
    text = swish[3][NANOBIND]
    for part in ("beta (float, optional)", "Defaults to 1.0", "BFLOAT16, FLOAT32", "memory_config (ttnn.MemoryConfig", ">>> output = ttnn.swish(x, beta=1.0)"):  # fmt: skip
        assert part in text
    test = swish[3]["tests/ttnn/unit_tests/operations/eltwise/test_swish.py"]
    functions = [node.name for node in ast.parse(test).body if isinstance(node, ast.FunctionDef)]
    assert [name for name in functions if name.startswith("test_")] == [
        "test_swish",
        "test_swish_memory_config",
        "test_swish_refuses_row_major",
    ]
    assert "return x * torch.sigmoid(beta * x)" in test
    sources = swish[3][f"{FOLDER}/sources.cmake"]
    present = tree_after(swish, 3)
    listed = re.findall(r"[\w/]+\.[ch]pp", sources)
    assert set(listed) == {path.removeprefix(f"{FOLDER}/") for path in present if path.endswith((".cpp", ".hpp"))} - {
        "swish_nanobind.hpp"
    }


def test_stage_4_states_the_output_and_nothing_more(swish: dict[int, dict[str, str]]) -> None:
    before, after = swish[2][OPERATION].splitlines(), swish[4][OPERATION].splitlines()
    validation = slice(0, next(number for number, line in enumerate(after) if "compute_output_specs" in line))
    assert before[validation] == after[validation]
    text = swish[4][OPERATION]
    assert "TT_THROW" not in text
    assert "TensorLayout(tensor_args.x.dtype(), PageConfig(Layout::TILE), attributes.output_memory_config)" in text


def test_stage_5_describes_the_program(swish: dict[int, dict[str, str]]) -> None:
    text = swish[5][FACTORY]
    for kernel in ("dataflow/reader_swish.cpp", "compute/swish.cpp", "dataflow/writer_swish.cpp"):
        assert f'"{FOLDER}/device/kernels/{kernel}"' in text
    assert "std::bit_cast<uint32_t>(attributes.beta)" in text
    assert "unpack_to_dest_mode[tt::CBIndex::c_0] = UnpackToDestMode::UnpackToDestFp32" in text
    assert ".fp32_dest_acc_en = true" in text


def test_stage_6_moves_data_only(swish: dict[int, dict[str, str]]) -> None:
    text = swish[6][COMPUTE]
    assert "copy_tile(cb_x_id, 0, 0);" in text
    assert "sigmoid" not in text
    assert "beta" not in text


def test_stage_7_is_the_formula(swish: dict[int, dict[str, str]]) -> None:
    body = swish[7][COMPUTE].partition("void kernel_main()")[2]
    calls = re.findall(r"\b(\w+_tile)\(", body)
    assert calls == ["copy_tile", "mul_unary_tile", "sigmoid_tile", "copy_tile", "mul_binary_tile", "pack_tile"]
    assert body.count("copy_init(") == 1
    assert body.index("copy_init(") < body.index("for (")


def test_the_design_names_what_the_sources_do(swish: dict[int, dict[str, str]]) -> None:
    text = swish[0][f"{FOLDER}/swish_design.md"]
    front = yaml.safe_load(text.split("---\n")[1])
    assert front["spec_sha256"] == load_spec(SWISH).digest
    assert front["kernels"]["compute"]["runtime"] == ["num_tiles", "beta"]
    assert front["compute"] == {"fp32_dest_acc_en": True, "math_fidelity": "HiFi4"}
    assert [row["index"] for row in front["circular_buffers"]] == [0, 16]
    refusals = swish[2][OPERATION]
    for requirement in front["requirements"]:
        assert requirement["message"] in refusals


# --- the specs ---------------------------------------------------------------------------------------------------
def test_there_are_enough_specs_of_each_kind() -> None:
    specs = [load_spec(path) for path in SPECS]
    assert len(specs) >= 44
    assert len({spec.operation for spec in specs}) == len(specs)
    assert sum(len(spec.inputs) == 2 for spec in specs) >= 8
    assert sum(len(spec.inputs) == 3 for spec in specs) >= 4
    assert sum(bool(spec.parameters) for spec in specs) >= 10
    assert {dtype for spec in specs for item in spec.inputs for dtype in item.dtypes} >= {"bfloat16", "float32"}
    shapes = {shape for spec in specs for case in spec.shapes for shape in case}
    assert {len(shape) for shape in shapes} >= {2, 3, 4}
    assert any(shape[-1] % 32 and shape[-2] % 32 for shape in shapes)
    assert sum(spec.category == "reduction" for spec in specs) >= 12
    assert sum(spec.category == "normalization" for spec in specs) >= 12
    assert sum(spec.category == "eltwise" and any(len(set(case)) > 1 for case in spec.shapes) for spec in specs) >= 8
    assert any(shape[-1] > 2048 for shape in shapes)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_sources_of_every_spec_keep_the_style(path: Path) -> None:
    spec = load_spec(path)
    for stage in range(8):
        for name, text in generate(spec, stage).items():
            assert text.endswith("\n"), name
            assert not text.endswith("\n\n"), name
            assert "emulator" not in text.lower(), name
            assert not re.search(r"[ \t]+$", text, re.MULTILINE), name
            if name.endswith((".cpp", ".hpp")):
                code = re.sub(r'R"doc\(.*?\)doc"', "", text, flags=re.DOTALL)
                assert code.count("{") == code.count("}"), name
                long = [line for line in code.splitlines() if len(line) > 120 and '"' not in line]
                assert long == [], name
                assert "\n\n\n" not in code, name
            if name.endswith(".py"):
                compile(text, name, "exec")
