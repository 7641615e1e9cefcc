#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

constexpr uint32_t place(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}

// Tiles are transposed where they lie, element by element: nothing is left for a compute kernel.
void kernel_main() {
    const uint32_t x_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_units = get_arg_val<uint32_t>(1);
    const uint32_t start_unit = get_arg_val<uint32_t>(2);
    const uint32_t stride = get_arg_val<uint32_t>(3);

    constexpr uint32_t ht = get_compile_time_arg_val(0), wt = get_compile_time_arg_val(1);
    constexpr uint32_t cb_landing_id = tt::CBIndex::c_0, cb_output_id = tt::CBIndex::c_16;
    constexpr auto x_args = TensorAccessorArgs<2>();
    const auto x_accessor = TensorAccessor(x_args, x_addr);

    Noc noc;
    CircularBuffer cb_landing(cb_landing_id), cb_output(cb_output_id);
    const uint32_t tile_bytes = get_tile_size(cb_landing_id);
    const auto* from = reinterpret_cast<volatile tt_l1_ptr uint16_t*>(cb_landing.get_write_ptr());

    for (uint32_t i = 0; i < num_units; ++i) {
        const uint32_t tile = start_unit + i * stride;
        const uint32_t w = tile % wt, h = tile / wt % ht, batch = tile / (ht * wt);
        noc.async_read(x_accessor, cb_landing, tile_bytes, {.page_id = (batch * wt + w) * ht + h}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb_output.reserve_back(1);
        auto* to = reinterpret_cast<volatile tt_l1_ptr uint16_t*>(cb_output.get_write_ptr());
        for (uint32_t row = 0; row < 32; ++row) {
            for (uint32_t column = 0; column < 32; ++column) to[place(column, row)] = from[place(row, column)];
        }
        cb_output.push_back(1);
    }
}
