#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    const uint32_t x_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_units = get_arg_val<uint32_t>(1);
    const uint32_t start_unit = get_arg_val<uint32_t>(2);
    const uint32_t stride = get_arg_val<uint32_t>(3);

    // Of the output: tiles below one another and beside one another.
    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    constexpr uint32_t cb_x_id = tt::CBIndex::c_0;
    constexpr auto x_args = TensorAccessorArgs<2>();
    const auto x_accessor = TensorAccessor(x_args, x_addr);

    Noc noc;
    CircularBuffer cb_x(cb_x_id);
    const uint32_t tile_bytes = get_tile_size(cb_x_id);

    for (uint32_t i = 0; i < num_units; ++i) {
        const uint32_t tile = start_unit + i * stride;
        const uint32_t w = tile % wt, h = tile / wt % ht, batch = tile / (ht * wt);
        cb_x.reserve_back(1);
        noc.async_read(x_accessor, cb_x, tile_bytes, {.page_id = (batch * wt + w) * ht + h}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb_x.push_back(1);
    }
}
