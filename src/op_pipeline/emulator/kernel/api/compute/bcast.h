// Elementwise operations whose second operand is one row, one column or one value of its tile, spread over the tile.
#pragma once
#include "api/compute/common.h"
#include "op_emulator/llk.h"

namespace ckernel {

namespace detail {

constexpr op_emulator::compute::Binary broadcast_operation(EltwiseBinaryType type) {
    return type == EltwiseBinaryType::ELWMUL   ? op_emulator::compute::Binary::Mul
           : type == EltwiseBinaryType::ELWADD ? op_emulator::compute::Binary::Add
                                               : op_emulator::compute::Binary::Sub;
}

constexpr op_emulator::compute::Broadcast broadcast_of(BroadcastType type) {
    return static_cast<op_emulator::compute::Broadcast>(type);
}

}  // namespace detail

template <BroadcastType bcast_type, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void unary_bcast_init(uint32_t icb, OP_EMULATOR_HERE) {
    op_emulator::compute::unary_bcast_init(detail::broadcast_of(bcast_type), icb, where);
}

template <BroadcastType bcast_type, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void unary_bcast(uint32_t icb, uint32_t in_tile_index, uint32_t dst_tile_index, OP_EMULATOR_HERE) {
    op_emulator::compute::unary_bcast(detail::broadcast_of(bcast_type), icb, in_tile_index, dst_tile_index, where);
}

template <BroadcastType bcast_type>
ALWI void unary_bcast_uninit(uint32_t icb) {}

template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim>
ALWI void bcast_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        detail::broadcast_operation(tBcastOp), detail::broadcast_of(tBcastDim), icb0, icb1, false, true, "bcast_init",
        where);
}

template <EltwiseBinaryType tBcastOp, BroadcastType tBcastDim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void any_tiles_bcast(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        detail::broadcast_operation(tBcastOp), detail::broadcast_of(tBcastDim), icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "any_tiles_bcast", where);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_tiles_bcast(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Add, detail::broadcast_of(tBcastDim), icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "add_tiles_bcast", where);
}

ALWI void add_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Row, icb0, icb1, false, true,
        "add_bcast_rows_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_tiles_bcast_rows(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Row, icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "add_tiles_bcast_rows", where);
}

ALWI void add_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Col, icb0, icb1, false, true,
        "add_bcast_cols_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_tiles_bcast_cols(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Col, icb0, icb1, itile0, itile1, idst, 0,
        "add_tiles_bcast_cols", where);
}

ALWI void add_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Scalar, icb0, icb1, false, true,
        "add_bcast_scalar_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_tiles_bcast_scalar(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::Scalar, icb0, icb1, itile0, itile1, idst, 0,
        "add_tiles_bcast_scalar", where);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_tiles_bcast(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Sub, detail::broadcast_of(tBcastDim), icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "sub_tiles_bcast", where);
}

ALWI void sub_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Row, icb0, icb1, false, true,
        "sub_bcast_rows_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_tiles_bcast_rows(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Row, icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "sub_tiles_bcast_rows", where);
}

ALWI void sub_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Col, icb0, icb1, false, true,
        "sub_bcast_cols_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_tiles_bcast_cols(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Col, icb0, icb1, itile0, itile1, idst, 0,
        "sub_tiles_bcast_cols", where);
}

ALWI void sub_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Scalar, icb0, icb1, false, true,
        "sub_bcast_scalar_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_tiles_bcast_scalar(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::Scalar, icb0, icb1, itile0, itile1, idst, 0,
        "sub_tiles_bcast_scalar", where);
}

template <BroadcastType tBcastDim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_tiles_bcast(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Mul, detail::broadcast_of(tBcastDim), icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "mul_tiles_bcast", where);
}

ALWI void mul_bcast_rows_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Row, icb0, icb1, false, true,
        "mul_bcast_rows_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_tiles_bcast_rows(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, uint32_t bcast_row_idx = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Row, icb0, icb1, itile0, itile1, idst,
        bcast_row_idx, "mul_tiles_bcast_rows", where);
}

ALWI void mul_bcast_cols_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Col, icb0, icb1, false, true,
        "mul_bcast_cols_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_tiles_bcast_cols(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Col, icb0, icb1, itile0, itile1, idst, 0,
        "mul_tiles_bcast_cols", where);
}

ALWI void mul_bcast_scalar_init(uint32_t icb0, uint32_t icb1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Scalar, icb0, icb1, false, true,
        "mul_bcast_scalar_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_tiles_bcast_scalar(
    uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::Scalar, icb0, icb1, itile0, itile1, idst, 0,
        "mul_tiles_bcast_scalar", where);
}

}  // namespace ckernel
