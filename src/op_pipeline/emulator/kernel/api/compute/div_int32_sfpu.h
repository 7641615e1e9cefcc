// Quotient of two Int32 DST tiles as floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void div_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::div_int32_tile, DataFormat::Int32, DataFormat::Float32, idst0, idst1, odst, where);
}

ALWI void div_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::div_int32_tile_init, where);
}

}  // namespace ckernel
