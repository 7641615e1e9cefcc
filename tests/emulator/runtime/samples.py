"""Kernels that several tests share, and the copy program built of them."""

from __future__ import annotations

from tests.emulator.runtime.programs import DRAM_BASE, TILE, Buffer, Kernel, Program

INCLUDES = """
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_buffer.h"
#include "api/dataflow/endpoints.h"
#include "api/dataflow/noc_semaphore.h"
#include "api/core_local_mem.h"
#include "api/tensor/noc_traits.h"
"""

READER = """
    constexpr auto src_args = TensorAccessorArgs<0>();
    const auto source = TensorAccessor(src_args, get_arg_val<uint32_t>(0), TILE);
    Noc noc;
    CircularBuffer cb(0);
    const uint32_t first = get_arg_val<uint32_t>(1), count = get_arg_val<uint32_t>(2);
    for (uint32_t i = first; i < first + count; ++i) {
        cb.reserve_back(1);
        noc.async_read(source, cb, TILE, {.page_id = i}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb.push_back(1);
    }
"""

WRITER = """
    constexpr auto dst_args = TensorAccessorArgs<0>();
    const auto target = TensorAccessor(dst_args, get_arg_val<uint32_t>(0), TILE);
    Noc noc;
    DataflowBuffer cb(0);
    const uint32_t first = get_arg_val<uint32_t>(1), count = get_arg_val<uint32_t>(2);
    for (uint32_t i = first; i < first + count; ++i) {
        cb.wait_front(1);
        noc.async_write(cb, target, TILE, {.offset_bytes = 0}, {.page_id = i});
        noc.async_writes_flushed();
        cb.pop_front(1);
    }
    noc.async_write_barrier();
"""

SOURCE, TARGET = DRAM_BASE, DRAM_BASE + 65536
LIVE = (("dram", SOURCE, 32768), ("dram", TARGET, 32768))


def kernel(body: str, risc: str = "NCRISC", args: tuple[int, ...] = (), **more: object) -> Kernel:
    text = f"{INCLUDES}constexpr uint32_t TILE = 2048;\nvoid kernel_main() {{\n{body}\n}}\n"
    return Kernel(text, risc, args, compile_time=(2, TILE), **more)  # type: ignore[arg-type]


def copy_program(tiles: int = 12, **changes: object) -> Program:
    """Copies DRAM pages through one circular buffer: reader on NCRISC, writer on BRISC."""
    given: dict[str, object] = {
        "kernels": (
            kernel(READER, args=(SOURCE, 0, tiles)),
            kernel(WRITER, "BRISC", args=(TARGET, 0, tiles)),
        ),
        "buffers": (Buffer(0),),
        "live": LIVE,
        "fill": tuple(("dram", bank, SOURCE, 512, bank * 1000) for bank in range(12)),
        "dump": ("dram", 3, TARGET, 512),
    }
    return Program(**{**given, **changes})  # type: ignore[arg-type]
