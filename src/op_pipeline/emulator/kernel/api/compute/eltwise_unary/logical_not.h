// 1 where the value is zero, else 0.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat DATA_FORMAT>
ALWI void logical_not_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::logical_not_tile, DATA_FORMAT, idst, where);
}

ALWI void logical_not_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::logical_not_tile_init, where);
}

}  // namespace ckernel
