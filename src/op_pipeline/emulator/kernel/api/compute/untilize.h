// Tiles to row-major data by the unpacker; superseded by pack_untilize.h.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use pack_untilize_init()")]] ALWI void untilize_init(
    uint32_t icb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::untilize_init(icb, where);
}

template <uint32_t block_ct_dim = 1, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use pack_untilize_block()")]] ALWI void untilize_block(
    uint32_t icb, uint32_t full_ct_dim, uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::untilize_block(icb, full_ct_dim, ocb, where);
}

[[deprecated("use pack_untilize_uninit()")]] ALWI void untilize_uninit(uint32_t icb, OP_EMULATOR_HERE) {
    op_emulator::compute::untilize_uninit(where);
}

}  // namespace ckernel
