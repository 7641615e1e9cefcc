// Row makers for operations on integers: words are two's complement, UInt16 lives in the low half.
#pragma once
#include "sfpu_table.hpp"

namespace op_emulator::compute {

constexpr std::int32_t as_signed(Word x) { return static_cast<std::int32_t>(x); }
constexpr Word fit(Word x, DataFormat format) { return format == DataFormat::UInt16 ? x & 0xFFFFu : x; }

// F(a, b, format) for two operands.
template <auto F>
SfpuEntry integer_binary() {
    const auto run = [](const SfpuArgs& args) {
        const Word* a = args.words(0);
        const Word* b = args.words(1);
        Word* out = args.out_words();
        const DataFormat format = args.call.format;
        for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = fit(F(a[i], b[i], format), format);
    };
    return {run, 2, Operands::Integer, Store::Truncate, Accuracy::Exact};
}

// F(x, args) for one operand.
template <auto F>
SfpuEntry integer_unary() {
    const auto run = [](const SfpuArgs& args) {
        const Word* a = args.words(0);
        Word* out = args.out_words();
        for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = fit(F(a[i], args), args.call.format);
    };
    return {run, 1, Operands::Integer, Store::Truncate, Accuracy::Exact};
}

// The two-operand F with zero, or with the first scalar parameter, as second operand.
template <auto F>
constexpr auto kWithZero = [](Word x, const SfpuArgs& s) { return F(x, Word{0}, s.call.format); };
template <auto F>
constexpr auto kWithScalar = [](Word x, const SfpuArgs& s) { return F(x, Word{s.call.value[0]}, s.call.format); };

constexpr bool less(Word a, Word b, DataFormat format) {
    return format == DataFormat::Int32 ? as_signed(a) < as_signed(b) : a < b;
}
constexpr auto kLarger = [](Word a, Word b, DataFormat f) { return less(a, b, f) ? b : a; };
constexpr auto kSmaller = [](Word a, Word b, DataFormat f) { return less(b, a, f) ? b : a; };

}  // namespace op_emulator::compute
