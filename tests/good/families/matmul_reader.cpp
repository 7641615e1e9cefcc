#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

constexpr uint32_t place(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}

// Zero where rows or columns are padding: what stands there must add nothing to a sum over K.
template <typename Word>
void clear(uint32_t address, uint32_t rows, uint32_t columns) {
    auto* tile = reinterpret_cast<volatile tt_l1_ptr Word*>(address);
    for (uint32_t row = 0; row < 32; ++row) {
        for (uint32_t column = 0; column < 32; ++column) {
            if (row >= rows || column >= columns) tile[place(row, column)] = 0;
        }
    }
}

void clear(uint32_t cb, uint32_t address, uint32_t rows, uint32_t columns) {
    if (get_tile_size(cb) == 4096) {
        clear<uint32_t>(address, rows, columns);
    } else {
        clear<uint16_t>(address, rows, columns);
    }
}

void kernel_main() {
    const uint32_t a_addr = get_arg_val<uint32_t>(0);
    const uint32_t b_addr = get_arg_val<uint32_t>(1);
    const uint32_t num_units = get_arg_val<uint32_t>(2);
    const uint32_t start_unit = get_arg_val<uint32_t>(3);
    const uint32_t stride = get_arg_val<uint32_t>(4);

    constexpr uint32_t mt = get_compile_time_arg_val(0), kt = get_compile_time_arg_val(1);
    constexpr uint32_t nt = get_compile_time_arg_val(2), valid_k = get_compile_time_arg_val(3);
    constexpr uint32_t cb_a_id = tt::CBIndex::c_0, cb_b_id = tt::CBIndex::c_1;
    constexpr auto a_args = TensorAccessorArgs<4>();
    constexpr auto b_args = TensorAccessorArgs<a_args.next_compile_time_args_offset()>();
    const auto a_accessor = TensorAccessor(a_args, a_addr);
    const auto b_accessor = TensorAccessor(b_args, b_addr);

    Noc noc;
    CircularBuffer cb_a(cb_a_id), cb_b(cb_b_id);
    const uint32_t a_bytes = get_tile_size(cb_a_id), b_bytes = get_tile_size(cb_b_id);

    for (uint32_t i = 0; i < num_units; ++i) {
        const uint32_t tile = start_unit + i * stride;
        const uint32_t n = tile % nt, m = tile / nt % mt, batch = tile / (mt * nt);
        for (uint32_t k = 0; k < kt; ++k) {
            cb_a.reserve_back(1);
            cb_b.reserve_back(1);
            noc.async_read(a_accessor, cb_a, a_bytes, {.page_id = (batch * mt + m) * kt + k}, {.offset_bytes = 0});
            noc.async_read(b_accessor, cb_b, b_bytes, {.page_id = (batch * kt + k) * nt + n}, {.offset_bytes = 0});
            noc.async_read_barrier();
            if (valid_k < 32 && k == kt - 1) {
                clear(cb_a_id, cb_a.get_write_ptr(), 32, valid_k);
                clear(cb_b_id, cb_b.get_write_ptr(), valid_k, 32);
            }
            cb_a.push_back(1);
            cb_b.push_back(1);
        }
    }
}
