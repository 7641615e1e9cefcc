// Running sums down the columns. They go on from tile to tile until one is called with `first`.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void cumsum_tile(uint32_t idst, bool first = true, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::cumsum_tile, idst, where, first ? 1 : 0);
}

ALWI void cumsum_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::cumsum_tile_init, where);
}

}  // namespace ckernel
