// Tilize and untilize: rows of a block of tiles lie one after the other in L1, 32 of them to a row of tiles.
// Values pass through the source registers and DST as everything does; only their places change.
#include <cstring>

#include "source.hpp"

namespace op_emulator::compute {

namespace {

std::size_t datum_bytes(DataFormat format) { return tile_bytes(format) / kTileElements; }

// Formats that can stand in rows: one datum after the other.
void require_rows(std::uint32_t cb, const CbInfo& info, const char* what, Where where) {
    if (info.tile_height != kTileHeight || info.tile_width != kTileWidth) {
        raise_fault("not_modelled", std::string(what) + ": tiles of " + cb_label(cb) + " are not 32x32", where);
    }
    if (is_integer(info.format) || info.format == DataFormat::Float32 || info.format == DataFormat::Float16_b) return;
    raise_fault(
        "bad_argument", std::string(what) + ": " + cb_label(cb) + " has format " + name_of(info.format) +
            ", which exists in tiles only",
        where, "row-major data is Float16_b, Float32 or an integer format");
}

// One tile of a row-major block `columns` tiles wide. `rows` points to the tile's first datum.
void gather(const std::byte* rows, std::size_t columns, std::size_t datum, std::byte* tile) {
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t half = 0; half < 2; ++half) {
            const std::size_t place = (r / kFaceSide * 2 + half) * 256 + r % kFaceSide * kFaceSide;
            std::memcpy(
                tile + place * datum, rows + (r * columns * kTileWidth + half * kFaceSide) * datum, kFaceSide * datum);
        }
    }
}

void scatter(const std::byte* tile, std::size_t columns, std::size_t datum, std::byte* rows) {
    for (std::size_t r = 0; r < kTileHeight; ++r) {
        for (std::size_t half = 0; half < 2; ++half) {
            const std::size_t place = (r / kFaceSide * 2 + half) * 256 + r % kFaceSide * kFaceSide;
            std::memcpy(
                rows + (r * columns * kTileWidth + half * kFaceSide) * datum, tile + place * datum, kFaceSide * datum);
        }
    }
}

// These calls acquire and release DST by themselves.
void require_free_dst(const ComputeState& state, const char* what, Where where) {
    if (!state.acquired && state.sections.empty() && !state.waited) return;
    raise_fault(
        "dst_protocol", std::string(what) + " inside tile_regs_acquire ... tile_regs_release", where,
        "it acquires and releases DST itself: call it outside of such a section");
}

void check_both(
    ComputeState& state, std::uint32_t cb, std::uint32_t out_cb, const char* what, Where where) {
    check_configured(
        state.srca, cb_info(cb, where).format, cb, what, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    check_configured(
        state.packer, cb_info(out_cb, where).format, out_cb, what, "the packer", "pack_reconfig_data_format", where);
}

// A tile packed to a row-major place.
void pack_rows(
    ComputeState& state, const DstTile& tile, const CbInfo& info, std::size_t columns, std::byte* rows,
    const char* what, Where where) {
    if (state.l1_accumulate) {
        raise_fault("not_modelled", std::string(what) + " with accumulation in L1", where);
    }
    alignas(64) std::byte packed[kTileElements * sizeof(float)];
    pack_page(state, tile, info, packed, what, where);
    scatter(packed, columns, datum_bytes(info.format), rows);
}

LayoutMode mode(const char* name, const char* uninit, Where where, std::uint32_t block = 0, std::uint32_t full = 0) {
    return {.name = name, .uninit = uninit, .block = block, .full = full, .where = where};
}

}  // namespace

void tilize_init(std::uint32_t cb, std::uint32_t columns, std::uint32_t out_cb, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(out_cb, where);
    require_rows(cb, cb_info(cb, where), name, where);
    set_init(state, {.op = FpuOp::Tilize, .columns = columns, .name = name, .where = where});
    state.unpack_layout = mode(name, "tilize_uninit", where);
}

void tilize_uninit(const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    state.unpack_layout.reset();
}

void tilize_block(
    std::uint32_t cb, std::uint32_t columns, std::uint32_t out_cb, std::uint32_t tile, std::uint32_t out_tile,
    const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    const std::string needed = "tilize_init(" + cb_label(cb) + ", " + std::to_string(columns) + ", " +
                               cb_label(out_cb) + ")";
    require_init(state, state.fpu.op == FpuOp::Tilize && state.unpack_layout, name, needed, where);
    if (state.fpu.columns != columns) {
        raise_fault(
            "init_mismatch",
            std::string(name) + " of rows " + std::to_string(columns) + " tiles wide, but " + state.fpu.name + " at " +
                at(state.fpu.where) + " set up " + std::to_string(state.fpu.columns),
            where, "call " + needed + " before it");
    }
    require_free_dst(state, name, where);
    check_both(state, cb, out_cb, name, where);
    const CbInfo info = cb_info(cb, where), out_info = cb_info(out_cb, where);
    check_tile_page(out_info, out_cb, name, where);
    require_full_tile(out_info, out_cb, name, where);
    const std::size_t datum = datum_bytes(info.format), row_of_tiles = columns * tile_bytes(info.format);
    // An index moves by rows of tiles, what is left over by columns.
    const std::byte* rows = front_bytes(cb, tile / columns * row_of_tiles, row_of_tiles, name, where);
    DstTile held;
    alignas(64) std::byte gathered[kTileElements * sizeof(float)];
    for (std::uint32_t t = 0; t < columns; ++t) {
        gather(rows + ((tile % columns + t) % columns) * kTileWidth * datum, columns, datum, gathered);
        move_to_dst(state, cb, gathered, held, name, where);
        pack_page(state, held, out_info, cb_back_page(out_cb, out_tile + t, where), name, where);
    }
}

void untilize_init(std::uint32_t cb, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    set_init(state, {.op = FpuOp::Untilize, .name = "untilize_init", .where = where});
    state.unpack_layout = mode("untilize_init", "untilize_uninit", where);
}

void untilize_uninit(Where where) { tilize_uninit("untilize_uninit", where); }

void untilize_block(std::uint32_t cb, std::uint32_t columns, std::uint32_t out_cb, Where where) {
    static constexpr const char* kName = "untilize_block";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    require_init(
        state, state.fpu.op == FpuOp::Untilize && state.unpack_layout, kName, "untilize_init(" + cb_label(cb) + ")",
        where);
    require_free_dst(state, kName, where);
    check_both(state, cb, out_cb, kName, where);
    const CbInfo info = cb_info(cb, where), out_info = cb_info(out_cb, where);
    require_rows(out_cb, out_info, kName, where);
    const std::size_t datum = datum_bytes(out_info.format);
    std::uint32_t& next = state.pack_position.at(out_cb);
    std::byte* rows = back_bytes(
        out_cb, std::size_t{next} * out_info.page_size, columns * tile_bytes(out_info.format), kName, where);
    DstTile held;
    for (std::uint32_t t = 0; t < columns; ++t) {
        move_to_dst(state, cb, input_page(cb, t, info, kName, where), held, kName, where);
        pack_rows(state, held, out_info, columns, rows + t * kTileWidth * datum, kName, where);
    }
    next += columns;
}

void pack_untilize_init(std::uint32_t out_cb, std::uint32_t block, std::uint32_t full, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    require_rows(out_cb, cb_info(out_cb, where), name, where);
    if (block == 0 || block > state.capacity || full % block != 0) {
        raise_fault(
            "bad_argument",
            std::string(name) + ": blocks of " + std::to_string(block) + " tiles in rows of " + std::to_string(full) +
                ", with " + std::to_string(state.capacity) + " DST tiles",
            where, "a block fits DST, and a row is a whole number of blocks");
    }
    reconfig_pack(out_cb, where);
    state.pack_layout = mode(name, "pack_untilize_uninit", where, block, full);
}

void pack_untilize_uninit(std::uint32_t out_cb, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("pack_untilize_uninit", where);
    state.pack_layout.reset();
    reconfig_pack(out_cb, where);
}

namespace {

void require_pack_layout(
    const ComputeState& state, std::uint32_t block, std::uint32_t full, const char* what, Where where) {
    const std::string needed = "the init with <" + std::to_string(block) + ", " + std::to_string(full) + ">";
    if (!state.pack_layout) {
        raise_fault(
            "init_missing", std::string(what) + " without pack_untilize_init or pack_untilize_dest_init", where,
            "call " + needed + " before it");
    }
    if (state.pack_layout->block == block && state.pack_layout->full == full) return;
    raise_fault(
        "init_mismatch",
        std::string(what) + "<" + std::to_string(block) + ", " + std::to_string(full) + ">, but " +
            state.pack_layout->name + " at " + at(state.pack_layout->where) + " was for <" +
            std::to_string(state.pack_layout->block) + ", " + std::to_string(state.pack_layout->full) + ">",
        where, "call " + needed + " before it");
}

// Where tile `column` of block `block_index` begins, in row of tiles `row`.
std::byte* row_major_place(
    std::uint32_t out_cb, const CbInfo& info, const LayoutMode& layout, std::uint32_t row, std::uint32_t column,
    const char* what, Where where) {
    const std::size_t width = layout.full * tile_bytes(info.format);
    std::byte* rows = back_bytes(out_cb, std::size_t{row} * layout.full * info.page_size, width, what, where);
    return rows + std::size_t{column} * kTileWidth * datum_bytes(info.format);
}

}  // namespace

void pack_untilize_dest(
    std::uint32_t out_cb, std::uint32_t rows, std::uint32_t block, std::uint32_t full, std::uint32_t block_index,
    std::uint32_t dst, Where where) {
    static constexpr const char* kName = "pack_untilize_dest";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    require_pack_layout(state, block, full, kName, where);
    const CbInfo info = cb_info(out_cb, where);
    check_configured(state.packer, info.format, out_cb, kName, "the packer", "pack_reconfig_data_format", where);
    require_rows(out_cb, info, kName, where);
    if (block_index >= full / block) {
        raise_fault(
            "bad_argument", std::string(kName) + ": block " + std::to_string(block_index) + " of " +
                std::to_string(full / block),
            where);
    }
    for (std::uint32_t r = 0; r < rows; ++r) {
        for (std::uint32_t c = 0; c < block; ++c) {
            const DstTile& tile = packable_tile(state, dst + r * block + c, kName, where);
            std::byte* place =
                row_major_place(out_cb, info, *state.pack_layout, r, block_index * block + c, kName, where);
            pack_rows(state, tile, info, full, place, kName, where);
        }
    }
}

void pack_untilize_block(
    std::uint32_t cb, std::uint32_t rows, std::uint32_t out_cb, std::uint32_t block, std::uint32_t full,
    std::uint32_t block_index, Where where) {
    static constexpr const char* kName = "pack_untilize_block";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    require_pack_layout(state, block, full, kName, where);
    require_init(
        state, state.fpu.op == FpuOp::Copy, kName,
        "pack_untilize_init(" + cb_label(cb) + ", " + cb_label(out_cb) + ")", where);
    require_free_dst(state, kName, where);
    check_both(state, cb, out_cb, kName, where);
    for (std::uint32_t r = 0; r < rows; ++r) {  // each round reads the same tiles from the front, as silicon does
        regs_acquire(where);
        for (std::uint32_t c = 0; c < block; ++c) copy_tile(cb, c, c, kName, where);
        regs_commit(where);
        regs_wait(where);
        pack_untilize_dest(out_cb, 1, block, full, block_index, 0, where);
        regs_release(where);
    }
}

}  // namespace op_emulator::compute
