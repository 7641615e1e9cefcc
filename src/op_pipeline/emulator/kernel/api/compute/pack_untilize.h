// Tiles to row-major data by the packer. A row of tiles is full_ct_dim wide and may be written in blocks of block_ct_dim.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_untilize_init(
    uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::copy_init(icb, false, false, "pack_untilize_init", where);
    op_emulator::compute::pack_untilize_init(ocb, block_ct_dim, full_ct_dim, "pack_untilize_init", where);
}

template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_untilize_init_skip_remap(
    uint32_t icb, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    pack_untilize_init<block_ct_dim, full_ct_dim, is_fp32_dest_acc_en>(icb, ocb, call_line, where);
}

// Reads tiles 0 … block_ct_dim - 1 of the front, in every round of block_rt_dim; acquires and releases DST itself.
template <uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_untilize_block(
    uint32_t icb, uint32_t block_rt_dim, uint32_t ocb, uint32_t block_c_index = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_untilize_block(
        icb, block_rt_dim, ocb, block_ct_dim, full_ct_dim, block_c_index, where);
}

template <
    uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool narrow_row = false,
    uint32_t row_num_datums = 32, bool dense = false, bool configure_remap = true,
    bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_untilize_dest_init(uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    if constexpr (narrow_row || dense || row_num_datums != 32) {
        op_emulator::abi::not_modelled(
            "pack_untilize_dest_init of part of a row", "rows of 32 values, not dense, are", where);
    }
    op_emulator::compute::pack_untilize_init(ocb, block_ct_dim, full_ct_dim, "pack_untilize_dest_init", where);
}

// Packs what DST holds, from tile tile_dst_ct_offset + tile_dst_rt_offset on; between wait and release, as pack_tile.
template <
    uint32_t block_ct_dim = 8, uint32_t full_ct_dim = block_ct_dim, bool diagonal = false, bool narrow_row = false,
    uint32_t row_num_datums = 32, uint32_t tile_dst_ct_offset = 0, bool dense = false>
ALWI void pack_untilize_dest(
    uint32_t ocb, uint32_t block_rt_dim = 1, uint32_t block_c_index = 0, uint32_t tile_dst_rt_offset = 0,
    OP_EMULATOR_HERE) {
    if constexpr (diagonal || narrow_row || dense || row_num_datums != 32) {
        op_emulator::abi::not_modelled(
            "pack_untilize_dest of part of a row", "rows of 32 values, not diagonal or dense, are", where);
    }
    op_emulator::compute::pack_untilize_dest(
        ocb, block_rt_dim, block_ct_dim, full_ct_dim, block_c_index, tile_dst_ct_offset + tile_dst_rt_offset, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void pack_untilize_uninit(uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::pack_untilize_uninit(ocb, where);
}

}  // namespace ckernel
