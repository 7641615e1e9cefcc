"""The header that gives a Metal 2.0 kernel its names: what it declares, what it refuses, and that it keys the cache."""

from __future__ import annotations

import re
from typing import Any

import pytest

from op_pipeline.emulator.faults import KernelCompileError
from op_pipeline.emulator.kernel_names import KernelNames, NamedArgument, NamedBuffer, entry_point, header_for
from op_pipeline.emulator.toolchain import compile_kernels

NAMES: dict[str, Any] = {
    "args": [
        {"name": "start", "kind": "runtime", "value": 0},
        {"name": "scale", "kind": "common", "value": 0},
        {"name": "block", "kind": "compile_time", "value": 7},
    ],
    "dfbs": [{"name": "in", "index": 3}],
    "tensors": [{"name": "src", "offset": 1, "address": 1}, {"name": "dst", "offset": 3, "address": 2}],
    "sequences": [["both", ["src", "dst"]]],
    "semaphores": [{"name": "ready", "index": 2}],
    "scratchpads": [{"name": "pad", "address": 3, "size": 64}],
    "varargs": 1,
    "common_varargs": 4,
    "compile_time_varargs": 1,
}
INCLUDES = """
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/dataflow/dataflow_buffer.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/local_tensor_accessor.h"
#include "api/scratchpad.h"
#include "api/semaphore.h"
#include "experimental/kernel_args.h"
"""
EVERY_NAME = """
constexpr uint32_t block = get_arg(args::block);
static_assert(block == 7 && get_compile_time_vararg<0>() == 9 && get_num_compile_time_varargs() == 1);
static_assert(get_named_compile_time_arg_val("block") == 7);
static_assert(uint32_t(dfb::in) == 3 && dfb::get_token_if_present<"in">() == &dfb::in);
static_assert(dfb::get_token_if_present<"out">() == nullptr && tensor::get_token_if_present<"other">() == nullptr);
static_assert(scratch::get_token_if_present<"pad">() == &scratch::pad && sem::ready.id == 2);
static_assert(std::tuple_size_v<decltype(tensor::both)> == 2);
DataflowBuffer buffer(dfb::in);
const auto source = TensorAccessor(tensor::src);
LocalTensorAccessor<uint32_t> local(tensor::dst);
Scratchpad<uint32_t> pad(scratch::pad);
Semaphore ready(sem::ready);
Noc noc;
noc.async_read(source, pad, 32, {.page_id = get_arg(args::start) + get_vararg(0)}, {.offset_bytes = 0});
noc.async_read_barrier();
pad[1] += local[0] + get_arg(args::scale) + get_common_vararg(0) + buffer.get_total_num_entries();
ready.up(1);
"""


def request(body: str, names: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    text = f"{INCLUDES}\nvoid kernel_main() {{\n{body}\n}}\n"
    named = {entry["name"]: entry["value"] for entry in (names or NAMES)["args"] if entry["kind"] == "compile_time"}
    defaults: dict[str, Any] = {
        "name": "named.cpp", "source": text, "is_source_text": True, "risc": "NCRISC", "names": names,
        "compile_time_args": (9, 2, 2048, 0, 2048), "named_compile_time_args": named,
    }  # fmt: skip
    return {**defaults, **more}


def records(body: str, names: dict[str, Any] | None = NAMES) -> str:
    with pytest.raises(KernelCompileError) as caught:
        compile_kernels([request(body, names)])
    return str(caught.value.records)


def test_every_name_is_there() -> None:
    assert compile_kernels([request(EVERY_NAME, NAMES)])


def test_a_name_that_the_program_did_not_bind_is_named() -> None:
    assert "nothing" in records("DataflowBuffer b(dfb::nothing);")
    assert "nowhere" in records("auto x = get_arg(args::nowhere);")
    assert "fewer" in records("constexpr auto x = get_compile_time_vararg<1>();")
    assert "DRAM" in records("LocalTensorAccessor<uint32_t> part(tensor::src);")


def test_other_names_or_values_are_another_library() -> None:
    body = "DataflowBuffer b(dfb::in); static_cast<void>(get_arg(args::start));"
    first = compile_kernels([request(body, NAMES)])
    assert compile_kernels([request(body, NAMES)]) == first
    moved = {**NAMES, "dfbs": [{"name": "in", "index": 4}]}
    wider = {**NAMES, "dfbs": [*NAMES["dfbs"], {"name": "out", "index": 4}]}
    common = {**NAMES, "args": [{"name": "start", "kind": "common", "value": 0}, NAMES["args"][2]]}
    others = [compile_kernels([request(body, names)])[0] for names in (moved, wider, common)]
    assert len({*others, *first}) == 4


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (KernelNames(args=(NamedArgument("a b"),)), "args::a b is no C++ name"),
        (KernelNames(dfbs=(NamedBuffer("in", 0), NamedBuffer("in", 1))), "dfb::in is given twice"),
        (KernelNames(sequences=(("all", ("a", "0); int b(0")),)), "tensor::all is made of"),
        (KernelNames(args=(NamedArgument("x", "later"),)), "args::x is 'later'"),  # type: ignore[arg-type]
    ],
)
def test_an_impossible_name_is_refused(names: KernelNames, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        header_for(names)


def test_an_impossible_name_is_a_record_of_its_kernel() -> None:
    assert "dfb::in is given twice" in records("", {**NAMES, "dfbs": NAMES["dfbs"] * 2})


def test_the_entry_point_takes_named_arguments() -> None:
    source = "// TT_KERNEL void old(uint32_t no) {\nTT_KERNEL void work(uint32_t start, const uint32_t scale) {}\n"
    assert entry_point(source) == "void kernel_main() { work(get_arg(args::start), get_arg(args::scale)); }\n"
    assert entry_point("void kernel_main() {}") == ""
    text = f"{INCLUDES}\nTT_KERNEL void work(uint32_t start, uint32_t scale) {{ pad_to(start + scale); }}\n"
    text = text.replace("pad_to", "static_cast<void>")
    assert compile_kernels([request("", NAMES, source=text)])
