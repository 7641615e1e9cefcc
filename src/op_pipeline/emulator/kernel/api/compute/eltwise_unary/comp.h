// Comparisons with a scalar and with zero: 1 or 0.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void unary_ne_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_ne_tile, idst, where, param0);
}

ALWI void unary_ne_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_ne_tile_init, where);
}

ALWI void unary_ne_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_ne_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_eq_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_eq_tile, idst, where, param0);
}

ALWI void unary_eq_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_eq_tile_init, where);
}

ALWI void unary_eq_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_eq_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_gt_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_gt_tile, idst, where, param0);
}

ALWI void unary_gt_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_gt_tile_init, where);
}

ALWI void unary_gt_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_gt_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_ge_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_ge_tile, idst, where, param0);
}

ALWI void unary_ge_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_ge_tile_init, where);
}

ALWI void unary_ge_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_ge_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_lt_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_lt_tile, idst, where, param0);
}

ALWI void unary_lt_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_lt_tile_init, where);
}

ALWI void unary_lt_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_lt_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_le_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_le_tile, idst, where, param0);
}

ALWI void unary_le_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_le_tile_init, where);
}

ALWI void unary_le_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::unary_le_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void gtz_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::gtz_tile, idst, where);
}

ALWI void gtz_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gtz_tile_init, where);
}

ALWI void gtz_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::gtz_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void nez_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::nez_tile, idst, where);
}

ALWI void nez_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::nez_tile_init, where);
}

ALWI void nez_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::nez_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void gez_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::gez_tile, idst, where);
}

ALWI void gez_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gez_tile_init, where);
}

ALWI void gez_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::gez_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void ltz_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::ltz_tile, idst, where);
}

ALWI void ltz_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::ltz_tile_init, where);
}

ALWI void ltz_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::ltz_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void eqz_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::eqz_tile, idst, where);
}

ALWI void eqz_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::eqz_tile_init, where);
}

ALWI void eqz_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::eqz_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void lez_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::lez_tile, idst, where);
}

ALWI void lez_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lez_tile_init, where);
}

ALWI void lez_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::lez_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void eqz_tile_uint16(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::eqz_tile_uint16, DataFormat::UInt16, idst, where);
}

ALWI void eqz_tile_uint32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::eqz_tile_uint32, DataFormat::UInt32, idst, where);
}

ALWI void nez_tile_uint16(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::nez_tile_uint16, DataFormat::UInt16, idst, where);
}

ALWI void nez_tile_uint32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::nez_tile_uint32, DataFormat::UInt32, idst, where);
}

}  // namespace ckernel
