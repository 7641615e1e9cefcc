// Where the pages of a sharded tensor lie, as its accessor's words say: the arithmetic, and the two places of the words.
#pragma once
#include "addresses.h"
#include "api/tensor/tensor_accessor_args.h"

namespace op_emulator {

// Shapes in pages, outermost extent first, and what follows from them.
struct ShardGeometry {
    using Extents = std::array<uint32_t, tensor_accessor::MAX_RANK>;
    uint32_t rank = 0;
    Extents tensor{}, shard{}, grid{};                                 // grid: shards in each direction
    Extents tensor_strides{}, shard_strides{}, grid_strides{};
    uint32_t tensor_volume = 1, shard_volume = 1, shards = 1;

    constexpr void derive() {
        for (uint32_t i = rank; i-- > 0;) {
            grid[i] = shard[i] == 0 ? 0 : (tensor[i] + shard[i] - 1) / shard[i];
            tensor_strides[i] = tensor_volume;
            shard_strides[i] = shard_volume;
            grid_strides[i] = shards;
            tensor_volume *= tensor[i];
            shard_volume *= shard[i];
            shards *= grid[i];
        }
    }
};

// `Words`: the tensor's shape, the shard's, then the coordinates of two banks each. Equal layouts are of one type.
template <bool IsDram, bool Contiguous, uint32_t Rank, uint32_t Banks, uint32_t... Words>
struct StaticSharding {
    static_assert(Rank > 0 && Rank <= tensor_accessor::MAX_RANK, "accessor of a sharded tensor: rank out of range");
    static_assert(Banks > 0, "accessor of a sharded tensor: it has no banks");
    static constexpr bool is_dram = IsDram, is_interleaved = false, is_static = true, has_static_rank = true;
    static constexpr bool tensor_shape_static = true, shard_shape_static = true, bank_coords_static = true;
    static constexpr bool has_static_num_banks = true, is_shard_contiguous = Contiguous;
    static constexpr uint32_t rank_ct = Rank, num_banks_ct = Banks;
    static constexpr std::array<uint32_t, sizeof...(Words)> words{Words...};
    static constexpr ShardGeometry geometry = [] {
        ShardGeometry g;
        g.rank = Rank;
        for (uint32_t i = 0; i < Rank; ++i) {
            g.tensor[i] = words[i];
            g.shard[i] = words[Rank + i];
        }
        g.derive();
        return g;
    }();

    constexpr StaticSharding() = default;
    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    constexpr explicit StaticSharding(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, Where) {}

    static constexpr uint32_t num_banks() { return Banks; }
    static constexpr bool resolve_shard_contiguous() { return Contiguous; }
    static constexpr uint16_t bank_coordinates(uint32_t bank) {
        return static_cast<uint16_t>(words[2 * Rank + bank / 2] >> bank % 2 * 16);
    }
};

// Some of the words are common runtime arguments. A rank of 0 is one of them.
template <bool IsDram, uint32_t RankCT, bool TensorShapeStatic, bool ShardShapeStatic, bool CoordinatesStatic>
struct RuntimeSharding {
    static constexpr bool is_dram = IsDram, is_interleaved = false, is_static = false, has_static_rank = RankCT != 0;
    static constexpr bool tensor_shape_static = TensorShapeStatic, shard_shape_static = ShardShapeStatic;
    static constexpr bool bank_coords_static = CoordinatesStatic;
    static constexpr uint32_t rank_ct = RankCT;
    ShardGeometry geometry{};

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    explicit RuntimeSharding(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, Where where) :
        banks_(args.get_num_banks()),
        contiguous_(args.resolve_shard_contiguous()),
        first_coordinate_(CoordinatesStatic ? args.BankCoordsCTAOffset : args.bank_coords_crta_offset()) {
        using Args = TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>;
        geometry.rank = args.get_rank();
        assert_that(
            geometry.rank > 0 && geometry.rank <= tensor_accessor::MAX_RANK && banks_ > 0,
            "the common runtime arguments of an accessor give it a rank and banks", where);
        for (uint32_t i = 0; i < geometry.rank; ++i) {
            geometry.tensor[i] =
                word<Args::tensor_shape_is_crta>(Args::TensorShapeCTAOffset, args.tensor_shape_crta_offset(), i, where);
            geometry.shard[i] =
                word<Args::shard_shape_is_crta>(Args::ShardShapeCTAOffset, args.shard_shape_crta_offset(), i, where);
        }
        geometry.derive();
        assert_that(geometry.shard_volume > 0, "the common runtime arguments of an accessor give it a shard", where);
    }

    uint32_t num_banks() const { return banks_; }
    bool resolve_shard_contiguous() const { return contiguous_; }
    uint16_t bank_coordinates(uint32_t bank) const {
        const uint32_t pair = word<!CoordinatesStatic>(first_coordinate_, first_coordinate_, bank / 2, Where{});
        return static_cast<uint16_t>(pair >> bank % 2 * 16);
    }

private:
    template <bool IsCommon>
    static uint32_t word(uint32_t compile_time, uint32_t common, uint32_t i, Where where) {
        if constexpr (IsCommon) {
            return get_common_arg_val<uint32_t>(static_cast<int>(common + i), where);
        } else {
            return kernel_compile_time_args[compile_time + i];
        }
    }

    uint32_t banks_;
    bool contiguous_;
    uint32_t first_coordinate_;
};

template <bool IsDram>
struct InterleavedSpec {
    static constexpr bool is_dram = IsDram;
    static constexpr bool is_interleaved = true;
    static constexpr bool tensor_shape_static = false, has_static_rank = false;
};

template <typename Args, std::size_t... I>
auto static_sharding(std::index_sequence<I...>) {
    return StaticSharding<
        Args::is_dram, Args::is_shard_contiguous, Args::RankCT, Args::NumBanksCT,
        kernel_compile_time_args[Args::TensorShapeCTAOffset + I]...>{};
}

template <typename Args>
auto sharding_type() {
    if constexpr (!Args::is_sharded) {
        return std::type_identity<InterleavedSpec<Args::is_dram>>{};
    } else if constexpr (
        Args::rank_is_crta || Args::num_banks_is_crta || Args::tensor_shape_is_crta || Args::shard_shape_is_crta ||
        Args::bank_coords_is_crta) {
        return std::type_identity<RuntimeSharding<
            Args::is_dram, Args::RankCT, !Args::tensor_shape_is_crta, !Args::shard_shape_is_crta,
            !Args::bank_coords_is_crta>>{};
    } else {
        return std::type_identity<decltype(static_sharding<Args>(
            std::make_index_sequence<2 * Args::RankCT + Args::PhysicalNumBanksCT>()))>{};
    }
}
template <typename Args>
using Sharding = typename decltype(sharding_type<Args>())::type;

// What accessor.dspec() hands out.
template <typename Spec>
class DistributionView {
public:
    constexpr explicit DistributionView(const Spec& spec) : spec_(spec) {}
    constexpr uint32_t rank() const { return spec_.geometry.rank; }
    constexpr uint32_t num_banks() const { return spec_.num_banks(); }
    constexpr bool resolve_shard_contiguous() const { return spec_.resolve_shard_contiguous(); }
    constexpr const auto& tensor_shape() const { return spec_.geometry.tensor; }
    constexpr const auto& shard_shape() const { return spec_.geometry.shard; }
    constexpr const auto& shard_grid() const { return spec_.geometry.grid; }
    constexpr const auto& tensor_strides() const { return spec_.geometry.tensor_strides; }
    constexpr const auto& shard_strides() const { return spec_.geometry.shard_strides; }
    constexpr const auto& shard_grid_strides() const { return spec_.geometry.grid_strides; }
    constexpr std::size_t tensor_volume() const { return spec_.geometry.tensor_volume; }
    constexpr std::size_t shard_volume() const { return spec_.geometry.shard_volume; }
    constexpr std::size_t num_shards() const { return spec_.geometry.shards; }

    struct Coordinates {
        const Spec& spec;
        constexpr uint16_t operator[](uint32_t bank) const { return spec.bank_coordinates(bank); }
    };
    constexpr Coordinates packed_xy_coords() const { return {spec_}; }

private:
    const Spec& spec_;
};

}  // namespace op_emulator
