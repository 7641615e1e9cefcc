"""Operations of the other families, written by hand: good ones pass every gate, fools fail in their class.

Each is made of files in `families/`: one program factory with gaps, and kernels. What any operation has besides (binding,
validation, build files) is what the offline backend writes for an elementwise operation of the same inputs.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from op_pipeline.backends.template.backend import generate
from op_pipeline.certify.choosing import chosen
from op_pipeline.certify.models import Status
from op_pipeline.certify.running import Surface, run_mutants
from op_pipeline.certify.zoo import Candidate, Mutant, Mutation, NotApplicable, read_candidate
from op_pipeline.certify.zoo.families import FAMILIES as MUTATIONS
from op_pipeline.certify.zoo.places import PLACES
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import FailureClass, Gate
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

SOURCES = Path(__file__).parent / "families"
K = FailureClass
Edit: TypeAlias = Callable[[str], str]
RANGES = {"COUNT": "units", "START": "next", "STRIDE": "1"}
STRIDED = {"COUNT": "units", "START": "i", "STRIDE": "num_cores"}


@dataclass(frozen=True)
class Family:
    """A spec, the elementwise formula that stands in for its own, and what fills the gaps."""

    spec: str
    stand_in: str
    unit: str
    gaps: dict[str, str]
    buffers: tuple[tuple[int, str, str, str, int | str, str], ...]  # index, name, producer, consumer, pages, host pages
    arguments: dict[str, list[str]]
    device: tuple[tuple[str, str], ...] = ()  # regular expressions and what replaces them in the device operation
    kernels: dict[str, str] = field(default_factory=dict)


def spec_text(operation: str, category: str, inputs: str, rest: str) -> str:
    rows = "\n".join(
        f"  - {{name: {name}, dtypes: [{dtypes}], layout: tile, memory: dram_interleaved, rank: [{rank}]}}"
        for name, dtypes, rank in (row.split("|") for row in inputs.split("; "))
    )
    return f"---\noperation: {operation}\ncategory: {category}\nflow: cpp\ninputs:\n{rows}\n{rest}---\n# {operation}\n"


X = "exp(x - max(x, axis=-1, keepdims=True))"
WT = "(x.shape[-1] + 31) // 32"
CORE = ["num_units", "start_unit", "stride"]
A, XS = "tensor_args.a.logical_shape()", "tensor_args.x.logical_shape()"
FAMILIES = {
    "softmax": Family(
        spec=spec_text(
            "rows_softmax", "normalization", "x|bfloat16, float32|2, 4",
            f"output: {{shape: x.shape, dtype: x.dtype, layout: tile}}\nformula: {X} / sum({X}, axis=-1, keepdims=True)\n"
            "shapes: [[1, 1, 32, 32], [2, 3, 40, 70]]\n",
        ),
        stand_in="exp(x)",
        unit="tile_row",
        gaps={
            "UNITS": "batch * tiles(height)", "READER": "tiles(width), valid(width)", "WRITER": "tiles(width)",
            "COMPUTE": "tiles(width)",
        },
        buffers=(
            (0, "cb_x", "reader", "compute", WT, "2 * tiles(width)"),
            (1, "cb_ones", "reader", "compute", 1, "1"),
            (16, "cb_output", "compute", "writer", 1, "2"),
            (24, "cb_max", "compute", "compute", 1, "1"),
            (25, "cb_exp", "compute", "compute", WT, "tiles(width)"),
            (26, "cb_sum", "compute", "compute", 1, "1"),
        ),
        arguments={"reader": ["x_addr", *CORE], "compute": ["num_units"], "writer": ["output_addr", *CORE]},
        kernels={"reader": "softmax_reader", "compute": "softmax_compute", "writer": "writer"},
    ),
    "matmul": Family(
        spec=spec_text(
            "plain_matmul", "matmul", "a|bfloat16, float32|2, 4; b|bfloat16, float32|2, 4",
            'output: {shape: "[a.shape[0], a.shape[1], a.shape[2], b.shape[3]]", dtype: a.dtype, layout: tile}\n'
            "formula: matmul(a, b)\n"
            "shapes: [[[1, 1, 32, 32], [1, 1, 32, 32]], [[2, 3, 64, 96], [2, 3, 96, 32]], [[1, 2, 40, 70], [1, 2, 70, 50]]]\n",
        ).replace("[2, 4]", "[4, 4]"),
        stand_in="a + b",
        unit="tile",
        gaps={
            "UNITS": "batch * tiles(height) * tiles(width)", "WRITER": "1", "COMPUTE": "tiles(a.logical_shape()[-1])",
            "READER": "tiles(height), tiles(a.logical_shape()[-1]), tiles(width), valid(a.logical_shape()[-1])",
        },
        buffers=(
            (0, "cb_a", "reader", "compute", 1, "2"),
            (1, "cb_b", "reader", "compute", 1, "2"),
            (16, "cb_output", "compute", "writer", 1, "2"),
        ),
        arguments={"reader": ["a_addr", "b_addr", *CORE], "compute": ["num_units"], "writer": ["output_addr", *CORE]},
        device=(
            (r"b\.logical_shape\(\) == a\.logical_shape\(\)", "fit(a.logical_shape(), b.logical_shape())"),
            (
                r"using namespace tt::tt_metal;\n",
                """using namespace tt::tt_metal;

namespace {
// K is shared, batches are equal.
bool fit(const ttnn::Shape& a, const ttnn::Shape& b) {
    return a.rank() == b.rank() && a[-1] == b[-2] && a[0] == b[0] && a[1] == b[1];
}
}  // namespace
""",
            ),
            (r"tensor_args\.a\.logical_shape\(\),", f"ttnn::Shape({{{A}[0], {A}[1], {A}[2], tensor_args.b.logical_shape()[3]}}),"),
        ),
        kernels={"reader": "matmul_reader", "compute": "matmul_compute", "writer": "writer"},
    ),
    "transpose": Family(
        spec=spec_text(
            "turned", "data_movement", "x|bfloat16|4, 4",
            'output: {shape: "[x.shape[0], x.shape[1], x.shape[3], x.shape[2]]", dtype: x.dtype, layout: tile}\n'
            "formula: transpose(x, -1, -2)\nshapes: [[1, 1, 32, 32], [2, 3, 64, 96], [1, 2, 40, 70]]\n",
        ),
        stand_in="exp(x)",
        unit="tile",
        gaps={
            "UNITS": "batch * tiles(height) * tiles(width)", "READER": "tiles(height), tiles(width)", "WRITER": "1",
            "COMPUTE": "",
        },
        buffers=(
            (0, "cb_x", "reader", "compute", 1, "2"),
            (16, "cb_output", "compute", "writer", 1, "2"),
        ),
        arguments={"reader": ["x_addr", *CORE], "compute": ["num_units"], "writer": ["output_addr", *CORE]},
        device=(
            (r"tensor_args\.x\.logical_shape\(\),", f"ttnn::Shape({{{XS}[0], {XS}[1], {XS}[3], {XS}[2]}}),"),
        ),
        kernels={"reader": "transpose_reader", "compute": "transpose_compute", "writer": "writer"},
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Variant:
    """What differs from the family's own implementation: edits by file, gaps of the factory, parts of the design."""

    family: str
    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    gaps: dict[str, str] = field(default_factory=dict)
    kind: FailureClass | None = None
    words: str = ""


def swap(*pairs: tuple[str, str]) -> tuple[Edit, ...]:
    def edit(old: str, new: str) -> Edit:
        def change(text: str) -> str:
            assert old in text, f"{old!r} is not there: the variant is the original"
            return text.replace(old, new)

        return change

    return tuple(edit(old, new) for old, new in pairs)


def file(name: str) -> tuple[Edit, ...]:
    return (lambda _: (SOURCES / f"{name}.cpp").read_text(encoding="utf-8"),)


def design(change: Callable[[dict[str, Any]], None]) -> tuple[Edit, ...]:
    def edit(text: str) -> str:
        data = yaml.safe_load(text.split("---\n")[1])
        change(data)
        return f"---\n{yaml.safe_dump(data)}---\n# By hand\n"

    return (edit,)


def _observed(data: dict[str, Any]) -> None:
    """Nothing tells which core does what."""
    data["work_split"]["split"] = "observed"
    for role in ("reader", "writer"):
        head = data["kernels"][role]["runtime"][0]
        data["kernels"][role]["runtime"] = [head, "tiles_here", "first", "every"]
    data["kernels"]["compute"]["runtime"] = ["tiles_here"]


def _moves_only(data: dict[str, Any]) -> None:
    del data["kernels"]["compute"]
    landing, output = data["circular_buffers"]
    landing |= {"producer": "reader", "consumer": "reader"}
    output |= {"producer": "reader"}


def _without_compute(text: str) -> str:
    start, end = text.index("    auto compute ="), text.index("    for (uint32_t i = 0, next")
    text = text[:start] + text[end:]
    return "".join(line for line in text.splitlines(keepends=True) if "compute" not in line or "grid" in line)


MOVES = {
    "factory": (_without_compute,),
    "design": design(_moves_only),
    "reader": file("transpose_moves"),
    "compute": (),
}
GOOD: dict[str, Variant] = {
    "softmax": Variant("softmax"),
    "matmul, tiles dealt out in turn": Variant("matmul", gaps=STRIDED),
    "transpose, a split that is observed": Variant("transpose", gaps=STRIDED, edits={"design": design(_observed)}),
    "transpose without a compute kernel": Variant("transpose", edits=MOVES),
}

# Each fool is right somewhere: on one tile, on the listed shapes, on usual numbers, for honest callers.
FOOLS: dict[str, tuple[int, Variant]] = {
    "softmax: knows the listed widths": (7, Variant("softmax", edits={"reader": swap(("if (valid_columns < 32)", "if (valid_columns < 32 && width_tiles == 3)"))}, kind=K.NAN_OR_INF, words="shape x")),
    "softmax: row 0 speaks for its tile": (7, Variant("softmax", edits={"compute": swap(("bcast_cols", "bcast_scalar"))}, kind=K.NUMERICAL_MISMATCH)),
    "softmax: takes off no maximum": (7, Variant("softmax", edits={"compute": swap(("    tile_regs_commit();\n    cb_reserve_back(out, 1);", "    if constexpr (pool == PoolType::MAX) { fill_tile_init(); fill_tile(0, 0.0f); }\n    tile_regs_commit();\n    cb_reserve_back(out, 1);"), ('#include "api/compute/reduce.h"', '#include "api/compute/eltwise_unary/fill.h"\n#include "api/compute/reduce.h"'))}, kind=K.NAN_OR_INF, words="")),
    "softmax: padding counts as zero": (7, Variant("softmax", edits={"reader": swap(("valid_columns, 0xff800000", "valid_columns, 0"))}, kind=K.NUMERICAL_MISMATCH)),
    "matmul: right where K is a tile": (7, Variant("matmul", edits={"compute": swap(("matmul_tiles(cb_a, cb_b, 0, 0, 0);", "if (k == 0) matmul_tiles(cb_a, cb_b, 0, 0, 0);"))}, kind=K.NUMERICAL_MISMATCH)),
    "matmul: every batch is the first": (7, Variant("matmul", edits={"reader": swap(("(batch * kt + k) * nt", "k * nt"))}, kind=K.NUMERICAL_MISMATCH)),
    "matmul: sums in 16 bits": (7, Variant("matmul", edits={"factory": swap(("fp32_dest_acc_en = true", "fp32_dest_acc_en = false"))}, kind=K.NUMERICAL_MISMATCH, words="float32")),
    "matmul: takes any K": (2, Variant("matmul", edits={"device": swap(("a[-1] == b[-2] && ", ""))}, kind=K.VALIDATION_MISSING, words="'b' and 'shape'")),
    "transpose: tiles change places, elements do not": (7, Variant("transpose", edits={"compute": swap(("transpose_tile(", "copy_tile("), ("transpose_init(", "copy_init("), ('#include "api/compute/transpose.h"', '#include "api/compute/tile_move_copy.h"\n#include "api/compute/transpose.h"'))}, kind=K.NUMERICAL_MISMATCH)),
    "transpose: steps over the last": (5, Variant("transpose", gaps={**STRIDED, "COUNT": "num_units / num_cores"}, kind=K.PROTOCOL_ERROR, words="not written")),
    "transpose: two cores write one page": (6, Variant("transpose", gaps={**STRIDED, "START": "i / 2", "STRIDE": "1", "COUNT": "num_cores > 1 ? 2 : units"}, edits={"design": design(_observed)}, kind=K.PROTOCOL_ERROR, words="written")),
}  # fmt: skip


class Base:
    """The implementation of a family on disk, with its gates."""

    def __init__(self, folder: Path, family: Family) -> None:
        self.family, self.folder = family, folder
        (folder / "spec.md").write_text(family.spec, encoding="utf-8")
        self.spec: Spec = load_spec(folder / "spec.md")
        stages = load_flow("cpp", None).stages
        self.gates: list[Gate] = [render_gate(stage, self.spec, folder / "gates", None) for stage in stages]
        self.files: dict[str, str] = {}
        for stage in range(8):
            self.files |= generate(self._stand_in(), stage)
        self.path = self.spec.operation_path

    def _stand_in(self) -> Spec:
        shapes = tuple((case[0],) * len(case) for case in self.spec.shapes)
        output = self.spec.output.model_copy(update={"shape": f"{self.spec.input_names[0]}.shape"})
        update = {"formula": self.family.stand_in, "shapes": shapes, "output": output}
        return self.spec.model_copy(update=update)

    def kernel(self, role: str) -> str:
        name = self.spec.operation if role == "compute" else f"{role}_{self.spec.operation}"
        return f"{self.path}/device/kernels/{'compute' if role == 'compute' else 'dataflow'}/{name}.cpp"

    def write(self, tree: Path, variant: Variant) -> None:
        """The tree of a variant."""
        name = self.spec.operation
        device = f"{self.path}/device/{name}_device_operation.cpp"
        texts = {**self.files, f"{self.path}/device/{name}_program_factory.cpp": self.factory(variant.gaps)}
        for old, new in self.family.device:
            changed = re.sub(old, new, texts[device])
            assert changed != texts[device], old
            texts[device] = changed
        texts[f"{self.path}/{name}_design.md"] = self.design()
        for role, source in self.family.kernels.items():
            texts[self.kernel(role)] = (SOURCES / f"{source}.cpp").read_text(encoding="utf-8")
        shown = {
            "factory": f"{self.path}/device/{name}_program_factory.cpp",
            "device": device,
            "design": f"{self.path}/{name}_design.md",
        }
        for key, edits in variant.edits.items():
            path = shown.get(key) or self.kernel(key)
            if not edits:
                del texts[path]
            for edit in edits:
                texts[path] = edit(texts[path])
        for path, text in texts.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text, encoding="utf-8")

    def factory(self, gaps: dict[str, str]) -> str:
        inputs = self.spec.input_names
        filled = {
            "OP": self.spec.operation, "CLASS": self.spec.pascal, "NAMESPACE": self.spec.namespace, "FOLDER": self.path,
            "FIRST": inputs[0], **RANGES, **self.family.gaps,
            "BUFFERS": "\n".join(
                f"    desc.cbs.push_back(circular_buffer(tt::CBIndex::c_{index}, format, {pages}, all_cores));"
                for index, *_, pages in self.family.buffers
            ),
            "ACCESSORS": "\n".join(
                f"    TensorAccessorArgs(*tensor_args.{item}.buffer()).append_to(reader.compile_time_args);" for item in inputs
            ),
            "ADDRESSES": ", ".join(f"tensor_args.{item}.buffer()" for item in inputs),
            **gaps,
        }  # fmt: skip
        text = (SOURCES / "factory.cpp").read_text(encoding="utf-8")
        for gap, value in filled.items():
            text = text.replace(f"@{gap}@", value)
        return text

    def design(self) -> str:
        generated = self.files[f"{self.path}/{self.spec.operation}_design.md"]
        data = yaml.safe_load(generated.split("---\n")[1])
        data["circular_buffers"] = [
            {"index": index, "name": name, "purpose": "see the kernels", "producer": producer, "consumer": consumer,
             "pages": pages, "dtype": f"{self.spec.input_names[0]}.dtype"}
            for index, name, producer, consumer, pages, _ in self.family.buffers
        ]  # fmt: skip
        data["work_split"] = {"unit": self.family.unit, "total": "see the factory", "order": "row_major"}
        for role, names in self.family.arguments.items():
            data["kernels"][role] = {"path": self.kernel(role), "compile_time": [], "runtime": names}
        return f"---\n{yaml.safe_dump(data)}---\n# By hand\n"


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Base]:
    return {name: Base(tmp_path_factory.mktemp(name), family) for name, family in FAMILIES.items()}


@pytest.mark.slow
@pytest.mark.parametrize("name", GOOD)
def test_a_good_implementation_passes_every_gate(bases: dict[str, Base], tmp_path: Path, name: str) -> None:
    variant = GOOD[name]
    base = bases[variant.family]
    base.write(tmp_path / "tree", variant)
    run = run_gates(
        base.gates, spec=base.spec, tree=tmp_path / "tree", target=load_target("emulator"), out=tmp_path / "out",
        seed=name, deadline=120,
    )  # fmt: skip
    verdict = judge_green(run, base.gates, {})
    assert verdict, "\n".join(f"{found.test}: {found.kind} {found.message}" for found in verdict.failures)
    assert verdict.passed == sum(len(gate.tests) for gate in base.gates)


@pytest.mark.slow
@pytest.mark.parametrize("name", FAMILIES)
def test_the_gates_fail_what_mutations_of_the_family_make(bases: dict[str, Base], tmp_path: Path, name: str) -> None:
    """A few of them; all were killed when they were run (docs/certificates.md)."""
    base = bases[name]
    base.write(tmp_path / "tree", Variant(name))
    candidate = read_candidate(base.spec, tmp_path / "tree")
    jobs = [job for mutation in (*MUTATIONS, *PLACES) for job in made(mutation, candidate)]
    surface = Surface(base.spec, tmp_path / "tree", base.gates, load_target("emulator"), tmp_path, "1", 60.0)
    results = run_mutants(surface, chosen(jobs, 4, name), lambda _: None)
    assert len(jobs) > 12
    assert [result for result in results if result.status is not Status.KILLED] == []


def made(mutation: Mutation, candidate: Candidate) -> Iterator[tuple[Mutation, Mutant]]:
    if candidate.spec.category in mutation.categories:
        with contextlib.suppress(NotApplicable):
            yield from ((mutation, mutant) for mutant in mutation.make(candidate) if not mutant.same)


@pytest.mark.slow
@pytest.mark.parametrize("name", FOOLS)
def test_a_fool_is_refused_for_what_it_does(bases: dict[str, Base], tmp_path: Path, name: str) -> None:
    stage, variant = FOOLS[name]
    base = bases[variant.family]
    base.write(tmp_path / "tree", variant)
    run = run_gates(
        [base.gates[stage]], spec=base.spec, tree=tmp_path / "tree", target=load_target("emulator"),
        out=tmp_path / "out", seed=name, deadline=120,
    )  # fmt: skip
    failures = judge_green(run, [base.gates[stage]], {}).failures
    assert any(found.kind is variant.kind and variant.words in f"{found.test} {found.message}" for found in failures), (
        failures
    )
