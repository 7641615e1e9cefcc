// Tells unpacker and packer that the next operands have another data format. With an old and a new buffer nothing
// happens when their formats are equal; the old one is the caller's claim and is not checked here.
#pragma once
#include "api/compute/common_globals.h"
#include "api/compute/src_order.h"
#include "op_emulator/compute_api.h"

namespace ckernel {

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format(const uint32_t icb0_new_operand, const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca(reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb(reverse ? icb0_new_operand : icb1_new_operand, where);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format(
    const uint32_t icb0_old_operand, const uint32_t icb0_new_operand, const uint32_t icb1_old_operand,
    const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca_from(
        reverse ? icb1_old_operand : icb0_old_operand, reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb_from(
        reverse ? icb0_old_operand : icb1_old_operand, reverse ? icb0_new_operand : icb1_new_operand, where);
}

ALWI void reconfig_data_format_srca(const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca(srca_new_operand, where);
}

ALWI void reconfig_data_format_srca(
    const uint32_t srca_old_operand, const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(srca_old_operand, srca_new_operand, where);
}

ALWI void reconfig_data_format_srcb(const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb(srcb_new_operand, where);
}

ALWI void reconfig_data_format_srcb(
    const uint32_t srcb_old_operand, const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb_from(srcb_old_operand, srcb_new_operand, where);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_full_operand(const uint32_t icb0_new_operand, const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca(reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb(reverse ? icb0_new_operand : icb1_new_operand, where);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_full_operand(
    const uint32_t icb0_old_operand, const uint32_t icb0_new_operand, const uint32_t icb1_old_operand,
    const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca_from(
        reverse ? icb1_old_operand : icb0_old_operand, reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb_from(
        reverse ? icb0_old_operand : icb1_old_operand, reverse ? icb0_new_operand : icb1_new_operand, where);
}

ALWI void reconfig_full_operand_srca(const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca(srca_new_operand, where);
}

ALWI void reconfig_full_operand_srca(
    const uint32_t srca_old_operand, const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(srca_old_operand, srca_new_operand, where);
}

ALWI void reconfig_full_operand_srcb(const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb(srcb_new_operand, where);
}

ALWI void reconfig_full_operand_srcb(
    const uint32_t srcb_old_operand, const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb_from(srcb_old_operand, srcb_new_operand, where);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format_skip_int8(
    const uint32_t icb0_new_operand, const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca(reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb(reverse ? icb0_new_operand : icb1_new_operand, where);
}

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void reconfig_data_format_skip_int8(
    const uint32_t icb0_old_operand, const uint32_t icb0_new_operand, const uint32_t icb1_old_operand,
    const uint32_t icb1_new_operand, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::reconfig_srca_from(
        reverse ? icb1_old_operand : icb0_old_operand, reverse ? icb1_new_operand : icb0_new_operand, where);
    op_emulator::compute::reconfig_srcb_from(
        reverse ? icb0_old_operand : icb1_old_operand, reverse ? icb0_new_operand : icb1_new_operand, where);
}

ALWI void reconfig_data_format_srca_skip_int8(const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca(srca_new_operand, where);
}

ALWI void reconfig_data_format_srca_skip_int8(
    const uint32_t srca_old_operand, const uint32_t srca_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srca_from(srca_old_operand, srca_new_operand, where);
}

ALWI void reconfig_data_format_srcb_skip_int8(const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb(srcb_new_operand, where);
}

ALWI void reconfig_data_format_srcb_skip_int8(
    const uint32_t srcb_old_operand, const uint32_t srcb_new_operand, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_srcb_from(srcb_old_operand, srcb_new_operand, where);
}

template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t new_cb_id, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_pack(new_cb_id, where);
}

template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t old_cb_id, const uint32_t new_cb_id, OP_EMULATOR_HERE) {
    op_emulator::compute::reconfig_pack_from(old_cb_id, new_cb_id, where);
}

}  // namespace ckernel
