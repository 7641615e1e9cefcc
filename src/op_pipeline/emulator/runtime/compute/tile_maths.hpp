// The inner loops of the compute core, in explicit vectors: 8-wide where the processor has AVX2, else 4-wide. Both give
// the same bits: no fused multiply-add, the same order of additions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace op_emulator {

// Tiles are 32x32 in the order of faces; counts are multiples of 8.
struct TileMaths {
    unsigned lanes;
    void (*unpack_bf16)(const void* page, float* out);
    // To nearest, ties away from zero; denormals and -0 become +0, NaN becomes infinity.
    void (*pack_bf16)(const float* in, void* page);
    // Every word & mask.
    void (*mask)(const float* in, std::uint32_t mask, float* out, std::size_t count);
    // To a value bf16 can hold, nearest even.
    void (*round_nearest_even)(float* values, std::size_t count);
    // out = [out +] a op b.
    void (*add)(const float* a, const float* b, bool accumulate, float* out);
    void (*subtract)(const float* a, const float* b, bool accumulate, float* out);
    void (*multiply)(const float* a, const float* b, bool accumulate, float* out);
    // out += b @ a for faces of 16x16; the sum over k starts at zero and runs upwards, and is added in the end.
    void (*add_face_product)(const float* b, const float* a, float* out);
};

// OP_EMULATOR_LANES=4 asks for the narrow ones: for tests, which compare the two.
const TileMaths& tile_maths();

extern const TileMaths kTileMaths4;
#if defined(__x86_64__)
extern const TileMaths kTileMaths8;
#endif

}  // namespace op_emulator
