// Exponential moving average down the columns: new = alpha * old + beta * x. The result is in the DST tile after the
// input; the last row goes on in the next tile.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void ema_init(uint32_t alpha, uint32_t beta, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::ema_init, alpha, beta, where);
}

ALWI void ema_clear_previous_output(OP_EMULATOR_HERE) { op_emulator::compute::ema_clear(where); }

ALWI void ema_tile(uint32_t input_dst_index, OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(op_emulator::SfpuOp::ema_tile, input_dst_index, 0, 0, 0, input_dst_index + 1, where);
}

}  // namespace ckernel
