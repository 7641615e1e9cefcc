// SELU; scale and alpha as bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void selu_tile(uint32_t idst, uint32_t scale, uint32_t alpha, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::selu_tile, idst, where, scale, alpha);
}

ALWI void selu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::selu_tile_init, where);
}

// The packer's thread runs it on the tiles it has waited for.
ALWI void selu_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::selu_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void selu_tile_pack(uint32_t idst, uint32_t scale, uint32_t alpha, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::selu_tile, idst, where, scale, alpha);
}

}  // namespace ckernel
