// Integer operations, moves and typecast. Words are two's complement; UInt16 lives in the low half.
#include <cmath>

#include "sfpu_integer.hpp"

namespace op_emulator::compute {

namespace {

constexpr auto kLess = [](Word a, Word b, DataFormat f) { return Word{less(a, b, f)}; };
constexpr auto kGreater = [](Word a, Word b, DataFormat f) { return Word{less(b, a, f)}; };
constexpr auto kLessEqual = [](Word a, Word b, DataFormat f) { return Word{!less(b, a, f)}; };
constexpr auto kGreaterEqual = [](Word a, Word b, DataFormat f) { return Word{!less(a, b, f)}; };
constexpr auto kEqual = [](Word a, Word b, DataFormat) { return Word{a == b}; };
constexpr auto kNotEqual = [](Word a, Word b, DataFormat) { return Word{a != b}; };

void add_two_operands(Rows set) {
    set(SfpuOp::add_int_tile, integer_binary<[](Word a, Word b, DataFormat) { return a + b; }>());
    set(SfpuOp::sub_int_tile, integer_binary<[](Word a, Word b, DataFormat) { return a - b; }>());
    set(SfpuOp::rsub_int_tile, integer_binary<[](Word a, Word b, DataFormat) { return b - a; }>());
    set(SfpuOp::mul_int_tile, integer_binary<[](Word a, Word b, DataFormat) { return a * b; }>());
    set(SfpuOp::eq_int_tile, integer_binary<kEqual>());
    set(SfpuOp::ne_int_tile, integer_binary<kNotEqual>());
    set(SfpuOp::lt_int_tile, integer_binary<kLess>());
    set(SfpuOp::gt_int_tile, integer_binary<kGreater>());
    set(SfpuOp::le_int_tile, integer_binary<kLessEqual>());
    set(SfpuOp::ge_int_tile, integer_binary<kGreaterEqual>());
    set(SfpuOp::binary_max_int32_tile, integer_binary<kLarger>());
    set(SfpuOp::binary_min_int32_tile, integer_binary<kSmaller>());
    set(SfpuOp::binary_max_uint32_tile, integer_binary<kLarger>());
    set(SfpuOp::binary_min_uint32_tile, integer_binary<kSmaller>());
}

void add_one_operand(Rows set) {
    set(SfpuOp::abs_tile_int32, integer_unary<[](Word x, const SfpuArgs&) { return as_signed(x) < 0 ? 0 - x : x; }>());
    set(SfpuOp::negative_tile_int32, integer_unary<[](Word x, const SfpuArgs&) { return 0 - x; }>());
    set(SfpuOp::relu_tile_int32, integer_unary<kWithZero<kLarger>>());
    set(SfpuOp::eqz_tile_int32, integer_unary<kWithZero<kEqual>>());
    set(SfpuOp::nez_tile_int32, integer_unary<kWithZero<kNotEqual>>());
    set(SfpuOp::ltz_tile_int32, integer_unary<kWithZero<kLess>>());
    set(SfpuOp::gtz_tile_int32, integer_unary<kWithZero<kGreater>>());
    set(SfpuOp::lez_tile_int32, integer_unary<kWithZero<kLessEqual>>());
    set(SfpuOp::gez_tile_int32, integer_unary<kWithZero<kGreaterEqual>>());
    set(SfpuOp::unary_eq_tile_int32, integer_unary<kWithScalar<kEqual>>());
    set(SfpuOp::unary_ne_tile_int32, integer_unary<kWithScalar<kNotEqual>>());
    set(SfpuOp::unary_lt_tile_int32, integer_unary<kWithScalar<kLess>>());
    set(SfpuOp::unary_gt_tile_int32, integer_unary<kWithScalar<kGreater>>());
    set(SfpuOp::unary_le_tile_int32, integer_unary<kWithScalar<kLessEqual>>());
    set(SfpuOp::unary_ge_tile_int32, integer_unary<kWithScalar<kGreaterEqual>>());
    set(SfpuOp::unary_max_int32_tile, integer_unary<kWithScalar<kLarger>>());
    set(SfpuOp::unary_min_int32_tile, integer_unary<kWithScalar<kSmaller>>());
    set(SfpuOp::unary_max_uint32_tile, integer_unary<kWithScalar<kLarger>>());
    set(SfpuOp::unary_min_uint32_tile, integer_unary<kWithScalar<kSmaller>>());
    set(SfpuOp::add_unary_tile_int32, integer_unary<[](Word x, const SfpuArgs& s) { return x + s.call.value[0]; }>());
    set(SfpuOp::sub_unary_tile_int32, integer_unary<[](Word x, const SfpuArgs& s) { return x - s.call.value[0]; }>());
    set(SfpuOp::rsub_unary_int32_tile, integer_unary<[](Word x, const SfpuArgs& s) { return s.call.value[0] - x; }>());
    const auto clamp = [](Word x, const SfpuArgs& s) {
        return kSmaller(kLarger(x, s.call.value[0], s.call.format), s.call.value[1], s.call.format);
    };
    set(SfpuOp::clamp_tile_int32, integer_unary<clamp>());
    const auto relu_max = [](Word x, const SfpuArgs& s) {
        return kSmaller(kLarger(x, 0, s.call.format), s.call.value[0], s.call.format);
    };
    for (const SfpuOp op :
         {SfpuOp::relu_max_tile_int32, SfpuOp::relu_max_tile_uint32, SfpuOp::relu_max_tile_uint16}) {
        set(op, integer_unary<relu_max>());
    }
    for (const SfpuOp op :
         {SfpuOp::relu_min_tile_int32, SfpuOp::relu_min_tile_uint32, SfpuOp::relu_min_tile_uint16}) {
        set(op, integer_unary<kWithScalar<kLarger>>());
    }
    for (const SfpuOp op : {SfpuOp::eqz_tile_uint16, SfpuOp::eqz_tile_uint32}) set(op, integer_unary<kWithZero<kEqual>>());
    for (const SfpuOp op : {SfpuOp::nez_tile_uint16, SfpuOp::nez_tile_uint32}) {
        set(op, integer_unary<kWithZero<kNotEqual>>());
    }
    set(SfpuOp::signbit_tile_int32, integer_unary<kWithZero<kLess>>());
}

double read(Word x, DataFormat format) {
    if (is_float(format)) return float_of(x);
    if (format == DataFormat::Int8) return static_cast<double>(static_cast<std::int8_t>(x & 0xFFu));
    return format == DataFormat::Int32 ? static_cast<double>(as_signed(x)) : static_cast<double>(x);
}

// Whole part, wrapped to a byte; 0 from 2^31 on and for NaN.
Word wrapped_byte(double value) {
    return std::fabs(value) < 2147483648.0 ? static_cast<Word>(static_cast<std::int64_t>(value)) & 0xFFu : 0;
}

Word clamp_to(double value, double low, double high) {
    return static_cast<Word>(static_cast<std::int64_t>(std::fmin(std::fmax(value, low), high)));  // NaN becomes low
}

Word write(double value, DataFormat format) {
    switch (format) {
        case DataFormat::Int32: return clamp_to(std::trunc(value), -2147483648.0, 2147483647.0);
        case DataFormat::UInt32: return clamp_to(std::trunc(value), 0, 4294967295.0);
        case DataFormat::UInt16: return clamp_to(std::round(value), 0, 65535.0);
        case DataFormat::UInt8:
        case DataFormat::Int8: return wrapped_byte(value);
        case DataFormat::Float32: return bits_of(static_cast<float>(value));
        default: return bits_of(bf16_nearest_even(static_cast<float>(value)));
    }
}

void typecast(const SfpuArgs& args) {
    const auto* in = reinterpret_cast<const Word*>(args.in[0]);
    auto* out = reinterpret_cast<Word*>(args.out);
    const bool bytes = args.call.to == DataFormat::UInt8 || args.call.to == DataFormat::Int8;
    if (bytes && !is_float(args.call.format)) {
        for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = in[i] & 0xFFu;
        return;
    }
    for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = write(read(in[i], args.call.format), args.call.to);
}

void logical_not(const SfpuArgs& args) {
    const auto* in = reinterpret_cast<const Word*>(args.in[0]);
    auto* out = reinterpret_cast<Word*>(args.out);
    const bool floats = is_float(args.call.format);
    const Word one = floats ? bits_of(1.0F) : 1;
    const Word mask = floats ? 0x7FFFFFFFu : 0xFFFFFFFFu;  // -0 counts as zero
    for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = (in[i] & mask) == 0 ? one : 0;
}

void where(const SfpuArgs& args) {
    const auto* condition = reinterpret_cast<const Word*>(args.in[0]);
    const auto* yes = reinterpret_cast<const Word*>(args.in[1]);
    const auto* no = reinterpret_cast<const Word*>(args.in[2]);
    auto* out = reinterpret_cast<Word*>(args.out);
    const Word mask = is_float(args.call.format) ? 0x7FFFFFFFu : 0xFFFFFFFFu;
    for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = (condition[i] & mask) != 0 ? yes[i] : no[i];
}

template <std::uint32_t Masked>
void mask(const SfpuArgs& args) {
    const auto* data = reinterpret_cast<const Word*>(args.in[0]);
    const auto* mask = reinterpret_cast<const Word*>(args.in[1]);
    auto* out = reinterpret_cast<Word*>(args.out);
    for (std::size_t i = 0; i < kFaceElements; ++i) out[i] = (mask[i] & 0x7FFFFFFFu) != 0 ? data[i] : Masked;
}

void fill(const SfpuArgs& args) {
    auto* out = reinterpret_cast<Word*>(args.out);
    std::fill(out, out + kFaceElements, args.call.value[0]);
}

void copy(const SfpuArgs& args) { std::copy(args.in[0], args.in[0] + kFaceElements, args.out); }

}  // namespace

void add_integer_operations(SfpuTable& table) {
    Rows set(table);
    add_two_operands(set);
    add_one_operand(set);
    constexpr Accuracy kExact = Accuracy::Exact;
    set(SfpuOp::typecast_tile, {typecast, 1, Operands::Typecast, Store::Nearest, Accuracy::Rounded});
    set(SfpuOp::logical_not_tile, {logical_not, 1, Operands::ByFormat, Store::Truncate, kExact});
    set(SfpuOp::where_tile, {where, 3, Operands::Any, Store::Truncate, kExact});
    set(SfpuOp::mask_tile, {mask<0>, 2, Operands::Float, Store::Truncate, kExact});
    set(SfpuOp::mask_posinf_tile, {mask<0x7F800000u>, 2, Operands::Float, Store::Truncate, kExact});
    set(SfpuOp::fill_tile, {fill, 0, Operands::Float, Store::Truncate, kExact});
    set(SfpuOp::fill_tile_bitcast, {fill, 0, Operands::Float, Store::Truncate, kExact});
    set(SfpuOp::fill_tile_int, {fill, 0, Operands::Integer, Store::Truncate, kExact});
    set(SfpuOp::copy_dest_values, {copy, 1, Operands::Any, Store::Truncate, kExact});
}

}  // namespace op_emulator::compute
