// Functions of one operand. Computed in double and rounded to fp32 once, so that every machine gives the same bits
// within the last place of its libm; silicon approximates them (docs/emulator-numerics.md).
#include <cmath>
#include <limits>
#include <numbers>

#include "sfpu_table.hpp"

namespace op_emulator::compute {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kSqrtHalf = std::numbers::sqrt2 / 2;

double logistic(double x) { return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x)); }

double softplus(double x) { return std::fmax(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

double normal_cdf(double x) { return 0.5 * std::erfc(-x * kSqrtHalf); }

double gelu_tanh(double x) {
    const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
    return 0.5 * x * (1 + std::tanh(inner));
}

// Sum of (x/2)^(2k+order) / (k! (k+order)!): all terms positive, so the series is accurate at any |x|.
double bessel_i(int order, double x) {
    const double quarter = x * x / 4;
    double term = order == 0 ? 1 : x / 2;
    double sum = term;
    for (int k = 1; k < 2000 && std::fabs(term) > std::fabs(sum) * 1e-17; ++k) {
        term *= quarter / (static_cast<double>(k) * (k + order));
        sum += term;
    }
    return sum;
}

// Giles' single-precision polynomial as a start, then Newton's method on erf.
double erf_inverse(double y) {
    if (std::fabs(y) >= 1) return std::fabs(y) == 1 ? std::copysign(kInfinity, y) : kNan;
    double w = -std::log((1 - y) * (1 + y)), x = 0;
    if (w < 5) {
        static constexpr double kCentre[] = {2.81022636e-08,  3.43273939e-07, -3.5233877e-06,
                                             -4.39150654e-06, 0.00021858087,  -0.00125372503,
                                             -0.00417768164,  0.246640727,    1.50140941};
        w -= 2.5;
        for (const double c : kCentre) x = x * w + c;
    } else {
        static constexpr double kTail[] = {-0.000200214257, 0.000100950558, 0.00134934322,
                                           -0.00367342844,  0.00573950773,  -0.0076224613,
                                           0.00943887047,   1.00167406,     2.83297682};
        w = std::sqrt(w) - 3;
        for (const double c : kTail) x = x * w + c;
    }
    x *= y;
    for (int i = 0; i < 2; ++i) {
        x -= (std::erf(x) - y) / (2 / std::sqrt(std::numbers::pi) * std::exp(-x * x));
    }
    return x;
}

template <double (*F)(double)>
SfpuEntry function(Store store = Store::Nearest) {
    return unary<[](float x) { return static_cast<float>(F(x)); }>(store, Accuracy::Function);
}

double exp2_of(double x) { return std::exp2(x); }
double expm1_of(double x) { return std::expm1(x); }
double log_of(double x) { return std::log(x); }
double log1p_of(double x) { return std::log1p(x); }
double sqrt_of(double x) { return std::sqrt(x); }
double rsqrt_of(double x) { return 1 / std::sqrt(x); }
double cbrt_of(double x) { return std::cbrt(x); }
double sin_of(double x) { return std::sin(x); }
double cos_of(double x) { return std::cos(x); }
double tan_of(double x) { return std::tan(x); }
double asin_of(double x) { return std::asin(x); }
double acos_of(double x) { return std::acos(x); }
double atan_of(double x) { return std::atan(x); }
double sinh_of(double x) { return std::sinh(x); }
double cosh_of(double x) { return std::cosh(x); }
double tanh_of(double x) { return std::tanh(x); }
double asinh_of(double x) { return std::asinh(x); }
double acosh_of(double x) { return std::acosh(x); }
double atanh_of(double x) { return std::atanh(x); }
double erf_of(double x) { return std::erf(x); }
double erfc_of(double x) { return std::erfc(x); }
double silu_of(double x) { return x * logistic(x); }
double gelu_of(double x) { return x * normal_cdf(x); }
double mish_of(double x) { return x * std::tanh(softplus(x)); }
double tanhshrink_of(double x) { return x - std::tanh(x); }
double i0_of(double x) { return bessel_i(0, x); }
double i1_of(double x) { return bessel_i(1, x); }
double tanh_derivative_of(double x) {
    const double c = std::cosh(x);
    return 1 / (c * c);
}
double gelu_derivative_of(double x) {
    return normal_cdf(x) + x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
}

void add_transcendental(SfpuTable& table) {
    const auto set = [&table](SfpuOp op, SfpuEntry entry) { table[static_cast<std::size_t>(op)] = entry; };
    set(SfpuOp::exp2_tile, function<exp2_of>());
    set(SfpuOp::expm1_tile, function<expm1_of>());
    set(SfpuOp::log_tile, function<log_of>());
    set(SfpuOp::log1p_tile, function<log1p_of>());
    set(SfpuOp::sqrt_tile, function<sqrt_of>());
    set(SfpuOp::rsqrt_tile, function<rsqrt_of>());
    set(SfpuOp::cbrt_tile, function<cbrt_of>());
    set(SfpuOp::sin_tile, function<sin_of>());
    set(SfpuOp::cos_tile, function<cos_of>());
    set(SfpuOp::tan_tile, function<tan_of>());
    set(SfpuOp::asin_tile, function<asin_of>());
    set(SfpuOp::acos_tile, function<acos_of>());
    set(SfpuOp::atan_tile, function<atan_of>());
    set(SfpuOp::sinh_tile, function<sinh_of>());
    set(SfpuOp::cosh_tile, function<cosh_of>());
    set(SfpuOp::tanh_tile, function<tanh_of>());
    set(SfpuOp::asinh_tile, function<asinh_of>());
    set(SfpuOp::acosh_tile, function<acosh_of>());
    set(SfpuOp::atanh_tile, function<atanh_of>());
    set(SfpuOp::erf_tile, function<erf_of>(Store::Truncate));
    set(SfpuOp::erfc_tile, function<erfc_of>(Store::Truncate));
    set(SfpuOp::erfinv_tile, function<erf_inverse>(Store::Truncate));
    set(SfpuOp::i0_tile, function<i0_of>(Store::Truncate));
    set(SfpuOp::i1_tile, function<i1_of>());
}

void add_activations(SfpuTable& table) {
    const auto set = [&table](SfpuOp op, SfpuEntry entry) { table[static_cast<std::size_t>(op)] = entry; };
    set(SfpuOp::sigmoid_tile, function<logistic>());
    set(SfpuOp::silu_tile, function<silu_of>());
    set(SfpuOp::gelu_tile, function<gelu_of>());
    set(SfpuOp::gelu_tanh_tile, function<gelu_tanh>());
    set(SfpuOp::gelu_derivative_tile, function<gelu_derivative_of>());
    set(SfpuOp::mish_tile, function<mish_of>());
    set(SfpuOp::tanhshrink_tile, function<tanhshrink_of>());
    set(SfpuOp::tanh_derivative_tile, function<tanh_derivative_of>());
    const auto elu = [](float x, float alpha) {
        return x >= 0 ? x : static_cast<float>(alpha * std::expm1(static_cast<double>(x)));
    };
    set(SfpuOp::elu_tile, scalar<elu>(Store::Nearest, Accuracy::Function));
    const auto selu = [](float x, const SfpuArgs& args) {  // scale, alpha
        const double scale = args.value(0);
        return static_cast<float>(x >= 0 ? scale * x : scale * args.value(1) * std::expm1(static_cast<double>(x)));
    };
    set(SfpuOp::selu_tile, with_values<selu>(Store::Nearest, Accuracy::Function));
    const auto celu = [](float x, const SfpuArgs& args) {  // alpha, 1/alpha
        const double alpha = args.value(0);
        return x >= 0 ? x : static_cast<float>(alpha * std::expm1(static_cast<double>(args.value(1)) * x));
    };
    set(SfpuOp::celu_tile, with_values<celu>(Store::Nearest, Accuracy::Function));
    const auto soft = [](float x, const SfpuArgs& args) {  // beta, 1/beta, threshold on beta * x
        const double t = static_cast<double>(args.value(0)) * x;
        return t <= args.value(2) ? static_cast<float>(args.value(1) * softplus(t)) : x;
    };
    set(SfpuOp::softplus_tile, with_values<soft>(Store::Nearest, Accuracy::Function));
    const auto xielu = [](float x, const SfpuArgs& args) {  // alpha_p, alpha_n; beta is 0.5, eps -1e-6
        const double v = x, half = 0.5 * v;
        if (x > 0) return static_cast<float>(args.value(0) * v * v + half);
        return static_cast<float>(args.value(1) * (std::expm1(std::fmin(v, -1e-6)) - v) + half);
    };
    set(SfpuOp::xielu_tile, with_values<xielu>(Store::Nearest, Accuracy::Function));
    const auto logsigmoid = [](float x, float) { return static_cast<float>(-softplus(-static_cast<double>(x))); };
    set(SfpuOp::logsigmoid_tile, binary<logsigmoid>(Store::Truncate, Accuracy::Function));  // the second is exp(-x)
}

void add_powers(SfpuTable& table) {
    const auto set = [&table](SfpuOp op, SfpuEntry entry) { table[static_cast<std::size_t>(op)] = entry; };
    const auto exp_scaled = [](float x, float scale) {
        return static_cast<float>(std::exp(static_cast<double>(scale) * x));
    };
    set(SfpuOp::exp_tile, scalar<exp_scaled>(Store::Nearest, Accuracy::Function));
    const auto log_scaled = [](float x, float scale) {
        return static_cast<float>(std::log(static_cast<double>(x)) * scale);
    };
    set(SfpuOp::log_with_base_tile, scalar<log_scaled>(Store::Nearest, Accuracy::Function));
    const auto power = [](float x, float p) { return static_cast<float>(std::pow(static_cast<double>(x), p)); };
    set(SfpuOp::power_tile, scalar<power>(Store::Nearest, Accuracy::Function));
    set(SfpuOp::power_binary_tile, binary<power>(Store::Nearest, Accuracy::Function));
    const auto reverse = [](float x, float base) { return static_cast<float>(std::pow(static_cast<double>(base), x)); };
    set(SfpuOp::rpow_tile, scalar<reverse>(Store::Nearest, Accuracy::Function));
    const auto iterative = [](float x, const SfpuArgs& args) {  // the exponent is an integer, not the bits of a float
        float result = 1;
        for (std::uint32_t i = 0; i < args.call.value[0]; ++i) result *= x;
        return result;
    };
    set(SfpuOp::power_iterative_tile, with_values<iterative>(Store::Truncate, Accuracy::Rounded));
}

}  // namespace

void add_float_functions(SfpuTable& table) {
    add_transcendental(table);
    add_activations(table);
    add_powers(table);
}

}  // namespace op_emulator::compute
