#pragma once
#include <bit>
#include <cstdint>

// The 16 upper bits of a float, rounded to nearest, ties to even.
class bfloat16 {
public:
    constexpr bfloat16() = default;
    constexpr bfloat16(float value) {
        const auto bits = std::bit_cast<std::uint32_t>(value);
        const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
        bits_ = is_nan ? static_cast<std::uint16_t>((bits >> 16) | 0x40u)  // stays a NaN
                       : static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
    }
    static constexpr bfloat16 from_bits(std::uint16_t bits) {
        bfloat16 value;
        value.bits_ = bits;
        return value;
    }
    constexpr operator float() const { return std::bit_cast<float>(static_cast<std::uint32_t>(bits_) << 16); }
    constexpr std::uint16_t to_bits() const { return bits_; }
    friend constexpr bool operator==(const bfloat16&, const bfloat16&) = default;

private:
    std::uint16_t bits_ = 0;
};
static_assert(sizeof(bfloat16) == 2);

// Two values in one word, the first in the lower half.
constexpr std::uint32_t pack_two_bfloat16_into_uint32(bfloat16 first, bfloat16 second) {
    return first.to_bits() | (static_cast<std::uint32_t>(second.to_bits()) << 16);
}
