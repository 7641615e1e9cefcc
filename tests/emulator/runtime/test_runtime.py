from __future__ import annotations

import pytest
from tests.emulator.runtime.programs import Buffer, run
from tests.emulator.runtime.samples import READER, SOURCE, TARGET, WRITER, copy_program, kernel


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_copy_arrives_under_every_schedule(seed: int) -> None:
    outcome = run(copy_program(seed=seed))
    assert outcome.faults == []
    assert outcome.dump == list(range(3000, 3512))
    assert outcome.warnings == []


def test_many_cores_each_copy_their_share() -> None:
    cores = tuple((x, y) for y in range(8) for x in range(8))
    shares = tuple((core, (number * 3, 3)) for number, core in enumerate(cores))
    program = copy_program(
        grid=(8, 8),
        buffers=(Buffer(0, cores=cores),),
        kernels=(
            kernel(READER, cores=cores, per_core=tuple((core, (SOURCE, *share)) for core, share in shares)),
            kernel(WRITER, "BRISC", cores=cores, per_core=tuple((core, (TARGET, *share)) for core, share in shares)),
        ),
        fill=tuple(("dram", bank, SOURCE, 512 * 16, bank * 10000) for bank in range(12)),
        dump=("dram", 11, TARGET, 512 * 16),
        seed=5,
    )
    outcome = run(program)
    assert outcome.faults == []
    assert outcome.dump == list(range(110000, 110000 + 512 * 16))


def test_a_deadlock_lists_every_stuck_kernel() -> None:
    stuck_writer = WRITER.replace("DataflowBuffer cb(0);", "DataflowBuffer cb(1);")
    outcome = run(
        copy_program(
            buffers=(Buffer(0), Buffer(1)),
            kernels=(kernel(READER, args=(SOURCE, 0, 4)), kernel(stuck_writer, "BRISC", args=(TARGET, 0, 4))),
        )
    )
    assert outcome.classes == ["deadlock", "deadlock"]
    messages = {fault["risc"]: fault["message"] for fault in outcome.faults}
    assert messages["NCRISC"].startswith("cb_reserve_back(c_0, 1): 0 of 2 pages free")
    assert messages["BRISC"].startswith("cb_wait_front(c_1, 1): 0 of 2 pages available")
    assert all(fault["line"] > 0 and fault["hint"] for fault in outcome.faults)


def test_a_fault_names_the_line_of_the_kernel_not_of_a_header() -> None:
    body = "Noc noc;\nCircularBuffer cb(0);\ncb.reserve_back(1);\ncb.push_back(2);"
    program = copy_program(kernels=(kernel(body),))
    text = program.kernels[0].text.splitlines()
    fault = run(program).faults[0]
    assert text[fault["line"] - 1] == "cb.push_back(2);"
    assert fault["file"] == fault["kernel"] == "reader.cpp"


RING = """
    Noc noc;
    Semaphore token(0);
    const uint32_t x = get_absolute_logical_x(), next = 18 + (x + 1) % 4, rounds = get_arg_val<uint32_t>(0);
    for (uint32_t i = 1; i <= rounds; ++i) {
        token.wait_min(x == 0 ? i - 1 : i);
        token.up(noc, next, 18, 1);
    }
    noc.async_atomic_barrier();
"""


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_token_goes_round_four_cores(seed: int) -> None:
    cores = ((0, 0), (1, 0), (2, 0), (3, 0))
    ring = kernel(RING, cores=cores, per_core=tuple((core, (25,)) for core in cores))
    program = copy_program(
        kernels=(ring,), buffers=(), semaphores=((0, 0, cores),), grid=(4, 1), seed=seed, dump=("l1", 0, 0x10000, 1)
    )
    outcome = run(program)
    assert outcome.faults == []
    assert outcome.dump == [25]


MULTICAST = """
    Noc noc;
    Semaphore ready(0);
    if (get_absolute_logical_x() == 0) {
        cb_reserve_back(0, 1);
        *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = 77;
        noc_async_write_multicast(get_write_ptr(0), get_noc_multicast_addr(CORNERS, get_write_ptr(0)), 32, 3);
        ready.set(1);
        ready.set_multicast(noc, CORNERS, 3);
        noc.async_write_barrier();
        cb_push_back(0, 1);
    } else {
        cb_reserve_back(0, 1);
        ready.wait(1);
        ASSERT(*reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) == 77);
        cb_push_back(0, 1);
    }
    cb_wait_front(0, 1);
    cb_pop_front(0, 1);
"""


@pytest.mark.parametrize(
    ("risc", "corners"),
    [("NCRISC", "18, 18, 21, 18"), ("BRISC", "21, 18, 18, 18")],
    ids=["NOC 0", "NOC 1 corners swapped"],
)
def test_a_multicast_reaches_the_others(risc: str, corners: str) -> None:
    cores = ((0, 0), (1, 0), (2, 0), (3, 0))
    sender = kernel(MULTICAST.replace("CORNERS", corners), risc, cores=cores)
    program = copy_program(
        kernels=(sender,),
        buffers=(Buffer(0, cores=cores),),
        semaphores=((0, 0, cores),),
        grid=(4, 1),
        dump=None,
        seed=1,
    )
    assert run(program).faults == []


def test_division_by_zero_is_answered_as_on_the_device() -> None:
    body = """
        volatile uint32_t zero = get_arg_val<uint32_t>(0), seven = 7;
        ASSERT(seven / zero == 0xFFFFFFFFu);
        ASSERT(seven % zero == 7);
        volatile int32_t minus = -7;
        ASSERT(minus / static_cast<int32_t>(zero) == -1);
    """
    outcome = run(copy_program(kernels=(kernel(body, args=(0,)),), dump=None))
    assert outcome.faults == []
    assert len(outcome.warnings) == 3
    assert "division by zero" in outcome.warnings[0]


def test_each_core_has_its_own_globals() -> None:
    body = "static uint32_t calls; ++calls; ASSERT(calls == 1); ASSERT(++counter == 1);"
    cores = ((0, 0), (1, 0), (0, 1), (1, 1))
    given = kernel(body, cores=cores)
    given = type(given)("uint32_t counter;\n" + given.text, cores=cores, compile_time=(2, 2048))
    outcome = run(copy_program(kernels=(given,), buffers=(Buffer(0, cores=cores),), dump=None))
    assert outcome.faults == []


def test_odd_seeds_deliver_data_at_the_barrier() -> None:
    body = """
        constexpr auto args = TensorAccessorArgs<0>();
        const auto t = TensorAccessor(args, get_arg_val<uint32_t>(0), TILE);
        Noc noc;
        const uint32_t scratch = get_write_ptr(0);
        auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(scratch);
        noc.async_read(t, CoreLocalMem<uint32_t>(scratch), TILE, {.page_id = 0}, {});
        const uint32_t early = words[0];
        noc.async_read_barrier();
        ASSERT(words[0] == 4);
        ASSERT(early == 4);
    """
    program = copy_program(kernels=(kernel(body, args=(SOURCE,)),), fill=(("dram", 0, SOURCE, 512, 4),), dump=None)
    assert run(program).faults == []
    assert run(program.with_seed(1)).faults[0]["message"] == "ASSERT(early == 4) failed"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"buffers": (Buffer(0, cores=((5, 5),)),)}, "outside the grid"),
        ({"buffers": (Buffer(40),)}, "the chip has 32"),
        ({"buffers": (Buffer(0, pages=1000),)}, "does not lie in L1"),
        ({"kernels": (kernel(READER, args=(0, 0, 0)),) * 2}, "two kernels on NCRISC"),
    ],
)
def test_a_malformed_image_is_refused_before_it_runs(changes: dict[str, object], says: str) -> None:
    assert says in run(copy_program(tiles=1, **changes)).malformed


def test_the_same_seed_gives_the_same_run() -> None:
    runs = [run(copy_program(seed=seed)) for seed in (7, 7)]
    assert runs[0].switches == runs[1].switches
    assert runs[0].api_calls == runs[1].api_calls > 0


def test_popped_pages_and_new_buffers_are_poisoned() -> None:
    body = (
        """
        cb_reserve_back(0, 1);
        ASSERT((*reinterpret_cast<volatile uint32_t*>(get_write_ptr(0)) & 0x7F807F80) == 0x7F807F80);
        cb_push_back(0, 1);
    """
        * 3
    )
    drain = """
        for (int i = 0; i < 3; ++i) {
            cb_wait_front(0, 1);
            *reinterpret_cast<volatile uint32_t*>(get_read_ptr(0)) = 1;
            cb_pop_front(0, 1);
        }
    """
    outcome = run(copy_program(kernels=(kernel(body), kernel(drain, "BRISC"))))
    assert outcome.faults == []
    assert {word & 0x7F807F80 for word in outcome.dump} == {0x7F807F80}  # nobody wrote the target: NaN in every format


def test_a_fault_inside_a_transfer_names_the_transfer() -> None:
    body = "Noc noc;\nCircularBuffer cb(5);\nconst auto t = TensorAccessor(TensorAccessorArgs<0>(), 0u);\nnoc.async_read(t, cb, 32, {}, {});"
    program = copy_program(kernels=(kernel(body),))
    fault = run(program).faults[0]
    assert fault["fault_class"] == "cb_undeclared"
    assert program.kernels[0].text.splitlines()[fault["line"] - 1].startswith("noc.async_read")
