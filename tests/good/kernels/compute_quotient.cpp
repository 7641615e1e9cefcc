// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/eltwise_unary/exp.h"
#include "api/compute/eltwise_unary/negative.h"
#include "api/compute/eltwise_unary/recip.h"
#include "api/compute/tile_move_copy.h"

// x / (1 + exp(-beta * x)).
void kernel_main() {
    const uint32_t num_tiles = get_arg_val<uint32_t>(0);
    const uint32_t beta_bits = get_arg_val<uint32_t>(1);

    constexpr uint32_t in = tt::CBIndex::c_0;
    constexpr uint32_t out = tt::CBIndex::c_16;

    compute_kernel_hw_startup(in, out);
    copy_init(in);

    for (uint32_t left = num_tiles; left > 0; --left) {
        cb_wait_front(in, 1);
        cb_reserve_back(out, 1);
        tile_regs_acquire();
        copy_tile(in, 0, 0);
        copy_tile(in, 0, 1);
        binop_with_scalar_tile_init();
        mul_unary_tile(1, beta_bits);
        negative_tile_init();
        negative_tile(1);
        exp_tile_init();
        exp_tile(1);
        binop_with_scalar_tile_init();
        add_unary_tile(1, 0x3f800000);
        recip_tile_init();
        recip_tile(1);
        mul_binary_tile_init();
        mul_binary_tile(0, 1, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, out);
        tile_regs_release();
        cb_push_back(out, 1);
        cb_pop_front(in, 1);
    }
}
