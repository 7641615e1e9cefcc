// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

// Several pages per round; the last round writes only those that exist.
void kernel_main() {
    const uint32_t output_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);

    constexpr uint32_t block = BLOCK_TILES;
    constexpr uint32_t cb_output_id = tt::CBIndex::c_16;
    constexpr auto output_args = TensorAccessorArgs<0>();
    const auto output_accessor = TensorAccessor(output_args, output_addr);

    Noc noc;
    CircularBuffer cb_output(cb_output_id);
    const uint32_t tile_bytes = get_tile_size(cb_output_id);

    for (uint32_t done = 0; done < num_tiles; done += block) {
        const uint32_t now = std::min(block, num_tiles - done);
        cb_output.wait_front(block);
        for (uint32_t i = 0; i < now; ++i) {
            noc.async_write(
                cb_output, output_accessor, tile_bytes, {.offset_bytes = i * tile_bytes}, {.page_id = start_id + done + i});
        }
        noc.async_write_barrier();
        cb_output.pop_front(block);
    }
}
