#include "state.hpp"

#include <cstring>

#include "../trace.hpp"

namespace op_emulator {

using compute::at;

ComputeState::ComputeState(const KernelImage& kernel)
    : settings(kernel.compute),
      fp32(kernel.compute.fp32_dest_acc_en),
      capacity((kernel.compute.fp32_dest_acc_en ? 4u : 8u) * (kernel.compute.dst_full_sync_en ? 2u : 1u)) {}

void ComputeState::require_started(const char* what, Where where) const {
    if (started) return;
    raise_fault(
        "startup_missing", std::string(what) + " before compute_kernel_hw_startup", where,
        "call compute_kernel_hw_startup(in, out) or (in0, in1, out) once, before any other compute call");
}

ComputeState* make_compute_state(const KernelImage& kernel) { return new ComputeState(kernel); }

void destroy_compute_state(ComputeState* state) { delete state; }

void compute_cb_pushed(ComputeState& state, std::uint32_t cb) {
    if (cb < state.pack_position.size()) state.pack_position[cb] = 0;
}

ComputeUse compute_use(const ComputeState& state) { return {state.calls, state.capacity, state.dst_most}; }

void finish_compute_state(ComputeState& state, Where where) {
    if (state.acquired) {
        raise_fault(
            "dst_protocol",
            "the kernel returns with DST acquired at " + at(state.sections.back()->acquired) + " and never committed",
            where, "every tile_regs_acquire needs commit, wait, pack_tile, release");
    }
    if (!state.sections.empty()) {
        raise_fault(
            "dst_protocol",
            "the kernel returns, but DST acquired at " + at(state.sections.front()->acquired) +
                " was never released by the packer",
            where, "tile_regs_wait, pack_tile and tile_regs_release are missing for it");
    }
    if (state.waited) {
        raise_fault(
            "dst_protocol", "tile_regs_wait at " + at(state.waited_where) + " waits for a commit that never comes",
            where, "on hardware the packer hangs here; remove the wait or add acquire and commit");
    }
}

ComputeState& compute_state(Where where) {
    KernelContext& context = current();
    context.last_call = where;
    trace_step();
    if (context.compute == nullptr) {
        raise_fault("wrong_risc", "a compute call in a data-movement kernel", where, "move it to the compute kernel");
    }
    ++context.compute->calls;
    return *context.compute;
}

void check_dst_index(const ComputeState& state, std::uint32_t dst, const char* what, Where where) {
    if (dst < state.capacity) return;
    raise_fault(
        "dst_index",
        std::string(what) + ": DST index " + std::to_string(dst) + " is out of range: this configuration has " +
            std::to_string(state.capacity) + " tiles (fp32_dest_acc_en=" + std::to_string(state.fp32) +
            ", dst_full_sync_en=" + std::to_string(state.settings.dst_full_sync_en) + ")",
        where, "work on fewer tiles between acquire and release");
}

DstTile& writable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where) {
    if (!state.acquired) {
        raise_fault(
            "dst_protocol", std::string(what) + " without DST acquired", where,
            "call tile_regs_acquire() before it; after tile_regs_commit() DST belongs to the packer");
    }
    check_dst_index(state, dst, what, where);
    DstTile& tile = state.sections.back()->tiles[dst];
    if (tile.packed) {
        raise_fault(
            "dst_protocol",
            std::string(what) + " changes DST tile " + std::to_string(dst) +
                " after a pack_tile of it and before tile_regs_commit",
            where, "the packer runs only after the commit and would see the new value: commit before packing");
    }
    return tile;
}

DstTile& readable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where) {
    DstTile& tile = writable_tile(state, dst, what, where);
    if (tile.kind == TileKind::Unwritten) {
        raise_fault(
            "dst_unwritten",
            std::string(what) + " reads DST tile " + std::to_string(dst) + ", which nothing has written", where,
            "copy_tile or another operation must write it between tile_regs_acquire and here");
    }
    return tile;
}

namespace compute {

std::string at(Where where) {
    const char* slash = std::strrchr(where.file, '/');
    return std::string(slash != nullptr ? slash + 1 : where.file) + ":" + std::to_string(where.line);
}

std::string cb_label(std::uint32_t cb) { return "c_" + std::to_string(cb); }

const char* name_of(DataFormat format) {
    switch (format) {
        case DataFormat::Float32: return "Float32";
        case DataFormat::Float16_b: return "Float16_b";
        case DataFormat::Bfp8_b: return "Bfp8_b";
        case DataFormat::Bfp4_b: return "Bfp4_b";
        case DataFormat::Int32: return "Int32";
        case DataFormat::UInt16: return "UInt16";
        case DataFormat::UInt32: return "UInt32";
        case DataFormat::UInt8: return "UInt8";
        case DataFormat::Int8: return "Int8";
        default: return "Invalid";
    }
}

const char* name_of(TileKind kind) {
    switch (kind) {
        case TileKind::Float: return "floats";
        case TileKind::Int32: return "Int32";
        case TileKind::UInt32: return "UInt32";
        case TileKind::UInt16: return "UInt16";
        case TileKind::UInt8: return "UInt8";
        default: return "nothing";
    }
}

bool same_format(DataFormat a, DataFormat b) {
    const auto plain = [](DataFormat f) { return f == DataFormat::UInt32 ? DataFormat::Int32 : f; };
    return plain(a) == plain(b);
}

TileKind kind_of(DataFormat format) {
    switch (format) {
        case DataFormat::Int32: return TileKind::Int32;
        case DataFormat::UInt32: return TileKind::UInt32;
        case DataFormat::UInt16: return TileKind::UInt16;
        case DataFormat::UInt8:
        case DataFormat::Int8: return TileKind::UInt8;  // a byte, either way
        default: return TileKind::Float;
    }
}

}  // namespace compute

}  // namespace op_emulator
