// Which bits of a factor the multipliers see. One pass takes 5 bits of srcA and 7 of srcB (the leading 1 included);
// LoFi makes one pass, HiFi2 adds the rest of srcA, HiFi3 that of srcB, HiFi4 both rests. Source: Tenstorrent's ISA
// documentation, SrcASrcB (fidelity phases); the last of srcA's 10 bits is never used.
#pragma once
#include <cmath>
#include <cstddef>

#include "formats.hpp"

namespace op_emulator::compute {

enum class Fidelity : std::uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4 };

constexpr std::uint32_t kSrcaUsed = 0xFFFFC000u;
constexpr float srca_used(float x) { return float_of(bits_of(x) & kSrcaUsed); }
constexpr float srca_high(float x) { return float_of(bits_of(x) & 0xFFF80000u); }
constexpr float srcb_high(float x) { return float_of(bits_of(x) & 0xFFFE0000u); }
inline float rest(float whole, float high) { return std::isfinite(high) ? whole - high : 0.0F; }

// Factors of one pass; the products of all passes add up.
struct Pass {
    bool a_high, a_rest, b_high, b_rest;
    float a(float x) const {
        if (a_high && a_rest) return srca_used(x);
        return a_high ? srca_high(x) : rest(srca_used(x), srca_high(x));
    }
    float b(float x) const {
        if (b_high && b_rest) return x;
        return b_high ? srcb_high(x) : rest(x, srcb_high(x));
    }
};

struct Passes {
    std::size_t count;
    Pass pass[4];
};

// One pass after the other, as silicon makes them: a 16-bit DST rounds after each.
constexpr Passes separate_passes(Fidelity fidelity) {
    const std::size_t count = fidelity == Fidelity::LoFi ? 1 : static_cast<std::size_t>(fidelity);
    return {count, {{true, false, true, false}, {false, true, true, false}, {true, false, false, true}, {false, true, false, true}}};
}

// The same products in as few passes as possible, for where nothing is rounded in between.
constexpr Passes merged_passes(Fidelity fidelity) {
    switch (fidelity) {
        case Fidelity::LoFi: return {1, {{true, false, true, false}}};
        case Fidelity::HiFi2: return {1, {{true, true, true, false}}};
        case Fidelity::HiFi3: return {2, {{true, true, true, false}, {true, false, false, true}}};
        default: return {1, {{true, true, true, true}}};
    }
}

}  // namespace op_emulator::compute
