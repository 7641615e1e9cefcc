// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    const uint32_t x_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);

    constexpr uint32_t cb_x_id = tt::CBIndex::c_0;

    constexpr auto x_args = TensorAccessorArgs<0>();
    const auto x_accessor = TensorAccessor(x_args, x_addr);

    Noc noc;
    CircularBuffer cb_x(cb_x_id);
    const uint32_t x_tile_bytes = get_tile_size(cb_x_id);

    for (uint32_t tile_id = start_id; tile_id < start_id + num_tiles; ++tile_id) {
        cb_x.reserve_back(1);
        noc.async_read(x_accessor, cb_x, x_tile_bytes, {.page_id = tile_id}, {.offset_bytes = 0});
        noc.async_read_barrier();
        cb_x.push_back(1);
    }
}
