// Multiplication and division by constants, which the device's processors have no instruction for.
#pragma once
#include <stdint.h>

#include "op_emulator/macros.h"

FORCE_INLINE constexpr uint32_t mulsi3(uint32_t a, uint32_t b) { return a * b; }

template <uint32_t d>
FORCE_INLINE constexpr uint32_t udivsi3_const_divisor(uint32_t n) {
    return n / d;
}
template <uint32_t d>
FORCE_INLINE constexpr uint32_t umodsi3_const_divisor(uint32_t a) {
    return a % d;
}
