// The matrix unit's elementwise half: copy, add, subtract, multiply, with broadcast of the second operand.
// Results go to DST rounded to its width; multiplication always adds to what DST holds (ELWMUL is a multiply-add, a
// freshly acquired DST reads as zero).
#include "config.hpp"
#include "formats.hpp"

namespace op_emulator::compute {

namespace {

using Values = std::array<float, kTileElements>;

const char* plain_name(Binary op) { return op == Binary::Add ? "add" : op == Binary::Sub ? "sub" : "mul"; }

// Faults when the last init of the matrix unit is not the one `what` needs.
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
    return cb_front_page(cb, tile, where);
}

// A tile as a source register of the matrix unit holds it.
void load_source(
    ComputeState& state, std::uint32_t cb, std::uint32_t tile, const char* what, Where where, Values& out) {
    const CbInfo info = cb_info(cb, where);
    const std::byte* page = input_page(cb, tile, info, what, where);
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
    unpack_float(page, info.format, source_path(state), out.data());
}

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

// dst = [dst +] a op b, rounded to the width of DST.
void elementwise(Binary op, const Values& a, const Values& b, bool accumulate, bool fp32, DstTile& dst) {
    Values& out = dst.values;
    if (dst.kind == TileKind::Unwritten) accumulate = false;
    Values result;
    if (op == Binary::Add) {
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] = a[i] + b[i];
    } else if (op == Binary::Sub) {
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] = a[i] - b[i];
    } else {
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] = a[i] * b[i];
    }
    if (accumulate) {
        for (std::size_t i = 0; i < kTileElements; ++i) result[i] += out[i];
    }
    if (!fp32) round_nearest_even(result.data(), result.size());
    out = result;
    dst.kind = TileKind::Float;
}

void require_float(const DstTile& tile, std::uint32_t dst, const char* what, Where where) {
    if (tile.kind == TileKind::Float || tile.kind == TileKind::Unwritten) return;
    raise_fault(
        "dst_format", std::string(what) + ": DST tile " + std::to_string(dst) + " holds " + name_of(tile.kind), where,
        "convert it with typecast_tile first");
}

void check_either_source(ComputeState& state, std::uint32_t cb, const char* what, Where where) {
    const DataFormat format = cb_info(cb, where).format;
    if (same_format(state.srcb.format, format)) return;
    check_configured(state.srca, format, cb, what, "the unpacker", "reconfig_data_format_srca", where);
}

// copy_tile and unary_bcast<NONE>: the whole tile to DST, integers bit for bit.
void move_to_dst(
    ComputeState& state, std::uint32_t cb, std::uint32_t tile, DstTile& out, const char* what, Where where) {
    const CbInfo info = cb_info(cb, where);
    const std::byte* page = input_page(cb, tile, info, what, where);
    if (is_integer(info.format)) {
        if (info.format != DataFormat::UInt16 && !state.fp32) {
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
}

}  // namespace

void copy_init(std::uint32_t cb, bool transpose, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    if (transpose) {
        raise_fault("not_modelled", std::string(name) + " with transpose", where, "the emulator copies without it");
    }
    cb_info(cb, where);
    set_init(state, {.op = FpuOp::Copy, .name = name, .where = where});
}

void copy_tile(std::uint32_t cb, std::uint32_t tile, std::uint32_t dst, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    require_init(state, state.fpu.op == FpuOp::Copy, name, "copy_init(" + cb_label(cb) + ")", where);
    check_configured(
        state.srca, cb_info(cb, where).format, cb, name, "the unpacker (srcA)", "reconfig_data_format_srca", where);
    move_to_dst(state, cb, tile, writable_tile(state, dst, name, where), name, where);
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
    elementwise(op, a, b, accumulate, state.fp32, out);
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
    elementwise(op, held_first ? held : other, held_first ? other : held, false, state.fp32, out);
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
    move_to_dst(state, cb, tile, out, kName, where);
    apply(broadcast, out.values, 0, kName, where);
}

}  // namespace op_emulator::compute
