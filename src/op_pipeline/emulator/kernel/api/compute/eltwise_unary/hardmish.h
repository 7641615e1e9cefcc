// x * clamp(x / 2 + 1, 0, 1).
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void hardmish_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::hardmish_tile, idst, where);
}

ALWI void hardmish_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardmish_tile_init, where);
}

}  // namespace ckernel
