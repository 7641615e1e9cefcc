"""The wheel's kernels of the five families against our headers: the share that compiles unchanged must not fall."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from op_pipeline.testing.corpus.compiling import Outcome, compile_all
from op_pipeline.testing.corpus.kernels import FAMILIES, Kernel, find_kernels
from op_pipeline.testing.corpus.tables import compile_table, failure_table, missing_names, share
from op_pipeline.testing.wheel import Wheel

CENSUS = {"eltwise": 94, "reduction": 58, "matmul": 34, "normalization": 70, "data_movement": 229}
FLOOR = {"eltwise": 1.0, "reduction": 1.0, "matmul": 0.97, "normalization": 1.0, "data_movement": 0.97}


@pytest.mark.slow
def test_the_share_of_real_kernels_that_compile_unchanged(
    wheel: Wheel, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    kernels = find_kernels(wheel.root)
    assert {family: sum(kernel.family == family for kernel in kernels) for family in FAMILIES} == CENSUS
    outcomes = compile_all(wheel.root, kernels, tmp_path)
    record_property("table", "Real kernels compiled unchanged\n" + compile_table(outcomes))
    record_property("table", "Real kernels that do not compile\n" + failure_table(outcomes))
    shares = {family: share([o for o in outcomes if o.kernel.family == family]) for family in FAMILIES}
    assert {family: value for family, value in shares.items() if value < FLOOR[family]} == {}


KERNEL = "ttnn/cpp/ttnn/operations/eltwise/toy/device/kernels/{}/toy.cpp"


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., list[Outcome]]:
    """Compiles sources given by folder name ("compute", "dataflow") as if they stood in a wheel."""
    root = tmp_path / "wheel"

    def compiled(**sources: str) -> list[Outcome]:
        for folder, text in sources.items():
            path = root / KERNEL.format(folder)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return compile_all(root, find_kernels(root), tmp_path)

    return compiled


def test_each_kernel_gets_the_processor_words_and_names_it_asks_for(tree: Callable[..., list[Outcome]]) -> None:
    outcomes = tree(
        compute="""
            #include "api/compute/eltwise_binary.h"
            #include "api/compute/compute_kernel_hw_startup.h"
            void kernel_main() {
                constexpr uint32_t cb_in = get_compile_time_arg_val(3);
                static_assert(cb_in == 3);
                BINARY_OP(cb_in, cb_in, 0, 0, 0);
            }""",
        dataflow="""
            #include "api/tensor/tensor_accessor.h"
            #include "api/dataflow/dataflow_buffer.h"
            #include "experimental/kernel_args.h"
            void kernel_main() {
                constexpr uint32_t pages = get_arg(args::pages);
                const uint32_t first = get_arg(args::first);
                constexpr auto src_args = TensorAccessorArgs<7>();
                static_assert(src_args.is_dram && pages == 1);
                DataflowBuffer in(dfb::in);
                in.reserve_back(first);
                const auto s = TensorAccessor(tensor::src);
                noc_async_read(s.get_noc_addr(first), in.get_write_ptr(), 32);
            }""",
    )
    assert {(o.kernel.risc, o.errors) for o in outcomes} == {("TRISC", ()), ("NCRISC", ())}


def test_a_failure_names_everything_that_is_missing(tree: Callable[..., list[Outcome]]) -> None:
    (outcome,) = tree(
        dataflow="""
            #include "api/no_such_header.h"
            #include "api/dataflow/circular_buffer.h"
            void kernel_main() { no_such_function(1); CircularBuffer(0).no_such_member(); }""",
    )
    assert missing_names(outcome) == ["api/no_such_header.h (no such header)", "no_such_function", "CircularBuffer.no_such_member"]
    assert outcome.errors[0].startswith("fatal error")
    table = failure_table([outcome])
    assert "      1  api/no_such_header.h (no such header)" in table.splitlines()
    assert compile_table([outcome]).splitlines()[-1].split() == ["all", "1", "0", "0.0%", "0", "of", "1", "0", "of", "0"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('#include "tt_metal/fabric/hw/inc/tt_fabric_api.h"\nvoid kernel_main() {}', "[talks to other chips over the fabric]"),
        (
            "void kernel_main() { uint32_t a = get_write_ptr(0); *(volatile uint32_t*)a = 1; }",
            "[C-style cast of an address: L1 addresses are offsets here]",
        ),
        ("void kernel_main() { no_such_function(); }", "no_such_function"),
    ],
)
def test_a_known_reason_stands_beside_the_name(tree: Callable[..., list[Outcome]], text: str, why: str) -> None:
    line = failure_table(tree(dataflow=text)).splitlines()[-1]
    assert line.startswith(f"eltwise/toy/device/kernels/dataflow/toy.cpp: {why}")


def test_quasar_kernels_and_plain_sources_are_no_part_of_the_corpus(tmp_path: Path) -> None:
    for name, text in (("quasar/dataflow/a.cpp", "void kernel_main() {}"), ("host.cpp", "// kernel_main is elsewhere")):
        path = tmp_path / "ttnn/cpp/ttnn/operations/matmul" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert find_kernels(tmp_path) == []
    (tmp_path / "ttnn/cpp/ttnn/operations/matmul/writer.cpp").write_text("void kernel_main() {}", encoding="utf-8")
    assert find_kernels(tmp_path) == [Kernel("matmul", "ttnn/cpp/ttnn/operations/matmul/writer.cpp", "BRISC")]
