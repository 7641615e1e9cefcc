// A DST tile with column 0 or row 0 of another, in place.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void sfpu_bcast_col_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_col_init, where);
}

ALWI void sfpu_sub_bcast_col_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_col_init, where);
}

ALWI void sfpu_add_bcast_col_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_col_init, where);
}

ALWI void sfpu_mul_bcast_col_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_col_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_sub_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_sub_bcast_col, dst_data_idx, dst_col_vec_idx, dst_data_idx, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_add_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_add_bcast_col, dst_data_idx, dst_col_vec_idx, dst_data_idx, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_mul_bcast_col(uint32_t dst_data_idx, uint32_t dst_col_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_mul_bcast_col, dst_data_idx, dst_col_vec_idx, dst_data_idx, where);
}

ALWI void sfpu_bcast_row_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_row_init, where);
}

ALWI void sfpu_sub_bcast_row_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_row_init, where);
}

ALWI void sfpu_add_bcast_row_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_row_init, where);
}

ALWI void sfpu_mul_bcast_row_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_bcast_row_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_sub_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_sub_bcast_row, dst_data_idx, dst_row_vec_idx, dst_data_idx, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_add_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_add_bcast_row, dst_data_idx, dst_row_vec_idx, dst_data_idx, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_mul_bcast_row(uint32_t dst_data_idx, uint32_t dst_row_vec_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::sfpu_mul_bcast_row, dst_data_idx, dst_row_vec_idx, dst_data_idx, where);
}

// (x - mean) * inverse deviation; statistics in column 0, or in the first value.
ALWI void sfpu_normalize_bcast_col(
    uint32_t dst_data_idx, uint32_t dst_mean_col_idx, uint32_t dst_inv_std_col_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(
        op_emulator::SfpuOp::sfpu_normalize_bcast_col, dst_data_idx, dst_mean_col_idx, dst_inv_std_col_idx, 0,
        dst_data_idx, where);
}

ALWI void sfpu_normalize_bcast_col_two_tiles(
    uint32_t dst_data_idx, uint32_t dst_second_data_idx, uint32_t dst_mean_col_idx, uint32_t dst_inv_std_col_idx,
    OP_EMULATOR_HERE) {
    sfpu_normalize_bcast_col(dst_data_idx, dst_mean_col_idx, dst_inv_std_col_idx, where);
    sfpu_normalize_bcast_col(dst_second_data_idx, dst_mean_col_idx, dst_inv_std_col_idx, where);
}

// (x + residual - mean) * inverse deviation.
ALWI void sfpu_residual_normalize_bcast_col(
    uint32_t dst_data_idx, uint32_t dst_residual_idx, uint32_t dst_mean_col_idx, uint32_t dst_inv_std_col_idx,
    OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(
        op_emulator::SfpuOp::sfpu_residual_normalize_bcast_col, dst_data_idx, dst_residual_idx, dst_mean_col_idx,
        dst_inv_std_col_idx, dst_data_idx, where);
}

ALWI void sfpu_normalize_bcast_scalar_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_normalize_bcast_scalar_init, where);
}

ALWI void sfpu_normalize_bcast_scalar(
    uint32_t dst_data_idx, uint32_t dst_mean_scalar_idx, uint32_t dst_inv_std_scalar_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::on_floats(
        op_emulator::SfpuOp::sfpu_normalize_bcast_scalar, dst_data_idx, dst_mean_scalar_idx, dst_inv_std_scalar_idx, 0,
        dst_data_idx, where);
}

template <BroadcastType Dim>
ALWI void sfpu_bcast_init(OP_EMULATOR_HERE) {
    static_assert(Dim == BroadcastType::COL || Dim == BroadcastType::ROW, "column or row");
    Dim == BroadcastType::COL ? sfpu_bcast_col_init(where) : sfpu_bcast_row_init(where);
}

template <BroadcastType Dim, EltwiseBinaryType Op, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_bcast(uint32_t dst_data_idx, uint32_t dst_bcast_idx, OP_EMULATOR_HERE) {
    using Operation = op_emulator::SfpuOp;
    static_assert(Dim == BroadcastType::COL || Dim == BroadcastType::ROW, "column or row");
    static_assert(Op == EltwiseBinaryType::ELWADD || Op == EltwiseBinaryType::ELWSUB || Op == EltwiseBinaryType::ELWMUL);
    constexpr bool column = Dim == BroadcastType::COL;
    constexpr Operation operation =
        Op == EltwiseBinaryType::ELWADD   ? (column ? Operation::sfpu_add_bcast_col : Operation::sfpu_add_bcast_row)
        : Op == EltwiseBinaryType::ELWSUB ? (column ? Operation::sfpu_sub_bcast_col : Operation::sfpu_sub_bcast_row)
                                          : (column ? Operation::sfpu_mul_bcast_col : Operation::sfpu_mul_bcast_row);
    op_emulator::compute::on_pair(operation, dst_data_idx, dst_bcast_idx, dst_data_idx, where);
}

}  // namespace ckernel
