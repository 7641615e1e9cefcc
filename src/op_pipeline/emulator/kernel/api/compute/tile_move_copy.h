// Tiles from a circular buffer to DST.
#pragma once
#include "api/compute/common_globals.h"
#include "api/compute/reconfig_data_format.h"
#include "op_emulator/compute_api.h"

namespace ckernel {

// Before copy_tile, and again after the init of any other operation of the matrix unit. Does not change data formats.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void copy_init(
    uint32_t cbid, uint32_t transpose = 0, uint32_t transpose_within_16x16_face = false,
    uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::copy_init(
        cbid, transpose != 0, transpose_within_16x16_face != 0, "copy_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void copy_tile(uint32_t in_cb_id, uint32_t in_tile_index, uint32_t dst_tile_index, OP_EMULATOR_HERE) {
    op_emulator::compute::copy_tile(in_cb_id, in_tile_index, dst_tile_index, "copy_tile", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void copy_block(
    uint32_t in_cb_id, uint32_t start_in_tile_index, uint32_t start_dst_tile_index, uint32_t ntiles, OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        op_emulator::compute::copy_tile(
            in_cb_id, start_in_tile_index + i, start_dst_tile_index + i, "copy_block", where);
    }
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use copy_init(); removed after 20-09-2026")]] ALWI void copy_tile_init(
    uint32_t cbid, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::copy_init(cbid, false, false, "copy_tile_init", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use copy_init(); removed after 20-09-2026")]] ALWI void copy_tile_to_dst_init_short(
    uint32_t cbid, uint32_t transpose = 0, uint32_t transpose_within_16x16_face = false,
    uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::copy_init(
        cbid, transpose != 0, transpose_within_16x16_face != 0, "copy_tile_to_dst_init_short", where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use reconfig_data_format_srca(old, new), then copy_init(new); removed after 20-09-2026")]] ALWI void
copy_tile_to_dst_init_short_with_dt(uint32_t old_cbid, uint32_t new_cbid, uint32_t transpose = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(old_cbid, new_cbid, where);
    op_emulator::compute::copy_init(new_cbid, transpose != 0, false, "copy_tile_to_dst_init_short_with_dt", where);
}

}  // namespace ckernel
