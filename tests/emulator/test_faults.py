"""Seeded faults: one damaged line each, and the record it must lead to. The undamaged program is the legal neighbour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from op_pipeline.emulator.faults import record_text

Make = Callable[..., Any]
STARTUP = "    compute_kernel_hw_startup(tt::CBIndex::c_0, tt::CBIndex::c_16);\n"


@dataclass(frozen=True)
class Seed:
    """`old` → `new` in one kernel; the first record's class, kernel, RISC and line, and words of its message.

    `line` is relative to the changed line; None leaves it out.
    """

    kernel: str
    old: str
    new: str
    fault_class: str
    risc: str
    words: tuple[str, ...]
    line: int | None = 0
    at: str = ""  # kernel of the record, when it is another one
    program: dict[str, Any] = field(default_factory=dict)


SEEDS = {
    "push_missing": Seed(
        "reader", "        cb.push_back(1);\n", "", "deadlock", "TRISC", ("cb_wait_front(c_0, 1)", "0 of 2 pages"),
        None, "compute",
    ),
    "pop_missing": Seed(
        "compute", "        in.pop_front(1);\n", "", "deadlock", "NCRISC", ("cb_reserve_back(c_0, 1)", "0 of 2 pages"),
        None, "reader",
    ),
    "one_tile_too_few": Seed(
        "reader", "tile < start + count", "tile + 1 < start + count", "deadlock", "TRISC", ("cb_wait_front(c_0, 1)",),
        None, "compute",
    ),
    "reserve_more_than_the_buffer": Seed(
        "reader", "cb.reserve_back(1)", "cb.reserve_back(3)", "cb_overflow", "NCRISC", ("c_0", "3", "only 2 pages")
    ),
    "write_before_reserve": Seed(
        "reader", "        cb.reserve_back(1);\n", "", "cb_write_before_reserve", "NCRISC", ("c_0",)
    ),
    "pop_without_wait": Seed(
        "writer", "        cb.wait_front(1);\n", "", "cb_read_before_wait", "BRISC", ("c_16", "cb_wait_front")
    ),
    "consumer_stops_early": Seed(
        "writer", "tile < start + count", "tile + 1 < start + count", "cb_unbalanced", "TRISC", ("c_16", "4 pushed"),
        None, "compute",
    ),
    "read_barrier_missing": Seed(
        "reader", "        noc.async_read_barrier();\n", "", "missing_read_barrier", "NCRISC", ("c_0", "line 21")
    ),
    "write_barrier_missing": Seed(
        "writer", "        noc.async_write_barrier();\n", "", "missing_write_barrier", "BRISC", ("c_16", "line 21")
    ),
    "acquire_missing": Seed(
        "compute", "        tile_regs_acquire();\n", "", "dst_protocol", "TRISC", ("copy_tile", "acquire"), 1
    ),
    "commit_missing": Seed(
        "compute", "        tile_regs_commit();\n", "", "dst_protocol", "TRISC", ("commit",), 2
    ),
    "wait_missing": Seed("compute", "        tile_regs_wait();\n", "", "dst_protocol", "TRISC", ("tile_regs_wait",)),
    "release_missing": Seed(
        "compute", "        tile_regs_release();\n", "", "dst_protocol", "TRISC", ("released",), None
    ),
    "dst_index": Seed("compute", "exp_tile(0)", "exp_tile(8)", "dst_index", "TRISC", ("exp_tile", "8 tiles")),
    "dst_index_fp32": Seed(
        "compute", "exp_tile(0)", "exp_tile(4)", "dst_index", "TRISC", ("4 tiles", "fp32_dest_acc_en=1"),
        program={"fp32": True},
    ),
    "packs_what_nobody_wrote": Seed(
        "compute", "pack_tile(0,", "pack_tile(3,", "dst_unwritten", "TRISC", ("DST tile 3",)
    ),
    "startup_missing": Seed("compute", STARTUP, "", "startup_missing", "TRISC", ("compute_kernel_hw_startup",), 3),
    "copy_init_missing": Seed(
        "compute", "        copy_init(tt::CBIndex::c_0);\n", "", "init_missing", "TRISC", ("copy_init(c_0)",)
    ),
    "sfpu_init_missing": Seed(
        "compute", "        exp_tile_init();\n", "", "sfpu_init_missing", "TRISC", ("exp_tile_init",)
    ),
    "read_before_wait": Seed(
        "compute", "        in.wait_front(1);\n", "", "cb_read_before_wait", "TRISC", ("page 0 of c_0",), None
    ),
    "read_past_what_was_waited_for": Seed(
        "compute", "copy_tile(tt::CBIndex::c_0, 0, 0)", "copy_tile(tt::CBIndex::c_0, 1, 0)", "cb_read_before_wait",
        "TRISC", ("page 1 of c_0",),
    ),
    "pack_before_reserve": Seed(
        "compute", "        out.reserve_back(1);\n", "", "cb_write_before_reserve", "TRISC", ("c_16",), None
    ),
    "page_outside_the_tensor": Seed(
        "reader", ".page_id = tile}", ".page_id = tile + 600000}", "noc_address", "NCRISC", ("outside every live buffer",)
    ),
    "transfer_too_long": Seed(
        "reader", "cb, bytes,", "cb, bytes * 4,", "noc_address", "NCRISC", ("8192 bytes", "outside every live buffer")
    ),
    "unaligned": Seed(
        "reader", ".offset_bytes = 0", ".offset_bytes = 6", "noc_alignment", "NCRISC", ("modulo 32",)
    ),
    "pointer_outside_l1": Seed(
        "reader", "    Noc noc;\n", "    Noc noc; *reinterpret_cast<volatile uint32_t*>(0x1800000u) = 1;\n", "l1_pointer",
        "NCRISC", ("0x1800000", "outside"),
    ),
    "assertion": Seed("reader", "    Noc noc;\n", "    Noc noc; ASSERT(count == 77);\n", "assertion", "NCRISC", ("count == 77",)),
    "argument_not_set": Seed(
        "reader", "get_arg_val<uint32_t>(2)", "get_arg_val<uint32_t>(2) ", "runtime_argument", "NCRISC",
        ("get_arg_val(2)", "2 runtime args"), program={"reader_arguments": 2},
    ),
    "buffer_not_declared": Seed(
        "writer", "cb(tt::CBIndex::c_16)", "cb(tt::CBIndex::c_17)", "cb_undeclared", "BRISC", ("c_17", "c_0"), None
    ),
    "removed_name": Seed(
        "compute", "copy_init(tt::CBIndex::c_0)", "add_tiles_init(tt::CBIndex::c_0, tt::CBIndex::c_0)", "name_removed",
        "TRISC", ("add_tiles_init", "0.81.1"),
    ),
    "compile_time_argument_index": Seed(
        "reader", "    Noc noc;\n", "    Noc noc; constexpr uint32_t many = get_compile_time_arg_val(9); (void)many;\n",
        "compile_error", "NCRISC", ("argument",),
    ),
    "cast_of_an_address": Seed(
        "reader", "    Noc noc;\n", "    Noc noc; auto* raw = (volatile uint32_t*)address; (void)raw;\n", "compile_error",
        "NCRISC", ("cast to pointer",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SEEDS)
def test_a_seeded_fault_is_reported_with_its_place(name: str, program: Make) -> None:
    seed = SEEDS[name]
    damaged = program(**seed.program)
    changed = damaged.change(seed.kernel, seed.old, seed.new)
    kernel = f"kernels/{seed.at or seed.kernel}.cpp"
    records = damaged.records()
    found = [record for record in records if record["kernel"] == kernel]
    assert found, [record_text(record) for record in records]
    record = found[0]
    assert (record["fault_class"], record["risc"]) == (seed.fault_class, seed.risc), record_text(record)
    for word in seed.words:
        assert word in record["message"]
    if seed.line is not None:
        assert (record["file"], record["line"]) == (kernel, changed + seed.line), record_text(record)
    if record["core_x"] is not None:
        assert (record["core_x"], record["core_y"]) == (0, 0)
    assert kernel in record_text(record)


@pytest.mark.parametrize("changes", [{}, {"fp32": True}, {"tiles": 150, "cores": 64}, {"tiles": 1}, {"pages": 1}, {"pages": 8}])
def test_the_undamaged_program_is_right(changes: dict[str, Any], program: Make) -> None:
    result, expected = program(**changes).run()
    np.testing.assert_allclose(result, expected, rtol=0.01)


LEGAL = {
    "dst_index_last": ("compute", "        exp_tile_init();\n", "        copy_tile(tt::CBIndex::c_0, 0, 7); exp_tile_init();\n"),
    "flush_instead_of_barrier": ("writer", "noc.async_write_barrier();\n        cb.pop_front(1);\n    }",
                                 "noc.async_writes_flushed();\n        cb.pop_front(1);\n    }\n    noc.async_write_barrier();"),
    "reserve_later": ("compute", "        pack_tile(0", "        out.reserve_back(1);\n        pack_tile(0"),
    "release_after_push": ("compute", "        tile_regs_release();\n        out.push_back(1);\n",
                           "        out.push_back(1);\n        tile_regs_release();\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEGAL)
def test_a_legal_variant_is_no_fault(name: str, program: Make) -> None:
    varied = program()
    varied.change(*LEGAL[name])
    result, expected = varied.run()
    np.testing.assert_allclose(result, expected, rtol=0.01)


def test_every_stuck_kernel_of_a_deadlock_is_told(program: Make) -> None:
    stuck = program(tiles=64, cores=64)
    stuck.change("reader", "        cb.push_back(1);\n", "")
    records = stuck.records()
    assert {record["fault_class"] for record in records} == {"deadlock"}
    cores = {(record["core_x"], record["core_y"]) for record in records}
    assert (7, 7) in cores
    assert {record["risc"] for record in records} == {"TRISC", "BRISC"}


def test_an_l1_overflow_is_refused_before_anything_runs(program: Make) -> None:
    with pytest.raises(RuntimeError, match=r"core range .* beyond max L1 size of 1499136 B"):
        program(pages=400).run()


def test_the_device_works_on_after_a_fault(program: Make) -> None:
    damaged = program()
    damaged.change("reader", "        cb.push_back(1);\n", "")
    assert damaged.records()
    result, expected = program().run()
    np.testing.assert_allclose(result, expected, rtol=0.01)


def test_a_crash_of_the_kernel_is_a_record_and_not_a_crash_of_the_tests(program: Make) -> None:
    damaged = program()
    damaged.change("reader", "    Noc noc;\n", "    Noc noc; *(volatile uint32_t*)16 = 1;\n")
    [record, *_] = damaged.records()
    assert record["kernel"] == "kernels/reader.cpp"
    assert record["fault_class"] == "crash"


def test_the_same_seed_gives_the_same_run_and_several_seeds_agree(program: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = program(tiles=70, cores=64).run()
    monkeypatch.setenv("OP_EMULATOR_SEED", "1,2,3")
    again, _ = program(tiles=70, cores=64).run()
    np.testing.assert_array_equal(first, again)
