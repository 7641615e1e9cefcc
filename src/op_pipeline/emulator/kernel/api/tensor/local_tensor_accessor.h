// LocalTensorAccessor: the part of a tensor that lies in this core's own L1.
#pragma once
#include <array>
#include <tuple>

#include "api/core_local_mem.h"
#include "api/debug/assert.h"
#include "api/tensor/tensor_binding_token.h"

template <typename T>
class LocalTensorAccessor {
public:
    template <uint32_t CTA_OFFSET, uint32_t ADDR_CRTA_OFFSET>
    [[nodiscard]] explicit LocalTensorAccessor(
        tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>, OP_EMULATOR_HERE) :
        LocalTensorAccessor(get_common_arg_val<uint32_t>(static_cast<int>(ADDR_CRTA_OFFSET / 4), where), where) {
        static_assert(
            !tensor_accessor::TensorBindingToken<CTA_OFFSET, ADDR_CRTA_OFFSET>::args_t::is_dram,
            "LocalTensorAccessor: this tensor lies in DRAM, no core has a part of it in its L1; use TensorAccessor");
    }
    [[nodiscard]] explicit LocalTensorAccessor(const tensor_accessor::NullTensorBindingToken&) : address_(0) {}
    [[nodiscard]] explicit LocalTensorAccessor(uint32_t bank_base_address, OP_EMULATOR_HERE) : address_(bank_base_address) {
        op_emulator::assert_that(
            bank_base_address % alignof(T) == 0, "the local part of a tensor is aligned to its elements", where);
    }

    [[nodiscard]] T& operator[](uint32_t index) const { return local_mem()[index]; }
    [[nodiscard]] uint32_t get_bank_base_address() const { return address_; }
    [[nodiscard]] CoreLocalMem<T> local_mem() const { return address_; }
    [[nodiscard]] auto scoped_lock(uint32_t offset, uint32_t num_elements) const {
        return (local_mem() + offset).scoped_lock(num_elements);
    }

private:
    uint32_t address_;
};

#if !defined(COMPILE_FOR_TRISC)
template <typename T>
struct noc_traits_t<LocalTensorAccessor<T>> {
    using src_args_type = op_emulator::LocalArgs;
    using dst_args_type = op_emulator::LocalArgs;
    struct dst_args_mcast_type {};

    template <Noc::AddressType address_type>
    static uint32_t src_addr(const LocalTensorAccessor<T>& end, const Noc&, const src_args_type& args) {
        static_assert(
            address_type == Noc::AddressType::LOCAL_L1, "LocalTensorAccessor is local: it cannot be the remote end");
        return end.get_bank_base_address() + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint32_t dst_addr(const LocalTensorAccessor<T>& end, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(end, noc, args);
    }
};
#endif

// One accessor for each tensor of a sequence (`tensor::name` that stands for several).
template <typename T, typename... Tokens>
std::array<LocalTensorAccessor<T>, sizeof...(Tokens)> make_local_tensor_accessors(const std::tuple<Tokens...>& tokens) {
    return std::apply(
        [](const auto&... each) {
            return std::array<LocalTensorAccessor<T>, sizeof...(Tokens)>{LocalTensorAccessor<T>(each)...};
        },
        tokens);
}
