// Products of tiles: DST += in0 @ in1. The first operand goes to srcB, the second to srcA, so the start-up is
// compute_kernel_hw_startup<SrcOrder::Reverse>(in0, in1, out), and reconfig_data_format takes SrcOrder::Reverse, too.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

ALWI void matmul_init(
    uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0, uint32_t call_line = __builtin_LINE(),
    OP_EMULATOR_HERE) {
    op_emulator::compute::matmul_init(in0_cb_id, in1_cb_id, transpose != 0, {1, 1, 1}, "matmul_init", where);
}

ALWI void mm_uninit(uint32_t in0_cb_id, uint32_t in1_cb_id) {}

ALWI void matmul_tiles(
    uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index, uint32_t idst,
    OP_EMULATOR_HERE) {
    op_emulator::compute::matmul(
        in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, {1, 1, 1}, "matmul_tiles", where);
}

// Blocks of rt_dim x ct_dim DST tiles. kt_dim is the width of in0 in tiles: the next row of in0 is that many tiles on.
ALWI void matmul_block_init(
    uint32_t in0_cb_id, uint32_t in1_cb_id, const uint32_t transpose = 0, uint32_t ct_dim = 1, uint32_t rt_dim = 1,
    uint32_t kt_dim = 1, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::matmul_init(
        in0_cb_id, in1_cb_id, transpose != 0, {ct_dim, rt_dim, kt_dim}, "matmul_block_init", where);
}

// One step of k: in0 tiles in0_tile_index + r * kt_dim, in1 tiles in1_tile_index + c. As on silicon `transpose` is that
// of the init; the argument changes nothing.
ALWI void matmul_block(
    uint32_t in0_cb_id, uint32_t in1_cb_id, uint32_t in0_tile_index, uint32_t in1_tile_index, uint32_t idst,
    const uint32_t transpose, uint32_t ct_dim, uint32_t rt_dim, uint32_t kt_dim, uint32_t call_line = __builtin_LINE(),
    OP_EMULATOR_HERE) {
    op_emulator::compute::matmul(
        in0_cb_id, in1_cb_id, in0_tile_index, in1_tile_index, idst, {ct_dim, rt_dim, kt_dim}, "matmul_block", where);
}

}  // namespace ckernel
