// A tile and a scalar given as bits of a float; div_unary_tile multiplies, its scalar is the reciprocal.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_unary_tile(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::add_unary_tile, idst, where, param1);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_unary_tile(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::sub_unary_tile, idst, where, param1);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_unary_tile(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::mul_unary_tile, idst, where, param1);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void div_unary_tile(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::div_unary_tile, idst, where, param1);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void rsub_unary_tile(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::rsub_unary_tile, idst, where, param1);
}

ALWI void add_unary_tile_int32(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::add_unary_tile_int32, DataFormat::Int32, idst, where, param1);
}

ALWI void sub_unary_tile_int32(uint32_t idst, uint32_t param1, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::sub_unary_tile_int32, DataFormat::Int32, idst, where, param1);
}

ALWI void binop_with_scalar_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binop_with_scalar_tile_init, where);
}

}  // namespace ckernel
