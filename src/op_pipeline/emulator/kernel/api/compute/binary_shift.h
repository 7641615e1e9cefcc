// Shifts of one integer DST tile by another. A count outside 0 … 31 gives 0; binary_right_shift_tile of UInt32
// takes 31 instead. Int32 shifts right arithmetically, and so does UInt16, whose sign bit is never set.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void binary_left_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::binary_left_shift_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void binary_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::binary_right_shift_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void binary_logical_right_shift_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::binary_logical_right_shift_tile, data_format, idst0, idst1, odst, where);
}

ALWI void binary_shift_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_shift_tile_init, where);
}

}  // namespace ckernel
