#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

// Element (row, column) of a tile is at this place: four faces of 16x16.
constexpr uint32_t place(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}

template <typename Word>
void fill_columns(uint32_t address, uint32_t first, Word value) {
    auto* tile = reinterpret_cast<volatile tt_l1_ptr Word*>(address);
    for (uint32_t row = 0; row < 32; ++row) {
        for (uint32_t column = first; column < 32; ++column) tile[place(row, column)] = value;
    }
}

void fill(uint32_t cb, uint32_t address, uint32_t first, uint32_t bits) {
    if (get_tile_size(cb) == 4096) {
        fill_columns<uint32_t>(address, first, bits);
    } else {
        fill_columns<uint16_t>(address, first, static_cast<uint16_t>(bits >> 16));
    }
}

void kernel_main() {
    const uint32_t x_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_units = get_arg_val<uint32_t>(1);
    const uint32_t start_unit = get_arg_val<uint32_t>(2);
    const uint32_t stride = get_arg_val<uint32_t>(3);

    constexpr uint32_t width_tiles = get_compile_time_arg_val(0);
    constexpr uint32_t valid_columns = get_compile_time_arg_val(1);
    constexpr uint32_t cb_x_id = tt::CBIndex::c_0;
    constexpr uint32_t cb_ones_id = tt::CBIndex::c_1;
    constexpr auto x_args = TensorAccessorArgs<2>();
    const auto x_accessor = TensorAccessor(x_args, x_addr);

    Noc noc;
    CircularBuffer cb_x(cb_x_id), cb_ones(cb_ones_id);
    const uint32_t tile_bytes = get_tile_size(cb_x_id);

    cb_ones.reserve_back(1);
    fill(cb_ones_id, cb_ones.get_write_ptr(), 0, 0x3f800000);
    cb_ones.push_back(1);

    for (uint32_t i = 0; i < num_units; ++i) {
        const uint32_t row = start_unit + i * stride;
        cb_x.reserve_back(width_tiles);
        for (uint32_t w = 0; w < width_tiles; ++w) {
            noc.async_read(x_accessor, cb_x, tile_bytes, {.page_id = row * width_tiles + w}, {.offset_bytes = w * tile_bytes});
        }
        noc.async_read_barrier();
        // Minus infinity is no maximum, and its exponential adds nothing.
        if (valid_columns < 32) fill(cb_x_id, cb_x.get_write_ptr() + (width_tiles - 1) * tile_bytes, valid_columns, 0xff800000);
        cb_x.push_back(width_tiles);
    }
}
