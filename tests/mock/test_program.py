"""A C++ operation's described program, rebuilt through the real Python API: what is accepted, refused, or crashes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.mock.conftest import Check

from op_pipeline import mock
from op_pipeline.models import FailureClass

Change = Callable[[dict[str, Any]], None]


@pytest.mark.parametrize("board", mock.BOARDS)
def test_a_generated_program_is_accepted_on_every_board(check: Check, program: dict[str, Any], board: str) -> None:
    checked = check(program, board=board)
    assert checked.verdict is mock.Verdict.ACCEPTED, checked.failures
    assert checked.compiled == 0


def test_its_kernels_compile_for_all_five_processors(check: Check, program: dict[str, Any]) -> None:
    checked = check(program, level="compile")
    assert checked.verdict is mock.Verdict.COMPILED, checked.failures
    assert checked.compiled == 5
    assert "pass" not in checked.verdict.value


def _first(key: str, name: str, value: Any) -> Change:
    def change(image: dict[str, Any]) -> None:
        image[key][0][name] = value

    return change


def _duplicate_buffer(image: dict[str, Any]) -> None:
    image["circular_buffers"].append(dict(image["circular_buffers"][0]))


def _two_readers(image: dict[str, Any]) -> None:
    image["kernels"].append(dict(image["kernels"][0]))


def _stray_arguments(image: dict[str, Any]) -> None:
    image["kernels"][0]["runtime_args"].append({"core": [7, 7], "values": [1]})


def _semaphore(number: int) -> Change:
    return lambda image: image["semaphores"].append({"id": number, "cores": [[0, 0]], "initial_value": 0})


def _semaphore_twice(image: dict[str, Any]) -> None:
    _semaphore(1)(image)
    _semaphore(1)(image)


REFUSED: dict[str, tuple[Change, FailureClass, str]] = {
    "buffers_over_l1": (_first("circular_buffers", "total_size", 1_600_000 // 2048 * 2048), FailureClass.OUT_OF_MEMORY, "L1"),
    "size_no_multiple_of_the_page": (_first("circular_buffers", "total_size", 3000), FailureClass.PROTOCOL_ERROR, "page"),
    "buffer_index_40": (_first("circular_buffers", "index", 40), FailureClass.PROTOCOL_ERROR, "40"),
    "buffer_index_twice": (_duplicate_buffer, FailureClass.PROTOCOL_ERROR, "index"),
    "core_outside_the_grid": (_first("kernels", "cores", [[0, 0], [8, 0]]), FailureClass.PROTOCOL_ERROR, ""),
    "two_kernels_on_one_processor": (_two_readers, FailureClass.PROTOCOL_ERROR, ""),
    "semaphore_99": (_semaphore(99), FailureClass.PROTOCOL_ERROR, "semaphore"),
    "semaphore_twice": (_semaphore_twice, FailureClass.PROTOCOL_ERROR, "semaphore"),
    "kernel_file_missing": (_first("kernels", "source", "no/such/kernel.cpp"), FailureClass.MISSING_SYMBOL, "no/such/kernel.cpp"),
    "argument_beyond_32_bits": (_first("kernels", "compile_time_args", [2**32]), FailureClass.SIGNATURE_MISMATCH, "KernelDescriptor"),
    "argument_of_text": (_first("kernels", "compile_time_args", ["2"]), FailureClass.SIGNATURE_MISMATCH, "compile_time_args"),
    "define_without_text": (_first("kernels", "defines", [["A", 1]]), FailureClass.SIGNATURE_MISMATCH, "defines"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_the_librarys_refusals_arrive_with_class_and_words(check: Check, program: dict[str, Any], name: str) -> None:
    change, kind, word = REFUSED[name]
    change(program)
    checked = check(program)
    assert checked.verdict is mock.Verdict.REFUSED
    assert checked.failures[0].kind is kind, checked.failures[0].message
    assert word.lower() in checked.failures[0].message.lower()
    assert "backtrace" not in checked.failures[0].message


def _elsewhere(image: dict[str, Any]) -> None:
    for buffer in image["circular_buffers"]:
        buffer["cores"] = [[5, 5]]


CRASHES: dict[str, tuple[Change, str]] = {
    "page_size_0": (_first("circular_buffers", "page_size", 0), "SIGFPE"),
    "arguments_for_a_core_without_the_kernel": (_stray_arguments, "SIGSEGV"),
    "buffers_on_other_cores": (_elsewhere, "SIGSEGV"),
}


@pytest.mark.parametrize("name", CRASHES)
def test_what_ends_the_librarys_process_ends_in_a_verdict(check: Check, program: dict[str, Any], name: str) -> None:
    change, signal = CRASHES[name]
    change(program)
    checked = check(program)
    assert checked.verdict is mock.Verdict.CRASHED
    assert checked.failures[0].kind is FailureClass.CRASH
    assert signal in checked.failures[0].message


@pytest.fixture
def copied(tree: Path, program: dict[str, Any], tmp_path: Path) -> Path:
    """A tree of the test's own, the program's kernels in it."""
    shutil.copytree(tree, tmp_path / "tree")
    for kernel in program["kernels"]:
        kernel["source"] = kernel["source"].replace(str(tree), str(tmp_path / "tree"))
    return tmp_path / "tree"


MISTAKES = {
    "removed_name": ("writer", "noc.async_write_barrier();", "noc_async_write_tile(0);", "noc_async_write_tile", FailureClass.COMPILE_ERROR),
    "argument_count": ("writer", "pop_front(1)", "pop_front(1, 2)", "too many arguments", FailureClass.COMPILE_ERROR),
    "bad_include": ("writer", '#include "', '#include "no/', "file not found", FailureClass.COMPILE_ERROR),
    "syntax": ("writer", "noc.async_write_barrier();", "noc.async_write_barrier()", "expected ';'", FailureClass.COMPILE_ERROR),
    "no_kernel_main": ("writer", "void kernel_main()", "void kernel_mein()", "kernel_main", FailureClass.LINK_ERROR),
    "compute_call_in_a_reader": ("reader", "void kernel_main() {", '#include "api/compute/common.h"\nvoid kernel_main() {\n    tile_regs_acquire();', "", FailureClass.COMPILE_ERROR),
    "compile_time_index": ("reader", "void kernel_main() {", "void kernel_main() {\n    constexpr uint32_t no = get_compile_time_arg_val(9);", "out of range", FailureClass.COMPILE_ERROR),
    "too_much_data": ("reader", "void kernel_main() {", "volatile char block[16384] = {1};\nvoid kernel_main() {\n    block[1] = 2;", "memory", FailureClass.LINK_ERROR),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_kernels_mistake_is_caught_by_the_real_headers(
    check: Check, program: dict[str, Any], copied: Path, name: str
) -> None:
    role, old, new, word, kind = MISTAKES[name]
    file = next(Path(kernel["source"]) for kernel in program["kernels"] if f"{role}_" in kernel["name"])
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    program["kernels"] = [kernel for kernel in program["kernels"] if Path(kernel["source"]) == file]
    checked = check(program, level="compile", tree=copied)
    assert checked.verdict is mock.Verdict.REFUSED
    found = [failure for failure in checked.failures if word in failure.message and failure.kind is kind]
    assert found, checked.failures
    assert found[0].file == file.relative_to(copied).as_posix()
    if kind is FailureClass.COMPILE_ERROR and name != "compute_call_in_a_reader":
        changed = [number for number, line in enumerate(file.read_text().splitlines(), 1) if line not in text.splitlines()]
        assert found[0].line in {*changed, changed[0] + 1}
