// PReLU; the slope as bits of a float.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void prelu_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::prelu_tile, idst, where, param0);
}

ALWI void prelu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::prelu_tile_init, where);
}

}  // namespace ckernel
