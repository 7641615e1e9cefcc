// a * b + c.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void mac_tile(uint32_t idst0, uint32_t idst1, uint32_t idst2, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_triple(op_emulator::SfpuOp::mac_tile, data_format, idst0, idst1, idst2, odst, where);
}

template <DataFormat data_format>
ALWI void mac_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::mac_tile_init, where);
}

}  // namespace ckernel
