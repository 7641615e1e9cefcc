// L1 addresses are 32-bit offsets, host pointers are not: reinterpret_cast between the two becomes checked translation.
// Included last in the prelude, after every standard header it needs.
#pragma once
#include <type_traits>

#include "abi.h"
#include "macros.h"

namespace op_emulator {

inline bool points_into_l1(const volatile void* pointer) {
    const auto* byte = static_cast<const volatile unsigned char*>(pointer);
    return byte >= op_emulator_l1_base && byte < op_emulator_l1_base + op_emulator_l1_size;
}

template <class Pointer>
inline Pointer l1_pointer(uint64_t address, Where where) {
    if (address >= op_emulator_l1_size) [[unlikely]] {
        // A 64-bit integer may hold the address of a local variable, which never was an L1 address.
        if (address <= 0xFFFFFFFFu) {
            abi::pointer_outside_l1(address, where);
        }
        return reinterpret_cast<Pointer>(address);
    }
    return reinterpret_cast<Pointer>(op_emulator_l1_base + address);
}

template <class Integer>
inline Integer l1_address(const volatile void* pointer, Where where) {
    if (points_into_l1(pointer)) {
        return static_cast<Integer>(static_cast<const volatile unsigned char*>(pointer) - op_emulator_l1_base);
    }
    if (pointer != nullptr && sizeof(Integer) < sizeof(void*)) [[unlikely]] {
        abi::pointer_not_in_l1(pointer, where);
    }
    return static_cast<Integer>(reinterpret_cast<uintptr_t>(pointer));
}

// An L1 address that a C-style cast may turn into a pointer, as it may on the device. Elsewhere a number of 32 bits.
class L1Address {
public:
    constexpr L1Address(uint32_t address) : address_(address) {}
    constexpr operator uint32_t() const { return address_; }
    template <class T>
    explicit operator T*() const {
        return l1_pointer<T*>(address_, Where{});
    }
    constexpr L1Address& operator+=(uint32_t bytes) {
        address_ += bytes;
        return *this;
    }

private:
    uint32_t address_;
};

// Stands in for reinterpret_cast<To>(value) in kernels.
template <class To, class From>
FORCE_INLINE To l1_cast(From&& value, OP_EMULATOR_HERE) {
    using Source = std::remove_cv_t<std::remove_reference_t<From>>;
    if constexpr (std::is_pointer_v<To> && !std::is_function_v<std::remove_pointer_t<To>> &&
                  (std::is_integral_v<Source> || std::is_enum_v<Source>)) {
        return l1_pointer<To>(static_cast<uint64_t>(value), where);
    } else if constexpr (std::is_pointer_v<To> && std::is_same_v<Source, L1Address>) {
        return l1_pointer<To>(uint32_t{value}, where);
    } else if constexpr (std::is_integral_v<To> && std::is_pointer_v<std::decay_t<From>> &&
                         !std::is_function_v<std::remove_pointer_t<std::decay_t<From>>>) {
        return l1_address<To>(value, where);
    } else if constexpr (std::is_reference_v<To>) {
        return reinterpret_cast<To>(value);
    } else {
        return reinterpret_cast<To>(static_cast<From&&>(value));
    }
}

}  // namespace op_emulator

#define reinterpret_cast ::op_emulator::l1_cast
