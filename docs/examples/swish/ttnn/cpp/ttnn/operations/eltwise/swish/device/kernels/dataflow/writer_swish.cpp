// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/dataflow/circular_buffer.h"
#include "api/dataflow/dataflow_api.h"
#include "api/dataflow/noc.h"
#include "api/tensor/noc_traits.h"

void kernel_main() {
    const uint32_t output_addr = get_arg_val<uint32_t>(0);
    const uint32_t num_tiles = get_arg_val<uint32_t>(1);
    const uint32_t start_id = get_arg_val<uint32_t>(2);

    constexpr uint32_t cb_output_id = tt::CBIndex::c_16;

    constexpr auto output_args = TensorAccessorArgs<0>();
    const auto output_accessor = TensorAccessor(output_args, output_addr);

    Noc noc;
    CircularBuffer cb_output(cb_output_id);
    const uint32_t output_tile_bytes = get_tile_size(cb_output_id);

    for (uint32_t tile_id = start_id; tile_id < start_id + num_tiles; ++tile_id) {
        cb_output.wait_front(1);
        noc.async_write(cb_output, output_accessor, output_tile_bytes, {.offset_bytes = 0}, {.page_id = tile_id});
        // The page may be packed again once its data has left this core; arrival is awaited once, at the end.
        noc.async_writes_flushed();
        cb_output.pop_front(1);
    }
    noc.async_write_barrier();
}
