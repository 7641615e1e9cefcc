// remainder by a scalar, which the init takes together with its reciprocal.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void remainder_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::remainder_tile, idst, where);
}

ALWI void remainder_tile_init(uint32_t param0, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::remainder_tile_init, param0, param1, where);
}

ALWI void remainder_tile_uint32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::remainder_tile_uint32, DataFormat::UInt32, idst, where, param0);
}

ALWI void remainder_tile_uint32_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::remainder_tile_uint32_init, where);
}

}  // namespace ckernel
