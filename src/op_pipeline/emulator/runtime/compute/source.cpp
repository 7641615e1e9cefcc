#include "source.hpp"

#include <utility>

#include "../unwritten.hpp"

namespace op_emulator::compute {

void require_init(const ComputeState& state, bool matches, const char* what, const std::string& needed, Where where) {
    if (matches) return;
    const FpuInit& last = state.fpu;
    if (last.op == FpuOp::None) {
        raise_fault("init_missing", std::string(what) + " without " + needed, where, "call " + needed + " before it");
    }
    raise_fault(
        "init_mismatch", std::string(what) + ", but the last init was " + last.name + " at " + at(last.where), where,
        "call " + needed + " before it; each init replaces the one before");
}

void set_init(ComputeState& state, const FpuInit& init) {
    state.require_started(init.name, init.where);
    state.fpu = init;
}

FloatPath source_path(const ComputeState& state) { return state.fp32 ? FloatPath::Tf32 : FloatPath::Bf16; }

const std::byte* input_page(std::uint32_t cb, std::uint32_t tile, const CbInfo& info, const char* what, Where where) {
    check_tile_page(info, cb, what, where);
    const std::byte* const page = cb_front_page(cb, tile, where);
    check_page_is_written(cb, page, info.page_size, what, where);
    return page;
}

void require_plain_unpacker(const ComputeState& state, const char* what, Where where) {
    if (!state.unpack_layout) return;
    raise_fault(
        "uninit_missing",
        std::string(what) + " while the unpacker still works as " + state.unpack_layout->name + " at " +
            at(state.unpack_layout->where) + " left it",
        where, std::string("call ") + state.unpack_layout->uninit + " before it");
}

namespace {

// A page's tile as a full one; `room` is used for one that is not.
struct FullTile {
    alignas(64) std::byte room[kTileElements * sizeof(float)];
    const std::byte* of(const CbInfo& info, const std::byte* page) {
        const TileShape shape{info.tile_height, info.tile_width};
        if (shape.full()) return page;
        expand_tile(page, info.format, shape, room);
        return room;
    }
};

}  // namespace

void load_source(
    ComputeState& state, std::uint32_t cb, std::uint32_t tile, const char* what, Where where, Values& out) {
    const CbInfo info = cb_info(cb, where);
    const std::byte* page = input_page(cb, tile, info, what, where);
    require_plain_unpacker(state, what, where);
    if (is_integer(info.format)) {
        raise_fault(
            "dst_format",
            std::string(what) + ": " + cb_label(cb) + " holds " + name_of(info.format) +
                "; the matrix unit does not compute on it",
            where, "copy_tile to DST and use the integer operation of the vector unit, e.g. add_int_tile");
    }
    if (cb < state.settings.unpack_to_dest_fp32.size() && state.settings.unpack_to_dest_fp32[cb] && state.fp32 &&
        info.format == DataFormat::Float32) {
        raise_fault(
            "unpack_mode",
            std::string(what) + ": " + cb_label(cb) +
                " is set to UnpackToDestFp32, its tiles cannot reach the source registers",
            where, "use that mode only for buffers that copy_tile alone reads");
    }
    FullTile full;
    unpack_float(full.of(info, page), info.format, source_path(state), out.data());
}

void move_to_dst(
    ComputeState& state, std::uint32_t cb, const std::byte* page, DstTile& out, const char* what, Where where) {
    const CbInfo info = cb_info(cb, where);
    FullTile full;
    page = full.of(info, page);
    if (is_integer(info.format)) {
        if (is_wide(info.format) && !state.fp32) {
            raise_fault(
                "dst_format",
                std::string(what) + ": " + cb_label(cb) + " holds " + name_of(info.format) +
                    ", which does not fit a 16-bit DST",
                where, "set fp32_dest_acc_en in the compute configuration");
        }
        unpack_integer(page, info.format, reinterpret_cast<Word*>(out.values.data()));
    } else {
        const bool exact =
            state.fp32 && cb < state.settings.unpack_to_dest_fp32.size() && state.settings.unpack_to_dest_fp32[cb];
        unpack_float(page, info.format, exact ? FloatPath::Exact : source_path(state), out.values.data());
    }
    out.kind = kind_of(info.format);
    out.reduced = false;
}

void require_float(const DstTile& tile, std::uint32_t dst, const char* what, Where where) {
    if (tile.kind == TileKind::Float || tile.kind == TileKind::Unwritten) return;
    raise_fault(
        "dst_format", std::string(what) + ": DST tile " + std::to_string(dst) + " holds " + name_of(tile.kind), where,
        "convert it with typecast_tile first");
}

void transpose(float* tile, bool within, bool faces) {
    auto* words = reinterpret_cast<Word*>(tile);  // integers, too, and NaNs as they are
    constexpr std::size_t kFace = kFaceSide * kFaceSide;
    if (faces) {
        for (std::size_t i = 0; i < kFace; ++i) std::swap(words[kFace + i], words[2 * kFace + i]);
    }
    if (!within) return;
    for (std::size_t face = 0; face < kTileElements; face += kFace) {
        for (std::size_t r = 0; r < kFaceSide; ++r) {
            for (std::size_t c = 0; c < r; ++c) {
                std::swap(words[face + r * kFaceSide + c], words[face + c * kFaceSide + r]);
            }
        }
    }
}

namespace {

// Bytes [offset, offset + bytes) of pages that must follow one another in memory.
template <class Page>
auto span_of_pages(std::uint32_t cb, std::size_t offset, std::size_t bytes, const char* what, Where where, Page page)
    -> decltype(page(cb, 0, where)) {
    const std::size_t size = cb_info(cb, where).page_size;
    const auto first = static_cast<std::uint32_t>(offset / size);
    const auto last = static_cast<std::uint32_t>((offset + bytes - 1) / size);
    const auto begin = page(cb, first, where);
    if (page(cb, last, where) != begin + std::size_t{last - first} * size) {
        raise_fault(
            "cb_wrap", std::string(what) + ": the rows it works on lie at both ends of " + cb_label(cb), where,
            "make the buffer a whole number of blocks, so that a block never wraps");
    }
    return begin + offset % size;
}

}  // namespace

const std::byte* front_bytes(std::uint32_t cb, std::size_t offset, std::size_t bytes, const char* what, Where where) {
    const std::byte* const rows = span_of_pages(cb, offset, bytes, what, where, cb_front_page);
    check_page_is_written(cb, rows, bytes, what, where);
    return rows;
}

std::byte* back_bytes(std::uint32_t cb, std::size_t offset, std::size_t bytes, const char* what, Where where) {
    return span_of_pages(cb, offset, bytes, what, where, cb_back_page);
}

}  // namespace op_emulator::compute
