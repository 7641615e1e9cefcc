from __future__ import annotations

import pytest

from op_pipeline.emulator.diagnostics import kernel_records, link_errors, parse, undefined_symbols
from op_pipeline.emulator.faults import make_record, record_text
from op_pipeline.emulator.kernel_lint import lint
from op_pipeline.emulator.kernel_source import KernelRequest

KERNEL = KernelRequest("kernels/k.cpp", "void kernel_main() {\n    mm_init(0);\n}\n", "/tree/kernels/k.cpp", "TRISC", "/tree")


def test_an_error_in_a_header_is_moved_to_the_users_line() -> None:
    output = """In file included from /tree/kernels/k.cpp:4:
/headers/api/args.h: In instantiation of 'constexpr uint32_t get_ct_arg() [with Idx = 9]':
/tree/kernels/k.cpp:17:30:   required from here
/headers/api/args.h:29:23: error: static assertion failed: Index out of range
/tree/kernels/k.cpp:20:1: warning: unused [-Wunused]
"""
    first, second = parse(output, ["/tree"])
    assert (first.level, first.file, first.line) == ("error", "/tree/kernels/k.cpp", 17)
    assert first.text == "static assertion failed: Index out of range"
    assert (second.level, second.line, second.text, second.flag) == ("warning", 20, "unused", "-Wunused")


@pytest.mark.parametrize(
    ("text", "fault_class", "message"),
    [
        ("use of undeclared identifier 'mm_init'", "name_removed", "mm_init does not exist"),
        ("use of undeclared identifier 'triangle_solve_tile'", "not_modelled", "triangle_solve_tile"),
        ("no member named 'async_reed' in 'Noc'", "compile_error", "Noc has no member async_reed"),
        ("'compute_kernel_api/x.h' file not found", "name_removed", "compute_kernel_api/x.h"),
        ("'class Noc' has no member named 'async_reed'", "compile_error", "Noc has no member async_reed"),
        ("'triangle_solve_tile' was not declared in this scope", "not_modelled", "triangle_solve_tile"),
        ("expected ';' before 'x'", "name_removed", "mm_init"),  # the line holds a removed name, whatever is said of it
    ],
)
def test_both_compilers_are_understood(text: str, fault_class: str, message: str) -> None:
    [record] = kernel_records(f"/tree/kernels/k.cpp:2:5: error: {text}\n", KERNEL)
    assert record["fault_class"] == fault_class
    assert message in record["message"]
    assert (record["file"], record["line"]) == ("kernels/k.cpp", 2)


def test_output_without_a_place_still_gives_a_record() -> None:
    [record] = kernel_records("collect2: fatal error: ld terminated with signal 9", KERNEL)
    assert "signal 9" in record["message"]
    [record] = kernel_records("", KERNEL)
    assert record["message"]


LINKER = """/usr/bin/ld: /cache/ab/12.o: in function `ttnn::swish(tt::Tensor const&)':
swish.cpp:(.text+0x5b): undefined reference to `ttnn::prim::swish(tt::Tensor const&)'
/usr/bin/ld: swish.cpp:(.text+0x7b): undefined reference to `ttnn::prim::swish(tt::Tensor const&)'
ld.lld: error: undefined symbol: ttnn::other()
/usr/bin/ld: /cache/x.o: in function `f()':
a.cpp:12: multiple definition of `f()'; b.o:b.cpp:(.text+0x0): first defined here
/usr/bin/ld: cannot find -lnothing: No such file or directory
"""


def test_the_linkers_complaints_are_read_once_each() -> None:
    assert undefined_symbols(LINKER) == ["ttnn::prim::swish(tt::Tensor const&)", "ttnn::other()"]
    first, second, third, fourth = link_errors(LINKER)
    assert (first.symbol, first.file) == ("ttnn::prim::swish(tt::Tensor const&)", "swish.cpp")
    assert second.symbol == "ttnn::other()"
    assert (third.twice, third.file, third.line) == (True, "a.cpp", 12)
    assert fourth.library == "-lnothing"


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (make_record("name_removed", "gone", kernel="k.cpp", line=3, risc="TRISC", hint="use x"), "name_removed: TRISC k.cpp:3: gone (use x)"),
        (make_record("not_modelled", "undefined"), "not_modelled: undefined"),
        (
            {**make_record("deadlock", "stuck", kernel="k.cpp", file="h.h", line=9, risc="BRISC"), "core_x": 1, "core_y": 2},
            "deadlock: k.cpp core (1,2) BRISC h.h:9: stuck",
        ),
    ],
)
def test_a_record_reads_as_one_line(record: dict[str, object], text: str) -> None:
    assert record_text(record) == text


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("#include <iostream>", True),
        ("  #  include <thread>", True),
        ("auto x = std::bit_cast<float>(y);", True),
        ("template <class T> requires (sizeof(T) == 4) void f();", True),
        ("co_return 3;", True),
        ("#include <array>", False),
        ("#include <algorithm>", False),
        ("// std::bit_cast is not for kernels", False),
        ("/* #include <thread> */", False),
        ("constexpr int requires_padding = 1;", False),
        ("consteval int f() { return 1; }", False),  # the device's compiler has it as an extension
        ("int span = 3; bool ranges = std::min(1, 2);", False),
    ],
)
def test_the_lint_refuses_only_what_the_device_cannot_have(line: str, refused: bool) -> None:
    found = lint(KernelRequest("k.cpp", f"\n{line}\n", "", "NCRISC"))
    assert bool(found) == refused
    assert all(record["line"] == 2 for record in found)
