// Clamp to [param0, param1], bits of floats.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void hardtanh_tile(uint32_t idst, uint32_t param0, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::hardtanh_tile, idst, where, param0, param1);
}

ALWI void hardtanh_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardtanh_tile_init, where);
}

// The packer's thread runs it on the tiles it has waited for.
ALWI void hardtanh_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::hardtanh_tile_init, where);
}

ALWI void hardtanh_tile_pack(uint32_t idst, uint32_t param0, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::hardtanh_tile, idst, where, param0, param1);
}

}  // namespace ckernel
