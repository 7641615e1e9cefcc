// CoreLocalMem: a typed view of this core's L1 by address.
#pragma once
#if !defined(COMPILE_FOR_TRISC)
#include "api/dataflow/noc.h"
#endif
#include "api/lock.h"
#include "op_emulator/pointers.h"

// Addresses are 32 bits wide, as a pointer is on the device.
template <typename T, typename AddressType = uint32_t>
class CoreLocalMem {
    using difference_type = std::ptrdiff_t;
    static_assert(std::is_unsigned_v<AddressType>, "an address is an unsigned integer");

public:
    CoreLocalMem(AddressType address) : address_(address) {}
    CoreLocalMem(T* ptr, OP_EMULATOR_HERE) : address_(op_emulator::l1_address<uint32_t>(ptr, where)) {}

    tt_l1_ptr T* get_unsafe_ptr(OP_EMULATOR_HERE) const { return op_emulator::l1_pointer<T*>(address_, where); }
    AddressType get_address() const { return address_; }

    T& operator[](uint32_t index) const {
        return *op_emulator::l1_pointer<T*>(address_ + index * sizeof(T), op_emulator::Where::here());
    }
    T& operator*() const { return *get_unsafe_ptr(); }
    tt_l1_ptr T* operator->() const { return get_unsafe_ptr(); }

    CoreLocalMem& operator+=(difference_type offset) {
        address_ += offset * sizeof(T);
        return *this;
    }
    CoreLocalMem& operator-=(difference_type offset) { return *this += -offset; }
    CoreLocalMem& operator++() { return *this += 1; }
    CoreLocalMem& operator--() { return *this += -1; }
    CoreLocalMem operator++(int) {
        const CoreLocalMem before = *this;
        ++*this;
        return before;
    }
    CoreLocalMem operator--(int) {
        const CoreLocalMem before = *this;
        --*this;
        return before;
    }
    CoreLocalMem operator+(difference_type offset) const { return CoreLocalMem(*this) += offset; }
    CoreLocalMem operator-(difference_type offset) const { return CoreLocalMem(*this) += -offset; }
    difference_type operator-(const CoreLocalMem& other) const {
        return (static_cast<difference_type>(address_) - static_cast<difference_type>(other.address_)) /
               static_cast<difference_type>(sizeof(T));
    }

    [[nodiscard]] auto scoped_lock(std::size_t num_elements) const {
        static_cast<void>(num_elements);
        return Lock([] {});
    }

    bool operator==(const CoreLocalMem& other) const { return address_ == other.address_; }
    bool operator!=(const CoreLocalMem& other) const { return address_ != other.address_; }
    bool operator<(const CoreLocalMem& other) const { return address_ < other.address_; }
    bool operator<=(const CoreLocalMem& other) const { return address_ <= other.address_; }
    bool operator>(const CoreLocalMem& other) const { return address_ > other.address_; }
    bool operator>=(const CoreLocalMem& other) const { return address_ >= other.address_; }
    explicit operator bool() const { return address_ != 0; }

private:
    AddressType address_;
};

#if !defined(COMPILE_FOR_TRISC)
template <typename T, typename AddressType>
struct noc_traits_t<CoreLocalMem<T, AddressType>> {
    using src_args_type = op_emulator::LocalArgs;
    using dst_args_type = op_emulator::LocalArgs;
    struct dst_args_mcast_type {};

    template <Noc::AddressType address_type>
    static uint32_t src_addr(const CoreLocalMem<T, AddressType>& end, const Noc&, const src_args_type& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1, "CoreLocalMem is local: it cannot be the remote end");
        return end.get_address() + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint32_t dst_addr(const CoreLocalMem<T, AddressType>& end, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(end, noc, args);
    }
};

#include "api/tensor/noc_traits.h"
#endif
