// Reduction of DST tiles by the vector unit, in fp32 or in integers.
#include <cmath>

#include "sfpu_integer.hpp"
#include "state.hpp"

namespace op_emulator::compute {

namespace {

constexpr SfpuOp kOp = SfpuOp::sfpu_reduce;

float combine(Pool pool, float a, float b) {
    switch (pool) {
        case Pool::Max: return std::fmax(a, b);
        case Pool::Min: return std::fmin(a, b);
        default: return a + b;
    }
}

Word combine(Pool pool, Word a, Word b, DataFormat format) {
    switch (pool) {
        case Pool::Max: return kLarger(a, b, format);
        case Pool::Min: return kSmaller(a, b, format);
        default: return fit(a + b, format);  // a sum beyond the range wraps
    }
}

struct Lane {  // one row or column, in as many tiles as the block has
    ComputeState& state;
    ReduceDim dim;
    std::uint32_t dst, tiles, index;
    static constexpr std::size_t kLength = kTileWidth;
    float& at(std::size_t k) const {
        DstTile& tile = state.sections.back()->tiles[dst + k / kLength];
        return tile.values[dim == ReduceDim::Row ? place(index, k % kLength) : place(k % kLength, index)];
    }
    std::size_t length() const { return tiles * kLength; }
};

void reduce_lane(const Lane& lane, Pool pool, DataFormat format) {
    if (is_float(format)) {
        float result = lane.at(0);
        for (std::size_t k = 1; k < lane.length(); ++k) result = combine(pool, result, lane.at(k));
        if (pool == Pool::Avg) result /= static_cast<float>(lane.length());
        lane.at(0) = lane.state.fp32 ? result : bf16_nearest_even(result);
        return;
    }
    const auto word = [&lane](std::size_t k) -> Word& { return reinterpret_cast<Word&>(lane.at(k)); };
    Word result = word(0);
    for (std::size_t k = 1; k < lane.length(); ++k) result = combine(pool, result, word(k), format);
    word(0) = result;
}

void check_tiles(
    ComputeState& state, DataFormat format, std::uint32_t dst, std::uint32_t tiles, Where where) {
    for (std::uint32_t i = 0; i < tiles; ++i) {
        const DstTile& tile = readable_tile(state, dst + i, name_of(kOp), where);
        if (fits(tile.kind, format)) continue;
        raise_fault(
            "dst_format",
            std::string(name_of(kOp)) + ": DST tile " + std::to_string(dst + i) + " holds " + name_of(tile.kind) +
                ", not " + name_of(format),
            where, "give sfpu_reduce the format of the tile");
    }
}

}  // namespace

void sfpu_reduce(
    Pool pool, ReduceDim dim, DataFormat format, std::uint32_t dst, std::uint32_t columns, std::uint32_t rows,
    Where where) {
    ComputeState& state = compute_state(where);
    sfpu_check(state, kOp, where);
    if (columns == 0 || rows == 0 || (dim == ReduceDim::Col && (columns > 1 || rows > 1))) {
        raise_fault(
            "bad_argument",
            std::string(name_of(kOp)) + ": a block of " + std::to_string(rows) + "x" + std::to_string(columns) + " tiles",
            where, "columns are reduced one tile at a time; rows over ct_dim x rt_dim tiles");
    }
    if (pool == Pool::Avg && is_integer(format)) {
        raise_fault("not_modelled", "sfpu_reduce AVG of integers", where, "SUM, then divide");
    }
    check_tiles(state, format, dst, columns * rows, where);
    for (std::uint32_t r = 0; r < rows; ++r) {
        const std::uint32_t first = dst + r * columns;
        for (std::uint32_t i = 0; i < kTileHeight; ++i) reduce_lane({state, dim, first, columns, i}, pool, format);
        state.sections.back()->tiles[first].reduced = true;
    }
}

}  // namespace op_emulator::compute
