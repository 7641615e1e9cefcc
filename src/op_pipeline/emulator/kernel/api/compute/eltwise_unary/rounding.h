// Floor, ceil, trunc, round to decimal places, fraction: one init for all.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void rounding_op_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rounding_op_tile_init, where);
}

ALWI void ceil_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::ceil_tile, idst, where);
}

ALWI void floor_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::floor_tile, idst, where);
}

ALWI void trunc_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::trunc_tile, idst, where);
}

ALWI void round_tile(uint32_t idst, int32_t decimals, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::round_tile, idst, where, static_cast<uint32_t>(decimals));
}

ALWI void frac_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::frac_tile, idst, where);
}

}  // namespace ckernel
