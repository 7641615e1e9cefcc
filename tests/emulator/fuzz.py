"""Random programs through the Python face: `python -m tests.emulator.fuzz FIRST COUNT`.

Each case is made from its number alone and ends in an exception or a run; one line of JSON says which. The process that
prints them must survive them all: a missing line is a crash, a case that takes too long is a hang.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import sys
from collections.abc import Callable
from typing import Any

from op_pipeline import emulator

MOST_MEMORY = 3 << 30  # bytes
HANGS_AFTER = 60  # seconds for one case, compiling included
NUMBERS = (
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    31,
    32,
    33,
    63,
    64,
    255,
    1024,
    2048,
    2049,
    4096,
    65535,
    1499136,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**63,
    2**64,
    -1,
    -2,
    -(2**31),
    -(2**63),
)
MISSING = ("ttnn/no/such/kernel.cpp", "/", ".", "", "/dev/null", "a" * 5000)
FITTING = tuple(number for number in NUMBERS if 0 <= number < 2**32)
JUNK: tuple[Any, ...] = (
    None,
    "",
    "x",
    1.5,
    float("nan"),
    [],
    {},
    (),
    object,
    b"abc",
    True,
    [[]],
    "ttnn/no/such/kernel.cpp",
    "\0",
    "\ud800",
    10**30,
)

MOVEMENT = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t steps = get_arg_val<uint32_t>(0);
    for (uint32_t i = 0; i < steps; ++i) {
        const uint32_t what = get_arg_val<uint32_t>(1 + 3 * i), a = get_arg_val<uint32_t>(2 + 3 * i), b = get_arg_val<uint32_t>(3 + 3 * i);
        switch (what % 22) {
        case 0: cb_reserve_back(a, b); break;
        case 1: cb_push_back(a, b); break;
        case 2: cb_wait_front(a, b); break;
        case 3: cb_pop_front(a, b); break;
        case 4: noc_async_read(get_noc_addr(a, b, a), get_write_ptr(0), b); break;
        case 5: noc_async_write(get_read_ptr(0), get_noc_addr(18, 18, a), b); break;
        case 6: noc_async_read_barrier(); break;
        case 7: noc_async_write_barrier(); break;
        case 8: *reinterpret_cast<volatile uint32_t*>(a) = b; break;
        case 9: noc_async_read(get_noc_addr_from_bank_id<true>(a, b), b, a); break;
        case 10: noc_semaphore_wait(reinterpret_cast<volatile uint32_t*>(get_semaphore(a)), b); break;
        case 11: noc_semaphore_inc(get_noc_addr(18 + a % 8, 18, b), 1); break;
        case 12: *reinterpret_cast<volatile uint32_t*>(get_write_ptr(0)) = a / b + a % b; break;
        case 13: noc_async_write_multicast(a, get_noc_multicast_addr(18, 18, 18 + a % 9, 18 + b % 9, a), b, a % 64); break;
        case 14: static_cast<void>(get_arg_val<uint32_t>(a)); break;
        case 15: static_cast<void>(get_common_arg_val<uint32_t>(b)); break;
        case 16: static_cast<void>(cb_pages_available_at_front(a, b)); break;
        case 17: noc_async_read_one_packet_set_state(get_noc_addr(18, 18, a), b); break;
        case 18: noc_async_read_one_packet_with_state(a, b); break;
        case 19: noc_semaphore_set(reinterpret_cast<volatile uint32_t*>(a), b); break;
        case 20: reinterpret_cast<volatile uint32_t*>(get_write_ptr(0))[a] = b; break;
        default: while (b == 0xFFFFFFFF) {}
        }
    }
}
"""
COMPUTE = """
#include "api/compute/common.h"
#include "api/compute/tile_move_copy.h"
#include "api/compute/eltwise_binary.h"
void kernel_main() {
    const uint32_t steps = get_arg_val<uint32_t>(0);
    for (uint32_t i = 0; i < steps; ++i) {
        const uint32_t what = get_arg_val<uint32_t>(1 + 3 * i), a = get_arg_val<uint32_t>(2 + 3 * i), b = get_arg_val<uint32_t>(3 + 3 * i);
        switch (what % 14) {
        case 0: cb_reserve_back(a, b); break;
        case 1: cb_push_back(a, b); break;
        case 2: cb_wait_front(a, b); break;
        case 3: cb_pop_front(a, b); break;
        case 4: compute_kernel_hw_startup(a, b); break;
        case 5: copy_init(a); break;
        case 6: tile_regs_acquire(); break;
        case 7: tile_regs_commit(); break;
        case 8: tile_regs_wait(); break;
        case 9: tile_regs_release(); break;
        case 10: copy_tile(0, a, b); break;
        case 11: pack_tile(a, b); break;
        case 12: add_init(a, b); break;
        default: add_tiles(a, b, a, b, a);
        }
    }
}
"""


class Case:
    """One random program, mostly sensible so that it gets far, wild here and there."""

    def __init__(self, ttnn: Any, device: Any, number: int) -> None:
        self.ttnn, self.device, self.random = ttnn, device, random.Random(number)
        self.wild = self.random.choice((0.0, 0.0, 0.0, 0.01, 0.02, 0.1, 0.4))

    def some(self, *sensible: Any) -> Any:
        """One of `sensible`, or now and then a number or an object that nobody expects."""
        if self.random.random() >= self.wild:
            return self.random.choice(sensible)
        return self.random.choice(NUMBERS if self.random.random() < 0.7 else JUNK)

    def number(self, *sensible: int) -> Any:
        """One of `sensible`, or now and then a number that is none of them but fits its type more often than not."""
        if self.random.random() >= self.wild:
            return self.random.choice(sensible)
        return self.random.choice(FITTING) if self.random.random() < 0.9 else self.some(*sensible)

    def core(self) -> Any:
        x, y = self.number(0, 0, 1, 7), self.number(0, 0, 1, 7)
        return self.ttnn.CoreCoord(x, y) if self.random.random() < 0.5 else (x, y)

    def cores(self) -> Any:
        if self.random.random() >= self.wild:
            corner = self.random.choice(((0, 0), (1, 0), (1, 1)))
            return self.ttnn.CoreRangeSet([self.ttnn.CoreRange((0, 0), corner)])
        return self.some(
            self.ttnn.CoreRangeSet(
                [self.ttnn.CoreRange(self.core(), self.core()) for _ in range(self.random.randint(0, 3))]
            )
        )

    def words(self) -> list[Any]:
        steps = self.random.randint(0, 6)
        small, large = (0, 1, 2, 3, 16, 18, 32, 64), (2048, 4096, 0x19940, 0x100040, 0xFFFFFFFF)
        return [self.number(steps), *(self.number(*range(22), *small, *small, *large) for _ in range(3 * steps))]

    def tensor(self) -> Any:
        ttnn = self.ttnn
        shape = [self.number(1, 2, 32, 64, 5) for _ in range(self.random.choice((1, 2, 2, 2, 4)))]
        dtype = self.some(ttnn.bfloat16, ttnn.float32, ttnn.uint32, ttnn.int32)
        layout = self.some(ttnn.TILE_LAYOUT, ttnn.TILE_LAYOUT, ttnn.ROW_MAJOR_LAYOUT)
        memory = self.some(ttnn.DRAM_MEMORY_CONFIG, ttnn.L1_MEMORY_CONFIG, self.sharded())
        return ttnn.empty(shape, dtype, layout, self.device, memory)

    def sharded(self) -> Any:
        ttnn = self.ttnn
        if self.random.random() >= max(self.wild, 0.05):
            return ttnn.DRAM_MEMORY_CONFIG
        spec = ttnn.ShardSpec(
            self.cores(), [self.number(32, 64, 1), self.number(32, 64, 8)], self.some(ttnn.ShardOrientation.ROW_MAJOR)
        )
        kind = self.some(
            ttnn.TensorMemoryLayout.HEIGHT_SHARDED,
            ttnn.TensorMemoryLayout.WIDTH_SHARDED,
            ttnn.TensorMemoryLayout.BLOCK_SHARDED,
        )
        return ttnn.MemoryConfig(kind, self.some(ttnn.BufferType.L1), spec)

    def circular_buffer(self, index: int) -> Any:
        page = self.number(2048, 2048, 2048, 4096)
        pages = self.number(2, 2, 3)
        total = page * pages if isinstance(page, int) and isinstance(pages, int) else self.some(4096)
        form = self.ttnn.CBFormatDescriptor(
            self.number(index), self.some(self.ttnn.bfloat16, self.ttnn.bfloat16, self.ttnn.float32), page
        )
        return self.ttnn.CBDescriptor(self.number(total), self.cores(), [form] * self.some(1))

    def kernel(self, kind: str) -> Any:
        ttnn, source = self.ttnn, COMPUTE if kind == "Compute" else MOVEMENT
        arguments, cores = ttnn.RuntimeArgs(), self.cores()
        for core in ttnn.corerange_to_cores(cores):
            if self.random.random() < 0.9:
                arguments[self.number(core.x)][self.number(core.y)] = self.some(self.words())
        pairs = [(self.core(), self.words()) for _ in range(self.random.randint(0, 2))]
        kinds = ttnn.KernelDescriptor.SourceType
        missing = self.random.random() < self.wild
        return ttnn.KernelDescriptor(
            kernel_source=self.some(*MISSING)
            if missing
            else self.some(source, source, source, "void kernel_main() {}"),
            source_type=kinds.FILE_PATH if missing else self.some(kinds.SOURCE_CODE),
            core_ranges=self.some(cores),
            compile_time_args=self.some([], [], [], [1, 2]),
            runtime_args=self.some(arguments, arguments, arguments, arguments, arguments if self.wild < 0.1 else pairs),
            common_runtime_args=self.some([], [1, 2]),
            config=self.some(getattr(ttnn, f"{kind}ConfigDescriptor")()),
        )

    def program(self) -> Any:
        kernels = [self.kernel(kind) for kind in ("Reader", "Writer", "Compute") if self.random.random() < 0.8]
        buffers = [self.circular_buffer(index) for index in (0, 1, 16) if self.random.random() < 0.9]
        semaphores = [
            self.ttnn.SemaphoreDescriptor(
                self.number(number), core_ranges=self.cores(), initial_value=self.number(0, 1)
            )
            for number in range(2)
        ]
        return self.ttnn.ProgramDescriptor(
            kernels=self.some(kernels), semaphores=self.some(semaphores), cbs=self.some(buffers)
        )

    def launch(self) -> None:
        tensors = [self.tensor() for _ in range(self.random.choice((2, 2, 2, 3)))]
        if self.random.random() < self.wild:
            tensors[0].deallocate()
        self.ttnn.generic_op(self.some(tensors), self.program())


def outcome_of(act: Callable[[], None]) -> tuple[str, str]:
    """("ran", "") or the exception's class and text."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - any exception is an outcome
        return type(error).__name__, str(error)
    return "ran", ""


def main(first: int, count: int) -> None:
    """Cases `first` to `first + count`; every third is dispatched, the others are lowered only."""
    from op_pipeline.emulator import inspection  # noqa: PLC0415

    resource.setrlimit(
        resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY)
    )  # a huge allocation is an error, not the end of the machine
    os.environ.update(OP_EMULATOR_STALL_SECONDS="0.3", OP_EMULATOR_DEADLINE_SECONDS="5", OP_EMULATOR_SEED="0")
    ttnn = emulator.activate()
    device = ttnn.open_device(device_id=0)
    for number in range(first, first + count):
        print(json.dumps({"begin": number}), flush=True)
        faulthandler.dump_traceback_later(HANGS_AFTER, exit=True)
        case = Case(ttnn, device, number)
        if number % 3 == 0:
            kind, text = outcome_of(case.launch)
        else:
            with inspection.record(dispatch=False) as log:
                kind, text = outcome_of(case.launch)
            if kind == "ran" and log.launches and log.launches[-1].error:
                kind, text = "refused", str(log.launches[-1].error)
        faulthandler.cancel_dump_traceback_later()
        print(json.dumps({"number": number, "kind": kind, "text": text[:300]}), flush=True)
    ttnn.close_device(device)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
