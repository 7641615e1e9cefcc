// Elementwise add, subtract, multiply of two tiles, or of a tile and what DST holds. Multiplication adds its result to
// the DST tile (a multiply-add on silicon); a freshly acquired tile counts as zero.
#pragma once
#include "api/compute/common.h"
#include "op_emulator/llk.h"

namespace ckernel {

namespace detail {

constexpr op_emulator::compute::Binary binary_of(EltwiseBinaryType type) {
    return type == EltwiseBinaryType::ELWMUL   ? op_emulator::compute::Binary::Mul
           : type == EltwiseBinaryType::ELWADD ? op_emulator::compute::Binary::Add
                                               : op_emulator::compute::Binary::Sub;
}

template <EltwiseBinaryReuseDestType reuse_dest>
constexpr op_emulator::compute::Reuse reuse_of() {
    static_assert(
        reuse_dest != EltwiseBinaryReuseDestType::NONE,
        "say which source register DST goes to: DEST_TO_SRCA or DEST_TO_SRCB");
    return static_cast<op_emulator::compute::Reuse>(reuse_dest);
}

}  // namespace detail

template <bool full_init, EltwiseBinaryType eltwise_binary_type>
ALWI void binary_tiles_init(
    uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    static_assert(
        eltwise_binary_type == EltwiseBinaryType::ELWADD || eltwise_binary_type == EltwiseBinaryType::ELWSUB ||
        eltwise_binary_type == EltwiseBinaryType::ELWMUL);
    op_emulator::compute::binary_init(
        detail::binary_of(eltwise_binary_type), op_emulator::compute::Broadcast::None, icb0, icb1, acc_to_dest,
        full_init, "binary_tiles_init", where);
}

ALWI void add_init(
    uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::None, icb0, icb1, acc_to_dest, true,
        "add_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Add, op_emulator::compute::Broadcast::None, icb0, icb1, itile0, itile1, idst, 0,
        "add_tiles", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_block(
    uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst, uint32_t ntiles,
    OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        add_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, where);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void add_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_init(
        op_emulator::compute::Binary::Add, detail::reuse_of<reuse_dest>(), icb, "add_reuse_dest_init", where);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index, OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_tiles(
        op_emulator::compute::Binary::Add, detail::reuse_of<reuse_dest>(), in_cb_id, in_tile_index, dst_tile_index,
        "add_reuse_dest_tiles", where);
}

ALWI void sub_init(
    uint32_t icb0, uint32_t icb1, bool acc_to_dest = false, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::None, icb0, icb1, acc_to_dest, true,
        "sub_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Sub, op_emulator::compute::Broadcast::None, icb0, icb1, itile0, itile1, idst, 0,
        "sub_tiles", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_block(
    uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst, uint32_t ntiles,
    OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        sub_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, where);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void sub_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_init(
        op_emulator::compute::Binary::Sub, detail::reuse_of<reuse_dest>(), icb, "sub_reuse_dest_init", where);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index, OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_tiles(
        op_emulator::compute::Binary::Sub, detail::reuse_of<reuse_dest>(), in_cb_id, in_tile_index, dst_tile_index,
        "sub_reuse_dest_tiles", where);
}

ALWI void mul_init(
    uint32_t icb0, uint32_t icb1, bool acc_to_dest = true, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::binary_init(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::None, icb0, icb1, acc_to_dest, true,
        "mul_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_tiles(uint32_t icb0, uint32_t icb1, uint32_t itile0, uint32_t itile1, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::binary_tiles(
        op_emulator::compute::Binary::Mul, op_emulator::compute::Broadcast::None, icb0, icb1, itile0, itile1, idst, 0,
        "mul_tiles", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_block(
    uint32_t icb0, uint32_t icb1, uint32_t start_itile0, uint32_t start_itile1, uint32_t start_idst, uint32_t ntiles,
    OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        mul_tiles(icb0, icb1, start_itile0 + i, start_itile1 + i, start_idst + i, where);
    }
}

template <EltwiseBinaryReuseDestType reuse_dest>
ALWI void mul_reuse_dest_init(uint32_t icb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_init(
        op_emulator::compute::Binary::Mul, detail::reuse_of<reuse_dest>(), icb, "mul_reuse_dest_init", where);
}

template <EltwiseBinaryReuseDestType reuse_dest, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_reuse_dest_tiles(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index, OP_EMULATOR_HERE) {
    op_emulator::compute::reuse_tiles(
        op_emulator::compute::Binary::Mul, detail::reuse_of<reuse_dest>(), in_cb_id, in_tile_index, dst_tile_index,
        "mul_reuse_dest_tiles", where);
}

}  // namespace ckernel
