// Arithmetic, rounding, comparisons, clamping: what fp32 gives in one or two operations.
#include <cmath>
#include <limits>

#include "sfpu_table.hpp"

namespace op_emulator::compute {

namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float truth(bool x) { return x ? 1.0F : 0.0F; }

constexpr auto kAdd = [](float a, float b) { return a + b; };
constexpr auto kSub = [](float a, float b) { return a - b; };
constexpr auto kReverseSub = [](float a, float b) { return b - a; };
constexpr auto kMul = [](float a, float b) { return a * b; };
constexpr auto kDiv = [](float a, float b) { return a / b; };
constexpr auto kMax = [](float a, float b) { return a > b ? a : b; };
constexpr auto kMin = [](float a, float b) { return a < b ? a : b; };
constexpr auto kEq = [](float a, float b) { return truth(a == b); };
constexpr auto kNe = [](float a, float b) { return truth(a != b); };
constexpr auto kLt = [](float a, float b) { return truth(a < b); };
constexpr auto kGt = [](float a, float b) { return truth(a > b); };
constexpr auto kLe = [](float a, float b) { return truth(a <= b); };
constexpr auto kGe = [](float a, float b) { return truth(a >= b); };
constexpr auto kClamp = [](float x, const SfpuArgs& s) { return kMin(kMax(x, s.value(0)), s.value(1)); };
constexpr auto kFmod = [](float a, float b) { return b == 0 ? kNan : std::fmod(a, b); };
constexpr auto kRemainder = [](float a, float b) {  // takes the sign of the divisor
    if (b == 0) return kNan;
    const float r = std::fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
};

void add_simple(Rows set) {
    constexpr Store kTruncate = Store::Truncate, kNearest = Store::Nearest;
    constexpr Accuracy kExact = Accuracy::Exact, kRounded = Accuracy::Rounded;
    set(SfpuOp::abs_tile, unary<[](float x) { return std::fabs(x); }>(kTruncate, kExact));
    set(SfpuOp::negative_tile, unary<[](float x) { return -x; }>(kTruncate, kExact));
    set(SfpuOp::identity_tile, unary<[](float x) { return x; }>(kTruncate, kExact));
    set(SfpuOp::square_tile, unary<[](float x) { return x * x; }>(kNearest, kRounded));
    set(SfpuOp::recip_tile, unary<[](float x) { return 1 / x; }>(kNearest, Accuracy::Function));
    set(SfpuOp::sign_tile, unary<[](float x) { return x == 0 ? 0.0F : std::copysign(1.0F, x); }>(kTruncate, kExact));
    set(SfpuOp::signbit_tile, unary<[](float x) { return truth(std::signbit(x)); }>(kTruncate, kExact));
    set(SfpuOp::floor_tile, unary<[](float x) { return std::floor(x); }>(kTruncate, kExact));
    set(SfpuOp::ceil_tile, unary<[](float x) { return std::ceil(x); }>(kTruncate, kExact));
    set(SfpuOp::trunc_tile, unary<[](float x) { return std::trunc(x); }>(kTruncate, kExact));
    set(SfpuOp::frac_tile, unary<[](float x) { return x - std::trunc(x); }>(kTruncate, kExact));
    const auto round = [](float x, const SfpuArgs& s) {  // to `decimals` places, ties to even
        const float scale = std::pow(10.0F, static_cast<float>(static_cast<std::int32_t>(s.call.value[0])));
        const float inverse = std::pow(10.0F, -static_cast<float>(static_cast<std::int32_t>(s.call.value[0])));
        return inverse * std::nearbyint(x * scale);
    };
    set(SfpuOp::round_tile, with_values<round>(kTruncate, kRounded));
    set(SfpuOp::isinf_tile, unary<[](float x) { return truth(std::isinf(x)); }>(kTruncate, kExact));
    set(SfpuOp::isposinf_tile, unary<[](float x) { return truth(std::isinf(x) && x > 0); }>(kTruncate, kExact));
    set(SfpuOp::isneginf_tile, unary<[](float x) { return truth(std::isinf(x) && x < 0); }>(kTruncate, kExact));
    set(SfpuOp::isnan_tile, unary<[](float x) { return truth(std::isnan(x)); }>(kTruncate, kExact));
    set(SfpuOp::isfinite_tile, unary<[](float x) { return truth(std::isfinite(x)); }>(kTruncate, kExact));
}

void add_piecewise(Rows set) {
    constexpr Store kTruncate = Store::Truncate;
    constexpr Accuracy kExact = Accuracy::Exact, kRounded = Accuracy::Rounded;
    set(SfpuOp::relu_tile, unary<[](float x) { return kMax(x, 0.0F); }>(kTruncate, kExact));
    set(SfpuOp::relu_min_tile, scalar<kMax>(kTruncate, kExact));  // relu with a lower limit
    set(SfpuOp::relu_max_tile, scalar<[](float x, float top) { return kMax(kMin(x, top), 0.0F); }>(kTruncate, kExact));
    const auto leaky = [](float x, float slope) { return x < 0 ? x * slope : x; };
    set(SfpuOp::leaky_relu_tile, scalar<leaky>(kTruncate, kRounded));
    set(SfpuOp::prelu_tile, scalar<leaky>(kTruncate, kRounded));
    const auto hardsigmoid = [](float x) { return kMax(kMin(x * (1.0F / 6.0F) + 0.5F, 1.0F), 0.0F); };
    set(SfpuOp::hardsigmoid_tile, unary<hardsigmoid>(kTruncate, kRounded));
    set(SfpuOp::hardmish_tile,
        unary<[](float x) { return x * kMin(kMax(x * 0.5F + 1, 0.0F), 1.0F); }>(kTruncate, kRounded));
    set(SfpuOp::softsign_tile, unary<[](float x) { return x / (1 + std::fabs(x)); }>(kTruncate, Accuracy::Function));
    set(SfpuOp::softshrink_tile,
        scalar<[](float x, float l) { return x - kMin(kMax(x, -l), l); }>(kTruncate, kRounded));
    set(SfpuOp::hardshrink_tile,
        scalar<[](float x, float l) { return std::fabs(x) <= l ? 0.0F : x; }>(kTruncate, kExact));
    set(SfpuOp::hardtanh_tile, with_values<kClamp>(kTruncate, kExact));
    set(SfpuOp::clamp_tile, with_values<kClamp>(kTruncate, kExact));
    const auto threshold = [](float x, const SfpuArgs& s) { return x <= s.value(0) ? s.value(1) : x; };
    set(SfpuOp::threshold_tile, with_values<threshold>(kTruncate, kExact));
    const auto heaviside = [](float x, float at_zero) { return x == 0 ? at_zero : truth(x > 0); };
    set(SfpuOp::heaviside_tile, scalar<heaviside>(kTruncate, kExact));
    set(SfpuOp::unary_max_tile, scalar<kMax>(kTruncate, kExact));
    set(SfpuOp::unary_min_tile, scalar<kMin>(kTruncate, kExact));
    set(SfpuOp::eqz_tile, unary<[](float x) { return truth(x == 0); }>(kTruncate, kExact));
    set(SfpuOp::nez_tile, unary<[](float x) { return truth(x != 0); }>(kTruncate, kExact));
    set(SfpuOp::ltz_tile, unary<[](float x) { return truth(x < 0); }>(kTruncate, kExact));
    set(SfpuOp::gtz_tile, unary<[](float x) { return truth(x > 0); }>(kTruncate, kExact));
    set(SfpuOp::lez_tile, unary<[](float x) { return truth(x <= 0); }>(kTruncate, kExact));
    set(SfpuOp::gez_tile, unary<[](float x) { return truth(x >= 0); }>(kTruncate, kExact));
}

void add_with_scalar(Rows set) {
    constexpr Store kTruncate = Store::Truncate, kNearest = Store::Nearest;
    constexpr Accuracy kExact = Accuracy::Exact, kRounded = Accuracy::Rounded;
    set(SfpuOp::add_unary_tile, scalar<kAdd>(kTruncate, kRounded));
    set(SfpuOp::sub_unary_tile, scalar<kSub>(kTruncate, kRounded));
    set(SfpuOp::mul_unary_tile, scalar<kMul>(kTruncate, kRounded));
    set(SfpuOp::div_unary_tile, scalar<kMul>(kTruncate, kRounded));  // the host passes the reciprocal
    set(SfpuOp::rsub_unary_tile, scalar<kReverseSub>(kNearest, kRounded));
    set(SfpuOp::rsub_tile, scalar<kReverseSub>(kNearest, kRounded));
    const auto reverse_div = [](float x, const SfpuArgs& s) {  // second value: 1 truncates, 2 floors the quotient
        const float quotient = s.value(0) / x;
        return s.call.value[1] == 1 ? std::trunc(quotient) : s.call.value[1] == 2 ? std::floor(quotient) : quotient;
    };
    set(SfpuOp::rdiv_tile, with_values<reverse_div>(kTruncate, Accuracy::Function));
    set(SfpuOp::fmod_tile, scalar<kFmod>(kTruncate, kRounded));
    set(SfpuOp::remainder_tile, scalar<kRemainder>(kNearest, kRounded));
    set(SfpuOp::unary_eq_tile, scalar<kEq>(kTruncate, kExact));
    set(SfpuOp::unary_ne_tile, scalar<kNe>(kTruncate, kExact));
    set(SfpuOp::unary_lt_tile, scalar<kLt>(kTruncate, kExact));
    set(SfpuOp::unary_gt_tile, scalar<kGt>(kTruncate, kExact));
    set(SfpuOp::unary_le_tile, scalar<kLe>(kTruncate, kExact));
    set(SfpuOp::unary_ge_tile, scalar<kGe>(kTruncate, kExact));
}

void add_two_operands(Rows set) {
    constexpr Store kTruncate = Store::Truncate, kNearest = Store::Nearest;
    constexpr Accuracy kExact = Accuracy::Exact, kRounded = Accuracy::Rounded, kFunction = Accuracy::Function;
    set(SfpuOp::add_binary_tile, binary<kAdd>(kTruncate, kRounded));
    set(SfpuOp::sub_binary_tile, binary<kSub>(kTruncate, kRounded));
    set(SfpuOp::rsub_binary_tile, binary<kReverseSub>(kTruncate, kRounded));
    set(SfpuOp::mul_binary_tile, binary<kMul>(kNearest, kRounded));
    set(SfpuOp::div_binary_tile, binary<kDiv>(kNearest, kFunction));
    set(SfpuOp::binary_max_tile, binary<kMax>(kTruncate, kExact));
    set(SfpuOp::binary_min_tile, binary<kMin>(kTruncate, kExact));
    set(SfpuOp::eq_binary_tile, binary<kEq>(kTruncate, kExact));
    set(SfpuOp::ne_binary_tile, binary<kNe>(kTruncate, kExact));
    set(SfpuOp::lt_binary_tile, binary<kLt>(kTruncate, kExact));
    set(SfpuOp::gt_binary_tile, binary<kGt>(kTruncate, kExact));
    set(SfpuOp::le_binary_tile, binary<kLe>(kTruncate, kExact));
    set(SfpuOp::ge_binary_tile, binary<kGe>(kTruncate, kExact));
    set(SfpuOp::fmod_binary_tile, binary<kFmod>(kNearest, kFunction));
    set(SfpuOp::remainder_binary_tile, binary<kRemainder>(kNearest, kFunction));
    const auto xlogy = [](float x, float y) { return static_cast<float>(x * std::log(static_cast<double>(y))); };
    set(SfpuOp::xlogy_binary_tile, binary<xlogy>(kTruncate, kFunction));
    const auto atan2 = [](float y, float x) { return static_cast<float>(std::atan2(static_cast<double>(y), x)); };
    set(SfpuOp::atan2_binary_tile, binary<atan2>(kNearest, kFunction));
    const auto logaddexp = [](float a, float b) {
        const double top = kMax(a, b), gap = std::fabs(static_cast<double>(a) - b);
        return static_cast<float>(top + std::log1p(std::exp(-gap)));
    };
    set(SfpuOp::logaddexp_binary_tile, binary<logaddexp>(kNearest, kFunction));
    const auto logaddexp2 = [](float a, float b) {
        const double top = kMax(a, b), gap = std::fabs(static_cast<double>(a) - b);
        return static_cast<float>(top + std::log2(1 + std::exp2(-gap)));
    };
    set(SfpuOp::logaddexp2_binary_tile, binary<logaddexp2>(kNearest, kFunction));
}

void add_three_operands(Rows set) {
    constexpr Store kNearest = Store::Nearest;
    constexpr Accuracy kRounded = Accuracy::Rounded;
    set(SfpuOp::lerp_tile,
        ternary<[](float a, float b, float w, float) { return a + w * (b - a); }>(kNearest, kRounded));
    set(SfpuOp::addcmul_tile,
        ternary<[](float a, float b, float c, float v) { return v * b * c + a; }>(kNearest, kRounded));
    set(SfpuOp::mac_tile, ternary<[](float a, float b, float c, float) { return a * b + c; }>(kNearest, kRounded));
    const auto addcdiv = [](float a, float b, float c, float v) { return a + v * b / c; };
    set(SfpuOp::addcdiv_tile, ternary<addcdiv>(kNearest, Accuracy::Function));
}

}  // namespace

void add_float_arithmetic(SfpuTable& table) {
    const Rows rows(table);
    add_simple(rows);
    add_piecewise(rows);
    add_with_scalar(rows);
    add_two_operands(rows);
    add_three_operands(rows);
}

}  // namespace op_emulator::compute
