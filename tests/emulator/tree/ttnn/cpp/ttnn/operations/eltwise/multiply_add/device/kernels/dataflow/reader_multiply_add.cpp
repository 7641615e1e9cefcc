#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"
#include "api/tensor/tensor_accessor.h"

void kernel_main() {
    const uint32_t a_address = get_arg_val<uint32_t>(0);
    const uint32_t b_address = get_arg_val<uint32_t>(1);
    const uint32_t c_address = get_arg_val<uint32_t>(2);
    const uint32_t count = get_arg_val<uint32_t>(3);
    const uint32_t start = get_arg_val<uint32_t>(4);

    constexpr auto a_args = TensorAccessorArgs<0>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    constexpr auto c_args = TensorAccessorArgs<b_args.next_compile_time_args_offset()>();
    const auto a = TensorAccessor(a_args, a_address);
    const auto b = TensorAccessor(b_args, b_address);
    const auto c = TensorAccessor(c_args, c_address);

    Noc noc;
    CircularBuffer cb_a(tt::CBIndex::c_0);
    CircularBuffer cb_b(tt::CBIndex::c_1);
    CircularBuffer cb_c(tt::CBIndex::c_2);
    const uint32_t bytes = cb_a.get_tile_size();

    for (uint32_t tile = start; tile < start + count; ++tile) {
        cb_a.reserve_back(1);
        cb_b.reserve_back(1);
        cb_c.reserve_back(1);
        noc.async_read(a, cb_a, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read(b, cb_b, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read(c, cb_c, bytes, {.page_id = tile}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb_a.push_back(1);
        cb_b.push_back(1);
        cb_c.push_back(1);
    }
}
