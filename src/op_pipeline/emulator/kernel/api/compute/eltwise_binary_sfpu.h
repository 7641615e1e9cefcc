// Two DST tiles into a third: arithmetic and comparisons.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void div_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::div_binary_tile, idst0, idst1, odst, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void mul_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::mul_binary_tile, idst0, idst1, odst, where);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void add_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(
        op_emulator::SfpuOp::add_binary_tile, idst0, idst1, odst, where,
        dst_rounding_mode == DstRoundingMode::NearestEven);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(
        op_emulator::SfpuOp::sub_binary_tile, idst0, idst1, odst, where,
        dst_rounding_mode == DstRoundingMode::NearestEven);
}

template <DstRoundingMode dst_rounding_mode = DstRoundingMode::Default, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void rsub_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(
        op_emulator::SfpuOp::rsub_binary_tile, idst0, idst1, odst, where,
        dst_rounding_mode == DstRoundingMode::NearestEven);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void power_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::power_binary_tile, idst0, idst1, odst, where);
}

ALWI void eq_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::eq_binary_tile, idst0, idst1, odst, where);
}

ALWI void ne_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::ne_binary_tile, idst0, idst1, odst, where);
}

ALWI void lt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::lt_binary_tile, idst0, idst1, odst, where);
}

ALWI void gt_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::gt_binary_tile, idst0, idst1, odst, where);
}

ALWI void le_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::le_binary_tile, idst0, idst1, odst, where);
}

ALWI void ge_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::ge_binary_tile, idst0, idst1, odst, where);
}

ALWI void div_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::div_binary_tile_init, where);
}

ALWI void mul_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::mul_binary_tile_init, where);
}

ALWI void add_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::add_binary_tile_init, where);
}

ALWI void sub_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sub_binary_tile_init, where);
}

ALWI void rsub_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rsub_binary_tile_init, where);
}

ALWI void power_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::power_binary_tile_init, where);
}

ALWI void eq_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::eq_binary_tile_init, where);
}

ALWI void ne_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::ne_binary_tile_init, where);
}

ALWI void lt_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lt_binary_tile_init, where);
}

ALWI void gt_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gt_binary_tile_init, where);
}

ALWI void le_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::le_binary_tile_init, where);
}

ALWI void ge_binary_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::ge_binary_tile_init, where);
}

}  // namespace ckernel
