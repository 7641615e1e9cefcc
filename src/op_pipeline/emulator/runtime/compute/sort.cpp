// The vector unit's bitonic sort of 64 values in each column of two tiles, with their indices beside them. Which runs a
// call compares, and in which direction, follows the remarks in api/compute/topk.h and Tenstorrent's public low-level
// kernels; which of two equal values comes first without a tie order is unspecified there and here.
#include "sfpu_integer.hpp"
#include "state.hpp"

namespace op_emulator::compute {

namespace {

constexpr std::uint32_t kLength = 64, kTileRun = 32;
constexpr SfpuOp kOp = SfpuOp::topk_sort;

ComputeState& enter(const SortCall& call) {
    ComputeState& state = compute_state(call.where);
    state.require_started(call.name, call.where);
    const auto& init = state.sfpu.init_values;
    sfpu_check(state, kOp, call.where);
    const std::uint32_t mode = (call.fused ? 1u : 0u) | (call.stamped ? 2u : 0u);
    if (init[0] != mode || (call.stamped && init[1] != call.tag_bits)) {
        raise_fault(
            "init_mismatch",
            std::string(call.name) + ", but topk_tile_init at " + at(state.sfpu.owner_where) +
                " was for another mode of sorting",
            call.where, "give init and operation the same fused, rank_stamped and tag_bits");
    }
    return state;
}

void require_first(const SortCall& call) {
    if (call.dst == 0) return;
    raise_fault(
        "bad_argument", std::string(call.name) + ": DST index " + std::to_string(call.dst) + "; it works on tiles 0 to 3",
        call.where, "put values in DST tiles 0 and 1, indices in 2 and 3, and call it with 0");
}

DstTile& tile_of(ComputeState& state, const SortCall& call, std::uint32_t dst) {
    return readable_tile(state, dst, call.name, call.where);
}

Word* words(DstTile& tile) { return reinterpret_cast<Word*>(tile.values.data()); }

// Floats, and what is packed into them, by sign and magnitude; integers by value.
std::int64_t rank_of(Word value, TileKind kind) {
    if (kind == TileKind::Float) {
        const std::int64_t magnitude = value & 0x7FFFFFFFu;
        return (value & 0x80000000u) != 0 ? -magnitude - 1 : magnitude;  // -0 stands below 0
    }
    return kind == TileKind::Int32 ? std::int64_t{as_signed(value)} : std::int64_t{value};
}

struct Column {
    Word value[kLength], index[kLength];
    TileKind kind;
    TieOrder tie;

    // Does b come before a when the largest comes first?
    bool behind(std::uint32_t a, std::uint32_t b) const {
        const std::int64_t first = rank_of(value[a], kind), second = rank_of(value[b], kind);
        if (first != second || tie == TieOrder::None) return first < second;
        return tie == TieOrder::Descending ? index[a] > index[b] : index[a] < index[b];
    }
    // After it the larger one is at a, or at b with `ascending`.
    void compare(std::uint32_t a, std::uint32_t b, bool ascending) {
        if (ascending ? !behind(b, a) : !behind(a, b)) return;
        std::swap(value[a], value[b]);
        std::swap(index[a], index[b]);
    }
    // Compares at distances length / 2, length / 4, … 1: sorts a bitonic run.
    void merge_run(std::uint32_t begin, std::uint32_t length, bool ascending) {
        for (std::uint32_t stride = length / 2; stride != 0; stride /= 2) stage(begin, length, stride, ascending);
    }
    void stage(std::uint32_t begin, std::uint32_t length, std::uint32_t stride, bool ascending) {
        for (std::uint32_t i = 0; i < length; ++i) {
            if ((i & stride) == 0) compare(begin + i, begin + i + stride, ascending);
        }
    }
};

// Runs `work` on each column of the slab.
template <class Work>
void each_column(const SortCall& call, Work work) {
    require_first(call);
    ComputeState& state = enter(call);
    DstTile* value[2] = {&tile_of(state, call, 0), &tile_of(state, call, 1)};
    DstTile* index[2] = {};
    if (!call.fused) {
        index[0] = &tile_of(state, call, 2);
        index[1] = &tile_of(state, call, 3);
    }
    if (value[0]->kind != value[1]->kind) {
        raise_fault(
            "dst_format", std::string(call.name) + ": DST tiles 0 and 1 hold values of different types", call.where);
    }
    Column column{{}, {}, value[0]->kind, call.tie};
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        for (std::uint32_t i = 0; i < kLength; ++i) {
            column.value[i] = words(*value[i / kTileRun])[place(i % kTileRun, c)];
            if (index[0] != nullptr) column.index[i] = words(*index[i / kTileRun])[place(i % kTileRun, c)];
        }
        work(column);
        for (std::uint32_t i = 0; i < kLength; ++i) {
            words(*value[i / kTileRun])[place(i % kTileRun, c)] = column.value[i];
            if (index[0] != nullptr) words(*index[i / kTileRun])[place(i % kTileRun, c)] = column.index[i];
        }
    }
}

void check(const SortCall& call, bool holds, const char* rule) {
    if (!holds) raise_fault("bad_argument", std::string(call.name) + ": " + rule, call.where);
}

Word tag_mask(const SortCall& call) { return (1u << call.tag_bits) - 1; }

// The low bits become the rank, complemented where that keeps equal values in the order of their ranks.
Word stamped(Word value, Word rank, bool largest, Word mask) {
    const Word tagged = (value & ~mask) | rank;
    const bool negative = (tagged & 0x80000000u) != 0;
    return negative != largest ? tagged ^ mask : tagged;
}

}  // namespace

void sort_init(bool fused, bool is_stamped, std::uint32_t tag_bits, Where where) {
    sfpu_init_values(SfpuInit::topk_tile_init, (fused ? 1u : 0u) | (is_stamped ? 2u : 0u), tag_bits, where);
}

// Phases 0 to 2 sort runs of 2, 4, 8 in alternating directions, the largest first in the first run whatever the
// direction asked for; from phase 3 on it counts.
void sort_local(
    const SortCall& call, bool ascending, std::uint32_t end_phase, std::uint32_t start_phase, std::uint32_t end_step,
    std::uint32_t start_step) {
    check(call, end_phase <= 5 && start_phase <= end_phase, "phases are 0 to 5");
    each_column(call, [&](Column& column) {
        for (std::uint32_t phase = start_phase; phase <= end_phase; ++phase) {
            const std::uint32_t run = 2u << phase;
            const bool steps_given = phase > 3 && start_phase == end_phase;
            for (std::uint32_t begin = 0; begin < kLength; begin += run) {
                const bool up = (phase > 2 && ascending) != (begin / run % 2 == 1);
                if (!steps_given) {
                    column.merge_run(begin, run, up);
                    continue;
                }
                for (std::uint32_t step = start_step; step > end_step; --step) {
                    column.stage(begin, run, 1u << (step - 1), up);
                }
                for (std::uint32_t part = 0; part < run; part += 16) column.merge_run(begin + part, 16, up);
            }
        }
    });
}

// Runs of k, `distance` apart: the first keeps the k largest (or smallest) of both.
void sort_merge(const SortCall& call, bool smallest, std::uint32_t iteration, std::uint32_t k) {
    check(call, k >= 4 && k <= 64 && iteration < 32, "k is 4 to 64");
    const std::uint32_t run = std::min(k, kTileRun);
    const std::uint32_t distance = std::min<std::uint64_t>(std::uint64_t{run} << iteration, kTileRun);
    const std::uint32_t total = std::max(2 * run, kLength >> iteration);
    const Word mask = tag_mask(call);
    each_column(call, [&](Column& column) {
        for (std::uint32_t pair = 0; pair < total / (2 * run); ++pair) {
            const std::uint32_t begin = pair * 2 * distance;
            for (std::uint32_t i = 0; i < run; ++i) {
                const std::uint32_t a = begin + i, b = a + distance;
                if (call.stamped) {
                    column.value[a] = stamped(column.value[a], i, !smallest, mask);
                    column.value[b] = stamped(column.value[b], i ^ (2 * k - 1), !smallest, mask);
                }
                column.compare(a, b, smallest);
            }
        }
    });
}

void sort_rebuild(
    const SortCall& call, bool ascending, std::uint32_t iteration, std::uint32_t k, std::uint32_t log_k,
    bool skip_second) {
    check(call, log_k >= 2 && log_k <= 6 && k == 1u << log_k && iteration < 31, "k is 4 to 64, and logk its logarithm");
    each_column(call, [&](Column& column) {
        if (k > 16) {
            for (std::uint32_t begin = 0; begin < kLength; begin += k) {
                column.merge_run(begin, k, ascending != (begin == k));
            }
            return;
        }
        const std::uint32_t total = std::max(2 * k, kLength >> (iteration + 1)) >> (skip_second ? 1 : 0);
        const std::uint32_t distance = std::min<std::uint64_t>(std::uint64_t{k} << (iteration + 1), kTileRun);
        // Runs of 4 and 8 are worked on several at a time, and the largest comes first in the first of them.
        const std::uint32_t together = k == 16 ? 1 : k == 8 || iteration > 1 ? 2 : 4;
        const std::uint32_t runs = std::max(total, 16u) / k / (k == 4 && iteration > 1 ? 2 : 1);
        for (std::uint32_t n = 0; n < std::max(runs, together); ++n) {
            column.merge_run(n * distance, k, (k == 16 && ascending) != (n % 2 == 1));
        }
    });
}

void sort_fuse(const SortCall& call, bool largest) {
    require_first(call);
    ComputeState& state = enter(call);
    for (std::uint32_t t = 0; t < 2; ++t) {
        Word* value = words(tile_of(state, call, t));
        const Word* index = words(tile_of(state, call, t + 2));
        for (std::size_t i = 0; i < kTileElements; ++i) {
            const bool negative = (value[i] & 0x80000000u) != 0;
            value[i] |= (index[i] & 0xFFFFu) ^ (negative != largest ? 0xFFFFu : 0u);
        }
    }
}

void sort_defuse(const SortCall& call, bool largest, std::uint32_t tiles) {
    require_first(call);
    check(call, tiles == 1 || tiles == 2, "1 or 2 tiles");
    ComputeState& state = enter(call);
    for (std::uint32_t t = 0; t < tiles; ++t) {
        Word* value = words(tile_of(state, call, t));
        DstTile& tile = writable_tile(state, t + 2, call.name, call.where);
        for (std::size_t i = 0; i < kTileElements; ++i) {
            const bool negative = (value[i] & 0x80000000u) != 0;
            words(tile)[i] = (value[i] & 0xFFFFu) ^ (negative != largest ? 0xFFFFu : 0u);
            value[i] &= 0xFFFF0000u;
        }
        tile.kind = TileKind::UInt16;
    }
}

void sort_stamp(const SortCall& call, bool largest, std::uint32_t tile, std::uint32_t rank) {
    require_first(call);
    const Word mask = tag_mask(call);
    check(call, tile <= 1 && rank % 32 == 0 && rank + 31 <= mask, "tile 0 or 1, ranks from a multiple of 32 that fit the tag");
    ComputeState& state = enter(call);
    Word* value = words(tile_of(state, call, tile));
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t c = 0; c < kTileWidth; ++c) {
            Word& word = value[place(r, c)];
            if ((word & ~mask) == 0x80000000u) word = 0;  // both zeros are equal
            word = stamped(word, rank + static_cast<Word>(r), largest, mask);
        }
    }
}

void sort_strip(const SortCall& call) {
    ComputeState& state = compute_state(call.where);
    state.require_started(call.name, call.where);
    Word* value = words(tile_of(state, call, call.dst));
    for (std::size_t i = 0; i < kTileElements; ++i) value[i] &= ~tag_mask(call);
}

void sort_fold_zeros(const SortCall& call) {
    require_first(call);
    ComputeState& state = compute_state(call.where);
    state.require_started(call.name, call.where);
    for (std::uint32_t t = 0; t < 2; ++t) {
        DstTile& tile = tile_of(state, call, t);
        if (!state.fp32 || tile.kind != TileKind::Float) continue;
        for (std::size_t i = 0; i < kTileElements; ++i) words(tile)[i] = tile.values[i] == 0.0F ? 0 : words(tile)[i];
    }
}

void sort_check_indices(const SortCall& call) {
    ComputeState& state = compute_state(call.where);
    state.require_started(call.name, call.where);
    const DstTile& tile = tile_of(state, call, call.dst);
    if (tile.kind == TileKind::UInt16) return;
    raise_fault(
        "dst_format", std::string(call.name) + ": DST tile " + std::to_string(call.dst) + " holds " + name_of(tile.kind),
        call.where, "it moves UInt16 values");
}

}  // namespace op_emulator::compute
