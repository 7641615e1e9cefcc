"""The rules of the device, one by one: a kernel that breaks one, its legal neighbour, and what a good colleague says.

All cases are compiled into one kernel per processor, and an argument says which one runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from tests.emulator.runtime.programs import TILE, Buffer, Kernel, Outcome, Program, run
from tests.emulator.runtime.samples import INCLUDES, SOURCE, TARGET

FREED, EMPTY, L1_TENSOR = TARGET + 65536, TARGET + 2 * 65536, 0x100000
PARTS = {"reader": "NCRISC", "compute": "TRISC", "writer": "BRISC"}
MARK = "/*!*/"

# c_0 and c_16 have two pages of bfloat16, c_1 three, c_2 two of float32; c_3 is a tensor's memory.
FILL = (
    "cb_reserve_back(0, 1); noc_async_read_page(0, in, get_write_ptr(0)); noc_async_read_barrier(); cb_push_back(0, 1);"
)
DRAIN = (
    "cb_wait_front(0, 1); noc_async_write_page(0, out, get_read_ptr(0)); noc_async_write_barrier(); cb_pop_front(0, 1);"
)
TAKE = "cb_wait_front(16, 1); noc_async_write_page(0, out, get_read_ptr(16)); noc_async_write_barrier(); cb_pop_front(16, 1);"
BEGIN = "compute_kernel_hw_startup(0, 16); copy_init(0); cb_wait_front(0, 1); cb_reserve_back(16, 1);"
COPY = "tile_regs_acquire(); copy_tile(0, 0, 0);"
PACK = "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release();"
END = "cb_pop_front(0, 1); cb_push_back(16, 1);"
UNPADDED = "{ auto p = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)); p[300] = 0; }"
HALF = "noc_async_read(in.get_noc_addr(0), get_write_ptr(0), TILE / 2)"
SUM = f"{BEGIN} {COPY} tile_regs_commit(); tile_regs_wait(); %s pack_reconfig_l1_acc(1);\npack_tile<true>(0, 16, 0); {MARK}\ntile_regs_release();"


@dataclass(frozen=True)
class Rule:
    """`says` are words of the message, `advice` of the hint. In `bad`, `/*!*/` marks the line of the fault."""

    name: str
    fault: str
    bad: dict[str, str]
    good: dict[str, str]
    says: tuple[str, ...]
    advice: str


def reading(bad: str, good: str) -> tuple[dict[str, str], dict[str, str]]:
    return {"reader": bad}, {"reader": good}


def computing(bad: str, good: str = f"{BEGIN} {COPY} {PACK} {END}") -> tuple[dict[str, str], dict[str, str]]:
    around = {"reader": FILL, "writer": TAKE}
    return {**around, "compute": bad}, {**around, "compute": good}


def moving(bad: tuple[str, str], good: tuple[str, str] = (FILL, DRAIN)) -> tuple[dict[str, str], dict[str, str]]:
    return dict(zip(("reader", "writer"), bad, strict=True)), dict(zip(("reader", "writer"), good, strict=True))


RULES = [
    # circular buffers
    Rule("overflow", "cb_overflow", *reading(f"cb_reserve_back(0, 3); {MARK}", "cb_reserve_back(0, 2);"),
         ("cb_reserve_back(c_0, 3)", "only 2 pages"), "give the circular buffer more pages"),
    Rule("underflow", "cb_underflow", *moving((FILL, f"cb_wait_front(0, 1);\ncb_pop_front(0, 2); {MARK}")),
         ("cb_pop_front(c_0, 2)", "only 1 page"), "pop what was waited for"),
    Rule("double pop", "cb_pop_without_wait",
         *moving((FILL + FILL, f"{DRAIN}\ncb_pop_front(0, 1); {MARK}"), (FILL + FILL, DRAIN + DRAIN)),
         ("cb_pop_front(c_0, 1)", "waiting for 0 pages"), "call cb_wait_front"),
    Rule("push without reserve", "cb_push_without_reserve", *moving((f"cb_push_back(0, 1); {MARK}", "")),
         ("cb_push_back(c_0, 1)",), "call cb_reserve_back"),
    Rule("pages not divisible", "cb_wrap",
         *moving((f"for (int i = 0; i < 2; ++i) {{ cb_reserve_back(1, 2);\ncb_push_back(1, 2); {MARK}\n}}",
                  "for (int i = 0; i < 2; ++i) { cb_wait_front(1, 2); cb_pop_front(1, 2); }"),
                 ("for (int i = 0; i < 2; ++i) { cb_reserve_back(1, 3); cb_push_back(1, 3); }",
                  "for (int i = 0; i < 2; ++i) { cb_wait_front(1, 3); cb_pop_front(1, 3); }")),
         ("c_1", "1 page left before it"), "must divide the number of pages"),
    Rule("contiguity at the ring's end", "cb_wrap",
         *moving((FILL.replace("(0, 1)", "(1, 1)").replace("ptr(0)", "ptr(1)") * 4,
                  (f"for (int i = 0; i < 2; ++i) {{ cb_wait_front(1, 1); cb_pop_front(1, 1); }} cb_wait_front(1, 2);\n"
                  f"noc_async_write(get_read_ptr(1), out.get_noc_addr(0), 2 * TILE); {MARK}")),
                 (FILL.replace("(0, 1)", "(1, 1)").replace("ptr(0)", "ptr(1)") * 4,
                  "for (int i = 0; i < 4; ++i) { cb_wait_front(1, 1); cb_pop_front(1, 1); }")),
         ("4096 bytes", "end of the ring of c_1"), "page by page"),
    Rule("write before reserve", "cb_write_before_reserve",
         *moving((f"{FILL}\nnoc_async_read_page(0, in, get_write_ptr(0)); {MARK}", DRAIN)),
         ("c_0", "0 pages reserved"), "call cb_reserve_back"),
    Rule("read before wait", "cb_read_before_wait",
         *computing(f"compute_kernel_hw_startup(0, 16); copy_init(0); tile_regs_acquire();\ncopy_tile(0, 0, 0); {MARK}"),
         ("page 0 of c_0", "waiting for 0 pages"), "call cb_wait_front"),
    Rule("undeclared buffer", "cb_undeclared", *reading(f"cb_reserve_back(9, 1); {MARK}", "cb_reserve_back(1, 1);"),
         ("c_9", "c_0, c_1"), "declare each circular buffer"),
    # DST
    Rule("index beyond DST", "dst_index", *computing(f"{BEGIN} tile_regs_acquire();\ncopy_tile(0, 0, 8); {MARK}"),
         ("copy_tile", "8 tiles"), ""),
    Rule("no acquire", "dst_protocol", *computing(f"{BEGIN}\ncopy_tile(0, 0, 0); {MARK}"), ("without DST acquired",),
         "tile_regs_acquire"),
    Rule("no commit", "dst_protocol",
         *computing(f"{BEGIN} {COPY} tile_regs_wait(); pack_tile(0, 16);\ntile_regs_release(); {MARK}"), ("commit",), ""),
    Rule("no wait", "dst_protocol", *computing(f"{BEGIN} {COPY} tile_regs_commit();\npack_tile(0, 16); {MARK}"),
         ("tile_regs_wait",), "tile_regs_wait() after tile_regs_commit()"),
    Rule("no release", "dst_protocol",
         *computing(f"{BEGIN} {COPY} tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16);\n{END} {MARK}"), ("release",), ""),
    Rule("packs what nobody computed", "dst_unwritten",
         *computing(f"{BEGIN} {COPY} tile_regs_commit(); tile_regs_wait();\npack_tile(1, 16); {MARK}"), ("DST tile 1",),
         "check the DST index"),
    # state of the compute engine
    Rule("no start-up", "startup_missing", *computing(f"copy_init(0); {MARK}"), ("compute_kernel_hw_startup",), ""),
    Rule("no init", "init_missing",
         *computing(f"compute_kernel_hw_startup(0, 16); cb_wait_front(0, 1); tile_regs_acquire();\ncopy_tile(0, 0, 0); {MARK}"),
         ("copy_tile", "copy_init"), "call copy_init"),
    Rule("another operation's init", "init_mismatch", *computing(f"{BEGIN} tile_regs_acquire();\nadd_tiles(0, 0, 0, 0, 0); {MARK}"),
         ("the last init was copy_init",), "each init replaces the one before"),
    Rule("format not reconfigured", "format_not_reconfigured",
         *computing(f"{BEGIN} {COPY} tile_regs_commit(); tile_regs_wait(); cb_reserve_back(2, 1);\npack_tile(0, 2); {MARK}",
                    f"{BEGIN} {COPY} tile_regs_commit(); tile_regs_wait(); cb_reserve_back(2, 1); pack_reconfig_data_format(2);"
                    f"pack_tile(0, 2); pack_reconfig_data_format(16); pack_tile(0, 16); tile_regs_release(); {END}"),
         ("c_2", "Float32"), "pack_reconfig_data_format"),
    # the NOC
    Rule("alignment", "noc_alignment",
         *reading(f"cb_reserve_back(0, 1);\nnoc_async_read(in.get_noc_addr(0), get_write_ptr(0) + 16, 64); {MARK}",
                  "cb_reserve_back(0, 1); noc_async_read(in.get_noc_addr(0), get_write_ptr(0) + 32, 64); noc_async_read_barrier();"),
         ("modulo 32",), "same offset within the alignment"),
    Rule("out of range", "noc_address",
         *reading(f"cb_reserve_back(0, 1);\nnoc_async_read_page(12 * 16, in, get_write_ptr(0)); {MARK}",
                  "cb_reserve_back(0, 1); noc_async_read_page(12 * 16 - 1, in, get_write_ptr(0)); noc_async_read_barrier();"),
         ("outside every live buffer", "DRAM bank 0"), "check the base address argument"),
    Rule("read before its barrier", "missing_read_barrier",
         *moving((f"cb_reserve_back(0, 1); noc_async_read_page(0, in, get_write_ptr(0));\ncb_push_back(0, 1); {MARK}", "")),
         ("cb_push_back(c_0, 1)", "still filling"), "async_read_barrier() between the read and the push"),
    Rule("write not acknowledged", "missing_write_barrier",
         *moving((FILL, f"cb_wait_front(0, 1);\nnoc_async_write_page(0, out, get_read_ptr(0)); {MARK}\nnoc_async_writes_flushed(); cb_pop_front(0, 1);")),
         ("nobody has acknowledged",), "departed, not arrived"),
    # memory that nobody has written
    Rule("page pushed without data", "l1_unwritten",
         {"reader": "cb_reserve_back(0, 1); cb_push_back(0, 1);", "compute": f"{BEGIN} tile_regs_acquire();\ncopy_tile(0, 0, 0); {MARK}"},
         {"reader": FILL, "compute": f"{BEGIN} {COPY} {PACK} {END}", "writer": TAKE},
         ("copy_tile reads page 0 of c_0", "reader.cpp pushed last"), "pushing moves no data"),
    Rule("page packed without data", "l1_unwritten", *moving((FILL, f"cb_reserve_back(16, 1); cb_push_back(16, 1); cb_wait_front(16, 1);\nnoc_async_write_page(0, out, get_read_ptr(16)); {MARK}")),
         ("any of them", "page 0 of c_16", "writer.cpp pushed last"), "fill the memory before it is sent"),
    Rule("first sum in L1", "l1_unwritten", *computing(SUM % "", SUM.replace(MARK, "") % "pack_tile<true>(0, 16, 0);" + f" {END} pack_reconfig_l1_acc(0);"),
         ("adds to a page of c_16",), "pack_reconfig_l1_acc(0)"),
    Rule("memory of another core", "l1_unwritten",
         *reading(f"cb_reserve_back(0, 1);\nnoc_async_read(get_noc_addr(19, 18, get_write_ptr(1)), get_write_ptr(0), 64); {MARK}",
                  f"cb_reserve_back(0, 1); noc_async_read(get_noc_addr(19, 18, {L1_TENSOR}), get_write_ptr(0), 64); noc_async_read_barrier();"),
         ("from core (1,0)", "page 0 of c_1"), "let the owner fill the memory first"),
    Rule("tensor without data", "tensor_unwritten",
         *reading(f"cb_reserve_back(0, 1);\nnoc_async_read_page(3, empty, get_write_ptr(0)); {MARK}",
                  "cb_reserve_back(0, 1); noc_async_read_page(3, in, get_write_ptr(0)); noc_async_read_barrier();"),
         ("DRAM", f"{EMPTY:#x}"), "fill the tensor before the launch"),
    Rule("tensor freed", "tensor_freed",
         *reading(f"cb_reserve_back(0, 1);\nnoc_async_read_page(1, freed, get_write_ptr(0)); {MARK}",
                  "cb_reserve_back(0, 1); noc_async_read_page(1, in, get_write_ptr(0)); noc_async_read_barrier();"),
         ("2048 bytes", f"{FREED:#x}", "deallocated before this launch"), "keep the tensor until the program has run"),
    # arguments and waiting
    Rule("argument beyond those set", "runtime_argument",
         *reading(f"static_cast<void>(get_arg_val<uint32_t>(5)); {MARK}", "static_cast<void>(get_arg_val<uint32_t>(4));"),
         ("get_arg_val(5)", "only 5 runtime args"), "must set every argument"),
    Rule("semaphore never reached", "deadlock",
         {"reader": f"noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0)), 3); {MARK}"},
         {"reader": "noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0)), 3);",
          "writer": "noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(0)), 3);"},
         ("semaphore 0: waits for 3, it holds 1",), "no kernel that can still run sets this semaphore"),
    Rule("deadlock", "deadlock", *moving((f"{FILL}\ncb_wait_front(16, 1); {MARK}", f"{DRAIN}\ncb_wait_front(0, 1);")),
         ("cb_wait_front(c_16, 1)", "0 of 2 pages available"), "compare loop counts"),
    Rule("endless polling", "non_termination", *moving((f"while (!cb_pages_available_at_front(0, 1)) {{}} {MARK}", "")),
         ("polls for ever",), "instead of polling"),
    Rule("endless loop", "non_termination", *reading(f"volatile uint32_t go = 1;\ncb_reserve_back(0, 1); {MARK}\nwhile (go) {{}}", "cb_reserve_back(0, 1);"),
         ("endless loop",), "check the loop's bounds"),
]  # fmt: skip
# What looks like one of the faults and is none.
LEGAL: dict[str, dict[str, str]] = {
    "padding that nobody wrote": {"reader": f"cb_reserve_back(0, 1); {UNPADDED} cb_push_back(0, 1);",
                                  "compute": f"{BEGIN} {COPY} {PACK} {END}", "writer": TAKE},
    "pages as a signal": {"reader": "cb_reserve_back(0, 1); cb_push_back(0, 1);", "writer": "cb_wait_front(0, 1); cb_pop_front(0, 1);"},
    "padding of a tensor copied": {"reader": FILL.replace("page(0,", "page(7,"), "writer": DRAIN},
    "a tensor's own memory sent": {"reader": "noc_async_write(get_read_ptr(3), out.get_noc_addr(0), 64); noc_async_write_barrier();"},
    "pages of half a block": {"reader": FILL.replace("get_write_ptr(0))", "get_write_ptr(0)); noc_async_read(in.get_noc_addr(0), get_write_ptr(0), 32)"),
                              "writer": DRAIN},
}  # fmt: skip
PARTLY = {"reader": FILL.replace("noc_async_read_page(0, in, get_write_ptr(0))", HALF), "writer": DRAIN}
CASES = [*(rule.bad for rule in RULES), *(rule.good for rule in RULES), *LEGAL.values(), PARTLY]


def cases(part: str, prologue: str) -> str:
    bodies = [f"case {number}: {{\n{case.get(part, '')}\n}} break;" for number, case in enumerate(CASES)]
    return f"void kernel_main() {{\n{prologue}\nswitch (get_arg_val<uint32_t>(0)) {{\n" + "\n".join(bodies) + "\n}\n}\n"


MOVEMENT = f"""{INCLUDES}constexpr uint32_t TILE = {TILE};
constexpr auto args = TensorAccessorArgs<0>();
"""
TENSORS = "\n".join(
    f"[[maybe_unused]] const auto {name} = TensorAccessor(args, get_arg_val<uint32_t>({number}), TILE);"
    for number, name in enumerate(("in", "out", "empty", "freed"), 1)
)
COMPUTE = "".join(
    f'#include "api/compute/{name}.h"\n'
    for name in ("common", "tile_move_copy", "eltwise_binary", "pack", "compute_kernel_api")
)
TEXTS = {part: MOVEMENT + cases(part, TENSORS) for part in ("reader", "writer")} | {
    "compute": COMPUTE + cases("compute", "")
}


@dataclass(frozen=True)
class Run:
    number: int
    seed: int = 0
    parts: tuple[str, ...] = field(default=tuple(PARTS))

    def outcome(self) -> Outcome:
        words = (self.number, SOURCE, TARGET, EMPTY, FREED)
        both = ((0, 0), (1, 0))
        dram = tuple(("dram", address, 32768) for address in (SOURCE, TARGET, EMPTY, FREED))
        program = Program(
            kernels=tuple(Kernel(TEXTS[part], PARTS[part], words, compile_time=(2, TILE)) for part in self.parts),
            buffers=(Buffer(0), Buffer(1, pages=3, cores=both), Buffer(2, page_size=4096, format=0), Buffer(16),
                     Buffer(3, address=L1_TENSOR, globally_allocated=True)),
            semaphores=((0, 1, ((0, 0),)),),
            live=(*dram, ("l1", L1_TENSOR, 4096)),
            fill=(*tuple(("dram", 0, address, 512, 1) for address in (SOURCE, TARGET)), ("l1", 0, L1_TENSOR, 4, 1), ("l1", 1, L1_TENSOR, 64, 1)),
            written=False,
            freed=(("dram", FREED),),
            seed=self.seed,
            stall=0.3,
        )  # fmt: skip
        return run(program)


def marked_line(number: int) -> tuple[str, int]:
    part = next(part for part, body in CASES[number].items() if MARK in body)
    text = TEXTS[part]
    start = text.index(f"case {number}: {{")
    return part, text.count("\n", 0, text.index(MARK, start)) + 1


def test_the_list_is_complete() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert len({rule.fault for rule in RULES}) >= 20


@pytest.mark.parametrize("number", range(len(RULES)), ids=[rule.name for rule in RULES])
def test_a_broken_rule_is_explained(number: int) -> None:
    rule = RULES[number]
    fault = Run(number).outcome().faults[0]
    part, line = marked_line(number)
    assert (fault["fault_class"], fault["kernel"], fault["line"]) == (rule.fault, f"{part}.cpp", line), fault
    assert (fault["core_x"], fault["core_y"], fault["risc"]) == (0, 0, PARTS[part])
    for words in rule.says:
        assert words in fault["message"]
    assert rule.advice in fault["hint"]


@pytest.mark.parametrize("number", range(len(RULES)), ids=[rule.name for rule in RULES])
def test_its_neighbour_is_legal(number: int) -> None:
    assert Run(len(RULES) + number).outcome().faults == []


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", LEGAL)
def test_what_only_looks_wrong_is_legal(name: str, seed: int) -> None:
    assert Run(2 * len(RULES) + list(LEGAL).index(name), seed).outcome().faults == []


def test_a_page_that_is_filled_in_part_is_a_warning() -> None:
    """Real kernels send tiles whose padding they never wrote."""
    outcome = Run(len(CASES) - 1).outcome()
    assert outcome.faults == []
    (warning,) = outcome.warnings
    assert "sends 2048 bytes" in warning
    # Blocks of 64 bytes are looked at as memory has them; the page begins at 0x19d60, in the middle of one.
    assert "those from byte 1056 on: page 0 of c_0; reader.cpp pushed last at line" in warning
