"""Programs from Python: what is refused before they run, what they do, and what is recorded about them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline.emulator import _ttnn, inspection
from op_pipeline.emulator.faults import EmulatorFault, KernelCompileError

READER = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t tiles = get_arg_val<uint32_t>(1);
    const uint32_t start = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto tensor = TensorAccessor(args, address, get_tile_size(0));
    for (uint32_t page = start; page < start + tiles; ++page) {
        cb_reserve_back(0, 1);
        noc_async_read_page(page, tensor, get_write_ptr(0));
        noc_async_read_barrier();
        cb_push_back(0, 1);
    }
}
"""
WRITER = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t tiles = get_arg_val<uint32_t>(1);
    const uint32_t start = get_arg_val<uint32_t>(2);
    constexpr auto args = TensorAccessorArgs<0>();
    const auto tensor = TensorAccessor(args, address, get_tile_size(0));
    for (uint32_t page = start; page < start + tiles; ++page) {
        cb_wait_front(0, 1);
        noc_async_write_page(page, tensor, get_read_ptr(0));
        noc_async_write_barrier();
        cb_pop_front(0, 1);
    }
}
"""


class Copy:
    """A program that copies a tensor tile by tile, with parts to be spoiled by tests."""

    def __init__(self, ttnn: Any, device: Any, tiles: int = 70) -> None:
        self.ttnn = ttnn
        values = np.random.default_rng(2).standard_normal((32, 32 * tiles)).astype(np.float32)
        self.source = ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        self.target = ttnn.empty_like(self.source)
        split = ttnn.split_work_to_cores(device.compute_with_storage_grid_size(), tiles)
        _, self.cores, self.first, _, self.more, self.fewer = split
        self.reader = self.kernel(READER, self.source, ttnn.ReaderConfigDescriptor())
        self.writer = self.kernel(WRITER, self.target, ttnn.WriterConfigDescriptor())
        self.buffer = self.circular_buffer(0)

    def kernel(self, source: str, tensor: Any, config: Any) -> Any:
        arguments, start = self.ttnn.RuntimeArgs(), 0
        for core in self.ttnn.corerange_to_cores(self.cores):
            tiles = self.more if self.first.contains(core) else self.fewer
            arguments[core.x][core.y] = [tensor.buffer_address(), tiles, start]
            start += tiles
        return self.ttnn.KernelDescriptor(
            kernel_source=source,
            source_type=self.ttnn.KernelDescriptor.SourceType.SOURCE_CODE,
            core_ranges=self.cores,
            compile_time_args=self.ttnn.TensorAccessorArgs(tensor).get_compile_time_args(),
            runtime_args=arguments,
            config=config,
        )

    def circular_buffer(self, index: int, *, total: int = 4096, page: int = 2048, cores: Any = None) -> Any:
        form = self.ttnn.CBFormatDescriptor(index, self.ttnn.bfloat16, page)
        return self.ttnn.CBDescriptor(total, cores or self.cores, [form])

    def run(self, *, kernels: Any = None, buffers: Any = None, semaphores: Any = ()) -> Any:
        program = self.ttnn.ProgramDescriptor(
            kernels=kernels or [self.reader, self.writer],
            semaphores=list(semaphores),
            cbs=[self.buffer] if buffers is None else buffers,
        )
        return self.ttnn.generic_op([self.source, self.target], program)


@pytest.fixture
def copy(ttnn: Any, device: Any) -> Copy:
    return Copy(ttnn, device)


def test_a_program_runs(copy: Copy) -> None:
    result = copy.run()
    assert result.buffer_address() == copy.target.buffer_address()
    np.testing.assert_array_equal(copy.target.to_numpy(), copy.source.to_numpy())


def test_seeds_give_the_same_result(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_EMULATOR_SEED", "1,2,0x3")
    copy.run()
    np.testing.assert_array_equal(copy.target.to_numpy(), copy.source.to_numpy())
    report = _ttnn._last_run()
    assert report["api_calls"] > 70 * 8
    assert report["fibre_switches"] > 0
    assert report["seconds"] > 0
    assert report["warnings"] == []


def test_a_seed_must_be_a_number(copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OP_EMULATOR_SEED", "one")
    with pytest.raises(RuntimeError, match="OP_EMULATOR_SEED is not a list of numbers: 'one'"):
        copy.run()


def test_a_result_that_depends_on_the_schedule(ttnn: Any, device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each core writes its number of tiles to page 0; the last one wins, and that is up to the schedule."""
    copy = Copy(ttnn, device, tiles=64)
    page_zero = WRITER.replace("noc_async_write_page(page,", "noc_async_write_page(0,")
    copy.writer = copy.kernel(page_zero, copy.target, ttnn.WriterConfigDescriptor())
    monkeypatch.setenv("OP_EMULATOR_SEED", "1,2,3,4")
    with pytest.raises(EmulatorFault) as caught:
        copy.run()
    assert caught.value.records[0]["fault_class"] == "schedule_dependent"
    assert "generic_op differ between schedule seeds 1 and" in str(caught.value)


def test_a_fault_carries_records(copy: Copy, ttnn: Any) -> None:
    copy.writer = copy.kernel(WRITER.replace("cb_pop_front(0, 1);", ""), copy.target, ttnn.WriterConfigDescriptor())
    with pytest.raises(EmulatorFault) as caught:
        copy.run()
    record = caught.value.records[0]
    assert {"fault_class", "kernel", "file", "line", "core_x", "core_y", "risc", "message", "hint"} == set(record)
    assert record["risc"] in {"BRISC", "NCRISC"}
    assert isinstance(caught.value, RuntimeError)


def test_a_kernel_that_does_not_compile(copy: Copy, ttnn: Any) -> None:
    copy.reader = copy.kernel("void kernel_main() { not_a_name(); }", copy.source, ttnn.ReaderConfigDescriptor())
    with pytest.raises(KernelCompileError, match="not_a_name"):
        copy.run()


def test_sources_are_found_under_the_home(
    copy: Copy, ttnn: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "ttnn" / "kernels"
    folder.mkdir(parents=True)
    (folder / "reader.cpp").write_text(READER, encoding="utf-8")
    copy.reader.kernel_source = "ttnn/kernels/reader.cpp"
    copy.reader.source_type = ttnn.KernelDescriptor.SourceType.FILE_PATH
    with pytest.raises(RuntimeError, match=r"Cannot open kernel source file: ttnn/kernels/reader\.cpp"):
        copy.run()
    monkeypatch.setenv("TT_METAL_HOME", str(tmp_path))
    copy.run()
    np.testing.assert_array_equal(copy.target.to_numpy(), copy.source.to_numpy())


def core_set(ttnn: Any, *corners: tuple[int, int]) -> Any:
    return ttnn.CoreRangeSet([ttnn.CoreRange(corners[0], corners[-1])])


REFUSED: dict[str, tuple[Any, str]] = {
    "index": (lambda c: {"buffers": [c.circular_buffer(40)]}, "circular buffer index 40 is out of range"),
    "page 0": (lambda c: {"buffers": [c.circular_buffer(0, page=0)]}, "page size of 0"),
    "no multiple": (lambda c: {"buffers": [c.circular_buffer(0, total=4000)]}, "must be divisible by page size"),
    "no size": (lambda c: {"buffers": [c.circular_buffer(0, total=0)]}, "must be divisible by page size"),
    "twice": (lambda c: {"buffers": [c.buffer, c.buffer]}, "circular buffer index 0 is declared twice on core 0-0"),
    "too large": (
        lambda c: {"buffers": [c.circular_buffer(0, total=2048 * 750)]},
        "beyond max L1 size of 1499136 B",
    ),
    "no cores": (lambda c: {"buffers": [c.circular_buffer(0, cores=c.ttnn.CoreRangeSet([]))]}, "is placed on no core"),
    "cb off grid": (
        lambda c: {"buffers": [c.circular_buffer(0, cores=core_set(c.ttnn, (0, 0), (8, 0)))]},
        "core 8-0 is outside the worker grid 8x8",
    ),
    "one RISC": (lambda c: {"kernels": [c.reader, c.reader]}, "core 0-0 has two kernels on NCRISC (reader)"),
    "semaphore id": (
        lambda c: {"semaphores": [c.ttnn.SemaphoreDescriptor(99, core_ranges=c.cores, initial_value=0)]},
        "Semaphore id 99 exceeds max value 15",
    ),
    "semaphore twice": (
        lambda c: {"semaphores": [c.ttnn.SemaphoreDescriptor(1, core_ranges=c.cores, initial_value=0)] * 2},
        "semaphore id 1 is declared twice",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_before_anything_runs(copy: Copy, case: str) -> None:
    spoil, message = REFUSED[case]
    with pytest.raises(RuntimeError) as caught:
        copy.run(**spoil(copy))
    assert not isinstance(caught.value, EmulatorFault)
    assert message in str(caught.value).split("\n")[2]


def test_runtime_args_off_the_kernels_cores(copy: Copy, ttnn: Any) -> None:
    copy.reader.core_ranges = core_set(ttnn, (0, 0), (0, 3))
    with pytest.raises(RuntimeError, match="Cannot set runtime args of kernel"):
        copy.run()


def test_runtime_args_set_twice(copy: Copy, ttnn: Any) -> None:
    copy.reader.runtime_args = [(ttnn.CoreCoord(0, 0), [1]), (ttnn.CoreCoord(0, 0), [2])]
    with pytest.raises(RuntimeError, match="core 0-0 are set twice"):
        copy.run()


def test_circular_buffers_clash_with_tensors(copy: Copy, ttnn: Any, device: Any) -> None:
    tiles = 64 * 600
    keep = ttnn.empty([32, 32 * tiles], ttnn.bfloat16, ttnn.TILE_LAYOUT, device, ttnn.L1_MEMORY_CONFIG)
    with pytest.raises(RuntimeError, match="clash with L1 buffers"):
        copy.run(buffers=[copy.circular_buffer(0, total=2048 * 200)])
    ttnn.deallocate(keep)
    copy.run(buffers=[copy.circular_buffer(0, total=2048 * 200)])


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (lambda c: [], "io_tensors must not be empty"),
        (lambda c: [c.target], "at least one input and one output"),
        (lambda c: [c.source.cpu(), c.target], "Tensor must be on a device"),
    ],
)
def test_io_tensors(copy: Copy, ttnn: Any, tensors: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        ttnn.generic_op(tensors(copy), ttnn.ProgramDescriptor())


def test_wrong_arguments_of_generic_op(ttnn: Any) -> None:
    with pytest.raises(TypeError) as caught:
        ttnn.generic_op(1, program=2)
    lines = str(caught.value).split("\n")
    assert lines[:2] == ["ttnn.generic_op(): incompatible function arguments.", "Called with: (int, program=int)"]
    assert ttnn.generic_op.python_fully_qualified_name == "ttnn.generic_op"


def test_recording_without_dispatch(copy: Copy) -> None:
    with inspection.record(dispatch=False) as log:
        copy.run()
    assert np.isnan(copy.target.to_numpy()).all()
    (launch,) = log.launches
    assert launch.operation == "generic_op"
    assert launch.phases == ("validate", "output_specs", "output_tensors", "program_factory", "descriptor")
    assert launch.error is None
    memory = {"memory_layout": "INTERLEAVED", "buffer_type": "DRAM"}
    assert launch.output_specs == [{"shape": (32, 2240), "dtype": "BFLOAT16", "layout": "TILE", "memory": memory}]
    assert launch.program is not None
    reader, writer = launch.program["kernels"]
    assert (reader["risc"], writer["risc"]) == ("NCRISC", "BRISC")
    assert reader["runtime_args"][0, 0] == [copy.source.buffer_address(), 2, 0]
    assert len(reader["cores"]) == 64
    (buffer,) = launch.program["circular_buffers"]
    assert (buffer["index"], buffer["total_size"], buffer["page_size"], buffer["format"]) == (
        0,
        4096,
        2048,
        "Float16_b",
    )


def test_recording_keeps_the_error(copy: Copy) -> None:
    with inspection.record() as log:
        with pytest.raises(RuntimeError):
            copy.run(buffers=[copy.circular_buffer(40)])
        copy.run()
    failed, passed = log.launches
    assert failed.phases[-1] == passed.phases[-1] == "dispatch"
    assert "out of range" in str(failed.error)
    assert passed.error is None


def test_recordings_do_not_nest(copy: Copy) -> None:
    with inspection.record(), pytest.raises(RuntimeError, match="being recorded already"), inspection.record():
        pass
    with inspection.record() as log:
        copy.run()
    assert len(log.launches) == 1
