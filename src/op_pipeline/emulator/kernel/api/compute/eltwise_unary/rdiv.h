// value / x; the value as bits of a float.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void rdiv_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rdiv_tile_init, where);
}

template <RoundingMode rounding_mode = RoundingMode::None, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void rdiv_tile(uint32_t dst_index, uint32_t value, VectorMode vector_mode = VectorMode::RC, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(
        op_emulator::SfpuOp::rdiv_tile, dst_index, where, value, static_cast<uint32_t>(rounding_mode), 0,
        op_emulator::compute::faces_of(vector_mode));
}

}  // namespace ckernel
