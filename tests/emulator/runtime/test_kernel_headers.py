"""What kernels must not be able to say, and what both kinds of kernel may."""

from __future__ import annotations

import pytest
from tests.emulator.runtime.programs import Buffer, Kernel, Program, run
from tests.emulator.runtime.samples import INCLUDES, SOURCE, copy_program, kernel

from op_pipeline.emulator.faults import KernelCompileError


def refused(program: Program) -> str:
    with pytest.raises(KernelCompileError) as caught:
        run(program)
    return str(caught.value.records)


def compute(body: str, include: str = '#include "api/dataflow/circular_buffer.h"') -> Kernel:
    return Kernel(f"{include}\nvoid kernel_main() {{\n{body}\n}}\n", "TRISC")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("constexpr uint32_t x = get_compile_time_arg_val(2);", "fewer compile-time arguments"),
        ("*(volatile uint32_t*)get_write_ptr(0) = 1;", "of different size"),
        ("const uint32_t a = get_arg_addr(0); auto p = (volatile uint32_t*)a; *p = 1;", "of different size"),
        ("noc_async_read_tile_dram_sharded(0, 0, 0);", "noc_async_read_tile_dram_sharded"),
        ("tile_regs_acquire();", "tile_regs_acquire"),
        ("constexpr uint32_t bytes = get_tile_size(9);", "cb_not_declared"),
        ("Noc noc; int x = 0; noc.async_read(x, x, 32, {}, {});", "is its header included?"),
        ("get_local_cb_interface(0).fifo_page_size = 32;", "only the pointers of a circular buffer can be moved"),
    ],
)
def test_a_data_movement_kernel_does_not_compile(body: str, says: str) -> None:
    assert says in refused(copy_program(kernels=(kernel(body),)))


def test_an_accessor_needs_its_traits() -> None:
    includes = '#include "api/dataflow/noc.h"\n#include "api/dataflow/endpoints.h"\n'
    body = "const auto t = TensorAccessor(TensorAccessorArgs<0>(), 0u); Noc noc;"
    text = f"{includes}void kernel_main() {{ {body} noc.async_read(t, UnicastEndpoint(), 32, {{.page_id = 0}}, {{}}); }}"
    assert "is its header included?" in refused(copy_program(kernels=(Kernel(text, compile_time=(2, 2048)),)))


@pytest.mark.parametrize("header", ["api/dataflow/dataflow_api.h", "api/dataflow/noc.h", "api/tensor/noc_traits.h"])
def test_a_compute_kernel_has_no_noc(header: str) -> None:
    assert "data movement" in refused(copy_program(kernels=(compute("", f'#include "{header}"'),)))


def test_a_compute_kernel_moves_pages() -> None:
    through = compute("""
        CircularBuffer from(0), to(1);
        for (int i = 0; i < 4; ++i) {
            from.wait_front(1);
            to.reserve_back(1);
            *reinterpret_cast<volatile uint32_t*>(to.get_write_ptr() << 4) = from.read_tile_value(0, 3) + 1;
            from.pop_front(1);
            to.push_back(1);
        }
    """)
    fill = """
        for (uint32_t i = 0; i < 4; ++i) {
            cb_reserve_back(0, 1);
            CoreLocalMem<volatile uint32_t> words(get_write_ptr(0));
            words[3] = 10 * i;
            cb_push_back(0, 1);
        }
    """
    drain = """
        for (uint32_t i = 0; i < 4; ++i) {
            cb_wait_front(1, 1);
            ASSERT(*reinterpret_cast<volatile uint32_t*>(get_read_ptr(1)) == 10 * i + 1);
            cb_pop_front(1, 1);
        }
    """
    program = copy_program(kernels=(kernel(fill), through, kernel(drain, "BRISC")), buffers=(Buffer(0), Buffer(1)))
    assert run(program).faults == []


CONSTANTS = """
    static_assert(get_tile_size(0) == 1088 && get_tile_hw(0) == 1024);
    static_assert(get_dataformat(0) == DataFormat::Bfp8_b);
    static_assert(get_named_compile_time_arg_val("tiles") == 5);
    static_assert(kernel_compile_time_args.size() == 4);
    static_assert(TensorAccessorArgs<0>::next_compile_time_args_offset() == 2);
    static_assert(TensorAccessorArgs<2, 0>().next_common_runtime_args_offset() == 0);
    static_assert(!TensorAccessorArgs<2>::is_dram && TensorAccessorArgs<2>::AlignedPageSize == 64);
    static_assert(align(33, 32) == 64 && align_power_of_2(32, 32) == 32);
    static_assert(tt::CBIndex::c_31 == 31);
    DataflowBuffer buffer(0);
    ASSERT(buffer.get_entry_size() == 1088 && buffer.get_total_num_entries() == 2);
    ASSERT(get_local_cb_interface(0).fifo_page_size == 1088);
    ASSERT(get_common_arg_val<uint32_t>(1) == 8);
    ASSERT(my_x[0] == 19 && my_y[1] == 19 && get_absolute_logical_x() == 1 && get_relative_logical_y() == 0);
    ASSERT(Noc().is_local_addr(get_noc_addr(0x20000)) && get_noc_addr(19, 19, 16) == get_noc_addr(16));
"""


def test_constants_and_coordinates() -> None:
    given = Kernel(
        f'{INCLUDES}#include "api/alignment.h"\nvoid kernel_main() {{\n{CONSTANTS}\n}}\n',
        compile_time=(2, 2048, 0, 64),
        named=(("rows", 3), ("tiles", 5)),
        common=(7, 8),
        cores=((1, 1),),
    )
    outcome = run(
        copy_program(kernels=(given,), buffers=(Buffer(0, page_size=1088, format=6, cores=((1, 1),)),), dump=None)
    )
    assert outcome.faults == []


NAMED = """
#include "api/tensor/noc_traits.h"
#include "experimental/kernel_args.h"
namespace args {
constexpr experimental::RtaArg<uint32_t> count{4};
constexpr experimental::CrtaArg<uint32_t> base{0};
constexpr experimental::CtaVal<uint32_t> block{3};
}
void kernel_main() {
    constexpr auto block = get_arg(args::block);
    static_assert(block == 3);
    ASSERT(get_arg(args::count) == 21 && get_arg(args::base) == 5);
}
"""


def test_named_arguments() -> None:
    given = Kernel(NAMED, args=(20, 21), common=(5,))
    assert run(copy_program(kernels=(given,))).faults == []


def test_pages_of_a_tensor_are_iterated() -> None:
    body = """
        const auto t = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0));
        Noc noc;
        CircularBuffer cb(0);
        for (const auto page : t.pages(2, 4)) {
            cb.reserve_back(1);
            noc.async_read(page, cb, 32, {}, {});
            noc.async_read_barrier();
            ASSERT(*reinterpret_cast<volatile uint32_t*>(cb.get_write_ptr()) == 1000 * page.page_id());
            cb.push_back(1);
            cb.wait_front(1);
            cb.pop_front(1);
        }
    """
    assert run(copy_program(kernels=(kernel(body, args=(SOURCE,)),))).faults == []
