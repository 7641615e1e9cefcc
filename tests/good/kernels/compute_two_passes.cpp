// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/tile_move_copy.h"

// The sigmoid goes through a buffer of its own, and the matrix unit multiplies.
void kernel_main() {
    const uint32_t num_tiles = get_arg_val<uint32_t>(0);
    const uint32_t beta_bits = get_arg_val<uint32_t>(1);

    constexpr uint32_t in = tt::CBIndex::c_0;
    constexpr uint32_t gate = tt::CBIndex::c_24;
    constexpr uint32_t out = tt::CBIndex::c_16;

    compute_kernel_hw_startup(in, out);

    for (uint32_t tile = 0; tile < num_tiles; ++tile) {
        cb_wait_front(in, 1);

        cb_reserve_back(gate, 1);
        tile_regs_acquire();
        copy_init(in);
        copy_tile(in, 0, 0);
        binop_with_scalar_tile_init();
        mul_unary_tile(0, beta_bits);
        sigmoid_tile_init();
        sigmoid_tile(0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, gate);
        tile_regs_release();
        cb_push_back(gate, 1);

        cb_wait_front(gate, 1);
        cb_reserve_back(out, 1);
        tile_regs_acquire();
        mul_init(in, gate);
        mul_tiles(in, gate, 0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
        cb_push_back(out, 1);
        cb_pop_front(gate, 1);
        cb_pop_front(in, 1);
    }
}
