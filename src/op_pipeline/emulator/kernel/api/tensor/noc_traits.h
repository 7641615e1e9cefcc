// Tensors as ends of a NOC transfer: by page number and offset.
#pragma once
#include "api/dataflow/noc.h"
#include "api/tensor/tensor_accessor.h"

namespace op_emulator {

template <Noc::AddressType address_type>
uint64_t remote_only(uint64_t address) {
    static_assert(address_type == Noc::AddressType::NOC, "a tensor as the local end: not modelled by the emulator");
    return address;
}

}  // namespace op_emulator

template <typename DSpecT>
struct noc_traits_t<TensorAccessor<DSpecT>> {
    struct src_args_type {
        uint32_t page_id{};
        uint32_t offset_bytes = 0;
    };
    using dst_args_type = src_args_type;

    template <Noc::AddressType address_type>
    static uint64_t src_addr(const TensorAccessor<DSpecT>& src, const Noc& noc, const src_args_type& args) {
        return op_emulator::remote_only<address_type>(
            src.get_noc_addr(args.page_id, args.offset_bytes, noc.get_noc_id(), op_emulator::Where{}));
    }
    template <Noc::AddressType address_type>
    static uint64_t dst_addr(const TensorAccessor<DSpecT>& dst, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(dst, noc, args);
    }
};

template <typename Accessor>
struct noc_traits_t<tensor_accessor::AccessorPage<Accessor>> {
    struct src_args_type {
        uint32_t offset_bytes = 0;
    };
    using dst_args_type = src_args_type;

    template <Noc::AddressType address_type>
    static uint64_t src_addr(const tensor_accessor::AccessorPage<Accessor>& page, const Noc&, const src_args_type& args) {
        return op_emulator::remote_only<address_type>(page.noc_addr(op_emulator::Where{}) + args.offset_bytes);
    }
    template <Noc::AddressType address_type>
    static uint64_t dst_addr(
        const tensor_accessor::AccessorPage<Accessor>& page, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(page, noc, args);
    }
};
