// The gamma function's relatives, and sin² of snake_beta. Computed in double, rounded to fp32 once.
#include <cmath>
#include <limits>
#include <numbers>

#include "sfpu_table.hpp"

namespace op_emulator::compute {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
// B(2k) / (2k)! for k = 1 … 6: the tail of Euler and Maclaurin.
constexpr double kTail[] = {1.0 / 12, -1.0 / 720, 1.0 / 30240, -1.0 / 1209600, 1.0 / 47900160, -691.0 / 1307674368000};

// Sum over k of 1 / (x + k)^s for x > 0 and whole s > 1: terms up to x + k = 20, then the tail.
double hurwitz_zeta(int s, double x) {
    double sum = 0;
    for (; x < 20; x += 1) sum += std::pow(x, -s);
    sum += std::pow(x, 1 - s) / (s - 1) + std::pow(x, -s) / 2;
    double factor = s, power = std::pow(x, -s - 1);
    for (int k = 0; k < 6; ++k) {
        sum += kTail[k] * factor * power;
        factor *= (s + 2.0 * k + 1) * (s + 2.0 * k + 2);
        power /= x * x;
    }
    return sum;
}

double digamma(double x) {
    if (x <= 0) {
        if (x == std::floor(x)) return kNan;
        return digamma(1 - x) - std::numbers::pi / std::tan(std::numbers::pi * x);
    }
    double sum = 0;
    for (; x < 20; x += 1) sum -= 1 / x;
    const double inverse = 1 / (x * x);
    const double series = inverse * (1.0 / 12 - inverse * (1.0 / 120 - inverse * (1.0 / 252 - inverse / 240)));
    return sum + std::log(x) - 0.5 / x - series;
}

// lgamma of x, below 1/2 of 1 - x: the rest of the reflection is lgamma_adjusted_tile's.
double stirling_argument(float x) { return x < 0.5F ? 1.0 - x : x; }

float stirling(float x) { return static_cast<float>(std::lgamma(stirling_argument(x))); }

// The second operand is log z. Near 1 and 2 the device takes a series that does not read it.
float stirling_with_log(float x, float log_z) {
    const double z = stirling_argument(x);
    const double value = std::lgamma(z);
    if (std::fabs(z - 1) <= 0.25 || std::fabs(z - 2) <= 0.25) return static_cast<float>(value);
    return static_cast<float>(value + (z - 0.5) * (log_z - std::log(z)));
}

// lgamma from the Stirling part, log |sin(pi x)| and x itself.
float adjusted(float part, float log_sin, float x, float) {
    if (std::isinf(x)) return std::numeric_limits<float>::infinity();
    return x < 0.5F ? static_cast<float>(std::log(std::numbers::pi) - log_sin - part) : part;
}

float polygamma(float x, const SfpuArgs& args) {  // order, (-1)^(order + 1) order!
    return static_cast<float>(args.value(1) * hurwitz_zeta(static_cast<int>(args.value(0)) + 1, x));
}

float snake_beta(float x, float alpha, float beta, float) {
    const double s = std::sin(static_cast<double>(alpha) * x);
    return static_cast<float>(x + s * s / beta);
}

}  // namespace

void add_gamma_functions(SfpuTable& table) {
    Rows set(table);
    constexpr Accuracy kFunction = Accuracy::Function;
    set(SfpuOp::digamma_tile, unary<[](float x) { return static_cast<float>(digamma(x)); }>(Store::Nearest, kFunction));
    set(SfpuOp::polygamma_tile, with_values<polygamma>(Store::Nearest, kFunction));
    set(SfpuOp::lgamma_stirling_tile, unary<stirling>(Store::Nearest, kFunction));
    set(SfpuOp::lgamma_stirling_float_tile, binary<stirling_with_log>(Store::Truncate, kFunction));
    set(SfpuOp::lgamma_adjusted_tile, ternary<adjusted>(Store::Nearest, kFunction));
    set(SfpuOp::snake_beta_tile, ternary<snake_beta>(Store::Nearest, kFunction));
}

}  // namespace op_emulator::compute
