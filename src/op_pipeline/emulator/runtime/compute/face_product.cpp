#include "face_product.hpp"

#include <cstddef>

namespace op_emulator::compute {

namespace {

constexpr std::size_t kSide = 16, kLanes = 8;
using Lanes = float __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

// `rows` rows of the result at a time: their sums stay in registers while k runs.
template <std::size_t rows>
__attribute__((always_inline)) inline void product(const float* b, const float* a, float* out) {
    for (std::size_t r = 0; r < kSide; r += rows) {
        Lanes left[rows]{}, right[rows]{};
        for (std::size_t k = 0; k < kSide; ++k) {
            const auto* row = reinterpret_cast<const Lanes*>(a + k * kSide);
            for (std::size_t i = 0; i < rows; ++i) {
                const float factor = b[(r + i) * kSide + k];
                left[i] += factor * row[0];
                right[i] += factor * row[1];
            }
        }
        for (std::size_t i = 0; i < rows; ++i) {
            auto* row = reinterpret_cast<Lanes*>(out + (r + i) * kSide);
            row[0] = left[i];
            row[1] = right[i];
        }
    }
}

#if defined(__x86_64__)
// 8-wide registers where the machine has them; without fused multiply-add, so the results are the same.
__attribute__((target("avx2"))) void wide_product(const float* b, const float* a, float* out) { product<4>(b, a, out); }
const bool kWide = __builtin_cpu_supports("avx2") != 0;
#endif

}  // namespace

void face_product(const float* b, const float* a, float* out) {
#if defined(__x86_64__)
    if (kWide) return wide_product(b, a, out);
#endif
    product<2>(b, a, out);
}

}  // namespace op_emulator::compute
