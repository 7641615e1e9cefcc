"""What the runtime counts while a program runs, and how it is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from op_pipeline import emulator
from op_pipeline.emulator import _ttnn, inspection
from op_pipeline.emulator.execution import Placed, execute, kernel_requests
from op_pipeline.emulator.faults import EmulatorFault
from op_pipeline.emulator.toolchain import compile_kernels
from op_pipeline.emulator.traffic import as_text

TILE = 2048
# Core (0,0) sends its first tile to both cores of the row.
MULTICAST = """
#include "api/dataflow/dataflow_api.h"
void kernel_main() {
    cb_reserve_back(0, 1);
    for (uint32_t i = 0; i < 16; ++i) reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0))[i] = i;
    const uint64_t row = get_noc_multicast_addr(19, 18, 18, 18, get_write_ptr(0));  // NOC 1 runs downwards
    noc_async_write_multicast_loopback_src(get_write_ptr(0), row, 64, 2);
    noc_async_write_barrier();
    noc_inline_dw_write(get_noc_addr(18, 18, get_semaphore(0)), 3);
    noc_async_write_barrier();
}
"""


@pytest.fixture
def last() -> Callable[[], dict[str, Any]]:
    def report() -> dict[str, Any]:
        found: dict[str, Any] = _ttnn._last_run()
        return found

    return report


def test_pages_and_bytes_of_one_core(program: Any, last: Callable[[], dict[str, Any]]) -> None:
    program(tiles=5, pages=2).run()
    first, result = last()["circular_buffers"]
    for buffer, index in ((first, 0), (result, 16)):
        assert {key: buffer[key] for key in ("index", "pages", "cores", "pushed", "popped")} == {
            "index": index, "pages": 2, "cores": 1, "pushed": 5, "popped": 5,
        }  # fmt: skip
        assert buffer["busiest"]["core"] == (0, 0)
        assert {key: buffer[key] for key in buffer["busiest"] if key != "core"} == {
            key: value for key, value in buffer["busiest"].items() if key != "core"
        }
    reader, writer, compute = last()["kernels"]
    assert [kernel["risc"] for kernel in (reader, writer, compute)] == ["NCRISC", "BRISC", "TRISC"]
    assert reader["name"] == "kernels/reader.cpp"
    assert (reader["bytes_read"], reader["bytes_written"]) == (5 * TILE, 0)
    assert (writer["bytes_read"], writer["bytes_written"]) == (0, 5 * TILE)
    assert (compute["bytes_read"], compute["bytes_written"]) == (0, 0)
    assert reader["busiest"] == {
        "bytes_read": 5 * TILE, "bytes_written": 0, "bytes_read_dram": 5 * TILE, "bytes_written_dram": 0,
        "bytes_multicast": 0, "core": (0, 0),
    }  # fmt: skip
    assert writer["bytes_written_dram"] == 5 * TILE
    assert (compute["dst_capacity"], compute["dst_most"]) == (8, 1)
    assert [kernel["dst_capacity"] for kernel in (reader, writer)] == [0, 0]


def test_waits_and_fill_tell_who_is_short_of_pages(program: Any, last: Callable[[], dict[str, Any]]) -> None:
    """First come, first served: the reader fills the buffer, then each side waits for the other."""
    program(tiles=6, pages=2).run()
    tight = last()["circular_buffers"][0]
    assert tight["highest_fill"] == 2
    assert tight["waited_back"] > 0
    program(tiles=6, pages=8).run()
    roomy = last()["circular_buffers"][0]
    assert roomy["highest_fill"] == 6
    assert roomy["waited_back"] == 0


def test_sums_over_cores_and_the_busiest(program: Any, last: Callable[[], dict[str, Any]]) -> None:
    program(tiles=70, cores=64).run()  # six cores have two tiles, the others one
    buffer = last()["circular_buffers"][0]
    assert (buffer["cores"], buffer["pushed"], buffer["popped"]) == (64, 70, 70)
    assert buffer["busiest"]["pushed"] == 2
    assert buffer["busiest"]["core"] == (0, 0)
    reader = last()["kernels"][0]
    assert (reader["cores"], reader["bytes_read"]) == (64, 70 * TILE)
    assert reader["busiest"]["bytes_read"] == 2 * TILE


def test_several_seeds_report_the_first(
    program: Any, last: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tiles=9).run()
    alone = {key: last()[key] for key in ("circular_buffers", "kernels", "warnings")}
    monkeypatch.setenv("OP_EMULATOR_SEED", "0,1,2,5")
    program(tiles=9).run()
    assert {key: last()[key] for key in alone} == alone


def test_a_fault_leaves_the_last_report_alone(program: Any, last: Callable[[], dict[str, Any]]) -> None:
    program(tiles=3).run()
    before = last()
    broken = program(tiles=3)
    broken.writer = broken.writer.replace("kernel_main() {", "kernel_main() { cb_pop_front(5, 1);")
    with pytest.raises(EmulatorFault):
        broken.run()
    assert last() == before


def test_a_multicast_counts_every_destination(ttnn: Any, device: Any, last: Callable[[], dict[str, Any]]) -> None:
    x = ttnn.from_torch(np.ones((32, 32), np.float32), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
    row = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (1, 0))])
    one = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), (0, 0))])
    kernel = ttnn.KernelDescriptor(
        kernel_source=MULTICAST, source_type=ttnn.KernelDescriptor.SourceType.SOURCE_CODE, core_ranges=one,
        config=ttnn.WriterConfigDescriptor(),
    )  # fmt: skip
    buffer = ttnn.CBDescriptor(2 * TILE, row, [ttnn.CBFormatDescriptor(0, ttnn.bfloat16, TILE)])
    semaphore = ttnn.SemaphoreDescriptor(id=0, core_ranges=one, initial_value=0)
    program = ttnn.ProgramDescriptor(kernels=[kernel], semaphores=[semaphore], cbs=[buffer])
    ttnn.generic_op([x, ttnn.empty_like(x)], program)
    (counted,) = last()["kernels"]
    assert counted["bytes_written"] == 2 * 64 + 4
    (empty,) = last()["circular_buffers"]
    assert (empty["cores"], empty["pushed"], empty["highest_fill"], empty["busiest"]["core"]) == (2, 0, 0, (0, 0))


def test_execution_reports_each_launch(program: Any, ttnn: Any, device: Any) -> None:
    described = program(tiles=4)
    with inspection.record(dispatch=False) as log:
        described.run()
    (launch,) = log.launches
    image = launch.image
    assert image is not None
    sent = {"image": image, "live": launch.live, "libraries": compile_kernels(kernel_requests(image))}
    addresses = [kernel["runtime_args"][0]["values"][0] for kernel in image["kernels"][:2]]
    x, y = (Placed((1, 1, 32, 128), "bfloat16", "TILE", "DRAM", address) for address in addresses)
    other = emulator.open_device()
    report = execute(other, [sent, sent], [(x, np.ones(x.shape, np.float32))], y).report
    ttnn.close_device(other)
    assert [(item["launch"], item["index"], item["pushed"]) for item in report["circular_buffers"]] == [
        (0, 0, 4), (0, 16, 4), (1, 0, 4), (1, 16, 4),
    ]  # fmt: skip
    assert [kernel["bytes_read"] for kernel in report["kernels"]] == [4 * TILE, 0, 0] * 2
    text = as_text(report)
    assert text.count("buffer  cores") == 2
    assert "launch 1, generic_op:" in text


def counts(**changes: Any) -> dict[str, Any]:
    figures = {"pushed": 70, "popped": 70, "waited_front": 64, "waited_back": 0, "highest_fill": 1}
    busiest = {**figures, "pushed": 2, "popped": 2, "waited_front": 3, "core": [1, 0]}
    return {"index": 16, "pages": 2, "cores": 64, **figures, "busiest": busiest, **changes}


def test_the_text() -> None:
    reader = {
        "name": "reader_x.cpp", "risc": "NCRISC", "cores": 64, "bytes_read": 143360, "bytes_written": 0,
        "busiest": {"bytes_read": 4096, "bytes_written": 0, "core": [1, 0]},
    }  # fmt: skip
    assert as_text({"circular_buffers": [counts(index=0), counts()], "kernels": [reader]}) == (
        "buffer  cores  pushed  popped  waits front  waits back  fill    busiest core\n"
        "c_0        64      70      70           64           0  1 of 2  (1,0): 2 pages, waits 3/0\n"
        "c_16       64      70      70           64           0  1 of 2  (1,0): 2 pages, waits 3/0\n"
        "kernel        risc    cores  bytes read  bytes written  busiest core\n"
        "reader_x.cpp  NCRISC     64      143360              0  (1,0): 4096 read, 0 written"
    )


@pytest.mark.parametrize("report", [{}, {"circular_buffers": [], "kernels": []}, {"launches": [{"name": "x"}] * 2}])
def test_nothing_counted_is_no_text(report: dict[str, Any]) -> None:
    assert as_text(report) == ""


def test_the_text_of_a_real_report(program: Any, last: Callable[[], dict[str, Any]], tmp_path: Path) -> None:
    program(tiles=5).run()
    lines = as_text(last()).splitlines()
    assert len(lines) == 3 + 4
    assert lines[1].split()[:4] == ["c_0", "1", "5", "5"]
