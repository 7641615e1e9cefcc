// Operations that look at more of a tile than one place: running sums, broadcasts within DST, random numbers.
#include <cmath>

#include "sfpu_integer.hpp"

namespace op_emulator::compute {

namespace {

// Down the columns; the sums go on in the next tile unless `first` (the first parameter) is set.
void cumulate(const SfpuArgs& args) {
    SfpuMemory::Line& sum = args.memory.lines[0];
    if (args.call.value[0] != 0) sum.fill(0.0F);
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t c = 0; c < kTileWidth; ++c) args.out[place(r, c)] = sum[c] += args.in[0][place(r, c)];
    }
}

// new = alpha * old + beta * x down each column; old goes on in the next tile.
void average(const SfpuArgs& args) {
    SfpuMemory::Line& old = args.memory.lines[0];
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t c = 0; c < kTileWidth; ++c) {
            const float kept = args.value(0) * old[c];
            args.out[place(r, c)] = old[c] = args.value(1) * args.in[0][place(r, c)] + kept;
        }
    }
}

// Row r of the first four: the sum of rows r, r + 4, r + 8, …; the others stay.
void sum_columns(const SfpuArgs& args) {
    const Word* in = args.words(0);
    for (std::size_t r = 0; r < 4; ++r) {
        for (std::size_t c = 0; c < kTileWidth; ++c) {
            Word sum = 0;
            for (std::size_t k = r; k < kTileHeight; k += 4) sum += in[place(k, c)];
            args.out_words()[place(r, c)] = sum;
        }
    }
}

// Even columns of the left half: sum with the column to the right and with both in the right half.
void sum_rows(const SfpuArgs& args) {
    const Word* in = args.words(0);
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t c = 0; c < kFaceSide; c += 2) {
            args.out_words()[place(r, c)] = in[place(r, c)] + in[place(r, c + 1)] + in[place(r, c + kFaceSide)] +
                                            in[place(r, c + kFaceSide + 1)];
        }
    }
}

enum class Spread { Column, Row, Scalar };

template <Spread spread>
std::size_t source(std::size_t r, std::size_t c) {
    return spread == Spread::Column ? place(r, 0) : spread == Spread::Row ? place(0, c) : place(0, 0);
}

// F(x, b) with b from column 0, row 0 or the first value of the second operand.
template <Spread spread, auto F>
SfpuEntry spread_binary() {
    const auto run = [](const SfpuArgs& args) {
        float result[kTileElements];
        for (std::size_t r = 0; r < kTileHeight; ++r) {
            for (std::size_t c = 0; c < kTileWidth; ++c) {
                result[place(r, c)] = F(args.in[0][place(r, c)], args.in[1][source<spread>(r, c)]);
            }
        }
        std::copy(result, result + kTileElements, args.out);
    };
    return {run, 2, Operands::Float, Store::Truncate, Accuracy::Rounded, true};
}

// (x [+ residual] - mean) * inverse deviation.
template <Spread spread, bool residual>
SfpuEntry normalize() {
    const auto run = [](const SfpuArgs& args) {
        const float* mean = args.in[residual ? 2 : 1];
        const float* inverse = args.in[residual ? 3 : 2];
        float result[kTileElements];
        for (std::size_t r = 0; r < kTileHeight; ++r) {
            for (std::size_t c = 0; c < kTileWidth; ++c) {
                const std::size_t i = place(r, c), from = source<spread>(r, c);
                const float x = residual ? args.in[0][i] + args.in[1][i] : args.in[0][i];
                result[i] = (x - mean[from]) * inverse[from];
            }
        }
        std::copy(result, result + kTileElements, args.out);
    };
    return {run, residual ? std::uint8_t{4} : std::uint8_t{3}, Operands::Float, Store::Truncate, Accuracy::Rounded, true};
}

void add_broadcasts(Rows set) {
    constexpr auto kAdd = [](float a, float b) { return a + b; };
    constexpr auto kSub = [](float a, float b) { return a - b; };
    constexpr auto kMul = [](float a, float b) { return a * b; };
    set(SfpuOp::sfpu_add_bcast_col, spread_binary<Spread::Column, kAdd>());
    set(SfpuOp::sfpu_sub_bcast_col, spread_binary<Spread::Column, kSub>());
    set(SfpuOp::sfpu_mul_bcast_col, spread_binary<Spread::Column, kMul>());
    set(SfpuOp::sfpu_add_bcast_row, spread_binary<Spread::Row, kAdd>());
    set(SfpuOp::sfpu_sub_bcast_row, spread_binary<Spread::Row, kSub>());
    set(SfpuOp::sfpu_mul_bcast_row, spread_binary<Spread::Row, kMul>());
    set(SfpuOp::sfpu_normalize_bcast_col, normalize<Spread::Column, false>());
    set(SfpuOp::sfpu_residual_normalize_bcast_col, normalize<Spread::Column, true>());
    set(SfpuOp::sfpu_normalize_bcast_scalar, normalize<Spread::Scalar, false>());
}

void randomize(const SfpuArgs& args) {  // from, scale: uniform in [from, from + scale)
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        const float unit = static_cast<float>(args.memory.next_random() >> 8) * 0x1p-24F;
        args.out[i] = unit * args.value(1) + args.value(0);
    }
}

void drop(const SfpuArgs& args) {  // probability as 31 bits, scale
    for (std::size_t i = 0; i < kFaceElements; ++i) {
        const bool dropped = args.memory.next_random() >> 1 < args.call.value[0];
        args.out[i] = dropped ? 0.0F : args.in[0][i] * args.value(1);
    }
}

}  // namespace

void add_tile_operations(SfpuTable& table) {
    Rows set(table);
    constexpr Accuracy kExact = Accuracy::Exact, kRounded = Accuracy::Rounded;
    set(SfpuOp::cumsum_tile, {cumulate, 1, Operands::Float, Store::Truncate, kRounded, true});
    set(SfpuOp::ema_tile, {average, 1, Operands::Float, Store::Truncate, kRounded, true});
    set(SfpuOp::sfpu_sum_int_col, {sum_columns, 1, Operands::Integer, Store::Truncate, kExact, true});
    set(SfpuOp::sfpu_sum_int_row, {sum_rows, 1, Operands::Integer, Store::Truncate, kExact, true});
    set(SfpuOp::sfpu_add_int, integer_binary<[](Word a, Word b, DataFormat) { return a + b; }>());
    set(SfpuOp::rand_tile, {randomize, 0, Operands::Float, Store::Truncate, Accuracy::Function});
    set(SfpuOp::dropout_tile, {drop, 1, Operands::Float, Store::Truncate, Accuracy::Function});
    add_broadcasts(set);
}

}  // namespace op_emulator::compute
