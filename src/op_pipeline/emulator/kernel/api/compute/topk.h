// Sorting in the vector unit. Each column of DST tiles 0 and 1 is a sequence of 64 values (transpose rows first); tiles 2
// and 3 hold their indices, which move along. Directions: 0 the largest first, 1 the smallest. Equal values keep the order
// of their indices only with stable_sort, with keys that hold the index (fused) or a rank (rank_stamped).
#pragma once
#include "api/compute/compute_kernel_api.h"

namespace ckernel {

enum class TopkTieOrder : uint8_t { Unset, Ascending, Descending };

constexpr TopkTieOrder topk_tie_order_from_global_direction(bool descending) {
    return descending ? TopkTieOrder::Descending : TopkTieOrder::Ascending;
}

namespace detail {

template <bool stable, bool fused, bool stamped, TopkTieOrder tie, uint32_t tag_bits = 16>
ALWI op_emulator::compute::SortCall sort_call(const char* name, uint32_t dst, op_emulator::Where where) {
    static_assert(!stable || tie != TopkTieOrder::Unset, "a stable sort needs a tie order");
    static_assert(!stable || (!fused && !stamped), "one way of ordering equal values");
    static_assert(stamped || tag_bits == 16, "tag_bits belongs to rank_stamped");
    return {name, where, dst, fused, stamped, stable ? static_cast<op_emulator::compute::TieOrder>(tie) : op_emulator::compute::TieOrder::None, tag_bits};
}

}  // namespace detail

template <bool fused = false, bool rank_stamped = false, uint32_t tag_bits = 16>
ALWI void topk_tile_init(OP_EMULATOR_HERE) {
    static_assert(rank_stamped || tag_bits == 16, "tag_bits belongs to rank_stamped");
    op_emulator::compute::sort_init(fused, rank_stamped, tag_bits, where);
}

// Sorts runs of 2^(i_end_phase + 1) in alternating directions.
template <
    bool stable_sort = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE, bool fused = false, bool rank_stamped = false,
    TopkTieOrder tie_order = TopkTieOrder::Unset>
ALWI void topk_local_sort(
    uint32_t idst, int idir, int i_end_phase, int i_start_phase = 0, int i_end_step = 0, int i_start_step = 0,
    OP_EMULATOR_HERE) {
    auto call = detail::sort_call<stable_sort, fused, rank_stamped, tie_order>("topk_local_sort", idst, where);
    op_emulator::compute::sort_local(
        call, idir != 0, static_cast<uint32_t>(i_end_phase), static_cast<uint32_t>(i_start_phase),
        static_cast<uint32_t>(i_end_step), static_cast<uint32_t>(i_start_step));
}

// Of two runs of k the first receives the k largest, with idir the smallest.
template <
    bool idir = false, bool stable_sort = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE, bool fused = false,
    bool rank_stamped = false, TopkTieOrder tie_order = TopkTieOrder::Unset, uint32_t tag_bits = 16>
ALWI void topk_merge(uint32_t idst, int m_iter, int k, OP_EMULATOR_HERE) {
    op_emulator::compute::sort_merge(
        detail::sort_call<stable_sort, fused, rank_stamped, tie_order, tag_bits>("topk_merge", idst, where), idir,
        static_cast<uint32_t>(m_iter), static_cast<uint32_t>(k));
}

// Sorts the runs of k that a merge has left, in alternating directions.
template <
    bool stable_sort = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE, bool fused = false, bool rank_stamped = false,
    TopkTieOrder tie_order = TopkTieOrder::Unset>
ALWI void topk_rebuild(
    uint32_t idst, bool idir, int m_iter, int k, int logk, int skip_second, OP_EMULATOR_HERE) {
    op_emulator::compute::sort_rebuild(
        detail::sort_call<stable_sort, fused, rank_stamped, tie_order>("topk_rebuild", idst, where), idir,
        static_cast<uint32_t>(m_iter), static_cast<uint32_t>(k), static_cast<uint32_t>(logk), skip_second != 0);
}

// Values of 16 bits and indices become keys of 32 bits, and back.
template <bool largest>
ALWI void topk_fuse_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::sort_fuse({"topk_fuse_tile", where, idst, true}, largest);
}
template <bool largest>
ALWI void topk_defuse_tile(uint32_t idst, uint32_t num_tiles, OP_EMULATOR_HERE) {
    op_emulator::compute::sort_defuse({"topk_defuse_tile", where, idst, true}, largest, num_tiles);
}

// The low bits of values become ranks: 0 to 63 down both tiles, or from rank_base on down one.
template <bool largest, uint32_t tag_bits = 16>
ALWI void topk_stamp_tile_rank_range(
    uint32_t idst, uint32_t dst_tile_index, uint32_t rank_base, OP_EMULATOR_HERE) {
    using op_emulator::compute::TieOrder;
    op_emulator::compute::sort_stamp(
        {"topk_stamp_tile_rank_range", where, idst, false, true, TieOrder::None, tag_bits}, largest, dst_tile_index,
        rank_base);
}
template <bool largest, uint32_t tag_bits = 16>
ALWI void topk_stamp_local_positions(uint32_t idst, OP_EMULATOR_HERE) {
    topk_stamp_tile_rank_range<largest, tag_bits>(idst, 0, 0, where);
    topk_stamp_tile_rank_range<largest, tag_bits>(idst, 1, 32, where);
}
template <uint32_t tag_bits = 16, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void topk_strip_rank_tags(uint32_t idst, OP_EMULATOR_HERE) {
    static_assert(is_fp32_dest_acc_en, "ranks need a 32-bit DST");
    using op_emulator::compute::TieOrder;
    op_emulator::compute::sort_strip({"topk_strip_rank_tags", where, idst, false, true, TieOrder::None, tag_bits});
}

// -0 becomes 0, so that both are equal in a stable sort; nothing in a 16-bit DST.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void topk_canonicalize_negzero_values(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::sort_fold_zeros({"topk_canonicalize_negzero_values", where, idst});
}

// On silicon these move UInt16 values within 32-bit registers to where the packer reads them. Here a tile knows its type.
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void topk_finalize_uint16_indices(uint32_t idst, OP_EMULATOR_HERE) {
    static_assert(is_fp32_dest_acc_en, "topk_finalize_uint16_indices needs a 32-bit DST");
    op_emulator::compute::sort_check_indices({"topk_finalize_uint16_indices", where, idst});
}
template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void topk_uint16_move_dest_tile_to_pack_half(uint32_t idst, OP_EMULATOR_HERE) {
    static_assert(is_fp32_dest_acc_en, "topk_uint16_move_dest_tile_to_pack_half needs a 32-bit DST");
    op_emulator::compute::sort_check_indices({"topk_uint16_move_dest_tile_to_pack_half", where, idst});
}
ALWI void topk_uint16_prepare_value_tile_for_pack(uint32_t idst, OP_EMULATOR_HERE) {
#ifdef TOPK_UINT16_FP32_DEST
    op_emulator::compute::sort_check_indices({"topk_uint16_prepare_value_tile_for_pack", where, idst});
#endif
}

}  // namespace ckernel
