// Bits, shifts, division and quantization. Shift counts, signs and limits follow the remarks on the functions in
// api/compute/binary_shift.h, eltwise_unary/shift.h, div_int32_floor.h and quantization.h.
#include <cmath>
#include <limits>
#include <numeric>

#include "sfpu_integer.hpp"

namespace op_emulator::compute {

namespace {

Word arithmetic_right(Word x, Word count) { return static_cast<Word>(as_signed(x) >> count); }

void add_bits(Rows set) {
    constexpr auto kAnd = [](Word a, Word b, DataFormat) { return a & b; };
    constexpr auto kOr = [](Word a, Word b, DataFormat) { return a | b; };
    constexpr auto kXor = [](Word a, Word b, DataFormat) { return a ^ b; };
    set(SfpuOp::bitwise_and_binary_tile, integer_binary<kAnd>());
    set(SfpuOp::bitwise_or_binary_tile, integer_binary<kOr>());
    set(SfpuOp::bitwise_xor_binary_tile, integer_binary<kXor>());
    set(SfpuOp::bitwise_and_tile, integer_unary<kWithScalar<kAnd>>());
    set(SfpuOp::bitwise_or_tile, integer_unary<kWithScalar<kOr>>());
    set(SfpuOp::bitwise_xor_tile, integer_unary<kWithScalar<kXor>>());
    set(SfpuOp::bitwise_not_tile, integer_unary<[](Word x, const SfpuArgs&) { return ~x; }>());
}

// A count outside 0 … 31 gives 0, but where it saturates to 31: right shifts by a scalar, and of UInt32 by a tile.
void add_shifts(Rows set) {
    constexpr auto kLeft = [](Word x, Word count, DataFormat) { return count < 32 ? x << count : 0; };
    set(SfpuOp::binary_left_shift_tile, integer_binary<kLeft>());
    set(SfpuOp::left_shift_tile, integer_unary<kWithScalar<kLeft>>());
    const auto right = [](Word x, Word count, DataFormat format) {
        if (format == DataFormat::UInt32) return x >> std::min(count, Word{31});
        return count < 32 ? arithmetic_right(x, count) : 0;
    };
    set(SfpuOp::binary_right_shift_tile, integer_binary<right>());
    const auto logical = [](Word x, Word count, DataFormat) { return count < 32 ? x >> count : 0; };
    set(SfpuOp::binary_logical_right_shift_tile, integer_binary<logical>());
    const auto by_scalar = [](Word x, const SfpuArgs& s) {
        const Word count = std::min(s.call.value[0], 31u);
        return s.call.format == DataFormat::Int32 ? arithmetic_right(x, count) : x >> count;
    };
    set(SfpuOp::right_shift_tile, integer_unary<by_scalar>());
}

// Wide enough for every quotient. By zero silicon leaves something; here the quotient is 0 and the rest the dividend.
template <bool Floor>
std::int64_t quotient(std::int64_t a, std::int64_t b) {
    if (b == 0) return 0;
    const std::int64_t q = a / b;
    return Floor && a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

template <bool Floor>
Word remainder(Word a, Word b, DataFormat format) {
    const auto wide = [format](Word x) { return format == DataFormat::Int32 ? std::int64_t{as_signed(x)} : std::int64_t{x}; };
    return static_cast<Word>(wide(a) - quotient<Floor>(wide(a), wide(b)) * wide(b));
}

Word divisor(Word a, Word b) {
    return static_cast<Word>(std::gcd(std::int64_t{as_signed(a)}, std::int64_t{as_signed(b)}));
}

void divide_to_float(const SfpuArgs& args) {
    const Word* a = args.words(0);
    const Word* b = args.words(1);
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        args.out[i] = static_cast<float>(static_cast<double>(as_signed(a[i])) / as_signed(b[i]));
    }
}

void add_division(Rows set) {
    const auto floor = [](Word a, Word b, DataFormat) {
        return static_cast<Word>(quotient<true>(as_signed(a), as_signed(b)));
    };
    const auto trunc = [](Word a, Word b, DataFormat) {
        return static_cast<Word>(quotient<false>(as_signed(a), as_signed(b)));
    };
    set(SfpuOp::div_int32_floor_tile, integer_binary<floor>());
    set(SfpuOp::div_int32_trunc_tile, integer_binary<trunc>());
    set(SfpuOp::div_int32_tile, {divide_to_float, 2, Operands::Typecast, Store::Truncate, Accuracy::Rounded});
    set(SfpuOp::fmod_int32_tile, integer_binary<remainder<false>>());
    set(SfpuOp::remainder_int32_tile, integer_binary<remainder<true>>());
    set(SfpuOp::remainder_uint32_tile, integer_binary<remainder<true>>());
    set(SfpuOp::remainder_tile_uint32, integer_unary<kWithScalar<remainder<true>>>());
    set(SfpuOp::gcd_tile, integer_binary<[](Word a, Word b, DataFormat) { return divisor(a, b); }>());
    const auto lcm = [](Word a, Word b, DataFormat) {
        const std::int64_t common = divisor(a, b);
        return common == 0 ? 0 : static_cast<Word>(std::abs(as_signed(a) / common * as_signed(b)));
    };
    set(SfpuOp::lcm_tile, integer_binary<lcm>());
}

enum Variant : std::uint32_t { kByteOut = 1, kByteIn = 2, kUnsignedOut = 4 };  // as api/compute/quantization.h names them

float operand(const SfpuArgs& args, std::size_t i) {
    if (is_float(args.call.format)) return args.in[0][i];
    const Word word = args.words(0)[i];
    const bool byte = (args.call.value[1] & kByteIn) != 0;
    return static_cast<float>(byte ? std::int32_t{static_cast<std::int8_t>(word & 0xFFu)} : as_signed(word));
}

// x * scale + zero point, to nearest with ties away from zero (SFPSTOCHRND), saturated. Int32 results stay within
// -127 … 127; to uint8 the sign is lost; int8 bytes are rounded with 128 added, what is below 0 then becomes 0.
void quantize(const SfpuArgs& args) {
    const std::uint32_t variant = args.call.value[1];
    const bool byte = (variant & kByteOut) != 0, natural = (variant & kUnsignedOut) != 0;
    Word result[kFaceElements];
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        const float product = operand(args, i) * args.in[1][i];
        if (byte) {
            const float value = std::fmax(product + (args.value(0) + 128.0F), 0.0F);
            result[i] = static_cast<Word>(std::round(std::fmin(value, 255.0F))) ^ 0x80u;
        } else {
            const float value = product + args.value(0), limit = natural ? 255.0F : 127.0F;
            const auto magnitude = static_cast<std::int32_t>(std::round(std::fmin(std::fabs(value), limit)));
            result[i] = static_cast<Word>(value < 0 && !natural ? -magnitude : magnitude);
        }
    }
    std::copy(result, result + kFaceElements, args.out_words());
}

// (x + zero point) * scale; the host passes the negated zero point.
void dequantize(const SfpuArgs& args) {
    Face result;
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        result[i] = (operand(args, i) + args.value(0)) * args.in[1][i];
    }
    std::copy(result.begin(), result.end(), args.out);
}

// The neighbour of a towards b, `Step` units of its bit pattern away. Subnormal results are flushed, NaN propagates.
template <std::uint32_t Step>
float next_after(float a, float b) {
    if (std::isnan(a) || std::isnan(b)) return std::numeric_limits<float>::quiet_NaN();
    if (a == b) return b;
    if (a == 0) return std::copysign(0.0F, b);  // the smallest step is subnormal
    const bool away = (a > 0) == (b > a);
    const float next = float_of(away ? bits_of(a) + Step : bits_of(a) - Step);
    return std::fabs(next) < std::numeric_limits<float>::min() ? std::copysign(0.0F, next) : next;
}

void is_close(const SfpuArgs& args) {  // relative and absolute tolerance; third value: NaN equals NaN
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        const float a = args.in[0][i], b = args.in[1][i];
        const bool special = !std::isfinite(a) || !std::isfinite(b);
        const bool close = special ? (a == b || (args.call.value[2] != 0 && std::isnan(a) && std::isnan(b)))
                                   : std::fabs(a - b) <= args.value(1) + args.value(0) * std::fabs(b);
        args.out[i] = close ? 1.0F : 0.0F;
    }
}

}  // namespace

void add_word_operations(SfpuTable& table) {
    Rows set(table);
    add_bits(set);
    add_shifts(set);
    add_division(set);
    set(SfpuOp::quant_tile, {quantize, 2, Operands::Scaled, Store::Truncate, Accuracy::Rounded});
    set(SfpuOp::requant_tile, {quantize, 2, Operands::Scaled, Store::Truncate, Accuracy::Rounded});
    set(SfpuOp::dequant_tile, {dequantize, 2, Operands::Scaled, Store::Truncate, Accuracy::Rounded});
    set(SfpuOp::nextafter_binary_tile, binary<next_after<1>>(Store::Truncate, Accuracy::Exact));
    set(SfpuOp::nextafter_bf16_binary_tile, binary<next_after<0x10000>>(Store::Truncate, Accuracy::Exact));
    set(SfpuOp::isclose_binary_tile, {is_close, 2, Operands::Float, Store::Truncate, Accuracy::Exact});
}

}  // namespace op_emulator::compute
