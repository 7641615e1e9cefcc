"""What the zoo makes of an operation: each mutant differs, says where, and applies to code of other hands, too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from op_pipeline.certify.models import Level
from op_pipeline.certify.source import Source
from op_pipeline.certify.symmetry import symmetric_pair
from op_pipeline.certify.zoo import MUTATIONS, Candidate, Mutant, Mutation, NotApplicable
from op_pipeline.spec import load_spec

# The classes of the gates' design, and rows of the catalogue of agents' bugs that a run can show.
DESIGN = {
    "identity", "zeros", "constant", "scaled", "swapped operands", "dropped term", "off-by-one tile, wrong broadcast",
    "half the work", "last tile stale", "padding leaked", "bf16 running sum", "wrong work split, hard-coded shape",
    "hard-coded parameter",
}  # fmt: skip
CATALOGUE = {"1", "2", "3", "4", "5", "6", "7", "9", "10", "11", "12", "14", "15", "16", "17", "19"}


def made(candidate: Candidate) -> Iterator[tuple[Mutation, Mutant]]:
    for mutation in MUTATIONS:
        try:
            mutants = mutation.make(candidate)
        except NotApplicable:
            continue
        for mutant in mutants:
            yield mutation, mutant


def kinds(candidate: Candidate) -> set[str]:
    return {mutation.kind for mutation, _ in made(candidate)}


@pytest.mark.parametrize("name", ["softsign", "difference", "weighted_swish"])
def test_each_mutant_is_another_text_with_the_same_lines(candidates: dict[str, Candidate], name: str) -> None:
    candidate = candidates[name]
    originals = {source.path: source for source in (*candidate.kernels.values(), *candidate.host)}
    seen = set()
    for mutation, mutant in made(candidate):
        key = (mutation.kind, mutation.name, mutant.detail)
        assert key not in seen, key
        seen.add(key)
        assert mutant.change, key
        for path, text in mutant.texts.items():
            before = originals[path].text
            assert text != before, key
            added = text.count("#line ") * 2
            assert text.count("\n") == before.count("\n") + added, key
            assert not list(Source(path, text).nodes("ERROR")), (key, mutant.change)
    assert len(seen) >= 120


def test_every_class_of_the_design_and_the_catalogue_is_there(candidates: dict[str, Candidate]) -> None:
    assert {mutation.kind for mutation in MUTATIONS} >= DESIGN
    assert {mutation.origin.split()[1] for mutation in MUTATIONS if mutation.origin != "design"} == CATALOGUE
    assert {mutation.level for mutation in MUTATIONS} == set(Level)
    assert set().union(*map(kinds, candidates.values())) >= DESIGN


@pytest.mark.parametrize(
    ("name", "kind", "there"),
    [
        ("softsign", "hard-coded parameter", False),  # besides memory_config
        ("weighted_swish", "hard-coded parameter", True),
        ("softsign", "one input after the other", False),
        ("difference", "one input after the other", True),
        ("difference", "swapped operands", True),
        ("difference", "missing reconfiguration", True),
    ],
)
def test_what_applies_depends_on_the_operation(
    candidates: dict[str, Candidate], name: str, kind: str, there: bool
) -> None:
    found = [mutant for mutation, mutant in made(candidates[name]) if mutation.kind == kind]
    assert bool([item for item in found if item.detail != "memory_config ignored"]) == there


def test_what_computes_the_same_says_so(candidates: dict[str, Candidate]) -> None:
    def same(name: str) -> set[tuple[str, str, str]]:
        return {(m.kind, mutant.detail, mutant.same) for m, mutant in made(candidates[name]) if mutant.same}

    assert same("weighted_swish") == {("swapped operands", "mul_binary_tile", "the function is commutative")}
    one = "all circular buffers of a call have one format"
    again = "the same was set up for a circular buffer of the same format just before"
    assert same("difference") == {
        ("missing reconfiguration", "reconfig_data_format_srca", one),
        ("missing reconfiguration", "reconfig_data_format_srca 2", one),
        ("missing init", "copy_init 2", again),
    }


def test_inputs_that_can_be_exchanged(tmp_path: Path) -> None:
    def symmetric_in(formula: str) -> tuple[str, str] | None:
        return symmetric_pair(load_spec(tmp_path / write(tmp_path, formula)))

    assert symmetric_in("(a - b) ** 2 + c") == ("a", "b")
    assert symmetric_in("a - b * c") == ("b", "c")
    assert symmetric_in("a - 2 * b + c ** 3") is None


def write(folder: Path, formula: str) -> str:
    inputs = ", ".join(f"{{name: {name}, dtypes: [float32]}}" for name in "abc")
    (folder / "spec.md").write_text(
        f"---\noperation: three\ncategory: eltwise\ninputs: [{inputs}]\noutput: {{shape: a.shape, dtype: a.dtype}}\n"
        f"formula: {formula}\nshapes: [[[32, 32], [32, 32], [32, 32]]]\n---\n# three\n",
        encoding="utf-8",
    )
    return "spec.md"


def test_without_padding_nothing_leaks(candidates: dict[str, Candidate]) -> None:
    candidate = candidates["softsign"]
    whole = candidate.spec.model_copy(update={"shapes": (((1, 1, 32, 32),),)})
    missing = kinds(candidate) - kinds(replace(candidate, spec=whole))
    assert missing == {"padding leaked", "truncating division"}


# The same operation in the older form of the API, with other names and another loop.
READER = """#include "dataflow_api.h"
void kernel_main() {
    uint32_t source = get_arg_val<uint32_t>(0);
    uint32_t first = get_arg_val<uint32_t>(1);
    uint32_t last = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto tensor = TensorAccessor(args, source);
    for (uint32_t page = first; page < last; page++) {
        cb_reserve_back(tt::CBIndex::c_0, 1);
        noc_async_read_page(page, tensor, get_write_ptr(tt::CBIndex::c_0));
        noc_async_read_barrier();
        cb_push_back(tt::CBIndex::c_0, 1);
    }
}
"""
COMPUTE = """#include "api/compute/common.h"
void kernel_main() {
    uint32_t count = get_arg_val<uint32_t>(0);
    compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);
    copy_init(tt::CBIndex::c_0);
    abs_tile_init();
    for (uint32_t n = 0; n < count; n++) {
        cb_wait_front(tt::CBIndex::c_0, 1);
        tile_regs_acquire();
        copy_tile(tt::CBIndex::c_0, 0, 2);
        abs_tile(2);
        tile_regs_commit();
        tile_regs_wait();
        cb_reserve_back(tt::CBIndex::c_16, 1);
        pack_tile(2, tt::CBIndex::c_16);
        cb_push_back(tt::CBIndex::c_16, 1);
        tile_regs_release();
        cb_pop_front(tt::CBIndex::c_0, 1);
    }
}
"""
WRITER = READER.replace("noc_async_read_page", "noc_async_write_page").replace("cb_reserve_back", "cb_wait_front")
WRITER = WRITER.replace("cb_push_back", "cb_pop_front").replace("noc_async_read_barrier", "noc_async_write_barrier")
FACTORY = """
ProgramDescriptor AbsoluteDeviceOperation::create_descriptor(const operation_attributes_t& a, const tensor_args_t& t, Tensor& y) {
    auto pages = div_up(t.x.padded_shape().volume(), 1024);
    auto per_core = std::min(pages, 8u);
    CBDescriptor in{.total_size = 2 * bytes, .core_ranges = cores};
    in.format_descriptors = {{CBFormatDescriptor{.buffer_index = 0, .data_format = format, .page_size = bytes}}};
    desc.cbs.push_back(in);
    KernelDescriptor reader{.core_ranges = cores};
    reader.emplace_runtime_args(core, {t.x.buffer(), begin, end});
    desc.kernels.push_back(reader);
}
"""


@pytest.fixture
def foreign(candidates: dict[str, Candidate]) -> Candidate:
    kernels = {"reader": READER, "compute": COMPUTE, "writer": WRITER}
    sources = {role: Source(f"kernels/{role}.cpp", text) for role, text in kernels.items()}
    return Candidate(candidates["softsign"].spec, sources, (Source("factory.cpp", FACTORY),), {})


def test_mutations_apply_to_another_hand(foreign: Candidate) -> None:
    assert kinds(foreign) >= {
        "identity", "zeros", "constant", "scaled", "offset", "dropped term", "wrong function", "missing startup",
        "missing init", "DST not synchronised", "wrong register or tile", "buffer call missing", "missing barrier",
        "pops or pushes twice", "push before read, wait after use", "wrong argument index", "wrong accessor offset",
        "wrong circular buffer", "off-by-one tile, wrong broadcast", "last tile stale", "padding leaked",
        "half the work", "kernels disagree on the count", "circular buffer missing", "kernel missing",
        "circular buffer too small", "wrong page size", "truncating division", "negative remainder", "argument missing",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "detail", "file", "text"),
    [
        ("identity", "input 1", "compute", "copy_init(tt::CBIndex::c_0); copy_tile(tt::CBIndex::c_0, 0, 2);"),
        ("zeros", "", "compute", "fill_tile(2, 0.0f); tile_regs_commit();"),
        ("half the work", "half of the tiles", "reader", "page < (first) + ((last) - (first) + 1) / 2;"),
        ("off-by-one tile, wrong broadcast", "reader: one tile off", "reader", "(page == (first) ? (last) - 1 : page - 1)"),
        ("last tile stale", "", "writer", "if (page + 1 < last || (last) - (first) == 1) noc_async_write_page("),
        ("push before read, wait after use", "push before read", "reader", "cb_push_back(tt::CBIndex::c_0, 1); noc_async_read_page("),
        ("wrong argument index", "reader argument 2 of 3", "reader", "last = get_arg_val<uint32_t>(0)"),
        ("truncating division", "division", "factory", "((t.x.padded_shape().volume()) / (1024))"),
        ("negative remainder", "min", "factory", "per_core = (pages);"),
        ("argument missing", "reader end", "factory", "{t.x.buffer(), begin}"),
    ],
)  # fmt: skip
def test_what_a_mutation_writes(foreign: Candidate, kind: str, detail: str, file: str, text: str) -> None:
    found = [item for mutation, item in made(foreign) if (mutation.kind, item.detail) == (kind, detail)]
    assert any(text in content for item in found for path, content in item.texts.items() if file in path), found


def test_an_operation_of_which_nothing_is_known_has_no_mutant(candidates: dict[str, Candidate]) -> None:
    nothing = Candidate(candidates["softsign"].spec, {}, (), {})
    assert list(made(nothing)) == []
