// Row-major data to tiles. A block is 32 rows, `block` tiles wide; its rows lie one after the other in the input buffer.
// The block functions acquire and release DST themselves.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tilize_init(
    uint32_t icb, uint32_t block, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_init(icb, block, ocb, "tilize_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tilize_init_short_with_dt(
    uint32_t old_icb, uint32_t new_icb, uint32_t block, uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(old_icb, new_icb, where);
    op_emulator::compute::tilize_init(new_icb, block, ocb, "tilize_init_short_with_dt", where);
}

// `input_tile_index` counts tiles as if the input were tiled: a multiple of `block` skips rows of tiles.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tilize_block(
    uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0, uint32_t output_tile_index = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_block(
        icb, block, ocb, input_tile_index, output_tile_index, "tilize_block", where);
}

ALWI void tilize_uninit(uint32_t icb, uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_uninit("tilize_uninit", where);
}

// The fast variants differ in speed only.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_init(
    uint32_t icb, uint32_t full_dim, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_init(icb, full_dim, ocb, "fast_tilize_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_init_skip_remap(
    uint32_t icb, uint32_t full_dim, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_init(icb, full_dim, ocb, "fast_tilize_init_skip_remap", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_init_with_dt(uint32_t icb, uint32_t full_dim, uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca(icb, where);
    op_emulator::compute::reconfig_srcb(icb, where);
    op_emulator::compute::tilize_init(icb, full_dim, ocb, "fast_tilize_init_with_dt", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_init_with_dt_skip_remap(uint32_t icb, uint32_t full_dim, uint32_t ocb, OP_EMULATOR_HERE) {
    fast_tilize_init_with_dt<is_fp32_dest_acc_en>(icb, full_dim, ocb, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_block(
    uint32_t icb, uint32_t block, uint32_t ocb, uint32_t input_tile_index = 0, uint32_t output_tile_index = 0,
    OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_block(
        icb, block, ocb, input_tile_index, output_tile_index, "fast_tilize_block", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void fast_tilize_uninit(uint32_t icb, uint32_t ocb, uint32_t full_dim, OP_EMULATOR_HERE) {
    op_emulator::compute::tilize_uninit("fast_tilize_uninit", where);
}

}  // namespace ckernel
