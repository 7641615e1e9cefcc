// fmod by a scalar, which the init takes together with its reciprocal.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void fmod_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::fmod_tile, idst, where);
}

ALWI void fmod_tile_init(uint32_t param0, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::fmod_tile_init, param0, param1, where);
}

}  // namespace ckernel
