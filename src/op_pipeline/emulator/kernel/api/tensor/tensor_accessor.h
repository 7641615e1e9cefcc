// Page number to NOC address, for tensors interleaved over DRAM or L1 banks and for sharded ones.
#pragma once
#include "api/debug/assert.h"
#include "api/kernel_thread_globals.h"
#include "api/tensor/pages_address_iterator.h"
#include "api/tensor/shard_pages_address_iterator.h"
#include "api/tensor/tensor_accessor_args.h"
#include "api/tensor/tensor_binding_token.h"
#include "op_emulator/addresses.h"
#include "op_emulator/distribution.h"

namespace op_emulator {

template <typename T>
concept Subscripted = requires(const T& value) { value[0]; };

// Is the bank that answers at this address the running core's own L1?
inline bool is_own_address(uint64_t noc_addr) {
    return abi::is_own_coordinate(static_cast<uint32_t>(noc_addr >> 36 & 63), static_cast<uint32_t>(noc_addr >> 42 & 63));
}

}  // namespace op_emulator

// A sharded tensor. DSpecT: its distribution, known when the kernel is compiled or told by common runtime arguments.
template <typename DSpecT>
struct TensorAccessor {
    using DSpec = DSpecT;
    static constexpr bool is_dram = DSpec::is_dram;
    struct PageMapping {
        std::size_t bank_id;
        std::size_t bank_page_offset;
    };

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(
        const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, const std::size_t bank_base_address_in, OP_EMULATOR_HERE) :
        TensorAccessor(args, bank_base_address_in, args.get_aligned_page_size(), where) {}
    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(
        const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, const std::size_t bank_base_address_in,
        const uint32_t page_size_in, OP_EMULATOR_HERE) :
        bank_base_address(static_cast<uint32_t>(bank_base_address_in)), spec_(args, where), page_size_(page_size_in) {}
    // A tensor the program bound by name: its address is a common argument, fields decided at run time stand behind it.
    template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
    TensorAccessor(tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>, OP_EMULATOR_HERE) :
        TensorAccessor(
            TensorAccessorArgs<CTA_OFFSET, ADDR_CRTA_OFFSET / 4 + 1>{},
            get_common_arg_val<uint32_t>(static_cast<int>(ADDR_CRTA_OFFSET / 4), where), where) {}

    constexpr auto dspec() const { return op_emulator::DistributionView<DSpec>(spec_); }
    FORCE_INLINE uint32_t get_aligned_page_size() const { return page_size_; }
    FORCE_INLINE uint32_t get_bank_base_address() const { return bank_base_address; }

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t page_id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return get_noc_addr(get_bank_and_offset(page_id, where), offset, noc, where);
    }
    template <op_emulator::Subscripted Coordinates>
    FORCE_INLINE uint64_t get_noc_addr(
        const Coordinates& page_coord, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return get_noc_addr(get_bank_and_offset(page_coord, where), offset, noc, where);
    }
    FORCE_INLINE uint64_t get_noc_addr(
        const PageMapping page, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);  // virtual coordinates are the same on both NOCs
        const uint64_t address = uint64_t{bank_base_address} + page.bank_page_offset * page_size_ + offset;
        const uint16_t xy = spec_.bank_coordinates(static_cast<uint32_t>(page.bank_id));
        return is_dram ? op_emulator::abi::bank_address(true, xy >> 8, address, where)
                       : op_emulator::noc_xy_address(xy >> 8, xy & 0xFF, address);
    }
    FORCE_INLINE uint64_t get_shard_noc_addr(
        const uint32_t shard_id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        const auto& geometry = spec_.geometry;
        if (shard_id >= geometry.shards || offset >= geometry.shard_volume * page_size_) [[unlikely]] {
            op_emulator::abi::outside_tensor("shard", shard_id, geometry.shards, offset, geometry.shard_volume * page_size_, where);
        }
        const PageMapping shard = shard_to_bank(shard_id);
        return get_noc_addr(PageMapping{shard.bank_id, shard.bank_page_offset * geometry.shard_volume}, offset, noc, where);
    }
    template <op_emulator::Subscripted Coordinates>
    FORCE_INLINE uint64_t get_shard_noc_addr(
        const Coordinates& shard_coord, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        uint32_t shard_id = 0;
        for (uint32_t i = 0; i < spec_.geometry.rank; ++i) {
            op_emulator::assert_that(
                shard_coord[i] < spec_.geometry.grid[i], "a shard's coordinates lie in the grid of shards", where);
            shard_id += shard_coord[i] * spec_.geometry.grid_strides[i];
        }
        return get_shard_noc_addr(shard_id, offset, noc, where);
    }

    PageMapping get_bank_and_offset(uint32_t page_id, OP_EMULATOR_HERE) const {
        const auto& geometry = spec_.geometry;
        if (page_id >= geometry.tensor_volume) [[unlikely]] {
            op_emulator::abi::outside_tensor("page", page_id, geometry.tensor_volume, 0, page_size_, where);
        }
        ShardExtents at{};
        for (uint32_t i = geometry.rank; i-- > 0;) {
            at[i] = page_id % geometry.tensor[i];
            page_id /= geometry.tensor[i];
        }
        return mapping(at);
    }
    template <op_emulator::Subscripted Coordinates>
    PageMapping get_bank_and_offset(const Coordinates& page_coord, OP_EMULATOR_HERE) const {
        for (uint32_t i = 0; i < spec_.geometry.rank; ++i) {
            op_emulator::assert_that(
                page_coord[i] < spec_.geometry.tensor[i], "a page's coordinates lie in the tensor", where);
        }
        return mapping(page_coord);
    }

    bool is_local_bank(uint32_t virtual_x, uint32_t virtual_y, uint8_t noc = noc_index) const {
        static_cast<void>(noc);
        return op_emulator::abi::is_own_coordinate(virtual_x, virtual_y);
    }
    bool is_local_addr(const uint64_t noc_addr, uint8_t noc = noc_index) const {
        static_cast<void>(noc);
        return op_emulator::is_own_address(noc_addr);
    }
    bool is_local_page(const uint32_t page_id, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return op_emulator::is_own_address(get_noc_addr(page_id, 0, noc, where));
    }
    bool is_local_shard(const uint32_t shard_id, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return op_emulator::is_own_address(get_shard_noc_addr(shard_id, 0, noc, where));
    }

    // Page numbers of the tensor, or places in a shard; an end of 0 means the last.
    auto pages(uint32_t start_page_id = 0, uint32_t end_page_id = 0, uint8_t noc = noc_index) const {
        const uint32_t end = end_page_id == 0 ? spec_.geometry.tensor_volume : end_page_id;
        return tensor_accessor::Pages<TensorAccessor>(*this, start_page_id, end, 1, noc);
    }
    auto shard_pages(
        uint32_t shard_id, uint32_t start_page_offset = 0, uint32_t end_page_offset = 0, uint8_t noc = noc_index,
        OP_EMULATOR_HERE) const {
        static_assert(DSpec::has_static_rank, "shard_pages needs a rank known at compile time");
        const uint32_t volume = spec_.geometry.shard_volume;
        if (shard_id >= spec_.geometry.shards || end_page_offset > volume) [[unlikely]] {
            op_emulator::abi::outside_tensor(
                "shard", shard_id, spec_.geometry.shards, end_page_offset * page_size_, volume * page_size_, where);
        }
        return tensor_accessor::ShardPages<TensorAccessor>(
            *this, shard_id, start_page_offset, end_page_offset == 0 ? volume : end_page_offset, noc);
    }
    auto strided_pages(uint8_t noc = noc_index) const {
        return tensor_accessor::Pages<TensorAccessor>(
            *this, get_my_thread_id(), spec_.geometry.tensor_volume, get_num_threads(), noc);
    }
    auto strided_shard_pages(uint8_t noc = noc_index) const {
        static_assert(DSpec::has_static_rank, "strided_shard_pages needs a rank known at compile time");
        return tensor_accessor::StridedShardPages<TensorAccessor>(
            *this, get_my_thread_id(), spec_.geometry.shards, get_num_threads(), noc);
    }

    const uint32_t bank_base_address;

private:
    using ShardExtents = op_emulator::ShardGeometry::Extents;

    // Bank, and the number of the shard within it.
    PageMapping shard_to_bank(std::size_t shard) const {
        const std::size_t banks = spec_.num_banks();
        if (!spec_.resolve_shard_contiguous()) {
            return {shard % banks, shard / banks};
        }
        const std::size_t in_each = spec_.geometry.shards / banks;
        return {shard / in_each, shard % in_each};
    }

    template <typename Coordinates>
    PageMapping mapping(const Coordinates& at) const {
        const auto& geometry = spec_.geometry;
        std::size_t shard = 0, in_shard = 0;
        for (uint32_t i = 0; i < geometry.rank; ++i) {
            shard += at[i] / geometry.shard[i] * geometry.grid_strides[i];
            in_shard += at[i] % geometry.shard[i] * geometry.shard_strides[i];
        }
        const PageMapping place = shard_to_bank(shard);
        return {place.bank_id, place.bank_page_offset * geometry.shard_volume + in_shard};
    }

    [[no_unique_address]] DSpec spec_;
    uint32_t page_size_;
};

template <bool IsDram>
struct TensorAccessor<op_emulator::InterleavedSpec<IsDram>> {
    using DSpec = op_emulator::InterleavedSpec<IsDram>;
    static constexpr bool is_dram = IsDram;

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, const std::size_t bank_base_address_in) :
        TensorAccessor(args, bank_base_address_in, args.get_aligned_page_size()) {}

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(
        const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, const std::size_t bank_base_address_in,
        const uint32_t page_size_in) :
        TensorAccessor(bank_base_address_in, page_size_in) {}

    TensorAccessor(const std::size_t bank_base_address_in, const uint32_t page_size_in) :
        bank_base_address(static_cast<uint32_t>(bank_base_address_in)),
        page_size(page_size_in),
        stride_(align_power_of_2(page_size_in, is_dram ? DRAM_ALIGNMENT : L1_ALIGNMENT)) {}
    TensorAccessor(DSpec, const std::size_t bank_base_address_in, const uint32_t page_size_in = 0) :
        TensorAccessor(bank_base_address_in, page_size_in) {}

    // A tensor the program bound by name: its address is a common argument, fields decided at run time stand behind it.
    template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
    TensorAccessor(tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>, OP_EMULATOR_HERE) :
        TensorAccessor(
            TensorAccessorArgs<CTA_OFFSET, ADDR_CRTA_OFFSET / 4 + 1>{},
            get_common_arg_val<uint32_t>(static_cast<int>(ADDR_CRTA_OFFSET / 4), where)) {}
    // Never run: what a name that the program did not bind is looked up as.
    explicit TensorAccessor(const tensor_accessor::NullTensorBindingToken&) : TensorAccessor(0, 0) {}

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t page_id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);
        return op_emulator::interleaved_address(is_dram, page_id, bank_base_address, stride_, offset, where);
    }
    FORCE_INLINE uint32_t get_aligned_page_size() const { return page_size; }
    FORCE_INLINE uint32_t get_bank_base_address() const { return bank_base_address; }

    bool is_local_bank(uint32_t virtual_x, uint32_t virtual_y, uint8_t noc = noc_index) const {
        static_cast<void>(noc);
        return op_emulator::abi::is_own_coordinate(virtual_x, virtual_y);
    }
    bool is_local_addr(const uint64_t noc_addr, uint8_t noc = noc_index) const {
        static_cast<void>(noc);
        return op_emulator::is_own_address(noc_addr);
    }
    bool is_local_page(const uint32_t page_id, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        return op_emulator::is_own_address(get_noc_addr(page_id, 0, noc, where));
    }

    // The accessor does not know how many pages there are, so both ends are given.
    tensor_accessor::Pages<TensorAccessor> pages(
        uint32_t start_page_id, uint32_t end_page_id, uint8_t noc = noc_index) const {
        return {*this, start_page_id, end_page_id, 1, noc};
    }
    tensor_accessor::Pages<TensorAccessor> strided_pages(uint32_t total_pages, uint8_t noc = noc_index) const {
        return {*this, get_my_thread_id(), total_pages, get_num_threads(), noc};
    }

    uint32_t bank_base_address;
    const uint32_t page_size;

private:
    uint32_t stride_;  // distance of two pages of one bank
};

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET, typename... Rest>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, Rest...)
    -> TensorAccessor<op_emulator::Sharding<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>>>;

template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
TensorAccessor(tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>)
    -> TensorAccessor<op_emulator::Sharding<TensorAccessorArgs<CTA_OFFSET, ADDR_CRTA_OFFSET / 4 + 1>>>;
TensorAccessor(const tensor_accessor::NullTensorBindingToken&) -> TensorAccessor<op_emulator::InterleavedSpec<false>>;
template <bool IsDram, typename... Rest>
TensorAccessor(op_emulator::InterleavedSpec<IsDram>, Rest...) -> TensorAccessor<op_emulator::InterleavedSpec<IsDram>>;

namespace tensor_accessor {

template <bool is_dram>
constexpr auto make_interleaved_dspec() {
    return op_emulator::InterleavedSpec<is_dram>{};
}

}  // namespace tensor_accessor

#include "op_emulator/accessor_tuples.h"
