// And, or, exclusive or of an integer DST tile and a scalar.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void bitwise_and_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integers(op_emulator::SfpuOp::bitwise_and_tile, data_format, idst, where, param0);
}

template <DataFormat data_format>
ALWI void bitwise_or_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integers(op_emulator::SfpuOp::bitwise_or_tile, data_format, idst, where, param0);
}

template <DataFormat data_format>
ALWI void bitwise_xor_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    static_assert(
        data_format == DataFormat::Int32 || data_format == DataFormat::UInt32 || data_format == DataFormat::UInt16,
        "Int32, UInt32 or UInt16");
    op_emulator::compute::on_integers(op_emulator::SfpuOp::bitwise_xor_tile, data_format, idst, where, param0);
}

ALWI void bitwise_and_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::bitwise_and_tile_init, where);
}

ALWI void bitwise_or_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::bitwise_or_tile_init, where);
}

ALWI void bitwise_xor_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::bitwise_xor_tile_init, where);
}

}  // namespace ckernel
