// Derivatives of digamma: order (a whole number) and (-1)^(order + 1) order!, both as bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void polygamma_tile(uint32_t idst, uint32_t n_packed, uint32_t scale_packed, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::polygamma_tile, idst, where, n_packed, scale_packed);
}

ALWI void polygamma_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::polygamma_tile_init, where);
}

}  // namespace ckernel
