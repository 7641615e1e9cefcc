// What the operations of the vector unit compute: one row per operation.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "../../kernel/op_emulator/compute_api.h"
#include "formats.hpp"

namespace op_emulator::compute {

inline constexpr std::size_t kFaceElements = kFaceSide * kFaceSide;
using Face = std::array<float, kFaceElements>;

// What the vector unit keeps from one operation to the next.
struct SfpuMemory {
    using Line = std::array<float, kTileWidth>;  // one value for each column of a tile
    std::array<Line, 8> lines{};
    std::optional<SfpuOp> owner;  // the operation that left values there; any other overwrites them
    std::uint64_t random = 0;
    std::uint32_t next_random() {  // splitmix64; silicon's generator gives other numbers
        random += 0x9E3779B97F4A7C15u;
        std::uint64_t x = (random ^ (random >> 30)) * 0xBF58476D1CE4E5B9u;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
        return static_cast<std::uint32_t>((x ^ (x >> 31)) >> 32);
    }
};

// One face of each operand, or the whole tile where the entry says so; `out` may be one of them.
struct SfpuArgs {
    float* out;
    const float* in[4];
    const SfpuCall& call;
    SfpuMemory& memory;
    float value(std::size_t i) const { return float_of(call.value[i]); }
    const Word* words(std::size_t i) const { return reinterpret_cast<const Word*>(in[i]); }
    Word* out_words() const { return reinterpret_cast<Word*>(out); }
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
    Scaled,    // SfpuCall::format, then a float; SfpuCall::to out
};

struct SfpuEntry {
    void (*run)(const SfpuArgs&) = nullptr;
    std::uint8_t inputs = 1;
    Operands operands = Operands::Float;
    Store store = Store::Nearest;
    Accuracy accuracy = Accuracy::Function;
    bool whole_tile = false;  // `run` is called once, on 32x32 data in the order of faces
};

using SfpuTable = std::array<SfpuEntry, static_cast<std::size_t>(SfpuOp::count)>;

void add_float_functions(SfpuTable& table);     // sfpu_functions.cpp: of one operand
void add_float_arithmetic(SfpuTable& table);    // sfpu_arithmetic.cpp: comparisons, scalars, two and three operands
void add_integer_operations(SfpuTable& table);  // sfpu_integer.cpp: integers, moves, typecast
void add_word_operations(SfpuTable& table);     // sfpu_words.cpp: bits, shifts, division, quantization
void add_gamma_functions(SfpuTable& table);     // sfpu_gamma.cpp: gamma and its relatives
void add_tile_operations(SfpuTable& table);     // sfpu_tile.cpp: sums, broadcasts, random numbers

const SfpuEntry& entry_of(SfpuOp op);
const char* name_of(SfpuOp op);
const char* name_of(SfpuInit init);
SfpuInit init_of(SfpuOp op);
bool owns_state(SfpuInit init);

class Rows {
public:
    explicit Rows(SfpuTable& table) : table_(table) {}
    void operator()(SfpuOp op, const SfpuEntry& entry) { table_[static_cast<std::size_t>(op)] = entry; }

private:
    SfpuTable& table_;
};

// Where row r, column c of a tile stands in the order of faces.
constexpr std::size_t place(std::size_t r, std::size_t c) {
    return (r / kFaceSide * 2 + c / kFaceSide) * kFaceElements + r % kFaceSide * kFaceSide + c % kFaceSide;
}

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
