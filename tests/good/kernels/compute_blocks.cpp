// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/circular_buffer.h"

// Blocks of tiles between the kernels; two DST tiles per element of a block, so that one acquire serves two tiles.
void kernel_main() {
    const uint32_t num_tiles = get_arg_val<uint32_t>(0);
    const uint32_t beta_bits = get_arg_val<uint32_t>(1);

    constexpr uint32_t block = BLOCK_TILES;
    constexpr uint32_t in = tt::CBIndex::c_0;
    constexpr uint32_t out = tt::CBIndex::c_16;
    CircularBuffer cb_in(in);
    CircularBuffer cb_out(out);

    compute_kernel_hw_startup(in, out);
    copy_init(in);

    for (uint32_t done = 0; done < num_tiles; done += block) {
        const uint32_t now = std::min(block, num_tiles - done);
        cb_in.wait_front(block);
        cb_out.reserve_back(block);
        for (uint32_t pair = 0; pair < now; pair += 2) {
            const uint32_t tiles = std::min(2u, now - pair);
            tile_regs_acquire();
            for (uint32_t i = 0; i < tiles; ++i) {
                copy_tile(in, pair + i, 2 * i);
                copy_tile(in, pair + i, 2 * i + 1);
            }
            binop_with_scalar_tile_init();
            for (uint32_t i = 0; i < tiles; ++i) {
                mul_unary_tile(2 * i, beta_bits);
            }
            sigmoid_tile_init();
            for (uint32_t i = 0; i < tiles; ++i) {
                sigmoid_tile(2 * i);
            }
            mul_binary_tile_init();
            for (uint32_t i = 0; i < tiles; ++i) {
                mul_binary_tile(2 * i + 1, 2 * i, 2 * i);
            }
            tile_regs_commit();
            tile_regs_wait();
            for (uint32_t i = 0; i < tiles; ++i) {
                pack_tile(2 * i, out);
            }
            tile_regs_release();
        }
        // The rest of a short block stays unwritten; the writer leaves it alone.
        cb_out.push_back(block);
        cb_in.pop_front(block);
    }
}
