// Transposition of a tile, from a buffer or within DST.
#include "source.hpp"

namespace op_emulator::compute {

void transpose_init(std::uint32_t cb, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    set_init(state, {.op = FpuOp::Transpose, .name = "transpose_init", .where = where});
}

void transpose_tile(std::uint32_t cb, std::uint32_t tile, std::uint32_t dst, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    require_init(state, state.fpu.op == FpuOp::Transpose, name, "transpose_init(" + cb_label(cb) + ")", where);
    const CbInfo info = cb_info(cb, where);
    check_configured(state.srca, info.format, cb, name, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    DstTile& out = writable_tile(state, dst, name, where);
    require_full_tile(info, cb, name, where);
    const std::byte* page = input_page(cb, tile, info, name, where);
    require_plain_unpacker(state, name, where);
    move_to_dst(state, cb, page, out, name, where);
    transpose(out.values.data(), true, true);
}

void transpose_dest_init(bool wide, bool faces, Where where) {
    ComputeState& state = compute_state(where);
    set_init(
        state, {.op = FpuOp::TransposeDest,
                .transpose_faces = faces,
                .transpose_within = wide,
                .name = "transpose_dest_init",
                .where = where});
}

void transpose_dest(bool wide, bool faces, std::uint32_t dst, Where where) {
    static constexpr const char* kName = "transpose_dest";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    const FpuInit& init = state.fpu;
    require_init(
        state, init.op == FpuOp::TransposeDest && init.transpose_faces == faces && init.transpose_within == wide, kName,
        "transpose_dest_init with the same template arguments", where);
    if (wide != state.fp32) {
        raise_fault(
            "bad_argument",
            std::string(kName) + " for " + (wide ? "32" : "16") + "-bit data, but DST is " +
                (state.fp32 ? "32" : "16") + " bits wide",
            where, "is_32bit and fp32_dest_acc_en go together");
    }
    DstTile& tile = readable_tile(state, dst, kName, where);
    transpose(tile.values.data(), true, faces);
    tile.reduced = false;
}

}  // namespace op_emulator::compute
