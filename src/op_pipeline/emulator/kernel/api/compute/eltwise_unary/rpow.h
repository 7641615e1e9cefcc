// base ** x; the base as bits of a float.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void rpow_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rpow_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void rpow_tile(uint32_t idst, uint32_t base_val, VectorMode vector_mode = VectorMode::RC, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(
        op_emulator::SfpuOp::rpow_tile, idst, where, base_val, 0, 0, op_emulator::compute::faces_of(vector_mode));
}

}  // namespace ckernel
