// Tiles from a circular buffer to DST, rows as columns.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void transpose_init(uint32_t icb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::transpose_init(icb, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void transpose_tile(uint32_t icb, uint32_t itile, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::transpose_tile(icb, itile, idst, "transpose_tile", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void transpose_block(uint32_t icb, uint32_t start_itile, uint32_t start_idst, uint32_t ntiles, OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        op_emulator::compute::transpose_tile(icb, start_itile + i, start_idst + i, "transpose_block", where);
    }
}

}  // namespace ckernel
