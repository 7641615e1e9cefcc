"""Launches that are recorded in one place and run in another: the same bits, the same faults, and no trust."""

from __future__ import annotations

import copy
import json
import os
import platform
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator, proc
from op_pipeline.backends.template import generate
from op_pipeline.emulator import inspection
from op_pipeline.emulator.execution import Placed, execute, kernel_requests
from op_pipeline.emulator.faults import EmulatorFault
from op_pipeline.emulator.operation_build import build_operation
from op_pipeline.emulator.toolchain import compile_kernels
from op_pipeline.spec import load_spec

SPEC = Path(__file__).resolve().parents[1] / "specs" / "squared_error.md"
PAGES = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t pages = get_arg_val<uint32_t>(1);
    const uint32_t start = get_arg_val<uint32_t>(2);
    const uint32_t bytes = get_arg_val<uint32_t>(3);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto tensor = TensorAccessor(args, address, bytes);
    for (uint32_t page = start; page < start + pages; ++page) {
        BODY
    }
}
"""
READER = PAGES.replace(
    "BODY",
    "cb_reserve_back(0, 1); noc_async_read_page(page, tensor, get_write_ptr(0)); noc_async_read_barrier();"
    " cb_push_back(0, 1);",
)
WRITER = PAGES.replace(
    "BODY",
    "cb_wait_front(0, 1); noc_async_write_page(page, tensor, get_read_ptr(0)); noc_async_write_barrier();"
    " cb_pop_front(0, 1);",
)
# The reader says when it is done; the writer waits for that before it writes the last page.
SIGNALLING = READER.rstrip().removesuffix("}") + (
    "noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(1)), 7); }\n"
)
WAITING = WRITER.replace(
    "cb_wait_front(0, 1);",
    "cb_wait_front(0, 1); if (page + 1 == start + pages)"
    " noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(1)), 7);",
)
# What the last program left in memory that nobody allocated goes out with the first word of each page.
REMEMBERING = READER.replace(
    "cb_push_back(0, 1);",
    "auto* stash = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(0x150000);"
    " *reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0)) = *stash; *stash = 0x3f803f80;"
    " cb_push_back(0, 1);",
)


def copying(  # noqa: PLR0917 - the tensors, then what is unusual
    ttnn: Any, source: Any, target: Any, reader: str = READER, writer: str = WRITER, semaphores: Sequence[Any] = ()
) -> Any:
    """A program that copies page by page, on as many cores as there are."""
    device, pages = source.device(), source.buffer_num_pages()
    _, cores, first, _, more, fewer = ttnn.split_work_to_cores(device.compute_with_storage_grid_size(), pages)

    def kernel(text: str, tensor: Any, config: Any) -> Any:
        arguments, start = ttnn.RuntimeArgs(), 0
        for core in ttnn.corerange_to_cores(cores):
            count = more if first.contains(core) else fewer
            arguments[core.x][core.y] = [tensor.buffer_address(), count, start, tensor.buffer_page_size()]
            start += count
        return ttnn.KernelDescriptor(
            kernel_source=text, source_type=ttnn.KernelDescriptor.SourceType.SOURCE_CODE, core_ranges=cores,
            compile_time_args=ttnn.TensorAccessorArgs(tensor).get_compile_time_args(), runtime_args=arguments,
            config=config,
        )  # fmt: skip

    page = source.buffer_page_size()
    form = ttnn.CBFormatDescriptor(0, source.dtype, page)
    return ttnn.ProgramDescriptor(
        kernels=[kernel(reader, source, ttnn.ReaderConfigDescriptor()), kernel(writer, target, ttnn.WriterConfigDescriptor())],
        semaphores=[ttnn.SemaphoreDescriptor(id=1, core_ranges=cores, initial_value=0)] if semaphores else [],
        cbs=[ttnn.CBDescriptor(2 * page, cores, [form])],
    )  # fmt: skip


def placed(tensor: Any, **changes: Any) -> Placed:
    memory = str(tensor.memory_config().buffer_type).rpartition(".")[2]
    dtype, layout = (str(value).rpartition(".")[2] for value in (tensor.dtype, tensor.layout))
    return replace(Placed(tuple(tensor.shape), dtype, layout, memory, tensor.buffer_address()), **changes)


def recorded(call: Callable[[], Any]) -> tuple[list[dict[str, Any]], Any]:
    """What a process that may not run kernels sends to one that may, and what the call returned."""
    with inspection.record(dispatch=False) as log:
        output = call()
    assert [launch.error for launch in log.launches] == [None] * len(log.launches)
    sent = json.loads(json.dumps([{"image": launch.image, "live": launch.live} for launch in log.launches]))
    for launch in sent:
        launch["libraries"] = compile_kernels(kernel_requests(launch["image"]))
    return sent, output


@pytest.fixture
def devices(ttnn: Any) -> Any:
    """Opens devices and closes them in the end."""
    opened = []

    def make(grid: tuple[int, int] = (8, 8)) -> Any:
        opened.append(emulator.open_device(grid=grid))
        return opened[-1]

    yield make
    for device in opened:
        ttnn.close_device(device)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, ttnn: Any) -> Path:
    """A work tree with the operation, as the template backend writes it, built and loaded."""
    folder, spec = tmp_path_factory.mktemp("tree"), load_spec(SPEC)
    for stage in range(8):
        for name, text in generate(spec, stage).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    built = build_operation(folder / spec.operation_path)
    assert built.library is not None, built.problems
    emulator.load_operation(built.library)
    return folder


@pytest.fixture
def squared_error(tree: Path, ttnn: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("TT_METAL_HOME", str(tree))
    return ttnn.squared_error


@pytest.mark.parametrize(
    ("shape", "dtype", "grid", "memory"),
    [
        ((1, 1, 32, 32), "bfloat16", (8, 8), "DRAM"),
        ((2, 3, 40, 50), "float32", (3, 5), "L1"),
        ((1, 1, 320, 320), "bfloat16", (8, 8), "L1"),
        ((70, 33), "float32", (1, 1), "DRAM"),
        ((3, 5, 32, 160), "bfloat16", (7, 1), "DRAM"),
    ],
)
def test_a_generated_operation_gives_the_very_same_bits(  # noqa: PLR0917 - parameters and fixtures
    shape: tuple[int, ...], dtype: str, grid: tuple[int, int], memory: str, ttnn: Any, devices: Any, squared_error: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("OP_EMULATOR_SEED", "0,1,2")
    config = getattr(ttnn, f"{memory}_MEMORY_CONFIG")
    arrays = [np.random.default_rng(i).uniform(-4, 4, shape).astype(np.float32) for i in range(2)]

    def tensors(values: Sequence[Any], device: Any) -> list[Any]:
        names = {"dtype": getattr(ttnn, dtype), "layout": ttnn.TILE_LAYOUT, "memory_config": config}
        return [ttnn.from_torch(value, device=device, **names) for value in values]

    expected = squared_error(*tensors(arrays, devices(grid))).to_numpy()
    decoys = tensors([np.zeros(shape, np.float32)] * 2, devices(grid))
    launches, output = recorded(lambda: squared_error(*decoys))
    inputs = [(placed(tensor), array) for tensor, array in zip(decoys, arrays, strict=True)]
    result = execute(devices(grid), launches, inputs, placed(output))
    assert result.output.dtype == expected.dtype
    assert result.output.tobytes() == expected.tobytes()
    assert result.report["api_calls"] > 0
    assert [launch["name"] for launch in result.report["launches"]] == [launches[0]["image"]["name"]]


def test_recorded_in_another_process(tmp_path: Path, tree: Path, ttnn: Any, devices: Any, squared_error: Any) -> None:
    text = """
import json, os, sys
import numpy as np
from op_pipeline import emulator
from op_pipeline.emulator import inspection
ttnn = emulator.activate()
device = emulator.open_device()
xs = [ttnn.from_torch(np.zeros((64, 64), np.float32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
      for _ in range(2)]
with inspection.record(dispatch=False) as log:
    y = ttnn.squared_error(*xs)
launch = log.launches[0]
print(json.dumps({"image": launch.image, "live": launch.live,
                  "addresses": [t.buffer_address() for t in (*xs, y)]}))
"""
    library = build_operation(tree / load_spec(SPEC).operation_path).library
    done = proc.run(
        [sys.executable, "-c", text],
        env=proc.clean_environment(TT_METAL_HOME=str(tree), OP_PIPELINE_OPERATIONS=str(library)),
        deadline=60,
    )
    assert done.returncode == 0, done.output
    told = json.loads(done.output.strip().splitlines()[-1])
    told["libraries"] = compile_kernels(kernel_requests(told["image"]))
    arrays = [np.random.default_rng(i).uniform(-4, 4, (64, 64)).astype(np.float32) for i in range(2)]
    *places, output = (Placed((64, 64), "bfloat16", "tile", "DRAM", address) for address in told["addresses"])
    device = devices()
    xs = [ttnn.from_torch(a, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for a in arrays]
    result = execute(devices(), [told], list(zip(places, arrays, strict=True)), output)
    assert result.output.tobytes() == squared_error(*xs).to_numpy().tobytes()


FORMS = [
    *((name, "TILE", memory) for name in ("bfloat16", "float32", "int32", "uint32", "uint16", "uint8") for memory in ("DRAM", "L1")),
    ("bfloat8_b", "TILE", "DRAM"),
    ("bfloat4_b", "TILE", "L1"),
    ("float32", "ROW_MAJOR", "DRAM"),
    ("bfloat16", "ROW_MAJOR", "L1"),
]  # fmt: skip


@pytest.mark.parametrize(("dtype", "layout", "memory"), FORMS)
def test_tensors_stand_in_memory_as_ordinary_ones(
    dtype: str, layout: str, memory: str, ttnn: Any, devices: Any
) -> None:
    device = devices((3, 2))
    shape = (3, 40, 64)
    values = np.random.default_rng(5).uniform(0, 200, shape).astype(np.float32)
    kind, config = getattr(ttnn, dtype), getattr(ttnn, f"{memory}_MEMORY_CONFIG")
    x = ttnn.from_torch(
        values, dtype=kind, layout=getattr(ttnn, f"{layout}_LAYOUT"), device=device, memory_config=config
    )
    y = ttnn.empty_like(x)
    launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y)))
    result = execute(devices((3, 2)), launches, [(placed(x), values)], placed(y))
    assert result.output.dtype == x.to_numpy().dtype
    assert result.output.tobytes() == x.to_numpy().tobytes()


def test_padding_holds_the_pad_value(ttnn: Any, devices: Any) -> None:
    device = devices((2, 2))
    x = ttnn.from_torch(np.ones((40, 50), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.from_torch(np.zeros((64, 64), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y)))
    for pad_value in (None, -7.5, float("nan")):
        inputs = [(placed(x, pad_value=pad_value), np.ones((40, 50), np.float32))]
        output = execute(devices((2, 2)), launches, inputs, placed(y)).output
        padding = np.full((64, 64), 0 if pad_value is None else pad_value)
        padding[:40, :50] = 1
        np.testing.assert_array_equal(output, padding)


def test_semaphores_and_several_launches(ttnn: Any, devices: Any) -> None:
    """x → y → z, where z comes to life between the launches and a bystander dies."""
    device = devices()
    values = np.random.default_rng(3).standard_normal((96, 96)).astype(np.float32)
    x = ttnn.from_torch(np.zeros_like(values), layout=ttnn.TILE_LAYOUT, device=device)
    bystander, y = ttnn.empty_like(x), ttnn.empty_like(x)

    def call() -> Any:
        ttnn.generic_op([x, y], copying(ttnn, x, y, SIGNALLING, WAITING, [1]))
        bystander.deallocate()
        z = ttnn.empty_like(x)
        more = ttnn.empty_like(x)
        assert z.buffer_address() < more.buffer_address()
        return ttnn.generic_op([y, more], copying(ttnn, y, more))

    launches, output = recorded(call)
    assert len(launches) == 2
    assert launches[0]["image"]["semaphores"][0]["id"] == 1
    assert [len(launch["live"]) for launch in launches] == [3, 4]
    result = execute(devices(), launches, [(placed(x), values)], placed(output))
    np.testing.assert_array_equal(result.output, values)
    assert len(result.report["launches"]) == 2
    with pytest.raises(EmulatorFault) as caught:  # nothing has filled y
        execute(devices(), launches[1:], [(placed(x), values)], placed(output))
    assert caught.value.records[0]["fault_class"] == "tensor_unwritten"


def test_one_tensor_given_twice(ttnn: Any, devices: Any) -> None:
    device = devices()
    x = ttnn.from_torch(np.ones((32, 32), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.empty_like(x)
    launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y)))
    fives = np.full((32, 32), 5, np.float32)
    result = execute(devices(), launches, [(placed(x), fives), (placed(x), fives.copy())], placed(y))
    np.testing.assert_array_equal(result.output, fives)
    with pytest.raises(ValueError, match="two different tensors have the address"):
        execute(devices(), launches, [(placed(x), fives), (placed(x), fives + 1)], placed(y))


def test_nothing_is_left_for_the_next_run(ttnn: Any, devices: Any) -> None:
    device = devices((1, 1))
    x = ttnn.from_torch(np.zeros((32, 32), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.empty_like(x)
    launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y, REMEMBERING)))
    other = devices((1, 1))
    ones = np.ones((32, 32), np.float32)
    for _ in range(2):
        assert execute(other, launches, [(placed(x), ones)], placed(y)).output[0, 0] == 0
    twice = execute(other, launches * 2, [(placed(x), ones)], placed(y))  # launches of one call share their memory
    assert twice.output[0, 0] == np.uint32(0x3F803F80).view(np.float32)


@pytest.mark.parametrize(
    ("reader", "writer", "fault"),
    [
        (READER.replace("cb_push_back(0, 1);", ""), WRITER, "deadlock"),
        (READER.replace("noc_async_read_barrier();", ""), WRITER, "missing_read_barrier"),
        (READER, WRITER.replace("cb_wait_front(0, 1);", ""), "cb_read_before_wait"),
        (READER, WRITER.replace("(page, tensor", "(page + 1000, tensor"), "noc_address"),
    ],
)
def test_faults_arrive_as_in_a_plain_call(reader: str, writer: str, fault: str, ttnn: Any, devices: Any) -> None:
    def prepared() -> tuple[Any, Any]:
        x = ttnn.from_torch(np.ones((64, 64), np.float32), layout=ttnn.TILE_LAYOUT, device=devices((2, 2)))
        return x, ttnn.empty_like(x)

    x, y = prepared()
    with pytest.raises(EmulatorFault) as plain:
        ttnn.generic_op([x, y], copying(ttnn, x, y, reader, writer))
    assert plain.value.records[0]["fault_class"] == fault
    x, y = prepared()
    launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y, reader, writer)))
    device = devices((2, 2))
    with pytest.raises(EmulatorFault) as caught:
        execute(device, launches, [(placed(x), np.ones((64, 64), np.float32))], placed(y))
    assert caught.value.records == plain.value.records
    assert str(ttnn.empty_like(ttnn.from_torch(np.ones(4, np.float32), device=device)).device().id()) == "0"  # usable


def test_a_program_that_is_not_lowered_says_why(ttnn: Any, device: Any) -> None:
    x = ttnn.from_torch(np.ones((32, 32), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.empty_like(x)
    program = copying(ttnn, x, y)
    program.cbs = [
        ttnn.CBDescriptor(4096 * 1024, program.cbs[0].core_ranges, [ttnn.CBFormatDescriptor(0, x.dtype, 4096)])
    ]
    with inspection.record(dispatch=False) as log:
        ttnn.generic_op([x, y], program)
    (launch,) = log.launches
    assert launch.image is None
    assert launch.program is not None
    assert "beyond max L1 size" in str(launch.error)
    assert launch.phases[-1] == "descriptor"
    with inspection.record() as log, pytest.raises(RuntimeError, match="beyond max L1 size"):
        ttnn.generic_op([x, y], program)
    assert log.launches[0].image is None


# --- kernels that are no kernels ---------------------------------------------------------------------------------
# No library of the host is linked to a kernel, but its processor is the host's: it can ask the system directly.
SYSTEM = """
#if !defined(__x86_64__) || !defined(__linux__)
#error only Linux on x86-64 is tried
#endif
inline long write(long file, const void* text, unsigned long bytes) {
    long result;
    asm volatile("syscall" : "=a"(result) : "a"(1L), "D"(file), "S"(text), "d"(bytes) : "rcx", "r11", "memory");
    return result;
}
const char zeros[4096] = {};
"""
FORGING = SYSTEM + READER.replace(
    "cb_push_back(0, 1);", 'for (int file = FIRST; file < LAST; ++file) write(file, "forged", 6); cb_push_back(0, 1);'
)
FLOODING = SYSTEM + READER.replace("cb_push_back(0, 1);", "for (;;) write(3, zeros, sizeof zeros);")
native = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="system calls of Linux on x86-64"
)


def one_tile(ttnn: Any, reader: str) -> None:
    device = emulator.open_device(grid=(1, 1))
    x = ttnn.from_torch(np.ones((32, 32), np.float32), layout=ttnn.TILE_LAYOUT, device=device)
    y = ttnn.empty_like(x)
    ttnn.generic_op([x, y], copying(ttnn, x, y, reader))


@native
def test_a_kernel_cannot_write_to_the_files_of_the_host(ttnn: Any, tmp_path: Path) -> None:
    target = tmp_path / "answer"
    with target.open("w"):
        assert refused_call(lambda: one_tile(ttnn, FORGING.replace("FIRST", "4").replace("LAST", "200")))
        script = (
            "import os, sys; sys.path.insert(0, os.path.dirname(sys.argv[1])); import test_execution as t; t.forge()"
        )
        done = proc.run([sys.executable, "-c", script, __file__], env=proc.clean_environment(**os.environ), deadline=60)
    assert done.output.split() == ["before", "True", "after"]
    assert target.read_bytes() == b""


def refused_call(run: Callable[[], Any]) -> bool:
    """Whether it ends as a system call that kernels do not have."""
    try:
        run()
    except EmulatorFault as fault:
        return fault.records[0]["fault_class"] == "crash" and "no operating system" in str(fault)
    return False


def forge() -> None:
    """In a process of its own: say something before and after a kernel that writes to standard output."""
    ttnn = emulator.activate()
    print("before", flush=True)
    print(refused_call(lambda: one_tile(ttnn, FORGING.replace("FIRST", "0").replace("LAST", "2"))), flush=True)
    print("after", flush=True)


@native
def test_an_answer_without_end_is_a_crash(ttnn: Any) -> None:
    with pytest.raises(EmulatorFault, match="crash"):
        one_tile(ttnn, FLOODING)


# --- data that no recorded call has -----------------------------------------------------------------------------
class Good:
    """One call that is recorded well, to be spoiled."""

    def __init__(self, ttnn: Any) -> None:
        device = emulator.open_device(grid=(2, 2))
        self.values = np.ones((64, 64), np.float32)
        x = ttnn.from_torch(self.values, layout=ttnn.TILE_LAYOUT, device=device)
        near = ttnn.from_torch(self.values, layout=ttnn.TILE_LAYOUT, device=device, memory_config=ttnn.L1_MEMORY_CONFIG)
        y = ttnn.empty_like(x)
        self.launches, _ = recorded(lambda: ttnn.generic_op([x, y], copying(ttnn, x, y, SIGNALLING, WAITING, [1])))
        self.input, self.near, self.output = placed(x), placed(near), placed(y)
        ttnn.close_device(device)
        self.device = emulator.open_device(grid=(2, 2))

    def run(self, launch: dict[str, Any], **changes: Any) -> Any:
        inputs = changes.get("inputs", [(self.input, self.values)])
        return execute(self.device, [launch], inputs, changes.get("output", self.output))


@pytest.fixture(scope="module")
def good(ttnn: Any) -> Any:
    prepared = Good(ttnn)
    yield prepared
    ttnn.close_device(prepared.device)


SPOILED = [
    (("image", "kernels", 0, "risc"), "ERISC", "image.kernels[0].risc must be BRISC, NCRISC or TRISC"),
    (("image", "kernels", 0, "noc"), 2, "there is no NOC 2"),
    (("image", "kernels", 0, "cores"), [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0]], "two kernels on NCRISC of core (0,0)"),
    (("image", "kernels", 0, "cores"), [[0, 5]], "runtime args of core (0,0)"),
    (("image", "kernels", 0, "cores"), [[0, 0]] * 300, "a list of at most 256"),
    (("image", "kernels", 0, "runtime_args", 0, "core"), [1, 1], "runtime args of core (1,1) are set twice"),
    (("image", "kernels", 0, "runtime_args", 0, "values", 0), -1, "values[0] must be a number from 0 to 4294967295"),
    (("image", "kernels", 0, "runtime_args", 0, "values", 0), 1.0, "values[0] must be a number"),
    (("image", "kernels", 0, "runtime_args", 0, "values", 0), True, "values[0] must be a number"),
    (("image", "kernels", 0, "compute", "math_fidelity"), 9, "there is no math fidelity 9"),
    (("image", "kernels", 0, "compute", "dst_full_sync_en"), 1, "dst_full_sync_en must be true or false"),
    (("image", "kernels", 0, "compile_time_args"), {"0": 1}, "compile_time_args must be a list"),
    (("image", "kernels", 0, "name"), "\ud800", "name must be a string"),
    (("image", "kernels"), [], "one path for each kernel"),
    (("image", "circular_buffers", 0, "index"), 32, "the chip has 32"),
    (("image", "circular_buffers", 0, "page_size"), 0, "not a multiple of page size 0"),
    (("image", "circular_buffers", 0, "page_size"), 4097, "not a multiple of page size 4097"),
    (("image", "circular_buffers", 0, "address"), 0xFFFFFFF0, "does not lie in L1"),
    (("image", "circular_buffers", 0, "address"), 64, "below the memory of programs"),
    (("image", "circular_buffers", 0, "address"), "near", "overlaps a live L1 buffer"),
    (("image", "circular_buffers", 0, "globally_allocated"), True, "stands on a tensor, but there is none"),
    (("image", "circular_buffers", 0, "format"), 77, "format 77 is not modelled"),
    (("image", "circular_buffers", 0, "cores"), [[2, 0]], "outside the grid"),
    (("image", "circular_buffers", 0, "cores"), [], "has no cores"),
    (("image", "semaphores", 0, "id"), 16, "semaphore 16 cannot lie at"),
    (("image", "semaphores", 0, "address"), 0, "semaphore 1 cannot lie at 0x0"),
    (("image", "semaphores", 0, "cores"), [[0, 0], [0, 0]], "semaphore 1 is declared twice"),
    (("image", "name"), None, "image.name must be a string"),
    (("image",), [], "image must be a mapping"),
    (("image",), None, "a launch without image cannot be run"),
    (("live",), [], "no live DRAM buffer begins at"),
    (("live", 0, 0), "SRAM", "live[0][0] must be DRAM or L1"),
    (("live", 0, 1), 0, "outside the range"),
    (("live", 0, 1), 2**64 - 32, "outside the range"),
    (("live", 0, 1), 2**64, "must be a number"),
    (("live", 0, 1), 0x100061, "is not aligned to 32 bytes"),
    (("live", 0, 2), 2**63, "outside the range"),
    (("live", 0, 2), 2**29, "the live buffers have more than"),
    (("live", 0, 2), 0, "needs 4096 bytes in each bank, its buffer has 0"),
    (("live", 0, 2), 2**20, "overlap"),
    (("live", 0), ["DRAM", 1], "live[0] must be kind, address, bytes per bank"),
    (("libraries",), ["/nowhere"], "one path for each kernel"),
    (("libraries", 0), 3, "libraries[0] must be a string"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "message"), SPOILED)
def test_what_makes_no_sense_is_a_value_error(path: tuple[Any, ...], value: Any, message: str, good: Good) -> None:
    launch = copy.deepcopy(good.launches[0])
    *way, last = path
    place: Any = launch
    for step in way:
        place = place[step]
    place[last] = good.near.address if value == "near" else value
    with pytest.raises(ValueError) as caught:
        good.run(launch)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"shape": (64, 2**31, 2**31)}, "has more than 268435456 elements"),
        ({"shape": (-1, 64)}, "is no shape"),
        ({"shape": (1,) * 9}, "is no shape"),
        ({"shape": (512, 64)}, "bytes in each bank, its buffer has"),
        ({"dtype": "float64"}, "'float64' is not one of BFLOAT16"),
        ({"layout": "SPIRAL"}, "'SPIRAL' is not one of ROW_MAJOR, TILE"),
        ({"memory": "TRACE"}, "'TRACE' is not one of DRAM, L1"),
        ({"memory": "L1"}, "no live L1 buffer begins at"),
        ({"address": -32}, "is no address"),
        ({"address": 0x200000}, "no live DRAM buffer begins at 0x200000"),
        ({"dtype": "bfloat8_b", "layout": "ROW_MAJOR"}, "only supported in Layout::TILE"),
    ],
)
def test_tensors_that_are_nowhere(changes: dict[str, Any], message: str, good: Good) -> None:
    with pytest.raises(ValueError, match=message):
        good.run(good.launches[0], output=replace(good.output, **changes))
    moved = replace(good.input, **changes)
    array = np.ones(
        moved.shape if min(moved.shape) > 0 and np.prod(moved.shape, dtype=object) < 2**20 else (1,), np.float32
    )
    with pytest.raises(ValueError, match=message):
        good.run(good.launches[0], inputs=[(moved, array)])


def test_other_misuse(good: Good, ttnn: Any) -> None:
    with pytest.raises(ValueError, match="there is no launch to run"):
        execute(good.device, [], [], good.output)
    for array in (np.ones((64, 32), np.float32), np.full((64, 64), "x")):
        with pytest.raises(ValueError, match=r"for a tensor of \(64, 64\) numbers"):
            good.run(good.launches[0], inputs=[(good.input, array)])
    tensor = ttnn.from_torch(good.values, device=good.device)
    with pytest.raises(ValueError, match="has buffers of its own"):
        good.run(good.launches[0])
    tensor.deallocate()
    nothing: tuple[Any, ...] = (None, [], {"kernels": [{}]})
    for value in nothing:
        with pytest.raises(ValueError, match="image"):
            kernel_requests(value)
    np.testing.assert_array_equal(good.run(good.launches[0]).output, good.values)


NUMBERS = (0, 1, 2, 3, 15, 31, 255, 4096, 0x19D60, 0x100040, 1499136, 2**31, 2**32 - 1, 2**32, 2**63, 2**64 - 1, -1)
OTHERS: tuple[Any, ...] = (None, True, False, 1.5, "", "x", "L1", "/dev/null", [], {}, [[0, 0]], [1, 2, 3])


def mutated(launch: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """A copy with one to three places changed: numbers, types, lists longer or shorter, keys gone."""
    result = copy.deepcopy(launch)
    for _ in range(draw.randint(1, 3)):
        within = result if draw.random() < 0.4 else draw.choice(_words(result))
        parent, key = draw.choice(list(_places(within)) or list(_places(result)))
        old = parent[key]
        chance = draw.random()
        if isinstance(old, list) and old and chance < 0.5:
            parent[key] = draw.choice([old[1:], old + old, old[::-1], old[:1] * draw.randint(2, 40)])
        elif chance < 0.1:
            del parent[key]
        elif isinstance(old, int) and chance < 0.8:
            parent[key] = draw.choice([*NUMBERS, old + 1, old - 1, old * 2, old ^ (1 << draw.randint(0, 31))])
        else:
            parent[key] = draw.choice([*NUMBERS, *OTHERS])
    return result


def _words(launch: dict[str, Any]) -> list[Any]:
    """Parts whose numbers mean something to kernels only."""
    found = [node["runtime_args"] for node, key in _places(launch) if key == "runtime_args"]
    return [part for part in found if isinstance(part, list)] or [launch]


def _places(node: Any) -> Any:
    if isinstance(node, (dict, list)):
        keys = list(node) if isinstance(node, dict) else range(len(node))
        for key in keys:
            yield node, key
            yield from _places(node[key])


@pytest.mark.parametrize("seed", range(4))
def test_no_mutation_of_a_good_launch_ends_the_process(seed: int, good: Good, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_EMULATOR_STALL_SECONDS", "0.5")
    monkeypatch.setenv("OP_EMULATOR_DEADLINE_SECONDS", "1")
    draw = random.Random(seed)
    ends = {"value": 0, "fault": 0, "refused": 0}
    for _ in range(100):
        launch = mutated(good.launches[0], draw)
        try:
            good.run(launch)
            ends["value"] += 1
        except ValueError:
            ends["refused"] += 1
        except EmulatorFault:
            ends["fault"] += 1
        if isinstance(launch.get("image"), dict):
            try:
                kernel_requests(launch["image"])
            except ValueError:
                ends["refused"] += 1
    assert min(ends.values()) > 1, ends  # all three ends are met
    np.testing.assert_array_equal(good.run(good.launches[0]).output, good.values)
