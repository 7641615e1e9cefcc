// Scratchpad: L1 of this core that the program set aside for one kernel.
#pragma once
#include "api/core_local_mem.h"
#include "api/debug/assert.h"
#include "api/scratchpad_binding_token.h"
#include "experimental/kernel_args.h"

template <typename T>
class Scratchpad {
public:
    using element_type = T;
    using value_type = std::remove_cv_t<T>;
    using size_type = uint32_t;
    using pointer = CoreLocalMem<T>;
    using const_pointer = CoreLocalMem<const T>;
    using reference = T&;
    using const_reference = const T&;
    using iterator = pointer;

    [[nodiscard]] explicit Scratchpad(const ScratchpadBindingToken& token, OP_EMULATOR_HERE) :
        address_(get_common_arg_val<uint32_t>(static_cast<int>(token.crta_offset_), where)),
        size_(token.size_in_bytes_),
        format_(static_cast<DataFormat>(token.metadata_.format)) {
        op_emulator::assert_that(
            address_ % alignof(T) == 0 && size_ % sizeof(T) == 0, "a scratchpad holds whole elements", where);
    }

    [[nodiscard]] reference operator[](uint32_t index) const {
        op_emulator::assert_that(index < size(), "index beyond the scratchpad's elements", op_emulator::Where::here());
        return *op_emulator::l1_pointer<T*>(address_ + index * sizeof(T), op_emulator::Where::here());
    }
    [[nodiscard]] size_type size() const { return size_ / sizeof(T); }
    [[nodiscard]] size_type size_in_bytes() const { return size_; }
    [[nodiscard]] constexpr DataFormat get_dataformat() const { return format_; }
    [[nodiscard]] uint32_t get_base_address() const { return address_; }
    [[nodiscard]] iterator begin() const { return address_; }
    [[nodiscard]] iterator end() const { return address_ + size_; }
    [[nodiscard]] pointer local_mem() const { return address_; }
    [[nodiscard]] auto scoped_lock(uint32_t offset, uint32_t num_elements, OP_EMULATOR_HERE) const {
        op_emulator::assert_that(offset + num_elements <= size(), "lock beyond the scratchpad's elements", where);
        return (local_mem() + offset).scoped_lock(num_elements);
    }

private:
    uint32_t address_;
    uint32_t size_;
    DataFormat format_;
};

template <typename T>
inline constexpr bool is_scratchpad_v = false;
template <typename T>
inline constexpr bool is_scratchpad_v<Scratchpad<T>> = true;

#if !defined(COMPILE_FOR_TRISC)
template <typename T>
struct noc_traits_t<Scratchpad<T>> {
    using src_args_type = op_emulator::LocalArgs;
    using dst_args_type = op_emulator::LocalArgs;
    struct dst_args_mcast_type {};

    template <Noc::AddressType address_type>
    static uint32_t src_addr(const Scratchpad<T>& end, const Noc&, const src_args_type& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1, "a scratchpad is local: it cannot be the remote end");
        op_emulator::assert_that(
            args.offset_bytes < end.size_in_bytes(), "offset beyond the scratchpad", op_emulator::Where::here());
        return end.get_base_address() + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint32_t dst_addr(const Scratchpad<T>& end, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(end, noc, args);
    }
};
#endif
