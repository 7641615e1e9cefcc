// Quantization: round(x * scale + zero point), and back. The zero point, bits of a float, belongs to the init.
// `int8` variants read or write two's complement bytes in the low 8 bits of a word.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void quant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::quant_tile, DataFormat::Float32, DataFormat::Int32, idst0, idst1, odst, where, 0);
}

ALWI void quant_int8_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::quant_tile, DataFormat::Float32, DataFormat::Int32, idst0, idst1, odst, where, 1);
}

ALWI void requant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::requant_tile, DataFormat::Int32, DataFormat::Int32, idst0, idst1, odst, where, 0);
}

ALWI void requant_int8_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::requant_tile, DataFormat::Int32, DataFormat::Int32, idst0, idst1, odst, where, 1);
}

ALWI void requant_int8_in_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::requant_tile, DataFormat::Int32, DataFormat::Int32, idst0, idst1, odst, where, 2);
}

ALWI void requant_int8_in_int8_out_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::requant_tile, DataFormat::Int32, DataFormat::Int32, idst0, idst1, odst, where, 3);
}

ALWI void dequant_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::dequant_tile, DataFormat::Int32, DataFormat::Float32, idst0, idst1, odst, where, 0);
}

ALWI void dequant_int8_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_scaled(
        op_emulator::SfpuOp::dequant_tile, DataFormat::Int32, DataFormat::Float32, idst0, idst1, odst, where, 2);
}

ALWI void quant_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::quant_tile_init, zero_point, 0, where);
}

ALWI void quant_uint8_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::quant_tile_init, zero_point, 4, where);
}

ALWI void quant_int8_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::quant_tile_init, zero_point, 1, where);
}

ALWI void requant_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 0, where);
}

ALWI void requant_uint8_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 4, where);
}

ALWI void requant_int8_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 1, where);
}

ALWI void requant_int8_in_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 2, where);
}

ALWI void requant_int8_in_uint8_out_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 6, where);
}

ALWI void requant_int8_in_int8_out_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::requant_tile_init, zero_point, 3, where);
}

ALWI void dequant_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::dequant_tile_init, zero_point, 0, where);
}

ALWI void dequant_int8_tile_init(const uint32_t zero_point, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init_values(op_emulator::SfpuInit::dequant_tile_init, zero_point, 2, where);
}

}  // namespace ckernel
