// And, or, exclusive or of two integer DST tiles.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::bitwise_and_binary_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::bitwise_or_binary_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::bitwise_xor_binary_tile, data_format, idst0, idst1, odst, where);
}

ALWI void binary_bitwise_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_bitwise_tile_init, where);
}

}  // namespace ckernel
