// The representable value next to the first operand on the way to the second, as float32 or as bfloat16.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void nextafter_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(is_fp32_dest_acc_en, "nextafter_binary_tile needs a 32-bit DST; nextafter_bf16_binary_tile does not");
    op_emulator::compute::on_pair(op_emulator::SfpuOp::nextafter_binary_tile, idst0, idst1, odst, where);
}

ALWI void nextafter_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::nextafter_binary_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void nextafter_bf16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::nextafter_bf16_binary_tile, idst0, idst1, odst, where);
}

ALWI void nextafter_bf16_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::nextafter_bf16_binary_tile_init, where);
}

}  // namespace ckernel
