// What the operations of the vector unit compute: one row per operation.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "../../kernel/op_emulator/compute_api.h"
#include "formats.hpp"

namespace op_emulator::compute {

inline constexpr std::size_t kFaceElements = kFaceSide * kFaceSide;
using Face = std::array<float, kFaceElements>;

// One face of each operand; `out` may be one of them.
struct SfpuArgs {
    float* out;
    const float* in[3];
    const SfpuCall& call;
    float value(std::size_t i) const { return float_of(call.value[i]); }
};

// How an fp32 result becomes 16 bits: SFPSTORE truncates, and most functions round in software before it.
enum class Store : std::uint8_t { Nearest, Truncate };

// How far silicon may be from the value computed here.
enum class Accuracy : std::uint8_t {
    Exact,     // moves, comparisons, integer arithmetic: no difference
    Rounded,   // one fp32 operation: no difference but NaN, infinity and denormals
    Function,  // computed in double and rounded to fp32; silicon evaluates a polynomial or a table
};

enum class Operands : std::uint8_t {
    Float,     // floats in, floats out
    Integer,   // SfpuCall::format in and out
    Any,       // bits move; the result is what the last operand was
    ByFormat,  // floats or integers, as SfpuCall::format says
    Typecast,  // SfpuCall::format in, SfpuCall::to out
};

struct SfpuEntry {
    void (*run)(const SfpuArgs&) = nullptr;
    std::uint8_t inputs = 1;
    Operands operands = Operands::Float;
    Store store = Store::Nearest;
    Accuracy accuracy = Accuracy::Function;
};

using SfpuTable = std::array<SfpuEntry, static_cast<std::size_t>(SfpuOp::count)>;

void add_float_functions(SfpuTable& table);     // sfpu_functions.cpp: of one operand
void add_float_arithmetic(SfpuTable& table);    // sfpu_arithmetic.cpp: comparisons, scalars, two and three operands
void add_integer_operations(SfpuTable& table);  // sfpu_integer.cpp: integers, moves, typecast

const SfpuEntry& entry_of(SfpuOp op);
const char* name_of(SfpuOp op);
const char* name_of(SfpuInit init);
SfpuInit init_of(SfpuOp op);
bool owns_state(SfpuInit init);

// --- row makers: F is called per element; results are collected before they are stored, as `out` may be an operand ---
template <auto F>
SfpuEntry unary(Store store, Accuracy accuracy) {
    const auto run = [](const SfpuArgs& args) {
        Face result;
        const float* a = args.in[0];
        for (std::size_t i = 0; i < kFaceElements; ++i) result[i] = F(a[i]);
        std::copy(result.begin(), result.end(), args.out);
    };
    return {run, 1, Operands::Float, store, accuracy};
}

// F(x, p) with the first scalar parameter.
template <auto F>
SfpuEntry scalar(Store store, Accuracy accuracy) {
    const auto run = [](const SfpuArgs& args) {
        Face result;
        const float* a = args.in[0];
        const float p = args.value(0);
        for (std::size_t i = 0; i < kFaceElements; ++i) result[i] = F(a[i], p);
        std::copy(result.begin(), result.end(), args.out);
    };
    return {run, 1, Operands::Float, store, accuracy};
}

// F(x, args) for several parameters or integer ones.
template <auto F>
SfpuEntry with_values(Store store, Accuracy accuracy) {
    const auto run = [](const SfpuArgs& args) {
        Face result;
        for (std::size_t i = 0; i < kFaceElements; ++i) result[i] = F(args.in[0][i], args);
        std::copy(result.begin(), result.end(), args.out);
    };
    return {run, 1, Operands::Float, store, accuracy};
}

template <auto F>
SfpuEntry binary(Store store, Accuracy accuracy) {
    const auto run = [](const SfpuArgs& args) {
        Face result;
        const float* a = args.in[0];
        const float* b = args.in[1];
        for (std::size_t i = 0; i < kFaceElements; ++i) result[i] = F(a[i], b[i]);
        std::copy(result.begin(), result.end(), args.out);
    };
    return {run, 2, Operands::Float, store, accuracy};
}

// F(a, b, c, p) with the first scalar parameter.
template <auto F>
SfpuEntry ternary(Store store, Accuracy accuracy) {
    const auto run = [](const SfpuArgs& args) {
        Face result;
        const float p = args.value(0);
        for (std::size_t i = 0; i < kFaceElements; ++i) result[i] = F(args.in[0][i], args.in[1][i], args.in[2][i], p);
        std::copy(result.begin(), result.end(), args.out);
    };
    return {run, 3, Operands::Float, store, accuracy};
}

}  // namespace op_emulator::compute
