// Deprecated inits of unary kernels; the headers it pulls in are the ones such kernels use.
#pragma once
#include "api/compute/common.h"
#include "api/compute/compute_kernel_hw_startup.h"
#include "api/compute/tile_move_copy.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use compute_kernel_hw_startup(icb, ocb), then copy_init(icb); removed after 20-09-2026")]] ALWI void
unary_op_init_common(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::hw_startup(icb, icb, ocb, where);
    op_emulator::compute::copy_init(icb, false, false, "unary_op_init_common", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use compute_kernel_hw_startup(icb, ocb), then copy_init(icb); removed after 20-09-2026")]] ALWI void
init_sfpu(uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::hw_startup(icb, icb, ocb, where);
    op_emulator::compute::copy_init(icb, false, false, "init_sfpu", where);
}

}  // namespace ckernel
