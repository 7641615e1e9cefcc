// param1 where x <= param0, else x.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void threshold_tile(uint32_t idst, uint32_t param0, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::threshold_tile, idst, where, param0, param1);
}

ALWI void threshold_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::threshold_tile_init, where);
}

}  // namespace ckernel
