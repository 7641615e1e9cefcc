// 0 with the given probability (times 2^31 - 1), else x * scale_factor. Random numbers as in rand.h.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void dropout_tile(uint32_t idst, uint32_t probability, uint32_t scale_factor, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::dropout_tile, idst, where, probability, scale_factor);
}

ALWI void dropout_kernel_init(uint32_t seed = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_seed(op_emulator::SfpuInit::dropout_kernel_init, seed, 0, where);
}

}  // namespace ckernel
