// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

// Several pages per round and one barrier for all of them; the last round may be shorter.
void kernel_main() {
    const uint32_t x_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);

    constexpr uint32_t block = BLOCK_TILES;
    constexpr uint32_t cb_x_id = tt::CBIndex::c_0;
    constexpr auto x_args = TensorAccessorArgs<0>();
    const auto x_accessor = TensorAccessor(x_args, x_addr);

    Noc noc;
    CircularBuffer cb_x(cb_x_id);
    const uint32_t tile_bytes = get_tile_size(cb_x_id);

    for (uint32_t done = 0; done < num_tiles; done += block) {
        const uint32_t now = std::min(block, num_tiles - done);
        cb_x.reserve_back(block);
        for (uint32_t i = 0; i < now; ++i) {
            noc.async_read(x_accessor, cb_x, tile_bytes, {.page_id = start_id + done + i}, {.offset_bytes = i * tile_bytes});
        }
        noc.async_read_barrier();
        cb_x.push_back(block);
    }
}
