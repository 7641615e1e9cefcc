// 1 where |a - b| <= atol + rtol * |b|; tolerances are bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool EQUAL_NAN = false>
ALWI void isclose_binary_tile(
    uint32_t idst0, uint32_t idst1, uint32_t odst, uint32_t rtol_bits, uint32_t atol_bits, OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(
        op_emulator::SfpuOp::isclose_binary_tile, idst0, idst1, 0, 0, odst, where, rtol_bits, atol_bits, EQUAL_NAN ? 1 : 0);
}

ALWI void isclose_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isclose_binary_tile_init, where);
}

}  // namespace ckernel
