// log(sigmoid(x)); the second tile holds exp(-x).
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void logsigmoid_tile(uint32_t idst_in0, uint32_t idst_in1, uint32_t idst_out, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::logsigmoid_tile, idst_in0, idst_in1, idst_out, where);
}

ALWI void logsigmoid_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::logsigmoid_tile_init, where);
}

}  // namespace ckernel
