// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/dataflow/dataflow_api.h"

// Free functions; each page is awaited before its place is given back.
void kernel_main() {
    const uint32_t dst = get_arg_val<uint32_t>(0);
    const uint32_t count = get_arg_val<uint32_t>(1);
    const uint32_t first = get_arg_val<uint32_t>(2);

    constexpr uint32_t cb = tt::CBIndex::c_16;
    constexpr auto args = TensorAccessorArgs<0>();
    const auto accessor = TensorAccessor(args, dst);

    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(cb, 1);
        noc_async_write_page(first + i, accessor, get_read_ptr(cb));
        noc_async_write_barrier();
        cb_pop_front(cb, 1);
    }
}
