"""A deadlock is found because nobody can run, not because time has passed: the same text, always."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.emulator.host.test_launch import READER, WRITER, Copy

from op_pipeline import emulator
from op_pipeline.emulator.faults import EmulatorFault

RUNS = 100


@pytest.fixture(scope="module")
def device(surroundings: Path) -> Iterator[Any]:
    ttnn = emulator.activate()
    opened = ttnn.open_device(device_id=0)
    yield opened
    ttnn.close_device(opened)


def stuck(device: Any, reader: str, writer: str, cores: int) -> Copy:
    """The copy program with other kernels on `cores` cores, two tiles for each of them."""
    ttnn = emulator.activate()
    copy = Copy(ttnn, device, tiles=2 * cores)
    copy.cores = ttnn.CoreRangeSet([ttnn.CoreRange((0, 0), ((cores - 1) % 8, (cores - 1) // 8))])
    copy.first, copy.more, copy.fewer = copy.cores, 2, 2
    copy.reader = copy.kernel(reader, copy.source, ttnn.ReaderConfigDescriptor())
    copy.writer = copy.kernel(writer, copy.target, ttnn.WriterConfigDescriptor())
    copy.buffer = copy.circular_buffer(0)
    return copy


def text_of(copy: Copy, **given: Any) -> str:
    with pytest.raises(EmulatorFault) as caught:
        copy.run(**given)
    assert {record["fault_class"] for record in caught.value.records} == {"deadlock"}
    return str(caught.value)


def test_the_same_text_a_hundred_times(device: Any) -> None:
    """Each core's reader waits for room and its writer for a semaphore that nobody sets."""
    ttnn = emulator.activate()
    waiting = WRITER.replace(
        "cb_wait_front(0, 1);",
        "noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(1)), 7);",
    )
    full = READER.replace("page < start + tiles;", "page < start + tiles + 2;").replace(
        "async_read_page(page,", "async_read_page(start,"
    )
    copy = stuck(device, full, waiting, 8)
    semaphores = [ttnn.SemaphoreDescriptor(1, core_ranges=copy.cores, initial_value=2)]
    texts = [text_of(copy, semaphores=semaphores) for _ in range(RUNS)]
    assert len(set(texts)) == 1
    lines = texts[0].splitlines()
    assert len(lines) == 16
    assert sum("cb_reserve_back(c_0, 1): 0 of 2 pages free" in line for line in lines) == 8
    assert sum("semaphore 1: waits for 7, it holds 2" in line for line in lines) == 8
    assert all(f"core ({x},0)" in texts[0] for x in range(8))


def test_the_same_text_whatever_the_schedule_and_the_workers(device: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = stuck(device, READER.replace("cb_push_back(0, 1);", ""), WRITER, 64)
    first = text_of(copy)
    assert len(first.splitlines()) == 64  # the readers ended, the writers wait
    for variable, value in (
        ("OP_EMULATOR_WORKERS", "2"),
        ("OP_EMULATOR_WORKERS", "5"),
        ("OP_EMULATOR_SEED", "1"),
        ("OP_EMULATOR_SEED", "6"),
    ):
        with monkeypatch.context() as patched:
            patched.setenv(variable, value)
            assert text_of(copy) == first, (variable, value)
