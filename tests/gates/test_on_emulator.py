"""Gates 0 to 7 on a generated operation, on the emulator: red before, green after, and every mutant of it caught."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, judge_red, render_gate, run_gates
from op_pipeline.models import FailureClass, Gate, GateRun, GreenVerdict, RedCode
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

STAGES = load_flow("cpp", None).stages
K = FailureClass
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"
SPEC = """---
operation: swish
category: eltwise
flow: cpp
inputs:
  - {name: x, dtypes: [bfloat16, float32], layout: tile, memory: dram_interleaved, rank: [2, 4]}
parameters:
  - {name: beta, type: float, default: 1.0, range: [0.1, 4.0], description: slope}
output: {shape: x.shape, dtype: x.dtype, layout: tile}
formula: x * sigmoid(beta * x)
shapes: [[1, 1, 32, 32], [2, 3, 128, 64], [40, 50]]
---
# swish
"""


class Bench:
    """One spec, its gates, and work trees with the stages up to a number done."""

    def __init__(self, base: Path) -> None:
        self.base = base
        (base / "spec.md").write_text(SPEC, encoding="utf-8")
        self.spec: Spec = load_spec(base / "spec.md")
        self.gates: list[Gate] = [render_gate(stage, self.spec, base / "gates", None) for stage in STAGES]
        self.complete = self.tree("complete", 7)

    def tree(self, name: str, until: int) -> Path:
        tree = self.base / name
        for stage in range(until + 1):
            for path, text in generate(self.spec, stage).items():
                (tree / path).parent.mkdir(parents=True, exist_ok=True)
                (tree / path).write_text(text, encoding="utf-8")
        tree.mkdir(exist_ok=True)
        return tree

    def run(self, tree: Path, *stages: int, seed: str = "1", deadline: float = 120, **more: Any) -> GateRun:
        gates = [self.gates[stage] for stage in stages]
        out = tree.parent / f"{tree.name}_out"
        target = load_target("emulator")
        return run_gates(gates, spec=self.spec, tree=tree, target=target, out=out, seed=seed, deadline=deadline, **more)


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("bench"))


@pytest.mark.slow
def test_every_stage_is_red_before_and_green_after(bench: Bench) -> None:
    ids: dict[int, tuple[str, ...]] = {}
    for number in range(8):
        gate = bench.gates[number]
        tree = bench.tree("staged", number - 1)
        red = judge_red(bench.run(tree, number), gate)
        assert red, f"stage {number}: {red.code} {red.reason}"
        ids[number] = red.ids
        bench.tree("staged", number)
        run = bench.run(tree, number)
        verdict = judge_green(run, [gate], ids)
        assert verdict, f"stage {number}: {verdict.failures}"
        assert judge_red(run, gate).code is RedCode.UNEXPECTED_GREEN
    # earlier gates stay true: each is monotone
    verdict = judge_green(bench.run(bench.complete, *range(8)), bench.gates, ids)
    assert verdict, verdict.failures
    assert verdict.passed == sum(len(gate.tests) for gate in bench.gates)


Edit: TypeAlias = Callable[[str], str]


def replaced(old: str, new: str) -> Edit:
    def edit(text: str) -> str:
        changed = re.sub(old, new, text, count=1, flags=re.DOTALL)
        assert changed != text, f"{old!r} is not in the generated text: the mutant is the original"
        return changed

    return edit


FACTORY = f"{FOLDER}/device/swish_program_factory.cpp"
DEVICE = f"{FOLDER}/device/swish_device_operation.cpp"
COMPUTE = f"{FOLDER}/device/kernels/compute/swish.cpp"
WRITER = f"{FOLDER}/device/kernels/dataflow/writer_swish.cpp"
READER = f"{FOLDER}/device/kernels/dataflow/reader_swish.cpp"
BINDING = f"{FOLDER}/swish_nanobind.cpp"

MUTANTS: dict[str, tuple[int, str, Edit, FailureClass, str]] = {
    "C++ error": (1, f"{FOLDER}/swish.cpp", replaced(r"return ttnn", "retur ttnn"), K.BUILD_ERROR, "retur"),
    "declared, not defined": (1, f"{FOLDER}/swish.cpp", replaced(r"Tensor swish\(", "Tensor swosh("), K.LINK_ERROR, "swish"),
    "wrong name": (1, BINDING, replaced(r'bind_function<"swish">', 'bind_function<"swosh">'), K.MISSING_SYMBOL, "swish"),
    "wrong default": (1, BINDING, replaced(r'nb::arg\("beta"\) = 1\S*', 'nb::arg("beta") = 2.0f,'), K.SIGNATURE_MISMATCH, "2.0"),
    "memory_config by position": (1, BINDING, replaced(r"nb::kw_only\(\),", ""), K.SIGNATURE_MISMATCH, "memory_config"),
    "a check is missing": (2, DEVICE, replaced(r"TT_FATAL\(\s*x\.layout\(\).*?\);", ""), K.VALIDATION_MISSING, "layout"),
    "a check is too strict": (2, DEVICE, replaced(r"x\.layout\(\) == Layout::TILE", "x.layout() == Layout::TILE && x.logical_volume() > 100000"), K.VALIDATION_MISSING, "layout"),
    "undocumented": (3, BINDING, replaced(r"beta \(float[^\n]*", ""), K.NOT_IMPLEMENTED, "beta"),
    "file not in CMake": (3, f"{FOLDER}/sources.cmake", replaced(r"device/swish_program_factory.cpp", ""), K.NOT_IMPLEMENTED, "program_factory"),
    "output shape": (4, DEVICE, replaced(r"tensor_args\.x\.logical_shape\(\),", "tensor_args.x.padded_shape(),"), K.SHAPE_MISMATCH, "(64, 64)"),
    "output dtype": (4, DEVICE, replaced(r"TensorLayout\(tensor_args\.x\.dtype\(\)", "TensorLayout(DataType::FLOAT32"), K.DTYPE_MISMATCH, "float32"),
    "memory_config ignored": (4, DEVICE, replaced(r"PageConfig\(Layout::TILE\), [\w.]+", "PageConfig(Layout::TILE), tensor_args.x.memory_config()"), K.SHAPE_MISMATCH, "L1"),
    "all cores start at 0": (5, FACTORY, replaced(r"start_id \+= num_tiles_per_core", "start_id += 0"), K.PROTOCOL_ERROR, "covered"),
    "an argument is missing": (5, FACTORY, replaced(r"num_tiles_per_core, start_id\}", "num_tiles_per_core}"), K.PROTOCOL_ERROR, "arguments"),
    "kernel does not compile": (6, COMPUTE, replaced(r"tile_regs_commit\(\);", "tile_regs_comit();"), K.COMPILE_ERROR, "tile_regs_comit"),
    "removed name": (6, COMPUTE, replaced(r"compute_kernel_hw_startup\(", "binary_op_init_common("), K.COMPILE_ERROR, "compute_kernel_hw_startup"),
    "writer waits for too much": (6, WRITER, replaced(r"wait_front\(1\)", "wait_front(2)"), K.HANG_DEADLOCK, "c_16"),
    "no read barrier": (6, READER, replaced(r"\n[^\n]*read_barrier\(\);", ""), K.PROTOCOL_ERROR, "barrier"),
    "DST not acquired": (6, COMPUTE, replaced(r"tile_regs_acquire\(\);", ""), K.PROTOCOL_ERROR, ""),
    "kernel never ends": (6, WRITER, replaced(r"Noc noc;", "volatile bool on = true; while (on) {} Noc noc;"), K.HANG_UNKNOWN, ""),
    "sigmoid left out": (7, COMPUTE, replaced(r"\n[^\n]*sigmoid_tile[^\n]*\(0\);", ""), K.NAN_OR_INF, "+inf"),  # x * x of the largest edges
    "parameter hard-coded": (7, FACTORY, replaced(r"std::bit_cast<uint32_t>\([^;]*\);", "std::bit_cast<uint32_t>(1.0f);"), K.NUMERICAL_MISMATCH, "relative L2"),
}  # fmt: skip


UNIT_TEST = "tests/ttnn/unit_tests/operations/eltwise/test_swish.py"
PUBLIC = f"{FOLDER}/swish.cpp"
EMPTY_TEST = "import ttnn\n\n\ndef test_swish(device):\n    pass\n\n\ndef example(x):\n    ttnn.swish(x)\n"
LENIENT = """import pytest


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    report.outcome = "passed"
"""


def written(text: str | None) -> Edit:
    """The file has this content instead, or is gone."""
    return lambda _: "" if text is None else text


TILE = r"tile_id = start_id; tile_id < start_id \+ num_tiles; \+\+tile_id"
CALCULATION = r"copy_tile\(cb_x_id, 0, 0\);.*?tile_regs_commit"

# What an agent may try that wants green and not the work: the gate that must see it, and what is changed where.
FOOLS: dict[str, tuple[int, dict[str, Edit]]] = {
    "the input is handed back": (3, {PUBLIC: replaced(r"return ttnn::prim[^;]*;", "return x;")}),
    "zeros": (7, {COMPUTE: replaced(r"mul_binary_tile\(1, 0, 0\);", "mul_unary_tile(0, 0);")}),
    "the input is copied": (7, {COMPUTE: replaced(CALCULATION, "copy_tile(cb_x_id, 0, 0); tile_regs_commit")}),
    "another function": (7, {COMPUTE: replaced(CALCULATION, "copy_tile(cb_x_id, 0, 0); sigmoid_tile_init(); sigmoid_tile(0); tile_regs_commit")}),
    "half of the tiles, in all kernels": (7, {name: replaced(r"num_tiles = get_arg_val<uint32_t>\((\d)\)", r"num_tiles = (get_arg_val<uint32_t>(\1) + 1) / 2") for name in (READER, COMPUTE, WRITER)}),
    "no tile at all": (7, {name: replaced(r"num_tiles = get_arg_val<uint32_t>\((\d)\)", r"num_tiles = 0 * get_arg_val<uint32_t>(\1)") for name in (READER, COMPUTE, WRITER)}),
    "the last tile is not written": (7, {WRITER: replaced(r"(noc\.async_write\(.*?\);)", r"if (tile_id + 1 < start_id + num_tiles || num_tiles == 1) { \1 }")}),
    "tiles written one place off": (7, {WRITER: replaced(r"\.page_id = tile_id", ".page_id = tile_id == start_id ? start_id + num_tiles - 1 : tile_id - 1")}),
    "every tile is the first": (7, {READER: replaced(r"\.page_id = tile_id", ".page_id = start_id * 0")}),
    "right for one tile only": (7, {FACTORY: replaced(r"(compute\.emplace_runtime_args\(core, \{num_tiles_per_core, )beta_bits", r"\1num_tiles == 1 ? beta_bits : 0u")}),
    "right for the listed shapes only": (7, {FACTORY: replaced(r"(compute\.emplace_runtime_args\(core, \{num_tiles_per_core, )beta_bits", r"\1num_tiles == 1 || num_tiles == 4 || num_tiles == 48 ? beta_bits : 0u")}),
    "right for float32 only": (7, {FACTORY: replaced(r"(compute\.emplace_runtime_args\(core, \{num_tiles_per_core, )beta_bits", r"\1x_format == tt::DataFormat::Float32 ? beta_bits : 0u")}),
    "right for the default only": (7, {COMPUTE: replaced(r"(beta_bits = )get_arg_val<uint32_t>\(1\)", r"\1get_arg_val<uint32_t>(1) == 0x3f800000 ? 0x3f800000 : 0")}),
    "wrong for the default only": (7, {COMPUTE: replaced(r"(beta_bits = )get_arg_val<uint32_t>\(1\)", r"\1get_arg_val<uint32_t>(1) == 0x3f800000 ? 0 : get_arg_val<uint32_t>(1)")}),
    "the result is scaled by 1.03": (7, {COMPUTE: replaced(r"(mul_binary_tile\(1, 0, 0\);)", r"\1 binop_with_scalar_tile_init(); mul_unary_tile(0, 0x3f83d70a);")}),
    "a work split for one grid": (5, {FACTORY: replaced(r"grid = [^;]*;", "grid = CoreCoord{8, 8};")}),
    "descriptor without kernels": (5, {FACTORY: replaced(r"desc\.kernels\.push_back.*?return desc", "return desc")}),
    "conftest.py beside the operation": (7, {COMPUTE: replaced(r"mul_binary_tile\(1, 0, 0\);", ""), f"{FOLDER}/conftest.py": written(LENIENT), "conftest.py": written(LENIENT), "pytest.ini": written("[pytest]\naddopts = --co\n")}),
    "a ttnn of one's own": (7, {COMPUTE: replaced(r"mul_binary_tile\(1, 0, 0\);", ""), "ttnn.py": written("raise SystemExit(0)\n"), f"{FOLDER}/ttnn.py": written("raise SystemExit(0)\n")}),
    "the unit test is emptied": (3, {UNIT_TEST: written("")}),
    "the unit test tests nothing": (3, {UNIT_TEST: written(EMPTY_TEST)}),
    "the unit test is skipped": (3, {UNIT_TEST: replaced(r"^", "import pytest\n\npytestmark = pytest.mark.skip\n")}),
    "the design is deleted": (0, {f"{FOLDER}/swish_design.md": written(None)}),
    "the binding is deleted": (1, {BINDING: written(None)}),
    "the sources are deleted": (1, {name: written(None) for name in (PUBLIC, BINDING, DEVICE, FACTORY)}),
    "the process ends well": (7, {FACTORY: replaced(r"ProgramDescriptor desc;", "std::_Exit(0); ProgramDescriptor desc;")}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", FOOLS)
def test_what_only_looks_done_is_not_green(bench: Bench, tmp_path: Path, name: str) -> None:
    stage, edits = FOOLS[name]
    tree = tmp_path / "tree"
    shutil.copytree(bench.complete, tree)
    for file, edit in edits.items():
        before = (tree / file).read_text(encoding="utf-8") if (tree / file).exists() else ""
        after = edit(before)
        if after:
            (tree / file).write_text(after, encoding="utf-8")
        else:
            (tree / file).unlink()
    run = bench.run(tree, stage)
    verdict = judge_green(run, [bench.gates[stage]], {})
    assert not verdict, f"survived: {name}"
    # The fool itself is sound: it builds and compiles.
    assert verdict.failures[0].kind not in {K.ENV_ERROR, K.BUILD_ERROR, K.COMPILE_ERROR}, verdict.failures[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_mutants_are_caught_by_their_stage(bench: Bench, tmp_path: Path, name: str) -> None:
    stage, file, edit, kind, words = MUTANTS[name]
    tree = tmp_path / "tree"
    shutil.copytree(bench.complete, tree)
    (tree / file).write_text(edit((tree / file).read_text(encoding="utf-8")), encoding="utf-8")
    run = bench.run(tree, stage, deadline=5 if kind is K.HANG_UNKNOWN else 120)
    verdict = judge_green(run, [bench.gates[stage]], {})
    assert not verdict, f"survived: {name}"
    found = verdict.failures[0]
    assert found.kind is kind, found
    assert words in f"{found.message} {found.excerpt}", found


def test_a_build_failure_names_file_and_line(bench: Bench, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    shutil.copytree(bench.complete, tree)
    path = tree / f"{FOLDER}/swish.cpp"
    path.write_text(path.read_text(encoding="utf-8") + "\nint broken = ;\n", encoding="utf-8")
    found = judge_green(bench.run(tree, 1), [bench.gates[1]], {}).failures[0]
    assert (found.kind, found.file) == (K.BUILD_ERROR, f"{FOLDER}/swish.cpp")
    assert found.line == len(path.read_text(encoding="utf-8").splitlines())


def test_inputs_change_with_the_seed_and_the_verdict_does_not(bench: Bench) -> None:
    runs = [bench.run(bench.complete, 7, seed=seed) for seed in ("1", "2")]
    assert all(judge_green(run, [bench.gates[7]], {}) for run in runs)
    assert len({tuple(result.message for result in run.results) for run in runs}) == 2


@pytest.mark.parametrize(
    ("substitute", "kind", "words"),
    [("noop", K.NAN_OR_INF, "no element was written"), ("watermark", K.UNBOUND_OUTPUT, "watermark seen under empty")],
)
def test_kernels_put_in_place_of_the_candidates(
    bench: Bench, substitute: Literal["noop", "watermark"], kind: FailureClass, words: str
) -> None:
    run = bench.run(bench.complete, 7, substitute=substitute)
    assert len(run.results) == len(bench.gates[7].tests)
    assert {(result.kind, words in result.message) for result in run.results} == {(kind, True)}


GOLDEN = """import numpy as np


def swish(x, beta):
    return x / (1.0 + np.exp(-beta * x))
"""


@pytest.mark.slow
def test_a_golden_in_python_judges_like_a_formula(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "golden.py").write_text(GOLDEN, encoding="utf-8")
    text = SPEC.replace("formula: x * sigmoid(beta * x)", "golden: golden.py:swish")
    (tmp_path / "spec.md").write_text(text, encoding="utf-8")
    spec = load_spec(tmp_path / "spec.md")
    gates = [render_gate(stage, spec, tmp_path / "gates", None) for stage in STAGES]
    tree = tmp_path / "tree"
    shutil.copytree(bench.complete, tree)
    design = tree / f"{FOLDER}/swish_design.md"  # by hand, as it were: the offline backend wants a formula
    design.write_text(design.read_text(encoding="utf-8").replace(bench.spec.digest, spec.digest), encoding="utf-8")

    def green() -> GreenVerdict:
        run = run_gates(
            gates, spec=spec, tree=tree, target=load_target("emulator"), out=tmp_path / "out", seed="1", deadline=120
        )
        return judge_green(run, gates, {})

    assert green(), green().failures
    # A file of that name in the candidate's tree is not the golden.
    for folder in (tree, tree / FOLDER):
        (folder / "golden.py").write_text("def swish(x, beta):\n    return x\n", encoding="utf-8")
    compute = tree / COMPUTE
    compute.write_text(FOOLS["the input is copied"][1][COMPUTE](compute.read_text(encoding="utf-8")), encoding="utf-8")
    assert green().failures[0].kind is K.NUMERICAL_MISMATCH
