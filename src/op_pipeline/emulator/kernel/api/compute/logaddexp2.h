// log2(2**a + 2**b).
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void logaddexp2_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::logaddexp2_binary_tile, idst0, idst1, odst, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void logaddexp2_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::logaddexp2_binary_tile_init, where);
}

}  // namespace ckernel
