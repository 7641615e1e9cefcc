// Error function and its complement.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool fast_and_approx = true>
ALWI void erf_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::erf_tile_init, where);
}

template <bool fast_and_approx = true>
ALWI void erf_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::erf_tile, idst, where);
}

ALWI void erfc_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::erfc_tile_init, where);
}

ALWI void erfc_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::erfc_tile, idst, where);
}

}  // namespace ckernel
