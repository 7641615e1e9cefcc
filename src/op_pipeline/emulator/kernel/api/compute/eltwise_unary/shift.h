// Shifts of an integer DST tile by a scalar. Left by 32 or more gives 0, right by 32 or more shifts by 31.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void left_shift_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integers(op_emulator::SfpuOp::left_shift_tile, data_format, idst, where, param0);
}

template <DataFormat data_format>
ALWI void right_shift_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integers(op_emulator::SfpuOp::right_shift_tile, data_format, idst, where, param0);
}

ALWI void left_shift_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::left_shift_tile_init, where);
}

ALWI void right_shift_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::right_shift_tile_init, where);
}

}  // namespace ckernel
