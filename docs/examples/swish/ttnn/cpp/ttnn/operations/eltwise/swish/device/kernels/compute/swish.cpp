// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include "api/compute/common.h"
#include "api/compute/compute_kernel_api.h"
#include "api/compute/eltwise_binary_sfpu.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "api/compute/tile_move_copy.h"
#include "api/dataflow/circular_buffer.h"

// output = x * sigmoid(beta * x)
void kernel_main() {
    const uint32_t num_tiles = get_arg_val<uint32_t>(0);
    // Scalars arrive as the bits of a float32.
    const uint32_t beta_bits = get_arg_val<uint32_t>(1);

    constexpr uint32_t cb_x_id = tt::CBIndex::c_0;
    constexpr uint32_t cb_output_id = tt::CBIndex::c_16;

    CircularBuffer cb_x(cb_x_id);
    CircularBuffer cb_output(cb_output_id);

    compute_kernel_hw_startup(cb_x_id, cb_output_id);
    copy_init(cb_x_id);

    for (uint32_t tile = 0; tile < num_tiles; ++tile) {
        cb_x.wait_front(1);

        tile_regs_acquire();
        copy_tile(cb_x_id, 0, 0);
        binop_with_scalar_tile_init();
        mul_unary_tile(0, beta_bits);  // beta * x
        sigmoid_tile_init();
        sigmoid_tile(0);  // sigmoid(beta * x)
        copy_tile(cb_x_id, 0, 1);
        mul_binary_tile_init();
        mul_binary_tile(1, 0, 0);  // x * sigmoid(beta * x)
        tile_regs_commit();

        cb_output.reserve_back(1);
        tile_regs_wait();
        pack_tile(0, cb_output_id);
        tile_regs_release();

        cb_output.push_back(1);
        cb_x.pop_front(1);
    }
}
