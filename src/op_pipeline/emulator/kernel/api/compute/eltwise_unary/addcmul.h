// addcmul: a + value * b * c; value as bits of a float.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void addcmul_tile(
    uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, uint32_t value, OP_EMULATOR_HERE) {
    op_emulator::compute::on_triple(
        op_emulator::SfpuOp::addcmul_tile, data_format, idst0, idst1, idst2, odst, where, value);
}

ALWI void addcmul_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::addcmul_tile_init, where);
}

}  // namespace ckernel
