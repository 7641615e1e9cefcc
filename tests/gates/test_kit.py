"""The kit on values: inputs, refusals, signatures, documentation, design documents, program descriptions."""

from __future__ import annotations

import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from op_pipeline import numerics
from op_pipeline.gates.contract import KINDS, contract_of, dump
from op_pipeline.gates.kit.api import (
    check_build_files,
    check_documentation,
    check_signature,
    check_unit_test,
    expect_type_error,
)
from op_pipeline.gates.kit.checks import check_golden
from op_pipeline.gates.kit.contract import Contract, Input, tiles_of
from op_pipeline.gates.kit.design import Design
from op_pipeline.gates.kit.failure import GateFailure
from op_pipeline.gates.kit.inputs import draw, hidden_case, parameter_values, sample
from op_pipeline.gates.kit.operation import expect_refusal
from op_pipeline.gates.kit.program import Program
from op_pipeline.gates.kit.reachable import reachable_margin
from op_pipeline.models import FailureClass
from op_pipeline.spec import Spec

K = FailureClass
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"


@pytest.fixture
def contract(spec: Spec, tmp_path: Path) -> Contract:
    (tmp_path / "contract.json").write_text(dump(contract_of(spec)), encoding="utf-8")
    return Contract.load(tmp_path)


# inputs ---------------------------------------------------------------------------------------------------------
DOMAINS = [
    None,
    (-1.0, 1.0),
    (0.0, 1.0),
    (0.001, 100.0),
    (0.0, 1e30),
    (-3.0, 3.0),
    (1.001, 1.999),
    (-1e-3, 1e-3),
    (5.0, 6.0),
]


@pytest.mark.parametrize("shapes", [[[1, 1, 32, 32], [2, 64, 96]], [[40, 50], [1, 1, 32, 32]], [[33, 64]]])
def test_hidden_shape_is_what_the_contract_allows(spec: Spec, tmp_path: Path, shapes: list[list[int]]) -> None:
    data = contract_of(spec)
    data["cases"] = {
        "x".join(map(str, shape)): {"shapes": {"x": shape}, "output_shape": shape, "batch": 1} for shape in shapes
    }
    (tmp_path / "contract.json").write_text(dump(data), encoding="utf-8")
    contract = Contract.load(tmp_path)
    whole_tiles = all(side % 32 == 0 for shape in shapes for side in shape[-2:])
    cases = [hidden_case(contract, str(seed)) for seed in range(50)]
    assert cases == [hidden_case(contract, str(seed)) for seed in range(50)]
    drawn = [case.output_shape for case in cases if not isinstance(case, str)]
    assert len(set(drawn)) > 40
    assert not {tuple(shape) for shape in shapes} & set(drawn)
    assert {len(shape) for shape in drawn} == {len(shape) for shape in shapes}
    assert all(side % 32 == 0 for shape in drawn for side in shape[-2:]) is whole_tiles


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["bfloat16", "float32"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_inputs_stay_in_their_domain_and_dtype(domain: tuple[float, float] | None, dtype: str, kind: str) -> None:
    item = Input("x", (dtype,), "tile", "dram_interleaved", (2, 4), domain)
    values = draw(item, (2, 40, 33), dtype, kind, np.random.default_rng(3))
    low, high = domain or (-20.0, 20.0)
    assert values.shape == (2, 40, 33)
    assert low <= float(values.min()) < float(values.max()) <= high
    assert np.array_equal(numerics.round_to(values, dtype), values)
    assert len(np.unique(values)) > 5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("dtype", "domain"), [("uint16", None), ("int32", (-5.0, 5.0)), ("uint8", (0.0, 1e9)), ("uint32", (3.0, 9.0))]
)
def test_integer_inputs(dtype: str, domain: tuple[float, float] | None, kind: str) -> None:
    item = Input("x", (dtype,), "tile", "dram_interleaved", (2, 4), domain)
    values = draw(item, (32, 32), dtype, kind, np.random.default_rng(3))
    assert values.dtype == np.dtype(dtype)
    assert values.min() >= (domain or (0, 0))[0]
    assert values.max() <= (domain or (0, 100))[1]


@pytest.mark.parametrize("domain", [(0.01, 0.99), (-5.0, -1.0)])
def test_a_tensor_to_be_refused_is_drawn_where_its_domain_holds_none_of_its_numbers(
    domain: tuple[float, float],
) -> None:
    item = Input("x", ("bfloat16",), "tile", "dram_interleaved", (2, 4), domain)
    values = draw(item, (32, 32), "uint32", "randn", np.random.default_rng(3))
    assert values.dtype == np.uint32
    assert len(np.unique(values)) > 5


def test_the_seed_decides(contract: Contract) -> None:
    case, dtypes = contract.cases["1x1x32x32"], contract.dtypes["bfloat16"]
    one, same, other = (sample(contract, case, dtypes, "randn", seed).arrays["x"] for seed in ("a", "a", "b"))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)
    rows = sample(contract, case, dtypes, "row_affine", "a").arrays["x"][0, 0].mean(axis=1)
    assert rows.std() > 3 * one[0, 0].mean(axis=1).std()


def test_parameters_leave_their_default(contract: Contract) -> None:
    assert parameter_values(contract, "randn", "s") == {"beta": 1.0}
    for kind in KINDS[1:]:
        value = parameter_values(contract, kind, "s")["beta"]
        assert value != 1.0
        assert 0.1 <= float(value) <= 4.0


@pytest.mark.parametrize(
    ("bounds", "legal"), [((-3.0, 4.0), {-3, -2, -1, 2, 4}), ((0.0, 1.0), {0, 1}), ((0.0, 3.0), {2})]
)
def test_integer_parameters_tell_something(
    spec: Spec, tmp_path: Path, bounds: tuple[float, float], legal: set[int]
) -> None:
    entry = {"name": "n", "type": "int", "default": 3 if bounds[1] >= 3 else 1, "range": bounds, "usual": 3}
    contract = Contract.load(write(tmp_path, contract_of(spec) | {"parameters": [entry]}))
    assert {parameter_values(contract, "edge", str(seed))["n"] for seed in range(60)} == legal


def test_edge_inputs_avoid_what_the_golden_cannot_hold(spec: Spec, tmp_path: Path) -> None:
    data = contract_of(spec) | {"formula": "1 / x"}
    (tmp_path / "contract.json").write_text(dump(data), encoding="utf-8")
    contract = Contract.load(tmp_path)
    for dtype in contract.dtypes:
        check_golden(contract, "1x1x32x32", dtype, "edge", "s")
    with pytest.raises(GateFailure) as caught:
        check_golden(
            Contract.load(write(tmp_path, data | {"formula": "log(x)"})), "1x1x32x32", "bfloat16", "randn", "s"
        )
    assert caught.value.kind is K.NAN_OR_INF
    assert "domain" in caught.value.message


def write(folder: Path, data: dict[str, Any]) -> Path:
    (folder / "contract.json").write_text(dump(data), encoding="utf-8")
    return folder


def test_a_tolerance_no_format_can_reach_is_seen(spec: Spec, tmp_path: Path) -> None:
    data = contract_of(spec)
    assert "uses" in str(reachable_margin(Contract.load(write(tmp_path, data)), "bfloat16", "s"))
    limits = {name: {"pcc": 0.999, "rel_l2": 0.0005} for name in ("bfloat16", "float32")}
    tight = Contract.load(write(tmp_path, data | {"tolerance": limits, "tolerance_line": 12}))
    assert 0 < reachable_margin(tight, "float32", "s").figures["margin_used"] < 0.01
    with pytest.raises(GateFailure, match=r"could be met") as caught:
        reachable_margin(tight, "bfloat16", "s")
    assert caught.value.kind is K.NUMERICAL_MISMATCH
    assert (caught.value.file, caught.value.line) == (spec.source.name, 12)


@pytest.mark.parametrize(
    ("shape", "tiles"), [((32, 32), 1), ((1, 1, 33, 1), 2), ((2, 3, 64, 65), 36), ((5,), 1), ((7, 1, 1), 7)]
)
def test_tiles(shape: tuple[int, ...], tiles: int) -> None:
    assert tiles_of(shape) == tiles


def test_requirements_and_labels(contract: Contract) -> None:
    assert [item["id"] for item in contract.requirements] == [
        "x.dtype", "x.layout", "x.rank", "x.device", "x.memory", "beta.range", "memory_config.memory",
    ]  # fmt: skip
    assert [item["id"] for item in contract.requirements if not item["checked"]] == ["x.memory"]
    assert list(contract.cases) == ["1x1x32x32", "1x1x40x50"]
    assert list(contract.dtypes) == ["bfloat16", "float32"]


# refusals -------------------------------------------------------------------------------------------------------
FATAL = "TT_FATAL @ ttnn/a.cpp:{line}: x.layout() == Layout::TILE\ninfo:\n{message}\nbacktrace:\n --- x layout dtype"


def raiser(error: Exception | None) -> Any:
    def call() -> None:
        if error is not None:
            raise error

    return call


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (RuntimeError(FATAL.format(line=3, message="swish: input 'x' must have layout TILE")), True),
        (RuntimeError(FATAL.format(line=3, message="swish: Layout of X is wrong")), True),
        (RuntimeError("input x: layout"), True),
        (
            RuntimeError(FATAL.format(line=3, message="swish: wrong")),
            False,
        ),  # the condition names it, the message does not
        (RuntimeError(FATAL.format(line=3, message="max layout exceeded")), False),  # `x` only inside a word
        (RuntimeError("TT_FATAL @ ttnn/a.cpp:3: x.layout()"), False),
        (TypeError("x layout"), False),
        (None, False),
    ],
)
def test_refusals(error: Exception | None, refused: bool) -> None:
    if refused:
        expect_refusal(raiser(error), ("x", "layout"))
        return
    with pytest.raises(GateFailure) as caught:
        expect_refusal(raiser(error), ("x", "layout"))
    assert caught.value.kind is K.VALIDATION_MISSING


def test_an_argument_that_cannot_be_made_is_no_refusal() -> None:
    with pytest.raises(GateFailure) as caught:
        expect_refusal(raiser(GateFailure(K.ENV_ERROR, "x layout")), ("x", "layout"))
    assert caught.value.kind is K.ENV_ERROR


@pytest.mark.parametrize(("error", "ok"), [(TypeError("no"), True), (RuntimeError("no"), False), (None, False)])
def test_type_errors(error: Exception | None, ok: bool) -> None:
    if ok:
        expect_type_error(raiser(error), "what")
    else:
        with pytest.raises(GateFailure, match="what"):
            expect_type_error(raiser(error), "what")


# signature and documentation --------------------------------------------------------------------------------------
def bound(signature: str, *defaults: object, doc: str = "") -> SimpleNamespace:
    return SimpleNamespace(__nb_signature__=((f"def swish({signature}) -> m.Tensor", doc, defaults),), __doc__=doc)


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (bound(r"x: m.Tensor, beta: float = \0, *, memory_config: m.MemoryConfig | None = \1", 1.0, None), ""),
        (
            SimpleNamespace(
                function=bound(r"x: m.Tensor, beta: float = \0, *, memory_config: m.M | None = \1", 1.0, None)
            ),
            "",
        ),
        (bound(r"x: m.Tensor, beta: float = 1.0, *, memory_config: m.M | None = None"), ""),
        (
            bound(
                r"x: m.Tensor, beta: float = \0, *, memory_config: m.M | None = \1, queue_id: int = \2", 1.0, None, 0
            ),
            "",
        ),
        (bound(r"x: m.Tensor, beta: float = \0, memory_config: m.M | None = \1", 1.0, None), "by position"),
        (bound(r"x: m.Tensor, beta: float = \0, *, memory_config: m.M | None = \1", 2.0, None), "default 2.0"),
        (bound(r"x: m.Tensor, beta: float, *, memory_config: m.M | None = \0", None), "default none"),
        (bound(r"beta: float = \0, x: m.Tensor = \1, *, memory_config: m.M | None = \2", 1.0, None, None), "beta, x"),
        (bound(r"x: m.Tensor, *, memory_config: m.M | None = \0", None), "takes x by position"),
        (bound(r"x: m.Tensor, beta: float = \0", 1.0), "memory_config"),
        (bound(r"x: m.Tensor, beta: float = \0, *, memory_config: m.M", 1.0), "requires"),
        (bound(r"arg0: m.Tensor, arg1: float, /"), "arg0, arg1"),
        (SimpleNamespace(), "states no signature"),
    ],
)
def test_signature(contract: Contract, function: Any, problem: str) -> None:
    if not problem:
        check_signature(function, contract)
        return
    with pytest.raises(GateFailure, match=problem) as caught:
        check_signature(function, contract)
    assert caught.value.kind is K.SIGNATURE_MISMATCH


DOC = """swish(x: m.Tensor, beta: float = 1.0, *, memory_config: m.M | None = None) -> m.Tensor
    Args:
        x: input, bfloat16 or FLOAT32, Layout TILE
        beta: slope, defaults to 1
    memory_config: of the output
"""


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("", "", ""),
        ("x: input", "input", "input x"),
        ("bfloat16", "half", "bfloat16"),
        ("FLOAT32", "single", "float32"),
        ("Layout TILE", "", "layout"),
        ("beta: slope", "slope", "parameter beta"),
        ("to 1", "to 1.5", "default 1.0"),
        ("    memory_config", "    memory", "memory_config"),
        (DOC.partition("\n")[2], "", "input x"),  # the signature alone documents nothing
    ],
)
def test_documentation(contract: Contract, old: str, new: str, missing: str) -> None:
    function = SimpleNamespace(__doc__=DOC.replace(old, new) if old else DOC)
    if not missing:
        check_documentation(function, contract)
        return
    with pytest.raises(GateFailure, match=missing):
        check_documentation(function, contract)


# files ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    put(tree, f"{FOLDER}/swish.cpp", "")
    put(tree, f"{FOLDER}/device/swish_device_operation.cpp", "")
    put(tree, f"{FOLDER}/device/kernels/compute/swish.cpp", "get_arg_val<uint32_t>(0); // get_arg_val<uint32_t>(9)\n")
    put(tree, f"{FOLDER}/sources.cmake", "set(S\n    swish.cpp # note\n    device/swish_device_operation.cpp)\n")
    put(tree, f"{FOLDER}/CMakeLists.txt", "include(sources.cmake)\nfile(GLOB_RECURSE k device/kernels/*.cpp)\n")
    put(
        tree,
        "tests/ttnn/unit_tests/operations/eltwise/test_swish.py",
        "def test_a():\n    assert run()\n\n\ndef run():\n    return ttnn.swish(1)\n",
    )
    return tree


def put(tree: Path, name: str, text: str) -> None:
    (tree / name).parent.mkdir(parents=True, exist_ok=True)
    (tree / name).write_text(text, encoding="utf-8")


def test_files(tree: Path, contract: Contract) -> None:
    check_build_files(tree, contract)
    check_unit_test(tree, contract)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (f"{FOLDER}/more.cpp", "", "more.cpp"),
        (f"{FOLDER}/sources.cmake", "set(S swish.cpp device/swish_device_operation.cpp gone.cpp)", "gone.cpp"),
        (
            f"{FOLDER}/sources.cmake",
            "set(S swish.cpp) # device/swish_device_operation.cpp",
            "swish_device_operation.cpp",
        ),
        (f"{FOLDER}/sources.cmake", None, "no .*sources.cmake"),
        (f"{FOLDER}/CMakeLists.txt", None, "no .*CMakeLists.txt"),
    ],
)
def test_build_files(tree: Path, contract: Contract, name: str, text: str | None, words: str) -> None:
    put(tree, name, text or "")
    if text is None:
        (tree / name).unlink()
    with pytest.raises(GateFailure, match=words):
        check_build_files(tree, contract)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def test_a(:\n", "valid Python"),
        ("x = 1\n", "no test"),
        ("def test_a():\n    '''ttnn.swish(1)'''\n", "never calls"),
        ("def test_a():\n    assert 1\n\ndef other():\n    ttnn.swish(1)\n", "never calls"),
        ("def test_a():\n    ttnn.swish(1)\n\ndef test_b():\n    assert 1\n", "asserts nothing"),
        ("@pytest.mark.skip\ndef test_a():\n    assert ttnn.swish(1)\n", "is skipped"),
        ("@pytest.mark.skip(reason='later')\ndef test_a():\n    assert ttnn.swish(1)\n", "is skipped"),
        ("pytestmark = [pytest.mark.xfail]\n\ndef test_a():\n    assert ttnn.swish(1)\n", "is skipped"),
        (None, "no unit test"),
    ],
)
def test_unit_test_file(tree: Path, contract: Contract, text: str | None, words: str) -> None:
    name = "tests/ttnn/unit_tests/operations/eltwise/test_swish.py"
    put(tree, name, text or "")
    if text is None:
        (tree / name).unlink()
    with pytest.raises(GateFailure, match=words):
        check_unit_test(tree, contract)


# design -----------------------------------------------------------------------------------------------------------
def front_matter(contract: Contract) -> dict[str, Any]:
    def row(index: int, name: str, producer: str, consumer: str, dtype: str) -> dict[str, Any]:
        return {
            "index": index, "name": name, "purpose": "p", "producer": producer, "consumer": consumer, "pages": 2,
            "dtype": dtype,
        }  # fmt: skip

    def kernel(path: str, *runtime: str) -> dict[str, Any]:
        return {"path": f"{FOLDER}/device/kernels/{path}", "compile_time": [], "runtime": list(runtime)}

    return {
        "operation": "swish",
        "spec_sha256": contract.digest,
        "circular_buffers": [
            row(0, "cb_x", "reader", "compute", "x.dtype"),
            row(16, "cb_out", "compute", "writer", "x.dtype"),
        ],
        "work_split": {"unit": "tile", "total": "tiles of x", "order": "row_major"},
        "kernels": {
            "reader": kernel("dataflow/reader_swish.cpp", "x_addr", "num_tiles", "start_id"),
            "compute": kernel("compute/swish.cpp", "num_tiles"),
            "writer": kernel("dataflow/writer_swish.cpp", "output_addr", "num_tiles", "start_id"),
        },
        "requirements": [
            {"id": item["id"], "what": "w", "message": f"'{item['subject']}' must have {item['word']} so"}
            for item in contract.requirements
        ],
    }


def check_design(tree: Path, contract: Contract) -> None:
    design = Design.load(tree, contract)
    design.check_identity(contract)
    design.check_circular_buffers(contract)
    design.check_work_split(contract)
    design.check_kernels(contract)
    for requirement in contract.requirements:
        design.check_requirement(requirement)


def put_design(tree: Path, data: Any) -> None:
    put(tree, f"{FOLDER}/swish_design.md", f"---\n{yaml.safe_dump(data)}---\n# Design\n")


def test_a_complete_design(tree: Path, contract: Contract) -> None:
    put_design(tree, front_matter(contract))
    check_design(tree, contract)


def change(data: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """Set, or with None delete, the value at a dotted path."""
    data = copy.deepcopy(data)
    *parents, last = path.split(".")
    at: Any = data
    for step in parents:
        at = at[int(step) if step.isdigit() else step]
    key: Any = int(last) if last.isdigit() else last
    if value is None:
        del at[key]
    else:
        at[key] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("operation", "swosh", "operation is 'swosh'"),
        ("spec_sha256", "0" * 64, "spec_sha256"),
        ("circular_buffers", None, "circular_buffers"),
        ("circular_buffers", [], "empty"),
        ("circular_buffers.0", None, "0 circular buffers are filled"),
        ("circular_buffers.1", None, "no circular buffer goes from compute"),
        ("circular_buffers.0.pages", None, "lacks pages"),
        ("circular_buffers.0.pages", 0, "at least 1"),
        ("circular_buffers.0.pages", "two", "no number and no expression"),
        ("circular_buffers.0.pages", [2], "no integer"),
        ("circular_buffers.0.pages", "y.shape[-1]", "no number and no expression"),
        ("circular_buffers.0.page", "face", "none of tile, row"),
        ("circular_buffers.0.index", 32, "0…31"),
        ("circular_buffers.0.index", 16, "index 16 stands twice"),
        ("circular_buffers.0.name", "cb_out", "name cb_out stands twice"),
        ("circular_buffers.0.producer", "writer", "0 circular buffers are filled"),
        ("circular_buffers.0.producer", "host", "no path"),
        ("circular_buffers.0.consumer", "host", "no path"),
        ("circular_buffers.0.dtype", "y.dtypes", "neither"),
        ("circular_buffers.0.dtype", "half", "neither"),
        ("work_split", None, "work_split is missing"),
        ("work_split.total", "", "total is missing"),
        ("work_split.unit", "face", "unit 'face'"),
        ("work_split.unit", "block", "total 'tiles of x' is no expression"),
        ("work_split.split", "any", "split 'any'"),
        ("kernels.compute", None, "lacks compute"),
        ("kernels.writer.runtime", ["output_addr", "start_id"], "num_"),
        ("kernels.writer.runtime", ["output_addr", "num_tiles"], "start_"),
        ("kernels.reader.runtime", ["num_tiles", "start_id"], "input 'x'"),
        ("kernels.reader.runtime", ["x_addr", "x_addr"], "twice"),
        ("kernels.reader.runtime", [1], "no list of names"),
        ("kernels.reader.path", "elsewhere/reader.cpp", "not below"),
        ("requirements", None, "requirements is missing"),
        ("requirements.0", None, "'x' and 'dtype'"),
        ("requirements.0.message", "max dtype", "'x' and 'dtype'"),
        ("requirements.1.id", None, "lacks id"),
    ],
)
def test_an_incomplete_design(tree: Path, contract: Contract, path: str, value: Any, words: str) -> None:
    put_design(tree, change(front_matter(contract), path, value))
    with pytest.raises(GateFailure, match=words) as caught:
        check_design(tree, contract)
    assert caught.value.kind is K.CONTRACT_INCOMPLETE
    assert caught.value.file == f"{FOLDER}/swish_design.md"


@pytest.mark.parametrize("text", [None, "", "# prose only\n", "---\na: [\n---\n", "---\n- a\n---\n", "---\na: 1\n"])
def test_a_design_without_front_matter(tree: Path, contract: Contract, text: str | None) -> None:
    if text is not None:
        put(tree, f"{FOLDER}/swish_design.md", text)
    with pytest.raises(GateFailure) as caught:
        Design.load(tree, contract)
    assert caught.value.kind is K.CONTRACT_INCOMPLETE


# program ----------------------------------------------------------------------------------------------------------
def recorded(cores: int = 4, tiles: int = 4) -> dict[str, Any]:
    """A program that splits `tiles` tiles over `cores` cores of one row."""
    places = [(x, 0) for x in range(cores)]
    share = {core: (tiles * i // cores, tiles * (i + 1) // cores) for i, core in enumerate(places)}

    def kernel(path: str, *names: str) -> dict[str, Any]:
        arguments = {
            core: [{"num": end - start, "start": start, "addr": 4096}[name] for name in names]
            for core, (start, end) in share.items()
        }
        return {
            "name": f"{FOLDER}/device/kernels/{path}", "cores": places, "runtime_args": arguments,
            "compile_time_args": [], "common_runtime_args": [],
        }  # fmt: skip

    def buffer(index: int) -> dict[str, Any]:
        return {"index": index, "total_size": 4096, "page_size": 2048, "format": "Float16_b", "cores": places}

    return {
        "kernels": [
            kernel("dataflow/reader_swish.cpp", "addr", "num", "start"),
            kernel("compute/swish.cpp", "num"),
            kernel("dataflow/writer_swish.cpp", "addr", "num", "start"),
        ],
        "circular_buffers": [buffer(0), buffer(16)],
        "semaphores": [],
    }


def check_program(tree: Path, contract: Contract, data: dict[str, Any]) -> None:
    put_design(tree, front_matter(contract))
    program = Program(data, Design.load(tree, contract), contract, contract.cases["1x1x40x50"])
    program.check_circular_buffers("bfloat16")
    program.check_work_split("8x8")
    program.check_arguments(tree)


@pytest.mark.parametrize("cores", [1, 2, 3, 4, 6])
def test_a_good_program(tree: Path, contract: Contract, cores: int) -> None:
    check_program(tree, contract, recorded(cores))


READ_9 = "uint32_t a = get_arg_val<uint32_t>(9);\n"


@pytest.mark.parametrize(
    ("path", "value", "words", "kind"),
    [
        ("circular_buffers.1", None, "c_16", K.PROTOCOL_ERROR),
        ("circular_buffers.1.index", 0, "twice", K.PROTOCOL_ERROR),
        ("circular_buffers.1.index", 17, "c_16", K.PROTOCOL_ERROR),
        ("circular_buffers.0.format", "Float32", "format", K.PROTOCOL_ERROR),
        ("circular_buffers.0.page_size", 1024, "page size", K.PROTOCOL_ERROR),
        ("circular_buffers.0.total_size", 2048, "1 pages", K.PROTOCOL_ERROR),
        ("circular_buffers.0.total_size", 6144, "3 pages", K.PROTOCOL_ERROR),
        ("circular_buffers.0.total_size", 5000, "multiple", K.PROTOCOL_ERROR),
        ("circular_buffers.0.total_size", 2048 * 2000, "L1", K.OUT_OF_MEMORY),
        ("kernels.2", None, "writer_swish", K.PROTOCOL_ERROR),
        ("kernels.2.runtime_args", {(0, 0): [0, 4, 0]}, "without runtime arguments", K.PROTOCOL_ERROR),
        (
            "kernels.2.runtime_args",
            {(x, 0): [0, 1, min(x, 2)] for x in range(4)},
            "tile 2 is written 2 times",
            K.PROTOCOL_ERROR,
        ),
        (
            "kernels.2.runtime_args",
            {(x, 0): [0, int(x < 3), x] for x in range(4)},
            "tile 3 is not written",
            K.PROTOCOL_ERROR,
        ),
        ("kernels.2.runtime_args", {(x, 0): [0, 2, x] for x in range(4)}, "of 4 tiles", K.PROTOCOL_ERROR),
        ("kernels.2.runtime_args", {(x, 0): [0, 1] for x in range(4)}, "gets 2 runtime arguments", K.PROTOCOL_ERROR),
        ("kernels.1.runtime_args", {(x, 0): [2] for x in range(4)}, "compute works on 2", K.PROTOCOL_ERROR),
    ],
)
def test_a_bad_program(  # noqa: PLR0917
    tree: Path, contract: Contract, path: str, value: Any, words: str, kind: FailureClass
) -> None:
    with pytest.raises(GateFailure, match=words) as caught:
        check_program(tree, contract, change(recorded(), path, value))
    assert caught.value.kind is kind


def test_a_core_outside_the_grid(tree: Path, contract: Contract) -> None:
    put_design(tree, front_matter(contract))
    program = Program(recorded(4), Design.load(tree, contract), contract, contract.cases["1x1x40x50"])
    with pytest.raises(GateFailure, match="outside the 3x5 grid"):
        program.check_work_split("3x5")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("get_arg_val<uint32_t>(1);", "runtime args 1"),
        ("\n\nget_compile_time_arg_val(0)", "compile time args 0"),
        ("get_common_arg_val<uint32_t>( 0 )", "common runtime args 0"),
        ("/* get_arg_val<uint32_t>(5) */ get_arg_val<uint32_t>(index)", ""),
    ],
)
def test_arguments_a_kernel_reads(tree: Path, contract: Contract, text: str, words: str) -> None:
    name = f"{FOLDER}/device/kernels/compute/swish.cpp"
    put(tree, name, text)
    if not words:
        check_program(tree, contract, recorded())
        return
    with pytest.raises(GateFailure, match=words) as caught:
        check_program(tree, contract, recorded())
    assert caught.value.file == name
    assert caught.value.line == text[: text.index("get_")].count("\n") + 1
