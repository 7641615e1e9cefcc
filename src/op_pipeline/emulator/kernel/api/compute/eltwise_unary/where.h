// where: b where a is not zero, else c.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void where_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_triple(op_emulator::SfpuOp::where_tile, data_format, idst0, idst1, idst2, odst, where);
}

ALWI void where_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::where_tile_init, where);
}

}  // namespace ckernel
