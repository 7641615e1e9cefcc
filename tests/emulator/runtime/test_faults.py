"""Each rule broken once, and next to it the kernel that keeps it: same program, one change."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.emulator.runtime.programs import Buffer, Program, run
from tests.emulator.runtime.samples import LIVE, READER, SOURCE, TARGET, WRITER, copy_program, kernel

ACCESSOR = "constexpr auto src_args = TensorAccessorArgs<0>(); const auto t = TensorAccessor(src_args, get_arg_val<uint32_t>(0), TILE); Noc noc; CircularBuffer cb(0);"


@dataclass(frozen=True)
class Case:
    name: str
    fault: str  # "" = the legal neighbour
    program: Program
    says: tuple[str, ...] = ()


def alone(body: str, *, risc: str = "NCRISC", args: tuple[int, ...] = (SOURCE,), **changes: object) -> Program:
    given: dict[str, object] = {"kernels": (kernel(body, risc, args),), "buffers": (Buffer(0),), "live": LIVE}
    return Program(**{**given, **changes})  # type: ignore[arg-type]


def copying(old: str, new: str, tiles: int = 3, **changes: object) -> Program:
    """The copy program with one line of its reader or writer replaced."""
    assert (old in READER) != (old in WRITER), old
    return copy_program(
        tiles,
        kernels=(
            kernel(READER.replace(old, new, 1), args=(SOURCE, 0, tiles)),
            kernel(WRITER.replace(old, new, 1), "BRISC", args=(TARGET, 0, tiles)),
        ),
        **changes,
    )


def drained(body: str) -> Program:
    """`body` pushes pages into buffer 0; the writer's kernel takes three of them away."""
    drain = "CircularBuffer cb(0); for (int i = 0; i < 3; ++i) { cb.wait_front(1); cb.pop_front(1); }"
    return alone(body, kernels=(kernel(body, args=(SOURCE,)), kernel(drain, "BRISC")))


FAULTS = [
    # circular buffers
    Case("reserve more than the buffer holds", "cb_overflow", alone("cb_reserve_back(0, 3);"), ("only 2 pages", "c_0, 3")),
    Case("wait for more than the buffer holds", "cb_overflow", alone("cb_wait_front(0, 3);")),
    Case("push without reserve", "cb_push_without_reserve", alone("cb_push_back(0, 1);"), ("reserving 0 pages",)),
    Case("pop twice", "cb_underflow", drained("cb_reserve_back(0, 1); cb_push_back(0, 1); cb_wait_front(0, 1); cb_pop_front(0, 1);\ncb_pop_front(0, 1);")),
    Case("pop without wait", "cb_pop_without_wait", alone("cb_reserve_back(0, 1); cb_push_back(0, 1);\nwhile (!cb_pages_available_at_front(0, 1)) {}\ncb_pop_front(0, 1);"), ("waiting for 0 pages",)),
    Case("push over the end of the ring", "cb_wrap", alone("for (int i = 0; i < 2; ++i) { cb_reserve_back(0, 2);\ncb_push_back(0, 2);\ncb_wait_front(0, 2);\ncb_pop_front(0, 2); }", buffers=(Buffer(0, pages=3),)), ("runs over the end",)),
    Case("undeclared buffer", "cb_undeclared", alone("cb_reserve_back(7, 1);"), ("c_7", "it has c_0")),
    Case("never popped", "cb_unbalanced", copying("cb.pop_front(1);", "", tiles=1), ("1 pushed, 0 popped",)),
    Case("one page too many", "cb_unbalanced", copy_program(kernels=(kernel(READER, args=(SOURCE, 0, 3)), kernel(WRITER, "BRISC", args=(TARGET, 0, 2)))), ("3 pushed, 2 popped",)),
    Case("two producers", "cb_two_producers", alone("", kernels=(kernel("cb_reserve_back(0, 1); cb_push_back(0, 1);"), kernel("cb_reserve_back(0, 1); cb_push_back(0, 1);", "BRISC")))),
    Case("write out before waiting", "cb_read_before_wait", copying("cb.wait_front(1);", ""), ("c_0",)),
    Case("read in before reserving", "cb_write_before_reserve", copying("cb.reserve_back(1);", "")),
    Case("page smaller than the transfer", "cb_write_before_reserve", copying("cb.push_back(1);", "cb.push_back(1); ", buffers=(Buffer(0, page_size=1024),)), ("2 pages of 1024 bytes",)),
    # barriers
    Case("push before the read has landed", "missing_read_barrier", copying("noc.async_read_barrier();", ""), ("cb_push_back(c_0, 1)", "issued at line")),
    Case("pop before the write has left", "missing_write_barrier", copying("noc.async_writes_flushed();", ""), ("cb_pop_front(c_0, 1)",)),
    Case("flushed is not arrived", "missing_write_barrier", copying("noc.async_write_barrier();", ""), ("ends while",)),
    Case("barrier of the other NOC", "missing_read_barrier", copying("noc.async_read_barrier();", "noc_async_read_barrier(1 - noc.get_noc_id());")),
    Case("kernel ends during a read", "missing_read_barrier", alone(ACCESSOR + "cb.reserve_back(1); noc.async_read(t, cb, TILE, {.page_id = 0}, {});")),
    # NOC
    Case("page beyond the tensor", "noc_address", copying("{.page_id = i}, {.offset_bytes = 0}", "{.page_id = i + 12 * 16}, {.offset_bytes = 0}", live=(("dram", SOURCE, 32768), ("dram", TARGET + 4096, 32768))), ("outside every live buffer",)),
    Case("logical coordinates", "noc_coordinates", alone("Noc noc; CircularBuffer cb(0); cb.reserve_back(1); noc.async_read(UnicastEndpoint(), cb, 32, {.noc_x = 1, .noc_y = 0, .addr = 0x20000}, {});"), ("(1,0)",)),
    Case("misaligned read", "noc_alignment", alone(ACCESSOR + "cb.reserve_back(1); noc.async_read(t, cb, 64, {.page_id = 0}, {.offset_bytes = 16}); noc.async_read_barrier();"), ("32 bytes",)),
    Case("empty transfer", "noc_size", alone(ACCESSOR + "cb.reserve_back(1); noc.async_read(t, cb, 0, {.page_id = 0}, {});")),
    Case("into L1 that belongs to nothing", "noc_address", alone("noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), 0x80000, 64); noc_async_read_barrier();"), ("no circular buffer",)),
    Case("wrong number of destinations", "multicast_count", alone("Noc noc; Semaphore s(0); s.set(1); s.set_multicast(noc, 18, 18, 19, 19, 4);", semaphores=((0, 0, ((0, 0), (1, 0), (0, 1), (1, 1))),))),
    # arguments
    Case("runtime argument that was not set", "runtime_argument", alone("static_cast<void>(get_arg_val<uint32_t>(2));", args=(1, 2)), ("get_arg_val(2): only 2",)),
    Case("no arguments for this core", "runtime_argument", alone("static_cast<void>(get_arg_val<uint32_t>(0));", args=()), ("only 0",)),
    Case("common argument", "runtime_argument", alone("static_cast<void>(get_common_arg_val<uint32_t>(0));")),
    # synchronisation
    Case("semaphore nobody sets", "deadlock", alone("Semaphore s(0); s.wait(3);", semaphores=((0, 1, ((0, 0),)),)), ("waits for 3, it holds 1",)),
    Case("semaphore of another core", "semaphore_undeclared", alone("Semaphore s(0); s.wait(0);", semaphores=((0, 0, ((1, 1),)),))),
    Case("increment without barrier", "missing_atomic_barrier", alone("Noc noc; Semaphore s(0); s.up(noc, 18, 18, 1);", semaphores=((0, 0, ((0, 0),)),))),
    Case("polls for ever", "non_termination", alone("while (!cb_pages_available_at_front(0, 1)) {}"), ("polls for ever",)),
    Case("endless loop", "non_termination", alone("volatile uint32_t go = 1;\ncb_reserve_back(0, 1);\nwhile (go) {}", stall=0.3), ("no API call for 0.3 s",)),
    # memory
    Case("pointer outside L1", "l1_pointer", alone("*reinterpret_cast<volatile uint32_t*>(0x1800000u) = 1;"), ("0x1800000",)),
    Case("address of a local variable", "l1_pointer", alone("uint32_t x = 1; static_cast<void>(reinterpret_cast<uint32_t>(&x));")),
    Case("null pointer", "crash", alone("volatile uint32_t* volatile p = nullptr; *p = 1;"), ("null pointer",)),
    Case("stack", "stack_overflow", alone("volatile uint32_t big[200000];\nfor (uint32_t i = 200000; i-- > 0;) big[i] = i;")),
    Case("assertion", "assertion", alone("uint32_t x = get_arg_val<uint32_t>(0); ASSERT(x == 0);"), ("x == 0",)),
]  # fmt: skip

LEGAL = [
    Case("reserve all there is", "", drained("cb_reserve_back(0, 2); cb_push_back(0, 2); cb_reserve_back(0, 1); cb_push_back(0, 1);")),
    Case("poll with an end", "", copying("cb.wait_front(1);", "while (!cb.pages_available_at_front(1)) {}\ncb.wait_front(1);")),
    Case("barrier once per block", "", alone(ACCESSOR + """
        cb.reserve_back(2);
        noc.async_read(t, cb, TILE, {.page_id = 0}, {.offset_bytes = 0});
        noc.async_read(t, cb, TILE, {.page_id = 1}, {.offset_bytes = TILE});
        noc.async_read_barrier();
        cb.push_back(2); cb.wait_front(2); cb.pop_front(2);""")),
    Case("scratch buffer", "", alone(ACCESSOR + """
        const uint32_t scratch = get_write_ptr(0);
        noc.async_read(t, CoreLocalMem<uint32_t>(scratch), TILE, {.page_id = 0}, {});
        noc.async_read_barrier();
        noc.async_write(CoreLocalMem<uint32_t>(scratch), t, TILE, {}, {.page_id = 1});
        noc.async_write_barrier();""")),
    Case("free functions", "", alone("""
        constexpr auto args = TensorAccessorArgs<0>();
        const auto t = TensorAccessor(args, get_arg_val<uint32_t>(0));
        cb_reserve_back(0, 1);
        noc_async_read_page(5, t, get_write_ptr(0));
        noc_async_read_barrier();
        cb_push_back(0, 1);
        cb_wait_front(0, 1);
        noc_async_write_page(6, t, get_read_ptr(0));
        noc_async_write_barrier();
        cb_pop_front(0, 1);""")),
    Case("pages left on a sharded buffer", "", alone("cb_push_back(0, 2);", live=(("l1", 0x100000, 4096),), buffers=(Buffer(0, address=0x100000, globally_allocated=True),))),
    Case("constant page read by pointer", "", alone("cb_reserve_back(0, 1); auto p = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)); p[0] = 7; cb_push_back(0, 1);\ncb_wait_front(0, 1); ASSERT(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_read_ptr(0))[0] == 7); cb_pop_front(0, 1);")),
    Case("arguments by address", "", alone("ASSERT(*reinterpret_cast<tt_l1_ptr uint32_t*>(get_arg_addr(1)) == 22);", args=(11, 22))),
    Case("argument by C-style cast", "", alone("auto p = (volatile tt_l1_ptr uint32_t*)get_arg_addr(0); ASSERT(p[1] == 22); auto s = (volatile uint32_t*)get_semaphore(0); ASSERT(*s == 5);", args=(11, 22), semaphores=((0, 5, ((0, 0),)),))),
    Case("address of a pointer and back", "", alone("auto p = reinterpret_cast<uint32_t*>(get_write_ptr(0)); ASSERT(reinterpret_cast<uint32_t>(p) == get_write_ptr(0)); auto q = reinterpret_cast<uint16_t*>(p); ASSERT(static_cast<void*>(q) == static_cast<void*>(p));")),
]  # fmt: skip


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.name)
def test_a_broken_rule_is_named(case: Case) -> None:
    outcome = run(case.program)
    assert outcome.classes[:1] == [case.fault], outcome
    fault = outcome.faults[0]
    for text in case.says:
        assert text in fault["message"]
    assert fault["kernel"].endswith(".cpp")
    assert fault["risc"] in ("BRISC", "NCRISC")
    assert (fault["core_x"], fault["core_y"]) == (0, 0)
    if case.fault != "crash":  # a stray access happens between calls
        assert fault["line"] > 0 or case.fault in ("stack_overflow", "l1_pointer"), fault


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("case", LEGAL, ids=lambda case: case.name)
def test_the_legal_neighbour_runs(case: Case, seed: int) -> None:
    outcome = run(case.program.with_seed(seed))
    assert outcome.faults == []
    assert outcome.warnings == []
