// Conversion between number formats; 32-bit ones need a 32-bit DST.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void typecast_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_typecast<static_cast<DataFormat>(IN_DTYPE), static_cast<DataFormat>(OUT_DTYPE)>(
        idst, where);
}

template <uint32_t IN_DTYPE, uint32_t OUT_DTYPE>
ALWI void typecast_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::typecast_tile_init, where);
}

}  // namespace ckernel
