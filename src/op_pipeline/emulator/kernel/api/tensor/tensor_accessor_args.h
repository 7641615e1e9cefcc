// How a tensor lies in memory, as the host wrote it into the compile-time arguments: flags, the aligned page size, and of
// a sharded tensor rank, banks, shapes in pages and coordinates of the banks. Flags move parts to the common arguments.
#pragma once
#include "api/compile_time_args.h"
#include "op_emulator/arguments.h"
#include "op_emulator/macros.h"

namespace tensor_accessor {

constexpr std::size_t UNKNOWN = static_cast<std::size_t>(-1);
constexpr uint32_t MAX_RANK = 8;

}  // namespace tensor_accessor

namespace op_emulator {

enum AccessorFlag : uint32_t {
    kSharded = 1,
    kInDram = 2,
    kRuntimeRank = 4,
    kRuntimeBanks = 8,
    kRuntimeTensorShape = 16,
    kRuntimeShardShape = 32,
    kRuntimeCoordinates = 64,
    kRuntimePageSize = 128,
};
constexpr uint32_t kShardContiguous = 1u << 31;  // above the number of banks

// A compile-time word, or 0 where it stands among the common arguments.
template <bool Present, std::size_t Index>
constexpr uint32_t accessor_word() {
    if constexpr (Present) {
        return get_ct_arg<Index>();
    } else {
        return 0;
    }
}

}  // namespace op_emulator

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET = tensor_accessor::UNKNOWN>
struct TensorAccessorArgs {
    static constexpr uint32_t flags = get_compile_time_arg_val(CTA_OFFSET);
    static constexpr bool is_sharded = (flags & op_emulator::kSharded) != 0;
    static constexpr bool is_dram = (flags & op_emulator::kInDram) != 0;
    static constexpr bool rank_is_crta = (flags & op_emulator::kRuntimeRank) != 0;
    static constexpr bool num_banks_is_crta = (flags & op_emulator::kRuntimeBanks) != 0;
    static constexpr bool tensor_shape_is_crta = (flags & op_emulator::kRuntimeTensorShape) != 0;
    static constexpr bool shard_shape_is_crta = (flags & op_emulator::kRuntimeShardShape) != 0;
    static constexpr bool bank_coords_is_crta = (flags & op_emulator::kRuntimeCoordinates) != 0;
    static constexpr bool page_size_is_crta = (flags & op_emulator::kRuntimePageSize) != 0;
    static_assert(
        !is_sharded || !rank_is_crta || (tensor_shape_is_crta && shard_shape_is_crta),
        "TensorAccessorArgs: with the rank, the host must pass both shapes at run time");
    static_assert(
        !is_sharded || !num_banks_is_crta || bank_coords_is_crta,
        "TensorAccessorArgs: with the number of banks, the host must pass their coordinates at run time");
    static_assert(!is_sharded || !page_size_is_crta, "TensorAccessorArgs: the page size of a sharded tensor is fixed");

    static constexpr uint32_t AlignedPageSizeCTAOffset = CTA_OFFSET + 1;
    static constexpr uint32_t AlignedPageSize = op_emulator::accessor_word<!page_size_is_crta, CTA_OFFSET + 1>();
    static constexpr uint32_t RankCTAOffset = CTA_OFFSET + (page_size_is_crta ? 1 : 2);
    static constexpr uint32_t NumBanksCTAOffset = RankCTAOffset + (rank_is_crta ? 0 : 1);
    static constexpr uint32_t RankCT = op_emulator::accessor_word<is_sharded && !rank_is_crta, RankCTAOffset>();
    static constexpr uint32_t NumBanksRawCT =
        op_emulator::accessor_word<is_sharded && !num_banks_is_crta, NumBanksCTAOffset>();
    static constexpr uint32_t NumBanksCT = NumBanksRawCT & ~op_emulator::kShardContiguous;
    static constexpr bool is_shard_contiguous = (NumBanksRawCT & op_emulator::kShardContiguous) != 0;
    static constexpr uint32_t PhysicalNumBanksCT = (NumBanksCT + 1) / 2;
    static constexpr uint32_t TensorShapeCTAOffset = NumBanksCTAOffset + (num_banks_is_crta ? 0 : 1);
    static constexpr uint32_t ShardShapeCTAOffset = TensorShapeCTAOffset + (tensor_shape_is_crta ? 0 : RankCT);
    static constexpr uint32_t BankCoordsCTAOffset = ShardShapeCTAOffset + (shard_shape_is_crta ? 0 : RankCT);
    static constexpr uint32_t NumArgsCT =
        is_sharded ? BankCoordsCTAOffset + (bank_coords_is_crta ? 0 : PhysicalNumBanksCT) - CTA_OFFSET
                   : RankCTAOffset - CTA_OFFSET;

    constexpr TensorAccessorArgs() = default;
    constexpr explicit TensorAccessorArgs(uint32_t crta_offset) : crta_offset_(crta_offset) {
        static_assert(CRTA_OFFSET == tensor_accessor::UNKNOWN, "the offset of the common arguments is given twice");
    }

    constexpr uint32_t crta_offset() const {
        if constexpr (CRTA_OFFSET != tensor_accessor::UNKNOWN) {
            return CRTA_OFFSET;
        } else {
            return crta_offset_;
        }
    }
    constexpr uint32_t get_aligned_page_size() const {
        if constexpr (page_size_is_crta) {
            return get_common_arg_val<uint32_t>(crta_offset());
        } else {
            return AlignedPageSize;
        }
    }
    constexpr uint32_t get_rank() const {
        if constexpr (rank_is_crta) {
            return get_common_arg_val<uint32_t>(rank_crta_offset());
        } else {
            return RankCT;
        }
    }
    constexpr uint32_t get_num_banks() const { return num_banks_word() & ~op_emulator::kShardContiguous; }
    constexpr bool resolve_shard_contiguous() const { return (num_banks_word() & op_emulator::kShardContiguous) != 0; }
    constexpr uint32_t get_physical_num_banks() const { return (get_num_banks() + 1) / 2; }

    constexpr uint32_t rank_crta_offset() const { return crta_offset(); }
    constexpr uint32_t num_banks_crta_offset() const { return crta_offset() + (rank_is_crta ? 1 : 0); }
    constexpr uint32_t tensor_shape_crta_offset() const { return num_banks_crta_offset() + (num_banks_is_crta ? 1 : 0); }
    constexpr uint32_t shard_shape_crta_offset() const {
        return tensor_shape_crta_offset() + (tensor_shape_is_crta ? get_rank() : 0);
    }
    constexpr uint32_t bank_coords_crta_offset() const {
        return shard_shape_crta_offset() + (shard_shape_is_crta ? get_rank() : 0);
    }

    static constexpr uint32_t num_compile_time_args() { return NumArgsCT; }
    static constexpr uint32_t next_compile_time_args_offset() { return CTA_OFFSET + NumArgsCT; }
    constexpr uint32_t num_common_runtime_args() const {
        if constexpr (!is_sharded) {
            return page_size_is_crta ? 1 : 0;
        } else {
            return bank_coords_crta_offset() + (bank_coords_is_crta ? get_physical_num_banks() : 0) - crta_offset();
        }
    }
    constexpr uint32_t next_common_runtime_args_offset() const { return crta_offset() + num_common_runtime_args(); }

private:
    constexpr uint32_t num_banks_word() const {
        if constexpr (num_banks_is_crta) {
            return get_common_arg_val<uint32_t>(num_banks_crta_offset());
        } else {
            return NumBanksRawCT;
        }
    }

    uint32_t crta_offset_ = 0;
};

namespace tensor_accessor::detail {

// Offset of the accessor after TENSOR_IDX others.
template <uint32_t TENSOR_IDX, uint32_t CTA_OFFSET>
constexpr uint32_t get_tensor_accessor_args_cta_offset() {
    if constexpr (TENSOR_IDX == 0) {
        return CTA_OFFSET;
    } else {
        return get_tensor_accessor_args_cta_offset<
            TENSOR_IDX - 1, TensorAccessorArgs<CTA_OFFSET>::next_compile_time_args_offset()>();
    }
}

}  // namespace tensor_accessor::detail

namespace op_emulator {

template <uint32_t Left, uint32_t Offset, typename... Before>
constexpr auto accessor_args_tuple() {
    if constexpr (Left == 0) {
        return std::tuple<Before...>{};
    } else {
        return accessor_args_tuple<
            Left - 1, TensorAccessorArgs<Offset>::next_compile_time_args_offset(), Before..., TensorAccessorArgs<Offset>>();
    }
}

}  // namespace op_emulator

template <uint32_t NUM_TENSORS, uint32_t CTA_OFFSET>
constexpr auto make_tensor_accessor_args_tuple() {
    return op_emulator::accessor_args_tuple<NUM_TENSORS, CTA_OFFSET>();
}
