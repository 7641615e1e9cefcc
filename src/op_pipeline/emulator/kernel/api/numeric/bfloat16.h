// bfloat16 as its 16 bits, for kernels without a floating point unit: constants, conversions, order.
#pragma once
#include <stdint.h>

#include "internal/risc_attribs.h"
#include "op_emulator/macros.h"

inline constexpr uint16_t BFLOAT16_SIGN_MASK = 0x8000;
inline constexpr uint16_t BFLOAT16_EXPONENT_MASK = 0x7F80;
inline constexpr uint16_t BFLOAT16_MANTISSA_MASK = 0x007F;
inline constexpr uint16_t BFLOAT16_MAGNITUDE_MASK = 0x7FFF;
inline constexpr uint16_t POS_INF_BFLOAT16 = 0x7F80;
inline constexpr uint16_t NEG_INF_BFLOAT16 = 0xFF80;
inline constexpr uint16_t NAN_BFLOAT16 = 0x7FFF;

FORCE_INLINE float bf16_to_fp32(uint16_t bf16) { return __builtin_bit_cast(float, static_cast<uint32_t>(bf16) << 16); }

// To nearest, ties to even; a NaN may become an infinity, as on the device.
FORCE_INLINE uint16_t fp32_to_bf16(float x) {
    const uint32_t bits = __builtin_bit_cast(uint32_t, x);
    return static_cast<uint16_t>((bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16);
}
FORCE_INLINE uint16_t fp32_to_bf16_truncate(float x) {
    return static_cast<uint16_t>(__builtin_bit_cast(uint32_t, x) >> 16);
}

struct FloatBits {
    uint16_t high16, low16;
    explicit FloatBits(float value) :
        high16(static_cast<uint16_t>(__builtin_bit_cast(uint32_t, value) >> 16)),
        low16(static_cast<uint16_t>(__builtin_bit_cast(uint32_t, value))) {}
};

// Order of the bits alone: +0 is above -0, and a NaN has a place like any number.
inline bool bfloat16_greater(uint16_t bf16_a, uint16_t bf16_b) {
    const bool a_negative = bf16_a & BFLOAT16_SIGN_MASK;
    const bool b_negative = bf16_b & BFLOAT16_SIGN_MASK;
    if (a_negative != b_negative) {
        return b_negative;
    }
    return a_negative ? bf16_a < bf16_b : bf16_a > bf16_b;
}
