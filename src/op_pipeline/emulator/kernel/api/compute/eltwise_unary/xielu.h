// xIELU; both alphas as bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void xielu_tile(uint32_t idst, uint32_t alpha_p, uint32_t alpha_n, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::xielu_tile, idst, where, alpha_p, alpha_n);
}

ALWI void xielu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::xielu_tile_init, where);
}

}  // namespace ckernel
