// Tensors as ends of a NOC transfer: by page or shard number and offset.
#pragma once
#include "api/dataflow/noc.h"
#include "api/tensor/tensor_accessor.h"

namespace op_emulator {

// As the local end of a transfer a tensor must be in this core's own L1 at that address.
template <Noc::AddressType address_type>
auto end_address(uint64_t address) {
    if constexpr (address_type == Noc::AddressType::LOCAL_L1) {
        assert_that(is_own_address(address), "the local end of a transfer is in this core's own L1", Where{});
        return static_cast<uint32_t>(address);
    } else {
        return address;
    }
}

struct PageArgs {
    uint32_t page_id{};
    uint32_t offset_bytes = 0;
};
struct ShardArgs {
    uint32_t shard_id{};
    uint32_t offset_bytes = 0;
};
struct OffsetArgs {
    uint32_t offset_bytes = 0;
};

// Anything with get_noc_addr(number, offset, noc, where).
template <typename End, typename Args>
struct NumberedTraits {
    using src_args_type = Args;
    using dst_args_type = Args;

    template <Noc::AddressType address_type>
    static auto src_addr(const End& end, const Noc& noc, const Args& args) {
        const auto& [number, offset] = args;
        return end_address<address_type>(end.get_noc_addr(number, offset, noc.get_noc_id(), Where{}));
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const End& end, const Noc& noc, const Args& args) {
        return src_addr<address_type>(end, noc, args);
    }
};

template <typename PageType>
struct PageTraits {
    using src_args_type = OffsetArgs;
    using dst_args_type = OffsetArgs;

    template <Noc::AddressType address_type>
    static auto src_addr(const PageType& page, const Noc&, const OffsetArgs& args) {
        return end_address<address_type>(page.noc_addr() + args.offset_bytes);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const PageType& page, const Noc& noc, const OffsetArgs& args) {
        return src_addr<address_type>(page, noc, args);
    }
};

}  // namespace op_emulator

template <typename DSpecT>
struct noc_traits_t<TensorAccessor<DSpecT>>
    : op_emulator::NumberedTraits<TensorAccessor<DSpecT>, op_emulator::PageArgs> {};
template <>
struct noc_traits_t<AbstractTensorAccessorWrapper>
    : op_emulator::NumberedTraits<AbstractTensorAccessorWrapper, op_emulator::PageArgs> {};
template <typename Accessor>
struct noc_traits_t<PageView<Accessor>> : op_emulator::NumberedTraits<PageView<Accessor>, op_emulator::PageArgs> {};
template <typename Accessor>
struct noc_traits_t<ShardView<Accessor>> : op_emulator::NumberedTraits<ShardView<Accessor>, op_emulator::ShardArgs> {};
template <>
struct noc_traits_t<tensor_accessor::Page> : op_emulator::PageTraits<tensor_accessor::Page> {};
template <typename Accessor>
struct noc_traits_t<tensor_accessor::AccessorPage<Accessor>>
    : op_emulator::PageTraits<tensor_accessor::AccessorPage<Accessor>> {};
template <typename Accessor>
struct noc_traits_t<tensor_accessor::ShardPage<Accessor>>
    : op_emulator::PageTraits<tensor_accessor::ShardPage<Accessor>> {};
