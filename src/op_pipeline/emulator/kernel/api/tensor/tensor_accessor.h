// Page number to NOC address, for tensors interleaved over DRAM or L1 banks.
#pragma once
#include "api/tensor/tensor_accessor_args.h"
#include "api/tensor/tensor_binding_token.h"
#include "op_emulator/addresses.h"

namespace op_emulator {

template <bool IsDram>
struct InterleavedSpec {
    static constexpr bool is_dram = IsDram;
    static constexpr bool is_interleaved = true;
};

}  // namespace op_emulator

namespace tensor_accessor {

// One page of a tensor, as the page iterators hand it out.
template <typename Accessor>
class AccessorPage {
public:
    AccessorPage(const Accessor& accessor, uint32_t page_id, uint8_t noc) :
        accessor_(&accessor), page_id_(page_id), noc_(noc) {}
    uint64_t noc_addr(OP_EMULATOR_HERE) const { return accessor_->get_noc_addr(page_id_, 0, noc_, where); }
    uint32_t page_id() const { return page_id_; }

private:
    const Accessor* accessor_;
    uint32_t page_id_;
    uint8_t noc_;
};

template <typename Accessor>
class Pages {
public:
    class Iterator {
    public:
        Iterator(const Pages& pages, uint32_t id) : pages_(&pages), id_(id) {}
        AccessorPage<Accessor> operator*() const { return {*pages_->accessor_, id_, pages_->noc_}; }
        Iterator& operator++() {
            ++id_;
            return *this;
        }
        bool operator!=(const Iterator& other) const { return id_ != other.id_; }

    private:
        const Pages* pages_;
        uint32_t id_;
    };
    Pages(const Accessor& accessor, uint32_t from, uint32_t to, uint8_t noc) :
        accessor_(&accessor), from_(from), to_(to), noc_(noc) {}
    Iterator begin() const { return {*this, from_}; }
    Iterator end() const { return {*this, to_}; }

private:
    const Accessor* accessor_;
    uint32_t from_, to_;
    uint8_t noc_;
};

}  // namespace tensor_accessor

template <typename DSpecT>
struct TensorAccessor {
    using DSpec = DSpecT;
    static constexpr bool is_dram = DSpec::is_dram;

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, const std::size_t bank_base_address_in) :
        TensorAccessor(args, bank_base_address_in, args.get_aligned_page_size()) {}

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(
        const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, const std::size_t bank_base_address_in,
        const uint32_t page_size_in) :
        bank_base_address(static_cast<uint32_t>(bank_base_address_in)),
        page_size(page_size_in),
        stride_(align_power_of_2(page_size_in, is_dram ? DRAM_ALIGNMENT : L1_ALIGNMENT)) {}

    // A tensor the program bound by name: its address is a common argument, fields decided at run time stand behind it.
    template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
    TensorAccessor(tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>, OP_EMULATOR_HERE) :
        TensorAccessor(
            TensorAccessorArgs<CTA_OFFSET, ADDR_CRTA_OFFSET / 4 + 1>{},
            get_common_arg_val<uint32_t>(static_cast<int>(ADDR_CRTA_OFFSET / 4), where)) {}

    FORCE_INLINE uint64_t get_noc_addr(
        const uint32_t page_id, const uint32_t offset = 0, uint8_t noc = noc_index, OP_EMULATOR_HERE) const {
        static_cast<void>(noc);
        return op_emulator::interleaved_address(is_dram, page_id, bank_base_address, stride_, offset, where);
    }
    FORCE_INLINE uint32_t get_aligned_page_size() const { return page_size; }
    FORCE_INLINE uint32_t get_bank_base_address() const { return bank_base_address; }

    tensor_accessor::Pages<TensorAccessor> pages(
        uint32_t start_page_id, uint32_t end_page_id, uint8_t noc = noc_index) const {
        return {*this, start_page_id, end_page_id, noc};
    }

    uint32_t bank_base_address;
    const uint32_t page_size;

private:
    uint32_t stride_;  // distance of two pages of one bank
};

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET, typename... Rest>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, Rest...)
    -> TensorAccessor<op_emulator::InterleavedSpec<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>::is_dram>>;

template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
TensorAccessor(tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>)
    -> TensorAccessor<op_emulator::InterleavedSpec<TensorAccessorArgs<CTA_OFFSET, ADDR_CRTA_OFFSET / 4 + 1>::is_dram>>;
