"""State, transaction ids, chains and rectangles of the NOC: each rule broken once, and the kernel that keeps it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from tests.emulator.runtime.programs import TILE, Buffer, Kernel, Program, run
from tests.emulator.runtime.samples import LIVE, SOURCE, TARGET, copy_program, kernel

ROW = ((0, 0), (1, 0), (2, 0), (3, 0))
SETUP = """
    constexpr auto src_args = TensorAccessorArgs<0>();
    const auto t = TensorAccessor(src_args, get_arg_val<uint32_t>(0), TILE);
    Noc noc;
    CircularBuffer cb(0);
    constexpr uint32_t PACKET = NOC_MAX_BURST_SIZE;
    const CoreLocalMem<uint32_t> a(cb.get_write_ptr()), b(cb.get_write_ptr() + TILE);
    for (uint32_t i = 0; i < 2 * TILE / 4; ++i) a[i] = i;
"""
# One packet of page 0 of this core's bank by state; the state stands for the coordinates and the size.
READ_STATE = "noc.set_async_read_state<NocOptions::DEFAULT, PACKET>(t, TILE, {.page_id = 0});"
READ = "noc.async_read_with_state<NocOptions::DEFAULT, PACKET>(t, a, TILE, {.page_id = 0}, {});"
WRITE_STATE = "noc.set_async_write_state<NocOptions::DEFAULT, PACKET>(t, TILE, {.page_id = 1});"
WRITE = "noc.async_write_with_state<NocOptions::DEFAULT, PACKET>(a, t, TILE, {}, {.page_id = 1});"
BOTH = "noc.async_read_barrier(); noc.async_write_barrier();"
TAGGED = "noc.async_read<NocOptions::TXN_ID>(t, {0}, TILE, {{.page_id = {1}}}, {{}}, {{.trid = {2}}});"
WAIT = "noc.async_read_barrier<NocOptions::TXN_ID>({{.trid = {0}}});"
SEND = "noc.async_write({0}, t, TILE, {{}}, {{.page_id = 3}});"


def alone(body: str, risc: str = "NCRISC", **changes: object) -> Program:
    # Semaphores and buffers on all four cores of the row unless a test says otherwise.
    given: dict[str, object] = {
        "kernels": (kernel(SETUP + body, risc, (SOURCE,)),),
        "buffers": (Buffer(0, cores=ROW),),
        "semaphores": ((0, 0, ROW), (1, 0, ROW)),
        "live": LIVE,
        "grid": (4, 2),
    }
    return Program(**{**given, **changes})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Case:
    name: str
    fault: str  # "" = the legal neighbour
    program: Program
    says: tuple[str, ...] = ()


def row(body: str, corners: str = "18, 18, 21, 18", risc: str = "NCRISC", **changes: object) -> Program:
    return alone("const uint32_t page = cb.get_write_ptr();" + body.replace("CORNERS", corners), risc, **changes)


MULTICAST = "noc_async_write_multicast(page, get_noc_multicast_addr(CORNERS, page), 64, 3{0});"
SIGNAL = "Semaphore s(0); s.set(1); s.set_multicast(noc, CORNERS, 3); noc.async_write_barrier();"
PARTLY = ((0, 0), (1, 0), (2, 0))

CASES = [
    # state
    Case("read with state", "", alone(READ_STATE + READ + BOTH)),
    Case("read without state", "noc_state", alone(READ + BOTH), ("nothing set that state",)),
    Case("state of the other NOC", "noc_state", alone("Noc other(1); " + READ_STATE.replace("noc.", "other.") + READ), ("on NOC 0",)),
    Case("state again after a plain read", "", alone(READ_STATE + READ + "noc.async_read(t, b, 32, {.page_id = 5}, {});" + READ_STATE + READ + BOTH)),
    Case("state changed by a plain read", "noc_state", alone(READ_STATE + "\nnoc.async_read(t, b, 32, {.page_id = 5}, {});\n" + READ + BOTH), ("has changed it since",)),
    Case("plain read of the same kind", "", alone(READ_STATE + "noc.async_read(t, b, TILE, {.page_id = 12}, {});" + READ + BOTH)),
    Case("size with each read", "", alone("noc.set_async_read_state(t, 0, {.page_id = 0}); noc.async_read_with_state(t, a, 64, {.page_id = 0}, {});" + BOTH)),
    Case("packet without size", "noc_state", alone("noc.set_async_read_state(t, 0, {.page_id = 0});" + READ), ("set none",)),
    Case("more than a packet", "noc_size", alone("noc_async_read_one_packet_set_state(t.get_noc_addr(0), 8193);"), ("8193 bytes",)),
    Case("write with state", "", alone(WRITE_STATE + WRITE + BOTH)),
    Case("write without state", "noc_state", alone(READ_STATE + WRITE), ("a write with state on NOC 0",)),
    Case("state beside multicast", "noc_state", row(WRITE_STATE + MULTICAST.format("") + WRITE)),
    Case("semaphores leave the state alone", "", row(WRITE_STATE + "Semaphore r(1); r.up(noc, 19, 18, 1);" + SIGNAL + WRITE + BOTH + "noc.async_atomic_barrier();")),
    Case("read with state before its barrier", "missing_read_barrier", alone(READ_STATE + READ + SEND.format("a")), ("still being filled",)),
    Case("write with state, no barrier", "missing_write_barrier", alone(WRITE_STATE + WRITE)),
    Case("free functions with state", "", alone("""
        noc_async_read_one_packet_set_state(t.get_noc_addr(0), TILE);
        noc_async_read_one_packet_with_state(get_arg_val<uint32_t>(0), a.get_address());
        noc_async_read_set_state(t.get_noc_addr(1));
        noc_async_read_with_state(get_arg_val<uint32_t>(0), b.get_address(), 64);
        noc_async_read_barrier();
        noc_async_write_one_packet_set_state(t.get_noc_addr(2), TILE);
        noc_async_write_one_packet_with_state(a.get_address(), get_arg_val<uint32_t>(0));
        noc_async_write_set_state(t.get_noc_addr(3));
        noc_async_write_with_state(b.get_address(), get_arg_val<uint32_t>(0), 64);
        noc_async_write_barrier();""")),
    # transaction ids
    Case("a barrier for each id", "", alone(TAGGED.format("a", 0, 1) + TAGGED.format("b", 1, 2) + WAIT.format(1) + SEND.format("a") + WAIT.format(2) + SEND.format("b") + "noc.async_write_barrier();")),
    Case("the other id's barrier", "missing_read_barrier", alone(TAGGED.format("a", 0, 1) + TAGGED.format("b", 1, 2) + WAIT.format(1) + SEND.format("b")), ("still being filled",)),
    Case("a plain barrier is for all ids", "", alone(TAGGED.format("a", 0, 1) + TAGGED.format("b", 1, 2) + "noc.async_read_barrier();" + SEND.format("b") + "noc.async_write_barrier();")),
    Case("an id stays in force", "", alone("noc_async_read_set_trid(3); noc.async_read(t, a, TILE, {.page_id = 0}, {}); noc_async_read_barrier_with_trid(3);" + SEND.format("a") + "noc.async_write_barrier();")),
    Case("an id that is none", "bad_argument", alone("noc_async_read_set_trid(16);"), ("0 to 15",)),
    Case("a write's id", "missing_write_barrier", alone("noc_async_write_one_packet_with_trid(a.get_address(), t.get_noc_addr(0), 64, 4); noc_async_write_barrier_with_trid(5);")),
    Case("a write's own id", "", alone("noc_async_write_one_packet_with_trid(a.get_address(), t.get_noc_addr(0), 64, 4); noc_async_write_flushed_with_trid(4); noc_async_write_barrier_with_trid(4);")),
    # zeros
    Case("zeros", "", alone("noc.async_write_zeros(a, TILE); noc.write_zeros_l1_barrier(); noc.async_write_zeros(t, TILE, {.page_id = 2}, a); noc.write_zeros_dram_barrier();")),
    Case("zeros before their barrier", "missing_read_barrier", alone("noc.async_write_zeros(a, TILE); noc.async_write_zeros(t, TILE, {.page_id = 2}, a);")),
    # chains
    Case("linked, then the last one", "", row(MULTICAST.format(", true") + SIGNAL)),
    Case("a write in between", "noc_linked", row(MULTICAST.format(", true") + SEND.format("a")), ("holds its path",)),
    Case("no last one", "noc_linked", row(MULTICAST.format(", true") + "noc.async_write_barrier();"), ("has no last one",)),
    # rectangles
    Case("reversed on NOC 0", "noc_coordinates", row(SIGNAL, "21, 18, 18, 18"), ("which runs towards higher coordinates",)),
    Case("the right way on NOC 1", "", row(SIGNAL, "21, 18, 18, 18", "BRISC")),
    Case("NOC 0's way on NOC 1", "noc_coordinates", row(SIGNAL, risc="BRISC"), ("which runs towards lower coordinates",)),
    Case("a column of NOC 0", "multicast_count", row(SIGNAL, "18, 18, 18, 19", semaphores=((0, 0, (*ROW, (0, 1))),)), ("1 cores besides the sender",)),
    Case("with the sender", "", row("Semaphore s(0); s.set(1); s.set_multicast<NocOptions::MCAST_INCL_SRC>(noc, CORNERS, 4); noc.async_write_barrier();")),
    Case("with the sender, not counted", "multicast_count", row("Semaphore s(0); s.set(1); s.set_multicast<NocOptions::MCAST_INCL_SRC>(noc, CORNERS, 3);"), ("the sender among them",)),
    Case("a core without the semaphore", "noc_address", row(SIGNAL, semaphores=((0, 0, PARTLY),)), ("into semaphore 0", "core (3,0) has no semaphore 0")),
    Case("a core without the buffer", "noc_address", row(MULTICAST.format(""), buffers=(Buffer(0, cores=PARTLY),)), ("into c_0", "core (3,0) has no c_0")),
    Case("increments", "", row("Semaphore s(0); s.inc_multicast(noc, CORNERS, 2, 3); noc.async_atomic_barrier();")),
    Case("increments, no barrier", "missing_atomic_barrier", row("Semaphore s(0); s.inc_multicast(noc, CORNERS, 2, 3);")),
    Case("words", "", row("noc_inline_dw_write(get_noc_addr(19, 18, page), 7); noc_inline_mcast_dw_write(get_noc_multicast_addr(CORNERS, page), 8, 0xF, 0, 4, 0, 3); noc.async_write_barrier();")),
    Case("words, no barrier", "missing_write_barrier", row("noc_inline_dw_write(get_noc_addr(19, 18, page), 7);")),
    # semaphores
    Case("never reached", "deadlock", alone("Semaphore s(1); s.wait_min(3);", semaphores=((1, 2, ROW),)), ("semaphore 1: waits for at least 3, it holds 2",)),
    Case("up and down", "", alone("Semaphore s(0); s.up(5); s.down(2); ASSERT(s.value() == 3);")),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rules_of_the_noc(case: Case) -> None:
    for seed in (0, 1) if not case.fault else (0,):
        outcome = run(case.program.with_seed(seed))
        assert outcome.classes[:1] == ([case.fault] if case.fault else []), outcome
        for text in case.says:
            assert text in outcome.faults[0]["message"]
        assert not case.fault or outcome.faults[0]["line"] > 0


# As in a multicast matmul: on each row of cores the first reads blocks and sends each to the others, who tell it when they
# have room; everybody adds the words up and puts the sum at its place of the target.
EXCHANGE = """
    constexpr auto args = TensorAccessorArgs<0>();
    const auto source = TensorAccessor(args, get_arg_val<uint32_t>(0), TILE);
    const auto target = TensorAccessor(args, get_arg_val<uint32_t>(1), TILE);
    constexpr uint32_t blocks = 5, others = 3;
    Noc noc;
    CircularBuffer cb(0), out(1);
    Semaphore room(0), arrived(1);
    const uint32_t y = get_absolute_logical_y() + 18;
    uint32_t sum = 0;
    for (uint32_t block = 0; block < blocks; ++block) {
        cb.reserve_back(1);
        if (get_absolute_logical_x() == 0) {
            noc.async_read(source, cb, TILE, {.page_id = block + (y - 18) * blocks}, {});
            noc.async_read_barrier();
            room.wait(others);
            room.set(0);
            noc.async_write_multicast(
                CoreLocalMem<uint32_t>(cb.get_write_ptr()), cb, TILE, others, {},
                {.noc_x_start = 18, .noc_y_start = y, .noc_x_end = 21, .noc_y_end = y}, true);
            arrived.set(VALID);
            arrived.set_multicast(noc, 18, y, 21, y, others);
            noc.async_writes_flushed();
        } else {
            arrived.set(INVALID);
            room.up(noc, 18, y, 1);
            arrived.wait(VALID);
        }
        cb.push_back(1);
        cb.wait_front(1);
        const CoreLocalMem<volatile uint32_t> words(cb.get_read_ptr());
        for (uint32_t i = 0; i < TILE / 4; ++i) sum += words[i];
        cb.pop_front(1);
    }
    const CoreLocalMem<volatile uint32_t> result(out.get_write_ptr());
    for (uint32_t i = 0; i < 8; ++i) result[i] = sum;
    noc.async_write(
        CoreLocalMem<uint32_t>(out.get_write_ptr()), target, 32, {},
        {.page_id = 0, .offset_bytes = 32 * (get_absolute_logical_x() + 4 * (y - 18))});
    noc.async_full_barrier();
"""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_eight_cores_exchange_blocks(seed: int) -> None:
    cores = tuple((x, y) for y in range(2) for x in range(4))
    program = copy_program(
        kernels=(kernel(EXCHANGE, args=(SOURCE, TARGET), cores=cores),),
        buffers=(Buffer(0, cores=cores), Buffer(1, pages=1, cores=cores)),
        semaphores=((0, 0, cores), (1, 0, cores)),
        grid=(4, 2),
        seed=seed,
        dump=("dram", 0, TARGET, 64),
    )
    outcome = run(program)
    assert outcome.faults == []
    words = TILE // 4  # page p begins with p * 1000 in bank p and counts upwards
    sums = [sum(page * 1000 * words + words * (words - 1) // 2 for page in range(5 * y, 5 * y + 5)) for y in range(2)]
    assert outcome.dump == [sums[y] % 2**32 for y in range(2) for _ in range(32)]


def test_a_mailbox_tells_the_compute_kernel() -> None:
    sender = kernel("for (uint32_t i = 1; i < 4; ++i) ckernel::mailbox_write(ckernel::MathThreadId, i * i);", "BRISC")
    text = """
        #include "api/compute/common.h"
        #include "api/debug/assert.h"
        void kernel_main() {
            for (uint32_t i = 1; i < 4; ++i) ASSERT(ckernel::mailbox_read(ckernel::BriscThreadId) == i * i);
            ckernel::mailbox_write(ckernel::PackThreadId, 7);
            ASSERT(ckernel::mailbox_read(ckernel::MathThreadId) == 7);
        }
    """
    assert run(copy_program(kernels=(sender, Kernel(text, "TRISC")), dump=None)).faults == []
    alone_ = run(copy_program(kernels=(Kernel(text, "TRISC"),), dump=None))
    assert alone_.classes == ["non_termination"]
