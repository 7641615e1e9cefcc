// The packer: DST to the back of a circular buffer, with its ReLU stage and accumulation in L1.
#include <algorithm>

#include "../unwritten.hpp"
#include "source.hpp"

namespace op_emulator::compute {

namespace {

float relu(PackRelu mode, float threshold, float x) {
    switch (mode) {
        case PackRelu::Zero: return x <= 0.0F ? 0.0F : x;
        case PackRelu::MinThreshold: return x <= threshold ? 0.0F : x;
        case PackRelu::MaxThreshold: return x <= 0.0F ? 0.0F : std::min(x, threshold);
        default: return x;
    }
}

void store_float(const ComputeState& state, const DstTile& tile, DataFormat format, std::byte* page) {
    if (state.relu == PackRelu::None && !state.l1_accumulate) {
        pack_float(tile.values.data(), format, page);
        return;
    }
    std::array<float, kTileElements> values = tile.values;
    for (float& x : values) x = relu(state.relu, state.relu_threshold, x);
    if (state.l1_accumulate) {
        std::array<float, kTileElements> old;
        unpack_float(page, format, FloatPath::Exact, old.data());
        for (std::size_t i = 0; i < kTileElements; ++i) values[i] += old[i];
    }
    pack_float(values.data(), format, page);
}

void store(
    ComputeState& state, const DstTile& tile, const CbInfo& info, std::byte* page, const char* what, Where where) {
    const bool float_tile = tile.kind == TileKind::Float;
    if (float_tile != is_float(info.format)) {
        raise_fault(
            "dst_format",
            std::string(what) + ": DST holds " + name_of(tile.kind) + ", the buffer holds " + name_of(info.format),
            where, "convert with typecast_tile before packing");
    }
    const TileShape shape{info.tile_height, info.tile_width};
    alignas(64) std::byte room[kTileElements * sizeof(float)];
    std::byte* full = shape.full() ? page : room;
    if (!shape.full() && state.l1_accumulate) expand_tile(page, info.format, shape, room);
    if (float_tile) {
        store_float(state, tile, info.format, full);
    } else {
        pack_integer(reinterpret_cast<const Word*>(tile.values.data()), info.format, full);
    }
    if (!shape.full()) shrink_tile(room, info.format, shape, page);
}

}  // namespace

bool in_reduction(ReduceDim dim, std::size_t i) {
    const std::size_t face = i / 256, row = i % 256 / kFaceSide, column = i % kFaceSide;
    switch (dim) {
        case ReduceDim::Row: return column == 0 && face % 2 == 0;
        case ReduceDim::Col: return row == 0 && face < 2;
        default: return i == 0;
    }
}

const DstTile& packable_tile(ComputeState& state, std::uint32_t dst, const char* what, Where where) {
    if (!state.waited) {
        raise_fault(
            "dst_protocol", std::string(what) + " without tile_regs_wait", where,
            "the packer must wait for the maths: tile_regs_wait() after tile_regs_commit()");
    }
    if (state.sections.empty()) {
        raise_fault(
            "dst_protocol", std::string(what) + ", but the maths has acquired no DST", where,
            "tile_regs_acquire() and the operations come first");
    }
    check_dst_index(state, dst, what, where);
    DstSection& section = *state.sections.front();
    DstTile& tile = section.tiles[dst];
    if (tile.kind == TileKind::Unwritten) {
        raise_fault(
            "dst_unwritten",
            std::string(what) + " packs DST tile " + std::to_string(dst) + ", which nothing has written since " +
                at(section.acquired),
            where, "check the DST index of the operation and of pack_tile");
    }
    tile.packed = !section.committed;
    return tile;
}

void pack_page(
    ComputeState& state, const DstTile& tile, const CbInfo& info, std::byte* page, const char* what, Where where) {
    if (!state.reduce_mask) return store(state, tile, info, page, what, where);
    if (!tile.reduced) {
        raise_fault(
            "uninit_missing",
            std::string(what) + " packs a tile that is no reduction through the mask of reduce_init at " +
                at(state.reduce_mask->where) + ": all but the first row, column or value would become zero",
            where, "call reduce_uninit() after the last pack_tile of the reduction");
    }
    DstTile masked = tile;
    for (std::size_t i = 0; i < kTileElements; ++i) {
        if (!in_reduction(state.reduce_mask->dim, i)) masked.values[i] = 0.0F;
    }
    store(state, masked, info, page, what, where);
}

void pack_init(std::uint32_t cb, Where where) {
    compute_state(where).require_started("pack_init", where);
    cb_info(cb, where);
}

void pack_tile(std::uint32_t dst, std::uint32_t cb, std::uint32_t tile, bool out_of_order, Where where) {
    static constexpr const char* kName = "pack_tile";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    const CbInfo info = cb_info(cb, where);
    check_configured(state.packer, info.format, cb, kName, "the packer", "pack_reconfig_data_format", where);
    check_tile_page(info, cb, kName, where);
    if (state.pack_layout) {
        raise_fault(
            "uninit_missing",
            std::string(kName) + " while the packer still writes rows, as " + state.pack_layout->name + " at " +
                at(state.pack_layout->where) + " told it",
            where, "call pack_untilize_uninit(" + cb_label(cb) + ") before it");
    }
    const DstTile& source = packable_tile(state, dst, kName, where);
    std::uint32_t& next = state.pack_position.at(cb);
    std::byte* page = cb_back_page(cb, out_of_order ? tile : next, where);
    if (!out_of_order) ++next;
    if (state.l1_accumulate) check_sum_is_written(cb, page, info.page_size, kName, where);
    pack_page(state, source, info, page, kName, where);
}

void pack_block(std::uint32_t dst, std::uint32_t cb, std::uint32_t tiles, Where where) {
    for (std::uint32_t i = 0; i < tiles; ++i) pack_tile(dst + i, cb, 0, false, where);
}

void pack_relu(PackRelu mode, std::uint32_t threshold, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("pack_relu_config", where);
    state.relu = mode;
    state.relu_threshold = float_of(threshold << 16);  // bf16 bits
}

void pack_l1_accumulate(bool enable, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("pack_reconfig_l1_acc", where);
    state.l1_accumulate = enable;
}

}  // namespace op_emulator::compute
