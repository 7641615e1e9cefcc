// Logarithm of the gamma function in two parts: below 1/2 the first gives that of 1 - x, which the second reflects.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void lgamma_stirling_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::lgamma_stirling_tile, idst, where);
}

ALWI void lgamma_stirling_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lgamma_stirling_tile_init, where);
}

// idst1 holds log z, z = x or, below 1/2, 1 - x.
ALWI void lgamma_stirling_float_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::lgamma_stirling_float_tile, idst0, idst1, idst2, where);
}

ALWI void lgamma_stirling_float_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lgamma_stirling_float_tile_init, where);
}

// The first part, log |sin(pi x)|, x, result.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void lgamma_adjusted_tile(
    uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t idst3, OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(op_emulator::SfpuOp::lgamma_adjusted_tile, idst0, idst1, idst2, 0, idst3, where);
}

ALWI void lgamma_adjusted_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lgamma_adjusted_tile_init, where);
}

}  // namespace ckernel
