// Complement of the bits of an Int32 DST tile.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void bitwise_not_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::bitwise_not_tile, DataFormat::Int32, idst, where);
}

ALWI void bitwise_not_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::bitwise_not_tile_init, where);
}

}  // namespace ckernel
