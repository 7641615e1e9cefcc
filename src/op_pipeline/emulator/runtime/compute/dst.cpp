// tile_regs_*: the hand-over of DST between the maths and the packer.
//
// Silicon runs one compute kernel on three threads; each call acts on one of them. One context stands in for all, so
// an order that is legal for three threads must be legal here: a wait before the commit, a pack_tile before the commit
// (the packer only starts after it), several sections committed before the first is released.
#include <algorithm>

#include "../trace.hpp"
#include "state.hpp"

namespace op_emulator::compute {

namespace {

constexpr std::size_t kMaxSections = 64;  // committed and not released: more is a kernel that never releases

void acquire(ComputeState& state, const char* what, Where where) {
    state.require_started(what, where);
    if (state.acquired) {
        raise_fault(
            "dst_protocol",
            std::string(what) + ", but DST acquired at " + at(state.sections.back()->acquired) +
                " is not committed yet",
            where, "tile_regs_commit() is missing");
    }
    if (state.sections.size() >= kMaxSections) {
        raise_fault(
            "dst_protocol",
            std::string(what) + ": " + std::to_string(kMaxSections) +
                " acquired sections are committed and none released",
            where, "on hardware the maths thread waits for ever: tile_regs_release() is missing");
    }
    std::unique_ptr<DstSection> section;
    if (state.pool.empty()) {
        section = std::make_unique<DstSection>();
        section->tiles.resize(state.capacity);
    } else {
        section = std::move(state.pool.back());
        state.pool.pop_back();
    }
    for (DstTile& tile : section->tiles) {
        tile.kind = TileKind::Unwritten;
        tile.packed = false;
        tile.reduced = false;
    }
    section->committed = false;
    section->acquired = where;
    state.sections.push_back(std::move(section));
    state.acquired = true;
}

void commit(ComputeState& state, const char* what, Where where) {
    if (!state.acquired) {
        raise_fault(
            "dst_protocol", std::string(what) + " without DST acquired", where, "call tile_regs_acquire() first");
    }
    const auto held = static_cast<std::uint32_t>(std::ranges::count_if(
        state.sections.back()->tiles, [](const DstTile& tile) { return tile.kind != TileKind::Unwritten; }));
    state.dst_most = std::max(state.dst_most, held);
    trace(TraceKind::Dst, 0, 0, held);
    state.sections.back()->committed = true;
    state.acquired = false;
}

void release(ComputeState& state, const char* what, Where where) {
    if (!state.waited) {
        raise_fault(
            "dst_protocol", std::string(what) + " without tile_regs_wait", where,
            "the packer must wait for the maths: tile_regs_wait() after tile_regs_commit()");
    }
    if (state.sections.empty() || !state.sections.front()->committed) {
        raise_fault(
            "dst_protocol", std::string(what) + ", but the maths has not committed DST", where,
            "call tile_regs_commit() when the maths is done, before tile_regs_release()");
    }
    state.pool.push_back(std::move(state.sections.front()));
    state.sections.pop_front();
    state.waited = false;
    trace(TraceKind::Dst, 0, 0, 0);
}

void wait(ComputeState& state, Where where) {
    state.waited = true;
    state.waited_where = where;
}

}  // namespace

void regs_acquire(Where where) { acquire(compute_state(where), "tile_regs_acquire", where); }

void regs_commit(Where where) { commit(compute_state(where), "tile_regs_commit", where); }

void regs_wait(Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("tile_regs_wait", where);
    wait(state, where);
}

void regs_release(Where where) { release(compute_state(where), "tile_regs_release", where); }

void legacy_acquire(Where where) {
    ComputeState& state = compute_state(where);
    acquire(state, "acquire_dst", where);
    wait(state, where);
}

void legacy_release(Where where) {
    ComputeState& state = compute_state(where);
    commit(state, "release_dst", where);
    release(state, "release_dst", where);
}

}  // namespace op_emulator::compute
