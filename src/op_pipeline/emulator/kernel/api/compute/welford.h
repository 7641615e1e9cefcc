// Mean and variance down the columns of DST tiles (transpose first for statistics of rows). The state stays in the vector
// unit: one mean and one sum of squares for each of the 32 columns, and an anchor that two passes subtract from the data.
// In DST it takes two tiles, mean and squares: as a row, or "raw", 32 values of a group in the even columns of four rows.
#pragma once
#include <array>

#include "api/compute/common_globals.h"
#include "api/debug/assert.h"
#include "op_emulator/compute_api.h"

namespace ckernel {

enum class WelfordInitMode : uint8_t { ClearStats, PreserveStats };
enum class TwoPassAccumulation : uint8_t { ShiftedSum, CentredM2 };
enum class TwoPassAnchor : uint8_t { Reuse, Initialise };

// --- Welford's algorithm: one pass. `reciprocal_lut` holds the bits of 1 / (index + 1), or nothing. ------------------
template <WelfordInitMode mode = WelfordInitMode::ClearStats>
ALWI void welford_init(OP_EMULATOR_HERE) {
    op_emulator::compute::stats_init(
        op_emulator::SfpuInit::welford_init, mode == WelfordInitMode::ClearStats, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void welford_reinit(uint32_t cbid, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::copy_init(cbid, false, false, "welford_reinit", where);
}

ALWI void welford_clear(OP_EMULATOR_HERE) { op_emulator::compute::stats_clear({"welford_clear", where}); }

template <uint32_t reciprocal_size>
ALWI void welford_update(
    uint32_t input_dst_idx, uint32_t start_idx, const std::array<uint32_t, reciprocal_size>& reciprocal_lut,
    OP_EMULATOR_HERE) {
    op_emulator::assert_that(
        reciprocal_size == 0 || start_idx + 32 <= reciprocal_size, "welford_update: the table of reciprocals is too short",
        where);
    op_emulator::compute::stats_update(
        {"welford_update", where, input_dst_idx}, start_idx, 0, 32,
        reciprocal_size == 0 ? nullptr : reciprocal_lut.data());
}

template <uint32_t reciprocal_size>
ALWI void welford_update_rows(
    uint32_t input_dst_idx, uint32_t start_idx, uint32_t start_row, uint32_t num_rows,
    const std::array<uint32_t, reciprocal_size>& reciprocal_lut, OP_EMULATOR_HERE) {
    op_emulator::assert_that(
        reciprocal_size == 0 || start_idx + num_rows <= reciprocal_size,
        "welford_update_rows: the table of reciprocals is too short", where);
    op_emulator::compute::stats_update(
        {"welford_update_rows", where, input_dst_idx}, start_idx, start_row, num_rows,
        reciprocal_size == 0 ? nullptr : reciprocal_lut.data());
}

ALWI void welford_save_state(uint32_t mean_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_save({"welford_save_state", where, mean_dst_idx});
}
ALWI void welford_save_state(uint32_t mean_dst_idx, uint32_t group_id, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_save({"welford_save_state", where, mean_dst_idx, group_id});
}
ALWI void welford_restore_state(uint32_t mean_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_restore({"welford_restore_state", where, mean_dst_idx});
}
ALWI void welford_restore_state(uint32_t mean_dst_idx, uint32_t group_id, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_restore({"welford_restore_state", where, mean_dst_idx, group_id});
}

namespace detail {

// 1 / (index + 1), from the table where there is one.
template <std::size_t size>
ALWI float reciprocal_of(uint32_t index, const std::array<uint32_t, size>& table, op_emulator::Where where) {
    if constexpr (size == 0) {
        return 1.0f / static_cast<float>(index + 1);
    } else {
        op_emulator::assert_that(index < size, "the table of reciprocals is too short", where);
        return __builtin_bit_cast(float, table[index]);
    }
}

ALWI float bits_as_float(uint32_t bits) { return __builtin_bit_cast(float, bits); }

}  // namespace detail

// Squares times 1 / (scale_idx + 1) is the variance.
template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_row(
    uint32_t mean_dst_idx, uint32_t scale_idx, const std::array<uint32_t, reciprocal_size>& reciprocal_lut,
    OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"welford_finalize_to_row", where, mean_dst_idx}, op_emulator::compute::StatsForm::Row,
        detail::reciprocal_of(scale_idx, reciprocal_lut, where));
}

template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_face(
    uint32_t mean_dst_idx, uint32_t scale_idx, const std::array<uint32_t, reciprocal_size>& reciprocal_lut,
    OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"welford_finalize_to_face", where, mean_dst_idx}, op_emulator::compute::StatsForm::Face,
        detail::reciprocal_of(scale_idx, reciprocal_lut, where));
}

template <std::size_t reciprocal_size>
ALWI void welford_finalize_to_face(
    uint32_t mean_dst_idx, uint32_t group_id, uint32_t scale_idx,
    const std::array<uint32_t, reciprocal_size>& reciprocal_lut, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"welford_finalize_to_face", where, mean_dst_idx, group_id}, op_emulator::compute::StatsForm::Face,
        detail::reciprocal_of(scale_idx, reciprocal_lut, where));
}

// --- two passes: sums of x - anchor give the mean, then sums of (x - mean)^2. Reciprocals are bits of 1 / count. ------
ALWI void two_pass_stats_init_shifted(OP_EMULATOR_HERE) {
    op_emulator::compute::stats_init(op_emulator::SfpuInit::two_pass_stats_init_shifted, false, where);
}

ALWI void two_pass_stats_clear(OP_EMULATOR_HERE) { op_emulator::compute::stats_clear({"two_pass_stats_clear", where}); }

template <bool dual_m2 = true>
ALWI void two_pass_stats_update_rows(
    uint32_t input_dst_idx, uint32_t start_row, uint32_t num_rows, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_accumulate(
        {"two_pass_stats_update_rows", where, input_dst_idx, 0, dual_m2}, op_emulator::compute::StatsPass::Squares,
        start_row, num_rows);
}

template <TwoPassAccumulation accumulation, TwoPassAnchor anchor = TwoPassAnchor::Reuse, bool dual_accumulator = true>
ALWI void two_pass_stats_update_shifted_rows(
    uint32_t input_dst_idx, uint32_t start_row, uint32_t num_rows, OP_EMULATOR_HERE) {
    using Pass = op_emulator::compute::StatsPass;
    constexpr Pass pass = accumulation == TwoPassAccumulation::CentredM2 ? Pass::Squares
                          : anchor == TwoPassAnchor::Initialise          ? Pass::FirstSum
                                                                         : Pass::Sum;
    op_emulator::compute::stats_accumulate(
        {"two_pass_stats_update_shifted_rows", where, input_dst_idx, 0, dual_accumulator}, pass, start_row, num_rows);
}

template <bool dual_sum = true, bool retain_anchor = false>
ALWI void two_pass_stats_finish_shifted_mean(uint32_t reciprocal_bits, OP_EMULATOR_HERE) {
    static_assert(!retain_anchor || dual_sum, "the anchor is kept with two accumulators only");
    op_emulator::compute::stats_finish_mean(
        {"two_pass_stats_finish_shifted_mean", where, 0, 0, dual_sum}, reciprocal_bits, retain_anchor);
}

template <bool dual_m2 = true>
ALWI void two_pass_stats_save_state(uint32_t mean_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_save({"two_pass_stats_save_state", where, mean_dst_idx, 0, dual_m2});
}

template <bool dual_accumulator>
ALWI void two_pass_stats_switch_group(
    uint32_t mean_dst_idx, uint32_t save_group_id, uint32_t restore_group_id, OP_EMULATOR_HERE) {
    static_assert(!dual_accumulator, "groups keep one accumulator");
    op_emulator::compute::stats_save({"two_pass_stats_switch_group", where, mean_dst_idx, save_group_id});
    op_emulator::compute::stats_restore({"two_pass_stats_switch_group", where, mean_dst_idx, restore_group_id});
}

ALWI void two_pass_stats_save_anchor(uint32_t anchor_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_anchor({"two_pass_stats_save_anchor", where, anchor_dst_idx}, true);
}
ALWI void two_pass_stats_restore_anchor(uint32_t anchor_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_anchor({"two_pass_stats_restore_anchor", where, anchor_dst_idx}, false);
}
// In the mean's tile, beside group 0: the place of group 1.
ALWI void two_pass_stats_save_anchor_to_state(uint32_t mean_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_anchor({"two_pass_stats_save_anchor_to_state", where, mean_dst_idx, 1}, true);
}
ALWI void two_pass_stats_restore_anchor_from_state(uint32_t mean_dst_idx, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_anchor({"two_pass_stats_restore_anchor_from_state", where, mean_dst_idx, 1}, false);
}

// The saved state and the current one become one, in DST and in the registers.
template <bool dual_m2 = true>
ALWI void two_pass_stats_combine_block(
    uint32_t mean_dst_idx, uint32_t total_reciprocal_bits, uint32_t block_n_bits, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_combine(
        {"two_pass_stats_combine_block", where, mean_dst_idx, 0, dual_m2}, total_reciprocal_bits, block_n_bits);
}

template <bool dual_m2 = true, bool store_mean = true>
ALWI void two_pass_stats_finalize_to_row(uint32_t mean_dst_idx, uint32_t reciprocal_bits, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"two_pass_stats_finalize_to_row", where, mean_dst_idx, 0, dual_m2},
        store_mean ? op_emulator::compute::StatsForm::Row : op_emulator::compute::StatsForm::VarianceRow,
        detail::bits_as_float(reciprocal_bits));
}

// Row 0 of the mean's tile: the anchor; row 16: anchor - mean. For sub_bcast_cols_compensated.
template <bool dual_m2 = true>
ALWI void two_pass_stats_finalize_split_mean_to_row(uint32_t mean_dst_idx, uint32_t reciprocal_bits, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"two_pass_stats_finalize_split_mean_to_row", where, mean_dst_idx, 0, dual_m2},
        op_emulator::compute::StatsForm::SplitRow, detail::bits_as_float(reciprocal_bits));
}

template <bool dual_m2 = true>
ALWI void two_pass_stats_finalize_to_face(
    uint32_t mean_dst_idx, uint32_t group_id, uint32_t reciprocal_bits, OP_EMULATOR_HERE) {
    op_emulator::compute::stats_finalize(
        {"two_pass_stats_finalize_to_face", where, mean_dst_idx, group_id, dual_m2},
        op_emulator::compute::StatsForm::Face, detail::bits_as_float(reciprocal_bits));
}

#if defined(WELFORD_SFPU_LOCAL_COMBINE) || defined(WELFORD_SFPU_LEAF_COMBINE)
// One mean and variance for all 32 columns. The device uses the tile at mean_dst_idx + 2 on the way.
template <bool dual_m2 = true, bool average_variance = true>
ALWI void two_pass_stats_finalize_and_combine_to_face(
    uint32_t mean_dst_idx, uint32_t group_id, uint32_t reciprocal_bits, OP_EMULATOR_HERE) {
    using Form = op_emulator::compute::StatsForm;
    op_emulator::compute::stats_finalize(
        {"two_pass_stats_finalize_and_combine_to_face", where, mean_dst_idx, group_id, dual_m2},
        average_variance ? Form::CombinedFace : Form::CombinedFaceSum, detail::bits_as_float(reciprocal_bits));
}
#endif

}  // namespace ckernel
