"""Kernels through the real compiler: what is refused, with which class, place and advice, and what the cache keeps."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from op_pipeline.emulator import compiler, toolchain
from op_pipeline.emulator.faults import KernelCompileError
from op_pipeline.emulator.generations import REMOVED
from op_pipeline.emulator.kernel_cache import warnings_of
from op_pipeline.emulator.toolchain import compile_kernels

BUFFERS = [{"index": index, "format": 5, "page_size": 2048, "tile_height": 32, "tile_width": 32} for index in (0, 16)]
COMPUTE = '#include "api/compute/common.h"\n'
DATAFLOW = '#include "api/dataflow/dataflow_api.h"\n'


def request(text: str, risc: str = "TRISC", **more: Any) -> dict[str, Any]:
    return {
        "name": "kernels/own.cpp",
        "source": text,
        "is_source_text": True,
        "risc": risc,
        "circular_buffers": BUFFERS,
        "compute": {},
        **more,
    }


def refused(text: str, risc: str = "TRISC", **more: Any) -> list[dict[str, Any]]:
    with pytest.raises(KernelCompileError) as caught:
        compile_kernels([request(text, risc, **more)])
    assert str(caught.value)
    return caught.value.records


def body(code: str, head: str = COMPUTE) -> str:
    """A kernel whose line 3 is `code`."""
    return f"{head}void kernel_main() {{\n    {code}\n}}\n"


@pytest.mark.parametrize("name", sorted(set(REMOVED) - {"NAMESPACE", "MAIN"}))
def test_a_removed_name_does_not_compile_and_the_message_says_what_stands_for_it(name: str) -> None:
    [record] = refused(body(f"{name}(0, 1, 16);"))
    assert (record["fault_class"], record["line"]) == ("name_removed", 3)
    assert record["message"] == f"{name} does not exist in ttnn 0.81.1"
    assert record["hint"] == f"use {REMOVED[name]}"


def test_the_old_entry_point_does_not_compile() -> None:
    [record, *_] = refused(f"{COMPUTE}namespace NAMESPACE {{\nvoid MAIN {{\n}}\n}}\n")
    assert record["fault_class"] == "name_removed"
    assert "kernel_main" in record["hint"]


@pytest.mark.parametrize(
    ("include", "instead"),
    [
        ("dataflow_api.h", "api/dataflow/dataflow_api.h"),
        ("compute_kernel_api/matmul.h", "api/compute/matmul.h"),
        ("compute_kernel_api/eltwise_unary/exp.h", "api/compute/eltwise_unary/exp.h"),
        ("debug/dprint.h", "api/debug/dprint.h"),
    ],
)
def test_an_include_of_an_older_generation_is_told_with_its_successor(include: str, instead: str) -> None:
    [record] = refused(f'#include "{include}"\nvoid kernel_main() {{}}\n')
    assert (record["fault_class"], record["line"]) == ("name_removed", 1)
    assert instead in record["hint"]


CASES = {
    "typo": (body("exp_tille(0);", COMPUTE.replace("common", "eltwise_unary/exp")), "compile_error", 3, "exp_tile"),
    "typo_of_an_object": (body("CircularBufer cb(0);"), "compile_error", 3, "did you mean"),
    "header_missing": (body("exp_tile(0);"), "compile_error", 3, '#include "api/compute/eltwise_unary/exp.h"'),
    "not_modelled": (body("topk_local_sort_xyz(0); triangle_solve_tile_init();"), "not_modelled", 3, "another target"),
    "unknown_member": (
        '#include "api/dataflow/circular_buffer.h"\nvoid kernel_main() {\n    CircularBuffer cb(0); cb.push_bak(1);\n}\n',
        "compile_error", 3, "push_back",
    ),
    "include_typo": ('#include "api/compute/comon.h"\nvoid kernel_main() {}\n', "compile_error", 1, "api/compute/common.h"),
    "syntax": (body("uint32_t a = 1"), "compile_error", 4, ""),
    "no_kernel_main": (f"{COMPUTE}void main_kernel() {{}}\n", "compile_error", 0, "kernel_main"),
    "exception": (body("throw 1;"), "compile_error", 3, "without exceptions"),
    "warning_is_error": (body("int a; a == 1;"), "compile_error", 3, ""),
    "thread_library": ("#include <thread>\nvoid kernel_main() {}\n", "compile_error", 1, ""),
    "newer_than_the_device": (body("auto x = std::bit_cast<uint32_t>(1.0f); (void)x;"), "compile_error", 3, "C++17"),
    "not_modelled_header": ('#include "api/semaphore.h"\nvoid kernel_main() {}\n', "not_modelled", 1, "another target"),
    "undefined_function": (body("extern void nowhere(); nowhere();"), "not_modelled", 0, ""),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_does_not_compile_is_told_with_class_line_and_advice(name: str) -> None:
    text, fault_class, line, hint = CASES[name]
    [record, *_] = refused(text)
    assert (record["fault_class"], record["line"]) == (fault_class, line), record
    assert hint in record["hint"]
    assert (record["kernel"], record["file"], record["risc"]) == ("kernels/own.cpp", "kernels/own.cpp", "TRISC")
    assert record["core_x"] is None


@pytest.mark.parametrize("name", ["copy_tile_init", "init_sfpu"])
def test_a_deprecated_name_compiles_with_a_warning(name: str) -> None:
    head = '#include "api/compute/tile_move_copy.h"\n#include "api/compute/eltwise_unary/eltwise_unary.h"\n'
    call = f"{name}(0);" if name == "copy_tile_init" else f"{name}(0, 16);"
    [library] = compile_kernels([request(body(call, head))])
    [record] = warnings_of(Path(library))
    assert (record["fault_class"], record["line"]) == ("deprecated", 4)
    assert name in str(record["message"])
    assert record["hint"]


def test_a_compute_call_in_a_data_movement_kernel_does_not_compile() -> None:
    [record, *_] = refused(body("cb_wait_front(0, 1); tile_regs_acquire();", DATAFLOW), "BRISC")
    assert record["fault_class"] == "compile_error"
    assert "tile_regs_acquire" in record["message"]


def test_an_error_in_a_header_of_the_operation_names_that_header(tmp_path: Path) -> None:
    (tmp_path / "common.hpp").write_text("inline int broken() { return nothing; }\n")
    source = tmp_path / "kernels" / "own.cpp"
    source.parent.mkdir()
    source.write_text('#include "../common.hpp"\nvoid kernel_main() {}\n')
    with pytest.raises(KernelCompileError) as caught:
        compile_kernels([{**request(""), "source": str(source), "is_source_text": False}])
    [record] = caught.value.records
    assert (record["line"], os.path.normpath(record["file"])) == (1, "common.hpp")


def test_a_source_that_is_not_there_is_a_record(tmp_path: Path) -> None:
    with pytest.raises(KernelCompileError, match="No such file"):
        compile_kernels([{**request(""), "source": str(tmp_path / "no.cpp"), "is_source_text": False}])


@pytest.mark.parametrize("define", [("1BAD", "1"), ("A B", "1"), ("A", "1\n#error")])
def test_a_define_that_is_no_macro_is_refused(define: tuple[str, str]) -> None:
    [record] = refused(body(""), defines=[define])
    assert "not a macro name" in record["message"]


def test_errors_of_all_kernels_come_together() -> None:
    broken = [request(body(f"nothing_{number}();"), name=f"k{number}.cpp") for number in range(3)]
    with pytest.raises(KernelCompileError) as caught:
        compile_kernels([*broken, request(body(""))])
    assert [record["kernel"] for record in caught.value.records] == ["k0.cpp", "k1.cpp", "k2.cpp"]


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, surroundings: Path) -> Path:
    """A cache for one test; the precompiled prelude is taken over."""
    compile_kernels([request(body(""))])
    shutil.copytree(surroundings / "precompiled", tmp_path / "cache" / "precompiled", copy_function=os.link)
    monkeypatch.setenv("OP_PIPELINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def libraries(cache: Path) -> list[Path]:
    return sorted((cache / "kernels").rglob("*.so"))


def test_the_same_kernel_is_compiled_once(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [first] = compile_kernels([request(body("uint32_t a = 1; (void)a;"))])
    monkeypatch.setattr(toolchain, "_run", lambda *_: pytest.fail("compiled again"))
    assert compile_kernels([request(body("uint32_t a = 1; (void)a;"))] * 2) == [first, first]
    assert [str(path) for path in libraries(own_cache)] == [first]


@pytest.mark.parametrize(
    "change",
    [
        {"compile_time_args": [1]},
        {"named_compile_time_args": [("blocks", 4)]},
        {"defines": [("FLAG", "1")]},
        {"risc": "NCRISC"},
        {"compute": {"fp32_dest_acc_en": True}},
        {"circular_buffers": BUFFERS[:1]},
        {"name": "kernels/other.cpp"},
        {"source": "void kernel_main() {  }\n"},
    ],
)
def test_whatever_the_code_depends_on_is_part_of_the_key(change: dict[str, Any], own_cache: Path) -> None:
    text = "void kernel_main() {}\n"
    first, second = compile_kernels([request(text), {**request(text), **change}])
    assert first != second


def test_another_work_tree_with_the_same_sources_compiles_nothing(own_cache: Path, tmp_path: Path) -> None:
    results = []
    for tree in ("one", "two"):
        source = tmp_path / tree / "kernels" / "own.cpp"
        source.parent.mkdir(parents=True)
        (source.parent / "shared.hpp").write_text("inline int shared() { return 3; }\n")
        source.write_text('#include "shared.hpp"\nvoid kernel_main() { (void)shared(); }\n')
        results += compile_kernels([{**request(""), "source": str(source), "is_source_text": False}])
    assert results[0] == results[1]
    (tmp_path / "two" / "kernels" / "shared.hpp").write_text("inline int shared() { return 4; }\n")
    source = tmp_path / "two" / "kernels" / "own.cpp"
    assert compile_kernels([{**request(""), "source": str(source), "is_source_text": False}]) != results[:1]
    assert len(libraries(own_cache)) == 2


def test_compilations_at_the_same_time_agree(own_cache: Path) -> None:
    wanted = [request(body(f"uint32_t a = {number % 3}; (void)a;")) for number in range(6)]
    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: compile_kernels(wanted), range(3)))
    assert answers[0] == answers[1] == answers[2]
    assert len(libraries(own_cache)) == 3
    assert not list(own_cache.rglob(".new-*"))


CRASH = "internal compiler error: in tree_to_shwi, at tree.cc:6392"


def crashing_compiler(folder: Path, real: str) -> Path:
    """The real compiler, but for kernels: on these it dies as g++ 12 does on some templates."""
    path = folder / "g++"
    path.write_text(
        f'#!/bin/sh\ncase "$*" in *unit.cpp*) echo "x.hpp:1:1: {CRASH}" >&2; exit 1;; esac\nexec {real} "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_a_crash_of_the_compiler_is_not_blamed_on_the_kernel(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CXX", str(crashing_compiler(tmp_path, compiler.find_compiler().path)))
    monkeypatch.setattr(compiler, "find_other", lambda _: None)
    [record] = refused(body("uint32_t a = 2; (void)a;"))
    assert record["fault_class"] == "internal_compiler_error"
    assert CRASH in record["message"]
    assert "clang 16" in record["hint"]


def test_after_a_crash_the_other_compiler_is_tried(
    own_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = compiler.find_compiler()
    monkeypatch.setenv("CXX", str(crashing_compiler(tmp_path, good.path)))
    monkeypatch.setattr(compiler, "find_other", lambda _: good)
    [library] = compile_kernels([request(body("uint32_t a = 3; (void)a;"))])
    assert Path(library).is_file()
