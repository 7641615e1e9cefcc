"""No false refusal: good implementations, as different engineers would have written them, pass every gate, 0 to 7.

Each starts from what the offline backend generates and changes files by exact replacements; kernels of another structure
are whole files in `kernels/`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import pytest

from op_pipeline.backends.template.backend import generate
from op_pipeline.config import load_flow
from op_pipeline.gates import judge_green, render_gate, run_gates
from op_pipeline.models import Gate
from op_pipeline.spec import Spec, load_spec
from op_pipeline.targets import load_target

KERNELS = Path(__file__).parent / "kernels"
FOLDER = "ttnn/cpp/ttnn/operations/eltwise/swish"
FACTORY = f"{FOLDER}/device/swish_program_factory.cpp"
DEVICE = f"{FOLDER}/device/swish_device_operation.cpp"
DESIGN = f"{FOLDER}/swish_design.md"
READER = f"{FOLDER}/device/kernels/dataflow/reader_swish.cpp"
WRITER = f"{FOLDER}/device/kernels/dataflow/writer_swish.cpp"
COMPUTE = f"{FOLDER}/device/kernels/compute/swish.cpp"
PUBLIC = f"{FOLDER}/swish.cpp"

Edit: TypeAlias = Callable[[str], str]


@dataclass(frozen=True)
class Variant:
    """What differs from the generated operation. `narrow`: for a spec of bfloat16 only."""

    edits: dict[str, tuple[Edit, ...]] = field(default_factory=dict)
    narrow: bool = False

    def apply(self, tree: Path) -> None:
        """Change the files of a tree that holds the generated operation."""
        for name, edits in self.edits.items():
            path = tree / name
            text = path.read_text(encoding="utf-8") if path.exists() else ""
            for edit in edits:
                changed = edit(text)
                assert changed != text, f"an edit of {name} changes nothing: the variant is the original"
                text = changed
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def swap(*pairs: tuple[str, str]) -> tuple[Edit, ...]:
    """Each old text, wherever it stands, becomes the new one."""

    def edit(old: str, new: str) -> Edit:
        return lambda text: text.replace(old, new)

    return tuple(edit(old, new) for old, new in pairs)


def kernel(name: str, **constants: int) -> tuple[Edit, ...]:
    """A whole file of `kernels/`, with names in it replaced by numbers."""
    text = (KERNELS / f"{name}.cpp").read_text(encoding="utf-8")
    for constant, value in constants.items():
        text = text.replace(constant, str(value))
    return (lambda _: text,)


def pages(inputs: int, outputs: int) -> dict[str, tuple[Edit, ...]]:
    """Other page counts of the two circular buffers, in the design and on the host."""
    return {
        FACTORY: swap(("c_0, x_format, 2,", f"c_0, x_format, {inputs} ,"), ("c_16, output_format, 2,", f"c_16, output_format, {outputs} ,")),
        DESIGN: (lambda text: _design_pages(text, inputs, outputs),),
    }  # fmt: skip


def _design_pages(text: str, inputs: int, outputs: int) -> str:
    first, second, rest = text.split("  pages: 2\n", 2)
    return f"{first}  pages: {inputs}\n{second}  pages: {outputs}\n{rest}" + "\nPages as in the table above.\n"


def compute(name: str, *, narrow: bool = False) -> Variant:
    """Only the compute kernel differs."""
    return Variant({COMPUTE: kernel(name)}, narrow)


def blocks(tiles: int, held: int) -> Variant:
    """Pushes and pops of several tiles in all three kernels."""
    return Variant(
        {
            READER: kernel("reader_blocks", BLOCK_TILES=tiles),
            WRITER: kernel("writer_blocks", BLOCK_TILES=tiles),
            COMPUTE: kernel("compute_blocks", BLOCK_TILES=tiles),
            **({} if held == 2 else pages(held, held)),
        }
    )


def factory(*pairs: tuple[str, str], narrow: bool = False) -> Variant:
    """Only the program factory differs."""
    return Variant({FACTORY: swap(*pairs)}, narrow)


def _rank_first(text: str) -> str:
    """The third and fourth check change places with the first two."""
    head, first, *rest = text.split("    TT_FATAL(")
    order = [rest[2], *rest[:2]]
    last = rest[3:]
    return "    TT_FATAL(".join([head, order[0], first, *order[1:], *last])


def _grouped_kernels(text: str) -> str:
    """Reader, writer and compute kernel once per group; the compute kernels differ in a compile-time argument."""
    fill, _, ends = text.partition("    desc.kernels.push_back(std::move(reader));")
    fill = fill.replace("{num_tiles_per_core, beta_bits}", "{beta_bits}")
    lines = """    for (const auto& [group, tiles] :
         {std::pair{core_group_1, num_tiles_per_core_group_1}, std::pair{core_group_2, num_tiles_per_core_group_2}}) {
        if (group.num_cores() == 0) {
            continue;
        }
        for (const KernelDescriptor& whole : {reader, writer, compute}) {
            KernelDescriptor part = whole;
            part.core_ranges = group;
            std::erase_if(part.runtime_args, [&](const auto& entry) { return !group.contains(entry.first); });
            if (whole.kernel_source == COMPUTE_KERNEL_PATH) {
                part.compile_time_args = {static_cast<uint32_t>(tiles)};
            }
            desc.kernels.push_back(std::move(part));
        }
    }
"""
    return fill + lines + ends[ends.index("    return desc;") :]


def _grouped_buffers(text: str) -> str:
    """Each circular buffer is described once per group of cores."""
    for index, data_format in (("c_0", "x_format"), ("c_16", "output_format")):
        call = f"    desc.cbs.push_back(circular_buffer(tt::CBIndex::{index}, {data_format}, 2, all_cores));\n"
        assert call in text
        parts = f"""    for (const CoreRangeSet& group : {{core_group_1, core_group_2}}) {{
        if (group.num_cores() > 0) {{
            desc.cbs.push_back(circular_buffer(tt::CBIndex::{index}, {data_format}, 2, group));
        }}
    }}
"""
        text = text.replace(call, parts)
    return text


CORE = "{i / grid.y, i % grid.y}"
GRID = "output.device()->compute_with_storage_grid_size();"
SPLIT = "split_work_to_cores(grid, num_tiles);"
BETA_HOST = "compute.emplace_runtime_args(core, {num_tiles_per_core, beta_bits});"
BETA_KERNEL = "get_arg_val<uint32_t>(1)"

_REVERSED = (
    ("tile_id = start_id; tile_id < start_id + num_tiles; ++tile_id", "tile_id = start_id + num_tiles; tile_id-- > start_id;"),
)  # fmt: skip
_WAIT = "cb_x.wait_front(1);"
_SHARED = """#pragma once

#include <cstdint>

// What the three kernels agree on.
namespace swish {
constexpr uint32_t input = tt::CBIndex::c_0;
constexpr uint32_t output = tt::CBIndex::c_16;
}  // namespace swish
"""

VARIANTS: dict[str, Variant] = {
    # as generated, and kernels of another style
    "generated": Variant(),
    "generated, bfloat16 only": Variant(narrow=True),
    "free functions in the reader": Variant({READER: kernel("reader_free")}),
    "free functions in the writer": Variant({WRITER: kernel("writer_free")}),
    "free functions everywhere": Variant({READER: kernel("reader_free"), WRITER: kernel("writer_free"), COMPUTE: kernel("compute_free")}),
    "a quotient instead of a sigmoid": compute("compute_quotient"),
    "approximate exponential": compute("compute_fast_exp", narrow=True),
    "a hyperbolic tangent instead of a sigmoid": compute("compute_tanh"),
    "doubled inside DST": compute("compute_copy_dest"),
    "the matrix unit multiplies by what DST holds": compute("compute_reuse_dest", narrow=True),
    "tiles of a core from its last to its first": Variant({READER: swap(*_REVERSED), WRITER: swap(*_REVERSED)}),
    "a write barrier for every tile": Variant({WRITER: swap(("async_writes_flushed", "async_write_barrier"))}),
    "reserve before the computation": Variant({COMPUTE: swap((_WAIT, f"cb_output.reserve_back(1);\n        {_WAIT}"), ("        cb_output.reserve_back(1);\n        tile_regs_wait", "        tile_regs_wait"))}),
    "pop before the pack": Variant({COMPUTE: swap(("\n        cb_x.pop_front(1);", ""), ("tile_regs_commit();", "tile_regs_commit();\n        cb_x.pop_front(1);"))}),
    "an init for every tile": Variant({COMPUTE: swap(("        copy_tile(cb_x_id, 0, 0);\n", "        copy_init(cb_x_id);\n        copy_tile(cb_x_id, 0, 0);\n"), ("    copy_init(cb_x_id);\n\n", "\n"))}),
    "a shared header": Variant({f"{FOLDER}/device/kernels/swish_buffers.hpp": (lambda _: _SHARED,), **{name: swap(("constexpr uint32_t cb_output_id = tt::CBIndex::c_16;", "constexpr uint32_t cb_output_id = swish::output;"), ("void kernel_main", '#include "../swish_buffers.hpp"\n\nvoid kernel_main')) for name in (WRITER, COMPUTE)}}),
    # circular buffers
    "one page a buffer": Variant(pages(1, 1)),
    "four pages a buffer": Variant(pages(4, 4)),
    "eight pages in, two out": Variant(pages(8, 2)),
    "blocks of two tiles": blocks(2, 2),
    "blocks of two tiles, double-buffered": blocks(2, 4),
    "blocks of four tiles, double-buffered": blocks(4, 8),
    "other buffer numbers": Variant({name: swap(("CBIndex::c_16", "CBIndex::c_2"), ("CBIndex::c_0", "CBIndex::c_1")) if name not in {READER, WRITER} else swap(("CBIndex::c_0", "CBIndex::c_1") if name == READER else ("CBIndex::c_16", "CBIndex::c_2")) for name in (FACTORY, READER, COMPUTE, WRITER)} | {DESIGN: swap(("- index: 0\n", "- index: 1\n"), ("- index: 16\n", "- index: 2\n"))}),
    "an intermediate buffer": Variant({
        COMPUTE: kernel("compute_two_passes"),
        FACTORY: swap(("desc.cbs.push_back(circular_buffer(tt::CBIndex::c_16", "desc.cbs.push_back(circular_buffer(tt::CBIndex::c_24, x_format, 1, all_cores));\n    desc.cbs.push_back(circular_buffer(tt::CBIndex::c_16")),
        DESIGN: swap(("work_split:\n", "- {index: 24, name: cb_gate, purpose: sigmoid of a tile, producer: compute, consumer: compute, pages: 1, dtype: x.dtype}\nwork_split:\n")),
    }, narrow=True),
    # work split
    "row-major cores": factory(("split_work_to_cores(grid, num_tiles);", "split_work_to_cores(grid, num_tiles, true);"), (CORE, "{i % grid.x, i / grid.x}")),
    "a single core": factory((f"grid = {GRID}", "grid = CoreCoord{1, 1};")),
    "one column of cores": factory((f"grid = {GRID}", f"grid = CoreCoord{{1, {GRID[:-1]}.y}};")),
    "one row of cores": factory((f"grid = {GRID}", f"grid = CoreCoord{{{GRID[:-1]}.x, 1}};")),
    "kernels for each group of cores": Variant({FACTORY: (_grouped_kernels,), COMPUTE: swap(("get_arg_val<uint32_t>(0)", "get_compile_time_arg_val(0)"), ("get_arg_val<uint32_t>(1)", "get_arg_val<uint32_t>(0)")), DESIGN: swap(("    compile_time: []\n    runtime:\n    - num_tiles\n    - beta\n", "    compile_time: [num_tiles]\n    runtime: [beta]\n"))}),
    "buffers for each group of cores": Variant({FACTORY: (_grouped_buffers,)}),
    "the last core takes the first tiles": factory(("for (uint32_t i = 0, start_id = 0; i < num_cores; ++i) {", "for (uint32_t i = num_cores, start_id = 0; i-- > 0;) {")),
    # arguments and configuration
    "the parameter as a common argument": Variant({FACTORY: swap((BETA_HOST, "compute.emplace_runtime_args(core, {num_tiles_per_core});"), ("    for (uint32_t i = 0, start", "    compute.emplace_common_runtime_args({beta_bits});\n    for (uint32_t i = 0, start")), COMPUTE: swap((BETA_KERNEL, "get_common_arg_val<uint32_t>(0)")), DESIGN: swap(("    - num_tiles\n    - beta\n", "    - num_tiles\n"))}),
    "buffer numbers as compile-time arguments": Variant({FACTORY: swap(("    compute.runtime_args.reserve", "    compute.compile_time_args = {tt::CBIndex::c_0, tt::CBIndex::c_16};\n    compute.runtime_args.reserve")), COMPUTE: swap(("tt::CBIndex::c_0", "get_compile_time_arg_val(0)"), ("tt::CBIndex::c_16", "get_compile_time_arg_val(1)")), DESIGN: swap(("    compile_time: []\n", "    compile_time: [cb_x, cb_output]\n"))}),
    "named compile-time arguments": Variant({FACTORY: swap(("    compute.runtime_args.reserve", '    compute.named_compile_time_args = {{"cb_x", tt::CBIndex::c_0}, {"cb_output", tt::CBIndex::c_16}};\n    compute.runtime_args.reserve')), COMPUTE: swap(("tt::CBIndex::c_0", 'get_named_compile_time_arg_val("cb_x")'), ("tt::CBIndex::c_16", 'get_named_compile_time_arg_val("cb_output")')), DESIGN: swap(("    compile_time: []\n", "    compile_time: [cb_x, cb_output]\n"))}),
    "buffer numbers as defines": Variant({FACTORY: swap(("    compute.runtime_args.reserve", '    compute.defines.emplace_back("CB_IN", "0");\n    compute.runtime_args.reserve')), COMPUTE: swap(("tt::CBIndex::c_0", "CB_IN"))}),
    "16-bit DST": Variant({FACTORY: swap((".fp32_dest_acc_en = true", ".fp32_dest_acc_en = false")), DESIGN: swap(("fp32_dest_acc_en: true", "fp32_dest_acc_en: false"))}, narrow=True),
    "the whole DST at once": factory((".unpack_to_dest_mode", ".dst_full_sync_en = true,\n        .unpack_to_dest_mode")),
    "another fidelity": Variant({FACTORY: swap(("MathFidelity::HiFi4", "MathFidelity::HiFi2")), DESIGN: swap(("math_fidelity: HiFi4", "math_fidelity: HiFi2"))}),
    "kernels under other names": Variant({FACTORY: swap(("dataflow/reader_swish.cpp", "dataflow/read_tiles.cpp"), ("dataflow/writer_swish.cpp", "dataflow/write_tiles.cpp")), DESIGN: swap(("dataflow/reader_swish.cpp", "dataflow/read_tiles.cpp"), ("dataflow/writer_swish.cpp", "dataflow/write_tiles.cpp")), f"{FOLDER}/device/kernels/dataflow/read_tiles.cpp": kernel("reader_free"), f"{FOLDER}/device/kernels/dataflow/write_tiles.cpp": kernel("writer_free")}),
    # host code
    "other words in the messages": Variant({DEVICE: swap(("swish: input 'x' must have layout TILE, got {}", "Unsupported layout of x: {} (tile only)"), ("swish: input 'x' must be on device", "x has to be a device tensor, not a host one")), DESIGN: swap(("message: input 'x' must have layout TILE", "message: Unsupported layout of x"), ("message: input 'x' must be on device", "message: x has to be a device tensor"))}),
    "the rank is checked first": Variant({DEVICE: (_rank_first,)}),
}  # fmt: skip

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
shapes: [[2, 40, 70]]
---
# swish
"""


@dataclass(frozen=True)
class Base:
    spec: Spec
    gates: list[Gate]
    tree: Path


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[bool, Base]:
    """The generated operation for both dtypes, and for bfloat16 only."""
    return {narrow: _base(tmp_path_factory.mktemp("base"), narrow) for narrow in (False, True)}


def _base(folder: Path, narrow: bool) -> Base:
    text = SPEC.replace("[bfloat16, float32]", "[bfloat16]") if narrow else SPEC
    (folder / "spec.md").write_text(text, encoding="utf-8")
    spec = load_spec(folder / "spec.md")
    for stage in range(8):
        for name, content in generate(spec, stage).items():
            path = folder / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
    gates = [render_gate(stage, spec, folder / "gates", None) for stage in load_flow("cpp", None).stages]
    return Base(spec, gates, folder / "tree")


def test_there_are_enough() -> None:
    assert len(VARIANTS) >= 30, list(VARIANTS)


@pytest.mark.slow
@pytest.mark.parametrize("name", VARIANTS)
def test_a_good_implementation_passes_every_gate(bases: dict[bool, Base], tmp_path: Path, name: str) -> None:
    variant = VARIANTS[name]
    base = bases[variant.narrow]
    shutil.copytree(base.tree, tmp_path / "tree")
    variant.apply(tmp_path / "tree")
    run = run_gates(
        base.gates,
        spec=base.spec,
        tree=tmp_path / "tree",
        target=load_target("emulator"),
        out=tmp_path / "out",
        seed=name,
        deadline=120,
    )
    verdict = judge_green(run, base.gates, {})
    assert verdict, "\n".join(f"{found.test}: {found.kind} {found.message}" for found in verdict.failures)
    assert verdict.passed == sum(len(gate.tests) for gate in base.gates)
