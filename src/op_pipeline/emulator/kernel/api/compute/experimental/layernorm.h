// Subtraction of a mean that is given in two parts, anchor and anchor - mean: columns 0 and 16 of its tile.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

ALWI void sub_bcast_cols_compensated_init(
    uint32_t input_cb, uint32_t split_mean_cb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::compensated_sub_init(input_cb, split_mean_cb, where);
}

ALWI void sub_bcast_cols_compensated(
    uint32_t input_cb, uint32_t split_mean_cb, uint32_t input_tile, uint32_t dst_tile, uint32_t tile_count,
    OP_EMULATOR_HERE) {
    op_emulator::compute::compensated_sub(input_cb, split_mean_cb, input_tile, dst_tile, tile_count, where);
}

}  // namespace ckernel
