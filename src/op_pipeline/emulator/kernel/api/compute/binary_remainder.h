// remainder of two DST tiles.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void remainder_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::remainder_binary_tile, idst0, idst1, odst, where);
}

ALWI void remainder_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::remainder_binary_tile_init, where);
}

ALWI void remainder_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::remainder_int32_tile, DataFormat::Int32, idst0, idst1, odst, where);
}

ALWI void remainder_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::remainder_int32_tile_init, where);
}

ALWI void remainder_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::remainder_uint32_tile, DataFormat::UInt32, idst0, idst1, odst, where);
}

ALWI void remainder_uint32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::remainder_uint32_tile_init, where);
}

}  // namespace ckernel
