// Fill a tile with one value.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void fill_tile(uint32_t idst, float param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::fill_tile, idst, where, __builtin_bit_cast(uint32_t, param0));
}

template <DataFormat DATA_FORMAT>
ALWI void fill_tile_int(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::fill_tile_int, DATA_FORMAT, idst, where, param0);
}

ALWI void fill_tile_bitcast(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::fill_tile_bitcast, idst, where, param0);
}

ALWI void fill_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::fill_tile_init, where);
}

}  // namespace ckernel
