// x + sin(alpha x)^2 / beta.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void snake_beta_tile(
    uint32_t idst_x, uint32_t idst_alpha, uint32_t idst_beta, uint32_t idst_out, OP_EMULATOR_HERE) {
    static_assert(data_format == DataFormat::Float32 || data_format == DataFormat::Float16_b, "Float32 or Float16_b");
    op_emulator::compute::on_floats(op_emulator::SfpuOp::snake_beta_tile, idst_x, idst_alpha, idst_beta, 0, idst_out, where);
}

ALWI void snake_beta_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::snake_beta_tile_init, where);
}

}  // namespace ckernel
