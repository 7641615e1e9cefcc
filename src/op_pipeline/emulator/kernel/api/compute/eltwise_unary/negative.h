// Negation.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void negative_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::negative_tile_init, where);
}

ALWI void negative_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::negative_tile, idst, where);
}

ALWI void negative_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::negative_tile_int32, DataFormat::Int32, idst, where);
}

}  // namespace ckernel
