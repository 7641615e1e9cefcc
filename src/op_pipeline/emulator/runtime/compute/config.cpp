// Start-up and data formats: what unpacker and packer are told to expect.
#include "config.hpp"

#include "formats.hpp"

namespace op_emulator::compute {

namespace {

void set(FormatConfig& config, std::uint32_t cb, Where where) { config = {cb_info(cb, where).format, cb, where}; }

void reconfigure(FormatConfig ComputeState::* which, const char* what, std::uint32_t cb, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(what, where);
    set(state.*which, cb, where);
}

void reconfigure_from(
    FormatConfig ComputeState::* which, const char* what, std::uint32_t old_cb, std::uint32_t new_cb, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(what, where);
    if (cb_info(old_cb, where).format != cb_info(new_cb, where).format) set(state.*which, new_cb, where);
}

}  // namespace

void hw_startup(std::uint32_t srca_cb, std::uint32_t srcb_cb, std::uint32_t pack_cb, Where where) {
    ComputeState& state = compute_state(where);
    if (state.acquired || !state.sections.empty()) {
        raise_fault(
            "dst_protocol", "compute_kernel_hw_startup while DST is in use", where,
            "call it once, at the beginning of the kernel");
    }
    if (state.started) {
        add_warning(
            "compute_kernel_hw_startup at " + at(where) + " is called again; it is safe only once, as the first call");
    }
    state.started = true;
    state.started_where = where;
    set(state.srca, srca_cb, where);
    set(state.srcb, srcb_cb, where);
    set(state.packer, pack_cb, where);
    state.fpu = {};
    state.sfpu = {};
    state.pack_position = {};
    state.relu = PackRelu::None;
    state.l1_accumulate = false;
    state.reduce_mask.reset();
    state.unpack_layout.reset();
    state.pack_layout.reset();
}

void reconfig_srca(std::uint32_t cb, Where where) {
    reconfigure(&ComputeState::srca, "reconfig_data_format_srca", cb, where);
}
void reconfig_srcb(std::uint32_t cb, Where where) {
    reconfigure(&ComputeState::srcb, "reconfig_data_format_srcb", cb, where);
}
void reconfig_pack(std::uint32_t cb, Where where) {
    reconfigure(&ComputeState::packer, "pack_reconfig_data_format", cb, where);
}
void reconfig_srca_from(std::uint32_t old_cb, std::uint32_t new_cb, Where where) {
    reconfigure_from(&ComputeState::srca, "reconfig_data_format_srca", old_cb, new_cb, where);
}
void reconfig_srcb_from(std::uint32_t old_cb, std::uint32_t new_cb, Where where) {
    reconfigure_from(&ComputeState::srcb, "reconfig_data_format_srcb", old_cb, new_cb, where);
}
void reconfig_pack_from(std::uint32_t old_cb, std::uint32_t new_cb, Where where) {
    reconfigure_from(&ComputeState::packer, "pack_reconfig_data_format", old_cb, new_cb, where);
}

void check_configured(
    const FormatConfig& config, DataFormat format, std::uint32_t cb, const char* what, const char* unit,
    const char* remedy, Where where) {
    if (same_format(config.format, format)) return;
    raise_fault(
        "format_not_reconfigured",
        std::string(what) + ": " + cb_label(cb) + " holds " + name_of(format) + ", but " + unit +
            " is configured for " + name_of(config.format) + " (" + cb_label(config.cb) + " at " + at(config.where) +
            ")",
        where, std::string("call ") + remedy + "(" + cb_label(cb) + ") before it");
}

void check_tile_page(const CbInfo& info, std::uint32_t cb, const char* what, Where where) {
    const bool height = info.tile_height != 0 && kTileHeight % info.tile_height == 0;
    if (!height || (info.tile_width != kTileWidth && info.tile_width != kFaceSide)) {
        raise_fault(
            "not_modelled",
            std::string(what) + ": " + cb_label(cb) + " has tiles of " + std::to_string(info.tile_height) + "x" +
                std::to_string(info.tile_width) + "; the emulator computes on heights 1, 2, 4, 8, 16, 32, widths 16, 32",
            where);
    }
    if (!is_float(info.format) && !is_integer(info.format)) {
        raise_fault(
            "not_modelled",
            std::string(what) + ": " + cb_label(cb) + " has format " + name_of(info.format) +
                ", which the emulator does not compute on",
            where, "modelled: Float16_b, Float32, Bfp8_b, Bfp4_b, Int32, UInt32, UInt16, UInt8");
    }
    const std::size_t bytes = TileShape{info.tile_height, info.tile_width}.bytes(info.format);
    if (info.page_size < bytes) {
        raise_fault(
            "cb_page_size",
            std::string(what) + ": a page of " + cb_label(cb) + " has " + std::to_string(info.page_size) +
                " bytes, a " + name_of(info.format) + " tile needs " + std::to_string(bytes),
            where, "set page_size of the circular buffer to the tile size of its data format");
    }
}

void require_full_tile(const CbInfo& info, std::uint32_t cb, const char* what, Where where) {
    if (TileShape{info.tile_height, info.tile_width}.full()) return;
    raise_fault(
        "not_modelled",
        std::string(what) + ": " + cb_label(cb) + " has tiles of " + std::to_string(info.tile_height) + "x" +
            std::to_string(info.tile_width) + "; the emulator does this on 32x32 tiles only",
        where, "small tiles: copy_tile, elementwise operations with and without broadcast, matmul, pack_tile");
}

}  // namespace op_emulator::compute
