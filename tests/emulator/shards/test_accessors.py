"""Kernels that reach sharded tensors, one for each form of the accessor; NumPy says which page lies where."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from op_pipeline.emulator import execution, inspection
from op_pipeline.emulator.toolchain import compile_kernels

START = """
#include "api/core_local_mem.h"
#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/endpoints.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
void kernel_main() {
    constexpr auto in_args = TensorAccessorArgs<0, 0>();
    constexpr auto out_args = TensorAccessorArgs<in_args.next_compile_time_args_offset()>();
    const auto in = TensorAccessor(in_args, get_arg_val<uint32_t>(0));
    const auto out = TensorAccessor(out_args, get_arg_val<uint32_t>(1));
    const uint32_t shard = get_arg_val<uint32_t>(2), pages = get_arg_val<uint32_t>(3);
    const uint32_t bytes = in.get_aligned_page_size();
    Noc noc;
    CircularBuffer cb(0);
    const CoreLocalMem<uint32_t> here(cb.get_write_ptr());
    const auto send = [&](uint32_t page) {
        noc.async_read_barrier();
        noc.async_write(here, out, bytes, {}, {.page_id = page});
        noc.async_write_barrier();
    };
"""
# Each copies the tensor, or on each core its own shard, page by page into an interleaved tensor of the same pages.
WHOLE = {
    "page numbers": "for (uint32_t i = 0; i < pages; ++i) { noc.async_read(in, here, bytes, {.page_id = i}, {}); send(i); }",
    "free functions": """
        for (uint32_t i = 0; i < pages; ++i) { noc_async_read_page(i, in, here.get_address()); noc_async_read_barrier(); send(i); }""",
    "pages()": "for (const auto& page : in.pages()) { noc.async_read(page, here, bytes, {}, {}); send(page.page_id()); }",
    "base Page": """
        for (const tensor_accessor::Page& page : in.pages(0, pages)) {
            noc.async_read(PrecomposedUnicastEndpoint(), here, bytes, {.noc_addr = page.noc_addr()}, {});
            send(page.page_id());
        }""",
    "steps": """
        auto page = in.pages().begin();
        for (uint32_t i = 0; i < pages; i += 2, page += 2) {
            noc.async_read(*page, here, bytes, {}, {}); send(page->page_id());
            if (i + 1 < pages) { const auto next = page + 1; noc.async_read(*next, here, bytes, {}, {}); send(next.page_id()); }
        }""",
    "coordinates": """
        const auto d = in.dspec();
        std::array<uint32_t, 8> at{};
        for (uint32_t i = 0; i < d.tensor_volume(); ++i) {
            for (uint32_t k = 0; k < d.rank(); ++k) at[k] = i / d.tensor_strides()[k] % d.tensor_shape()[k];
            noc_async_read(in.get_noc_addr(at), here.get_address(), bytes); send(i);
        }""",
    "erased type": """
        const auto both = std::make_tuple(in, out);
        const auto any = make_abstract_tensor_accessor_wrappers(both);
        for (uint32_t i = 0; i < pages; ++i) { noc.async_read(any[0], here, bytes, {.page_id = i}, {}); send(i); }""",
    "every shard": """
        for (uint32_t s = 0; s < in.dspec().num_shards(); ++s) {
            for (const auto& page : in.shard_pages(s)) {
                ASSERT(page.shard_id() == s);
                noc.async_read(page, here, bytes, {}, {}); send(page.page_id());
            }
        }""",
    "shard view": """
        for (uint32_t s = 0; s < in.dspec().num_shards(); ++s) {
            for (const auto& page : in.shard_pages(s)) {
                noc.async_read(ShardView(in), here, bytes, {.shard_id = s, .offset_bytes = page.page_in_shard() * bytes}, {});
                send(page.page_id());
            }
        }""",
}
OWN = {
    "own shard": """
        ASSERT(in.is_local_shard(shard));
        for (const auto& page : in.shard_pages(shard)) {
            ASSERT(in.is_local_addr(page.noc_addr()) && in.is_local_page(page.page_id()));
            noc.async_read(page, here, bytes, {}, {}); send(page.page_id());
        }""",
    "state": """
        noc.set_async_read_state<NocOptions::DEFAULT, NOC_MAX_BURST_SIZE>(
            UnicastEndpoint(), bytes, {.noc_x = my_x[0], .noc_y = my_y[0], .addr = 0});
        for (const auto& page : in.shard_pages(shard)) {
            noc.async_read_with_state<NocOptions::DEFAULT, NOC_MAX_BURST_SIZE>(
                UnicastEndpoint(), here, bytes, {.addr = in.get_bank_base_address() + page.page_in_shard() * bytes}, {});
            send(page.page_id());
        }""",
    "pointers": """
        for (const auto& page : in.shard_pages(shard)) {
            const uint32_t from = in.get_bank_base_address() + page.page_in_shard() * bytes;
            noc.async_write(CoreLocalMem<uint32_t>(from), out, bytes, {}, {.page_id = page.page_id()});
        }
        noc.async_write_barrier();""",
}
CASES = [
    ((256, 64), "HEIGHT_SHARDED", (0, 0, 1, 3), (32, 64), "ROW_MAJOR"),
    ((224, 64), "HEIGHT_SHARDED", (0, 0, 1, 3), (64, 64), "COL_MAJOR"),
    ((64, 160), "WIDTH_SHARDED", (5, 5, 7, 5), (64, 64), "ROW_MAJOR"),
    ((96, 160), "BLOCK_SHARDED", (1, 2, 3, 3), (64, 64), "ROW_MAJOR"),
    ((96, 160), "BLOCK_SHARDED", (1, 2, 2, 4), (64, 64), "COL_MAJOR"),
]


def placed(ttnn: Any, device: Any, case: tuple[Any, ...]) -> tuple[Any, np.ndarray[Any, Any]]:
    """A bfloat16 tile tensor in these shards, and what it holds."""
    shape, layout, (a, b, c, d), shard, orientation = case
    grid = ttnn.CoreRangeSet([ttnn.CoreRange((a, b), (c, d))])
    spec = ttnn.ShardSpec(grid, list(shard), getattr(ttnn.ShardOrientation, orientation))
    memory = ttnn.MemoryConfig(getattr(ttnn.TensorMemoryLayout, layout), ttnn.BufferType.L1, spec)
    values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape) % 251
    where = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
    return ttnn.from_torch(values, **where, memory_config=memory), values


def cores_of(case: tuple[Any, ...]) -> list[tuple[int, int]]:
    """Core of each shard, in the order of the shards."""
    (height, width), layout, (a, b, c, d), shard, orientation = case
    down, across = -(-height // shard[0]), -(-width // shard[1])
    row_major = orientation == "ROW_MAJOR"
    if layout == "BLOCK_SHARDED":
        places = [(i, j) for i in range(down) for j in range(across)]
        return [(a + j, b + i) if row_major else (a + i, b + j) for i, j in places]
    rows = [(x, y) for y in range(b, d + 1) for x in range(a, c + 1)]
    columns = [(x, y) for x in range(a, c + 1) for y in range(b, d + 1)]
    return (rows if row_major else columns)[: down * across]


def copied(ttnn: Any, source: Any, text: str, cores: list[tuple[int, int]], **changes: Any) -> Any:
    """The interleaved tensor that the kernel wrote; `cores` are given shard numbers in their order."""
    words = list(ttnn.TensorAccessorArgs(source).get_compile_time_args())
    common: list[int] = []
    if "runtime" in changes:
        words, common = moved(words, changes["runtime"])
    device = source.device()
    target = ttnn.empty(list(source.shape), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.DRAM_MEMORY_CONFIG)
    grid = ttnn.CoreRangeSet([ttnn.CoreRange(core, core) for core in cores])
    arguments = ttnn.RuntimeArgs()
    for number, (x, y) in enumerate(cores):
        arguments[x][y] = [source.buffer_address(), target.buffer_address(), number, source.buffer_num_pages()]
    kernel = ttnn.KernelDescriptor(
        kernel_source=START + text + "\n}\n",
        source_type=ttnn.KernelDescriptor.SourceType.SOURCE_CODE,
        core_ranges=grid,
        compile_time_args=[*words, *ttnn.TensorAccessorArgs(target).get_compile_time_args()],
        runtime_args=arguments,
        common_runtime_args=common,
        config=ttnn.ReaderConfigDescriptor(),
    )
    scratch = ttnn.CBDescriptor(2048, grid, [ttnn.CBFormatDescriptor(0, ttnn.bfloat16, 2048)])
    ttnn.generic_op([source, target], ttnn.ProgramDescriptor([kernel], [], [scratch]))
    return target


def moved(words: list[int], flags: int) -> tuple[list[int], list[int]]:
    """Accessor words with some of them among the common arguments, as flags say (bits 2 to 6)."""
    rank, banks = words[2], words[3] & 0x7FFFFFFF
    parts = [words[2:3], words[3:4], words[4 : 4 + rank], words[4 + rank : 4 + 2 * rank], words[4 + 2 * rank :]]
    assert len(parts[4]) == -(-banks // 2)
    kept = [word for bit, part in enumerate(parts) if not flags >> (bit + 2) & 1 for word in part]
    common = [word for bit, part in enumerate(parts) if flags >> (bit + 2) & 1 for word in part]
    return [words[0] | flags, words[1], *kept], common


@pytest.mark.parametrize("form", WHOLE)
def test_the_whole_tensor_from_one_core(ttnn: Any, device: Any, form: str) -> None:
    source, values = placed(ttnn, device, CASES[1 if list(WHOLE).index(form) % 2 else 4])
    np.testing.assert_array_equal(copied(ttnn, source, WHOLE[form], [(7, 0)]).to_numpy(), values)


@pytest.mark.parametrize("form", OWN)
def test_each_core_finds_its_own_shard(ttnn: Any, device: Any, form: str) -> None:
    for case in CASES if form == "own shard" else CASES[3:4]:
        source, values = placed(ttnn, device, case)
        np.testing.assert_array_equal(copied(ttnn, source, OWN[form], cores_of(case)).to_numpy(), values)


@pytest.mark.parametrize("flags", [16, 16 | 32, 4 | 16 | 32, 64, 8 | 64, 4 | 8 | 16 | 32 | 64])
def test_what_the_host_tells_at_run_time(ttnn: Any, device: Any, flags: int) -> None:
    form = "page numbers" if flags & 4 else "every shard"  # shard_pages needs a rank known at compile time
    source, values = placed(ttnn, device, CASES[3])
    np.testing.assert_array_equal(copied(ttnn, source, WHOLE[form], [(0, 7)], runtime=flags).to_numpy(), values)


@pytest.mark.parametrize("strategy", ["ROUND_ROBIN_1D", "CONTIGUOUS_1D"])
@pytest.mark.parametrize("kind", ["L1", "DRAM"])
def test_several_shards_in_one_bank(ttnn: Any, device: Any, kind: str, strategy: str) -> None:
    grid = ttnn.CoreRangeSet([ttnn.CoreRange((1, 0), (4, 0))])
    spec = ttnn.NdShardSpec(
        ttnn.Shape([1, 32, 64]), grid, shard_distribution_strategy=getattr(ttnn.ShardDistributionStrategy, strategy)
    )
    values = np.arange(4 * 64 * 64, dtype=np.float32).reshape(4, 64, 64) % 251
    memory = ttnn.MemoryConfig(getattr(ttnn.BufferType, kind), spec)
    where = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
    source = ttnn.from_torch(values, **where, memory_config=memory)
    for form in ("page numbers", "every shard"):
        np.testing.assert_array_equal(copied(ttnn, source, WHOLE[form], [(7, 7)]).to_numpy(), values)


OUTSIDE = {
    "a page that the tensor has not": ("noc_async_read_page(pages, in, here.get_address());", "page 14 of a tensor that has 14 pages"),
    "a shard that it has not": ("noc_async_read_shard(4, in, here.get_address());", "shard 4 of a tensor that has 4 shards"),
    "a byte after the shard": (
        "noc.async_read(ShardView(in), here, bytes, {.shard_id = 0, .offset_bytes = 4 * bytes}, {});",
        "byte 8192 of a shard that has 8192 bytes",
    ),
    "a core without a shard": (
        "noc.async_read(UnicastEndpoint(), here, bytes, {.noc_x = 25, .noc_y = 25, .addr = get_arg_val<uint32_t>(0)}, {});",
        "has no shard there: its shards are on 8 cores",
    ),
}  # fmt: skip


@pytest.mark.parametrize("place", OUTSIDE)
def test_outside_of_every_shard(ttnn: Any, device: Any, place: str) -> None:
    text, message = OUTSIDE[place]
    source, _ = placed(ttnn, device, CASES[1])
    with pytest.raises(RuntimeError, match="noc_address") as raised:
        copied(ttnn, source, text, [(0, 0)])
    assert message in str(raised.value)


def test_a_circular_buffer_on_the_shards(ttnn: Any, device: Any) -> None:
    """Compute reads the shards of one tensor in place, and packs into those of another."""
    source, values = placed(ttnn, device, CASES[0])
    target = ttnn.empty(list(source.shape), ttnn.bfloat16, ttnn.TILE_LAYOUT, device, source.memory_config())
    first, second = (ttnn.cb_descriptor_from_sharded_tensor(i, t) for i, t in ((0, source), (16, target)))
    assert first.total_size == 2 * 2048
    assert first.buffer_address() == source.buffer_address()
    grid = source.memory_config().shard_spec.grid

    def kernel(text: str, config: Any) -> Any:
        return ttnn.KernelDescriptor(
            kernel_source=text,
            source_type=ttnn.KernelDescriptor.SourceType.SOURCE_CODE,
            core_ranges=grid,
            config=config,
        )

    there = kernel(
        '#include "api/dataflow/dataflow_api.h"\nvoid kernel_main() { cb_push_back(0, 2); }\n',
        ttnn.ReaderConfigDescriptor(),
    )
    compute = kernel(
        """
        #include "api/compute/compute_kernel_api.h"
        #include "api/compute/tile_move_copy.h"
        #include "api/compute/pack.h"
        #include "api/compute/eltwise_unary/eltwise_unary.h"
        #include "api/compute/eltwise_unary/relu.h"
        #include "api/compute/eltwise_unary/negative.h"
        void kernel_main() {
            compute_kernel_hw_startup(0, 16);
            copy_init(0);
            negative_tile_init();
            cb_wait_front(0, 2);
            cb_reserve_back(16, 2);
            for (uint32_t i = 0; i < 2; ++i) {
                tile_regs_acquire();
                copy_tile(0, i, 0);
                negative_tile(0);
                tile_regs_commit();
                tile_regs_wait();
                pack_tile(0, 16);
                tile_regs_release();
            }
            cb_push_back(16, 2);
            cb_pop_front(0, 2);
        }
        """,
        ttnn.ComputeConfigDescriptor(),
    )
    ttnn.generic_op([source, target], ttnn.ProgramDescriptor([there, compute], [], [first, second]))
    np.testing.assert_array_equal(target.to_numpy(), -values)


@pytest.mark.parametrize("case", [CASES[1], CASES[3]], ids=["height", "block"])
def test_a_recorded_program_runs_elsewhere(ttnn: Any, device: Any, case: tuple[Any, ...]) -> None:
    source, values = placed(ttnn, device, case)
    with inspection.record(dispatch=False) as log:
        target = copied(ttnn, source, OWN["own shard"], cores_of(case))
    (launch,) = log.launches
    assert launch.image is not None
    assert [entry[3] for entry in launch.live if entry[0] == "L1"], "the banks of the sharded tensor"
    libraries = compile_kernels(execution.kernel_requests(launch.image))
    told = json.loads(json.dumps({"image": launch.image, "live": launch.live, "libraries": libraries}))
    sharding = execution.sharding_of(source.memory_config())
    at = ("bfloat16", "TILE")
    there = execution.Placed(case[0], *at, "L1", source.buffer_address(), sharding=sharding)
    out = execution.Placed(case[0], *at, "DRAM", target.buffer_address())
    other = ttnn.open_device(device_id=1)
    done = execution.execute(other, [told], [(there, values)], out)
    np.testing.assert_array_equal(done.output, values)
    assert done.changed == ()
    assert sharding is not None
    fewer = replace(there, sharding={**sharding, "grid": [[0, 0, 7, 7]]})
    for wrong in (replace(there, sharding=None), fewer, replace(there, sharding={"layout": "HEIGHT_SHARDED"})):
        with pytest.raises(ValueError, match=r"banks|does not describe shards"):
            execution.execute(other, [told], [(wrong, values)], out)
    ttnn.close_device(other)
