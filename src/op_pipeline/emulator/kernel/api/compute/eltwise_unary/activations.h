// Hardsigmoid, softsign, celu, softshrink, hardshrink.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void hardsigmoid_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::hardsigmoid_tile, idst, where);
}

ALWI void hardsigmoid_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardsigmoid_tile_init, where);
}

ALWI void softsign_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::softsign_tile, idst, where);
}

ALWI void softsign_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::softsign_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void celu_tile(uint32_t idst, uint32_t alpha, uint32_t alpha_recip, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::celu_tile, idst, where, alpha, alpha_recip);
}

ALWI void celu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::celu_tile_init, where);
}

ALWI void softshrink_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::softshrink_tile, idst, where, param0);
}

ALWI void softshrink_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::softshrink_tile_init, where);
}

ALWI void hardshrink_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::hardshrink_tile, idst, where, param0);
}

ALWI void hardshrink_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardshrink_tile_init, where);
}

// The packer's thread runs it on the tiles it has waited for.
ALWI void hardsigmoid_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardsigmoid_tile_init, where);
}

ALWI void hardsigmoid_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::hardsigmoid_tile, idst, where);
}

}  // namespace ckernel
