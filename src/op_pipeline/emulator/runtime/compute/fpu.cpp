// The matrix unit's elementwise half: copy, add, subtract, multiply, with broadcast of the second operand.
// Results go to DST rounded to its width; multiplication always adds to what DST holds (ELWMUL is a multiply-add, a
// freshly acquired DST reads as zero).
#include "fidelity.hpp"
#include "source.hpp"
#include "tile_maths.hpp"

namespace op_emulator::compute {

namespace {

const char* plain_name(Binary op) { return op == Binary::Add ? "add" : op == Binary::Sub ? "sub" : "mul"; }

void broadcast_rows(Values& b, std::uint32_t row) {
    const std::size_t face_row = row / kFaceSide, line = row % kFaceSide;
    std::array<float, kTileWidth> source;
    for (std::size_t c = 0; c < kTileWidth; ++c) {
        source[c] = b[(face_row * 2 + c / kFaceSide) * 256 + line * kFaceSide + c % kFaceSide];
    }
    for (std::size_t i = 0; i < kTileElements; ++i) b[i] = source[(i / 256 % 2) * kFaceSide + i % kFaceSide];
}

void broadcast_columns(Values& b) {
    std::array<float, kTileHeight> source;
    for (std::size_t r = 0; r < kTileHeight; ++r) source[r] = b[(r / kFaceSide) * 512 + (r % kFaceSide) * kFaceSide];
    for (std::size_t i = 0; i < kTileElements; ++i) b[i] = source[(i / 512) * kFaceSide + i % 256 / kFaceSide];
}

void apply(Broadcast broadcast, Values& b, std::uint32_t row, const char* what, Where where) {
    if (row >= kTileHeight) {
        raise_fault("bad_argument", std::string(what) + ": row " + std::to_string(row) + " of a tile", where);
    }
    if (broadcast == Broadcast::Row) broadcast_rows(b, row);
    if (broadcast == Broadcast::Col) broadcast_columns(b);
    if (broadcast == Broadcast::Scalar) b.fill(b[0]);
}

// a * b as the fidelity lets the multipliers see the factors. HiFi4 of bf16 data is exact and takes the short way.
void multiply(const ComputeState& state, const Values& a, const Values& b, bool accumulate, Values& out) {
    const auto fidelity = static_cast<Fidelity>(state.settings.math_fidelity);
    if (fidelity == Fidelity::HiFi4 && !state.fp32) {
        tile_maths().multiply(a.data(), b.data(), accumulate, out.data());
        return;
    }
    const Passes passes = merged_passes(fidelity);
    Values result;
    result.fill(0.0F);
    for (std::size_t p = 0; p < passes.count; ++p) {
        const Pass pass = passes.pass[p];
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] += pass.a(a[i]) * pass.b(b[i]);
    }
    if (accumulate) {
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] += out[i];
    }
    out = result;
}

// dst = [dst +] a op b, rounded to the width of DST.
void elementwise(
    const ComputeState& state, Binary op, const Values& a, const Values& b, bool accumulate, DstTile& dst) {
    Values& out = dst.values;
    if (dst.kind == TileKind::Unwritten) accumulate = false;
    if (op == Binary::Add) {
        tile_maths().add(a.data(), b.data(), accumulate, out.data());
    } else if (op == Binary::Sub) {
        tile_maths().subtract(a.data(), b.data(), accumulate, out.data());
    } else {
        multiply(state, a, b, accumulate, out);
    }
    if (!state.fp32) round_nearest_even(out.data(), out.size());
    dst.kind = TileKind::Float;
}

void check_either_source(ComputeState& state, std::uint32_t cb, const char* what, Where where) {
    const DataFormat format = cb_info(cb, where).format;
    if (same_format(state.srcb.format, format)) return;
    check_configured(state.srca, format, cb, what, "the unpacker", "reconfig_data_format_srca", where);
}

}  // namespace

void copy_init(std::uint32_t cb, bool transpose_faces, bool transpose_within, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    const CbInfo info = cb_info(cb, where);
    if ((transpose_faces || transpose_within) && is_wide(info.format)) {
        raise_fault(
            "not_modelled", std::string(name) + ": the unpacker does not transpose " + name_of(info.format), where,
            "transpose_init and transpose_tile do");
    }
    set_init(
        state, {.op = FpuOp::Copy,
                .transpose_faces = transpose_faces,
                .transpose_within = transpose_within,
                .name = name,
                .where = where});
}

void copy_tile(std::uint32_t cb, std::uint32_t tile, std::uint32_t dst, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    require_init(state, state.fpu.op == FpuOp::Copy, name, "copy_init(" + cb_label(cb) + ")", where);
    const CbInfo info = cb_info(cb, where);
    check_configured(state.srca, info.format, cb, name, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    DstTile& out = writable_tile(state, dst, name, where);
    const std::byte* page = input_page(cb, tile, info, name, where);
    require_plain_unpacker(state, name, where);
    move_to_dst(state, cb, page, out, name, where);
    if (state.fpu.transpose_faces || state.fpu.transpose_within) {
        require_full_tile(info, cb, name, where);
        transpose(out.values.data(), state.fpu.transpose_within, state.fpu.transpose_faces);
    }
}

void binary_init(
    Binary op, Broadcast broadcast, std::uint32_t cb0, std::uint32_t cb1, bool accumulate, bool full, const char* name,
    Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb0, where);
    cb_info(cb1, where);
    if (!full) {  // sets up the maths only; the unpacker must already be set up for two operands
        require_init(state, state.fpu.op == FpuOp::Binary, name, "the same init with full_init = true", where);
    }
    set_init(
        state, {.op = FpuOp::Binary,
                .binary = op,
                .broadcast = broadcast,
                .accumulate = accumulate,
                .name = name,
                .where = where});
}

void binary_tiles(
    Binary op, Broadcast broadcast, std::uint32_t cb0, std::uint32_t cb1, std::uint32_t tile0, std::uint32_t tile1,
    std::uint32_t dst, std::uint32_t row, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    const FpuInit& init = state.fpu;
    const bool matches = init.op == FpuOp::Binary && init.binary == op && init.broadcast == broadcast;
    if (!matches) {
        static constexpr const char* kBroadcast[] = {"", "_bcast_cols", "_bcast_rows", "_bcast_scalar"};
        require_init(
            state, false, name,
            std::string(plain_name(op)) + kBroadcast[static_cast<std::size_t>(broadcast)] + "_init(" + cb_label(cb0) +
                ", " + cb_label(cb1) + ")",
            where);
    }
    check_configured(
        state.srca, cb_info(cb0, where).format, cb0, name, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    check_configured(
        state.srcb, cb_info(cb1, where).format, cb1, name, "the unpacker (srcB)", "reconfig_data_format_srcb", where);
    DstTile& out = writable_tile(state, dst, name, where);
    const bool accumulate = op == Binary::Mul || init.accumulate;
    if (accumulate) require_float(out, dst, name, where);
    Values a, b;
    load_source(state, cb0, tile0, name, where, a);
    load_source(state, cb1, tile1, name, where, b);
    apply(broadcast, b, row, name, where);
    if (!accumulate) out.reduced = false;
    elementwise(state, op, a, b, accumulate, out);
}

void reuse_init(Binary op, Reuse reuse, std::uint32_t cb, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    set_init(state, {.op = FpuOp::Reuse, .binary = op, .reuse = reuse, .name = name, .where = where});
}

void reuse_tiles(
    Binary op, Reuse reuse, std::uint32_t cb, std::uint32_t tile, std::uint32_t dst, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    const FpuInit& init = state.fpu;
    const bool matches = init.op == FpuOp::Reuse && init.binary == op && init.reuse == reuse;
    if (!matches) {
        require_init(
            state, false, name, std::string(plain_name(op)) + "_reuse_dest_init<same side>(" + cb_label(cb) + ")",
            where);
    }
    check_either_source(state, cb, name, where);
    DstTile& out = writable_tile(state, dst, name, where);
    require_float(out, dst, name, where);
    Values other, held;
    load_source(state, cb, tile, name, where, other);
    if (out.kind == TileKind::Unwritten) {
        held.fill(0.0F);
    } else {
        for (std::size_t i = 0; i < kTileElements; ++i) held[i] = tf32_truncate(out.values[i]);
    }
    const bool held_first = reuse == Reuse::DestToSrcA;
    elementwise(state, op, held_first ? held : other, held_first ? other : held, false, out);
}

void unary_bcast_init(Broadcast broadcast, std::uint32_t cb, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    set_init(state, {.op = FpuOp::UnaryBroadcast, .broadcast = broadcast, .name = "unary_bcast_init", .where = where});
}

void unary_bcast(Broadcast broadcast, std::uint32_t cb, std::uint32_t tile, std::uint32_t dst, Where where) {
    static constexpr const char* kName = "unary_bcast";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    const bool matches = state.fpu.op == FpuOp::UnaryBroadcast && state.fpu.broadcast == broadcast;
    if (!matches) {
        require_init(state, false, kName, "unary_bcast_init<same broadcast>(" + cb_label(cb) + ")", where);
    }
    check_either_source(state, cb, kName, where);
    DstTile& out = writable_tile(state, dst, kName, where);
    const std::byte* page = input_page(cb, tile, cb_info(cb, where), kName, where);
    require_plain_unpacker(state, kName, where);
    move_to_dst(state, cb, page, out, kName, where);
    apply(broadcast, out.values, 0, kName, where);
}

void compensated_sub_init(std::uint32_t cb, std::uint32_t mean_cb, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    cb_info(mean_cb, where);
    set_init(state, {.op = FpuOp::CompensatedSub, .name = "sub_bcast_cols_compensated_init", .where = where});
}

void compensated_sub(
    std::uint32_t cb, std::uint32_t mean_cb, std::uint32_t tile, std::uint32_t dst, std::uint32_t tiles, Where where) {
    static constexpr const char* kName = "sub_bcast_cols_compensated";
    ComputeState& state = compute_state(where);
    state.require_started(kName, where);
    require_init(
        state, state.fpu.op == FpuOp::CompensatedSub, kName,
        std::string(kName) + "_init(" + cb_label(cb) + ", " + cb_label(mean_cb) + ")", where);
    check_configured(
        state.srca, cb_info(cb, where).format, cb, kName, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    check_configured(
        state.srcb, cb_info(mean_cb, where).format, mean_cb, kName, "the unpacker (srcB)", "reconfig_data_format_srcb",
        where);
    Values mean, x;
    load_source(state, mean_cb, 0, kName, where, mean);
    for (std::uint32_t n = 0; n < tiles; ++n) {
        DstTile& out = writable_tile(state, dst + n, kName, where);
        load_source(state, cb, tile + n, kName, where, x);
        for (std::size_t i = 0; i < kTileElements; ++i) {
            const std::size_t anchor = i / 512 * 512 + i % 256 / kFaceSide * kFaceSide;  // column 0 of its row
            const float correction = mean[anchor + 256];
            x[i] = state.fp32 ? correction + (x[i] - mean[anchor])
                              : bf16_nearest_even(correction + bf16_nearest_even(x[i] - mean[anchor]));
        }
        out.values = x;
        out.kind = TileKind::Float;
        out.reduced = false;
    }
}

}  // namespace op_emulator::compute
