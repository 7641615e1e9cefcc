// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/copy_dest_values.h"
#include "api/compute/tile_move_copy.h"

// The input is unpacked once and doubled inside DST.
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
        copy_dest_values_init();
        copy_dest_values<DST_ACCUM_MODE ? DataFormat::Float32 : DataFormat::Float16_b>(0, 1);
        binop_with_scalar_tile_init();
        mul_unary_tile(1, beta_bits);
        sigmoid_tile_init();
        sigmoid_tile(1);
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
