// Greatest common divisor of two Int32 DST tiles.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void gcd_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::gcd_tile, DataFormat::Int32, idst0, idst1, odst, where);
}

ALWI void gcd_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gcd_tile_init, where);
}

}  // namespace ckernel
