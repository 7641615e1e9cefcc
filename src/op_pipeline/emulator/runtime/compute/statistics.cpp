// Mean and variance down the columns of tiles, kept in the vector unit's registers: Welford's algorithm, and two passes
// over data shifted by an anchor. Where the state stands in DST tiles follows the remarks in api/compute/welford.h: as a
// row, or "raw": the 32 values of a group in the even columns of four rows.
#include <cmath>

#include "sfpu_table.hpp"
#include "state.hpp"

namespace op_emulator::compute {

namespace {

using Line = SfpuMemory::Line;
constexpr std::uint32_t kSlots = 16;  // groups of four rows in a tile

struct Registers {
    Line &mean, &squares, &second, &anchor;  // `mean` is the anchor and `squares` the sum until the mean is finished
};

Registers registers_of(ComputeState& state) {
    auto& lines = state.sfpu.memory.lines;
    return {lines[4], lines[5], lines[6], lines[7]};
}

// Faults unless an init of the family was called and, for what reads the registers, nothing has overwritten them.
ComputeState& enter(const StatsCall& call, bool reads) {
    ComputeState& state = compute_state(call.where);
    state.require_started(call.name, call.where);
    const auto done = [&state](SfpuInit init) { return state.sfpu.done[static_cast<std::size_t>(init)]; };
    if (!done(SfpuInit::welford_init) && !done(SfpuInit::two_pass_stats_init_shifted)) {
        raise_fault(
            "sfpu_init_missing", std::string(call.name) + " without welford_init or two_pass_stats_init_shifted",
            call.where, "call one of them before it");
    }
    auto& owner = state.sfpu.memory.owner;
    if (reads && owner != SfpuOp::two_pass_stats) {
        const std::string why = owner ? std::string(name_of(*owner)) + " has overwritten it" : "nothing has set it";
        raise_fault(
            "init_mismatch", std::string(call.name) + " goes on from the state in the vector unit, but " + why,
            call.where, "save the state before other operations of the vector unit and restore it after them");
    }
    owner = SfpuOp::two_pass_stats;
    return state;
}

// A tile the state is stored to: what it does not hold yet reads as zero.
DstTile& state_tile(ComputeState& state, std::uint32_t dst, const StatsCall& call) {
    DstTile& tile = writable_tile(state, dst, call.name, call.where);
    if (tile.kind != TileKind::Float) {
        tile.values.fill(0.0F);
        tile.kind = TileKind::Float;
    }
    tile.reduced = false;
    return tile;
}

float narrowed(const ComputeState& state, float x) { return state.fp32 ? x : bf16_truncate(x); }

std::size_t raw_place(const StatsCall& call, std::uint32_t slot, std::size_t column) {
    if (slot >= kSlots) {
        raise_fault(
            "bad_argument", std::string(call.name) + ": group " + std::to_string(slot) + " of a tile that has 16",
            call.where);
    }
    const std::size_t row = slot * 4 + column / kFaceSide * 2 + column % 2;
    return row * kFaceSide + column % kFaceSide / 2 * 2;
}

void store_raw(ComputeState& state, const StatsCall& call, std::uint32_t dst, std::uint32_t slot, const Line& line) {
    DstTile& tile = state_tile(state, dst, call);
    for (std::size_t c = 0; c < line.size(); ++c) tile.values[raw_place(call, slot, c)] = narrowed(state, line[c]);
}

void load_raw(ComputeState& state, const StatsCall& call, std::uint32_t dst, std::uint32_t slot, Line& line) {
    const DstTile& tile = readable_tile(state, dst, call.name, call.where);
    for (std::size_t c = 0; c < line.size(); ++c) line[c] = tile.values[raw_place(call, slot, c)];
}

// Row `row`; the three below it become zero.
void store_row(ComputeState& state, const StatsCall& call, std::uint32_t dst, std::size_t row, const Line& line) {
    DstTile& tile = state_tile(state, dst, call);
    for (std::size_t c = 0; c < line.size(); ++c) {
        tile.values[place(row, c)] = narrowed(state, line[c]);
        for (std::size_t below = 1; below < 4; ++below) tile.values[place(row + below, c)] = 0.0F;
    }
}

void fold(const StatsCall& call, Registers& at) {
    if (!call.dual) return;
    for (std::size_t c = 0; c < at.squares.size(); ++c) at.squares[c] += at.second[c];
    at.second.fill(0.0F);
}

void check_rows(const StatsCall& call, std::uint32_t first, std::uint32_t rows) {
    if (first <= kTileHeight && rows <= kTileHeight - first) return;
    raise_fault(
        "bad_argument",
        std::string(call.name) + ": rows " + std::to_string(first) + " to " + std::to_string(first + rows) + " of a tile",
        call.where);
}

const DstTile& input_tile(ComputeState& state, const StatsCall& call) {
    const DstTile& tile = readable_tile(state, call.dst, call.name, call.where);
    if (tile.kind != TileKind::Float) {
        raise_fault(
            "dst_format",
            std::string(call.name) + ": DST tile " + std::to_string(call.dst) + " holds " + name_of(tile.kind),
            call.where, "convert it with typecast_tile first");
    }
    return tile;
}

// One value for all columns: their means about the first one's, and the variance of all their data, which is the mean of
// the columns' variances and the variance of their means.
void combine_columns(ComputeState& state, const StatsCall& call, Registers& at, float reciprocal, bool average) {
    constexpr float kShare = 1.0F / kTileWidth;
    const float anchor = at.mean[0];
    float sum = 0, variances = 0, spread = 0;
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        sum += at.mean[c] - anchor;
        variances += at.squares[c] * reciprocal;
    }
    const float centre = sum * kShare;
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        const float away = at.mean[c] - anchor - centre;
        spread += away * away;
    }
    const float variance = (spread + variances) * (average ? kShare : 1.0F);
    for (const std::uint32_t odd : {0u, 1u}) {  // both halves of the four rows
        for (std::size_t c = 0; c < kTileWidth; ++c) {
            const std::size_t i = raw_place(call, call.slot, c) + odd;
            state_tile(state, call.dst, call).values[i] = narrowed(state, centre + anchor);
            state_tile(state, call.dst + 1, call).values[i] = narrowed(state, variance);
        }
    }
}

}  // namespace

void stats_init(SfpuInit init, bool clear, Where where) {
    sfpu_init(init, where);
    if (clear) stats_clear({name_of(init), where});
}

void stats_clear(const StatsCall& call) {
    ComputeState& state = enter(call, false);
    const Registers at = registers_of(state);
    at.mean.fill(0.0F);
    at.squares.fill(0.0F);
    at.second.fill(0.0F);
}

void stats_update(
    const StatsCall& call, std::uint32_t index, std::uint32_t first, std::uint32_t rows,
    const std::uint32_t* reciprocals) {
    ComputeState& state = enter(call, true);
    sfpu_check(state, SfpuOp::welford_update, call.where);
    state.sfpu.memory.owner = SfpuOp::two_pass_stats;
    check_rows(call, first, rows);
    const DstTile& tile = input_tile(state, call);
    const Registers at = registers_of(state);
    for (std::uint32_t r = first; r < first + rows; ++r, ++index) {
        const float share = reciprocals != nullptr ? float_of(reciprocals[index]) : 1.0F / static_cast<float>(index + 1);
        for (std::size_t c = 0; c < kTileWidth; ++c) {
            const float x = tile.values[place(r, c)], before = x - at.mean[c];
            at.mean[c] += before * share;
            at.squares[c] += before * (x - at.mean[c]);
        }
    }
}

void stats_accumulate(const StatsCall& call, StatsPass pass, std::uint32_t first, std::uint32_t rows) {
    ComputeState& state = enter(call, pass != StatsPass::FirstSum);
    check_rows(call, first, rows);
    const DstTile& tile = input_tile(state, call);
    const Registers at = registers_of(state);
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        if (pass == StatsPass::FirstSum && rows != 0) {
            at.mean[c] = tile.values[place(first, c)];
            at.squares[c] = at.second[c] = 0.0F;
        }
        for (std::uint32_t r = first; r < first + rows; ++r) {
            const float away = tile.values[place(r, c)] - at.mean[c];
            float& sum = call.dual && r % 2 == 1 ? at.second[c] : at.squares[c];
            sum += pass == StatsPass::Squares ? away * away : away;
        }
    }
}

void stats_finish_mean(const StatsCall& call, std::uint32_t reciprocal, bool retain_anchor) {
    Registers at = registers_of(enter(call, true));
    fold(call, at);
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        const float anchor = at.mean[c];
        at.mean[c] += at.squares[c] * float_of(reciprocal);
        at.anchor[c] = retain_anchor ? anchor : float_of(reciprocal);
    }
    at.squares.fill(0.0F);
    at.second.fill(0.0F);
}

void stats_save(const StatsCall& call) {
    ComputeState& state = enter(call, true);
    Registers at = registers_of(state);
    fold(call, at);
    store_raw(state, call, call.dst, call.slot, at.mean);
    store_raw(state, call, call.dst + 1, call.slot, at.squares);
}

void stats_restore(const StatsCall& call) {
    ComputeState& state = enter(call, false);
    const Registers at = registers_of(state);
    load_raw(state, call, call.dst, call.slot, at.mean);
    load_raw(state, call, call.dst + 1, call.slot, at.squares);
    at.second.fill(0.0F);
}

void stats_anchor(const StatsCall& call, bool save) {
    ComputeState& state = enter(call, save);
    const Registers at = registers_of(state);
    save ? store_raw(state, call, call.dst, call.slot, at.anchor) : load_raw(state, call, call.dst, call.slot, at.anchor);
}

void stats_finalize(const StatsCall& call, StatsForm form, float reciprocal) {
    ComputeState& state = enter(call, true);
    Registers at = registers_of(state);
    fold(call, at);
    if (form == StatsForm::CombinedFace || form == StatsForm::CombinedFaceSum) {
        return combine_columns(state, call, at, reciprocal, form == StatsForm::CombinedFace);
    }
    Line variance = at.squares;
    for (float& x : variance) x *= reciprocal;
    if (form == StatsForm::Face) {
        store_raw(state, call, call.dst, call.slot, at.mean);
        return store_raw(state, call, call.dst + 1, call.slot, variance);
    }
    if (form == StatsForm::SplitRow) {  // the anchor, and in row 16 what is left of it without the mean
        Line rest;
        for (std::size_t c = 0; c < kTileWidth; ++c) rest[c] = at.anchor[c] - at.mean[c];
        store_row(state, call, call.dst, 0, at.anchor);
        store_row(state, call, call.dst, kFaceSide, rest);
    } else if (form == StatsForm::Row) {
        store_row(state, call, call.dst, 0, at.mean);
    }
    store_row(state, call, call.dst + 1, 0, variance);
}

// Chan's formula: the state in DST and that in the registers become that of all data.
void stats_combine(const StatsCall& call, std::uint32_t total_reciprocal, std::uint32_t block_count) {
    ComputeState& state = enter(call, true);
    Registers at = registers_of(state);
    fold(call, at);
    Line mean, squares;
    load_raw(state, call, call.dst, call.slot, mean);
    load_raw(state, call, call.dst + 1, call.slot, squares);
    const float count = float_of(block_count), ratio = float_of(total_reciprocal) * count;
    const float weight = count - ratio * count;
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        const float gap = at.mean[c] - mean[c];
        at.mean[c] = gap * ratio + mean[c];
        at.squares[c] = squares[c] + at.squares[c] + gap * gap * weight;
    }
    store_raw(state, call, call.dst, call.slot, at.mean);
    store_raw(state, call, call.dst + 1, call.slot, at.squares);
}

}  // namespace op_emulator::compute
