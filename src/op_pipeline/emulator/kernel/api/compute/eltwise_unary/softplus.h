// Softplus of beta * x, divided by beta; the argument itself where beta * x is above the threshold. Bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void softplus_tile(uint32_t idst, uint32_t beta, uint32_t beta_reciprocal, uint32_t threshold, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::softplus_tile, idst, where, beta, beta_reciprocal, threshold);
}

ALWI void softplus_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::softplus_tile_init, where);
}

// The packer's thread runs it on the tiles it has waited for.
ALWI void softplus_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::softplus_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void softplus_tile_pack(uint32_t idst, uint32_t beta, uint32_t beta_reciprocal, uint32_t threshold, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::softplus_tile, idst, where, beta, beta_reciprocal, threshold);
}

}  // namespace ckernel
