// The vector unit: checks of an operation's init, operands and types, then its row of the table, face by face.
#include "formats.hpp"
#include "sfpu_table.hpp"
#include "state.hpp"

namespace op_emulator::compute {

namespace {

constexpr const char* kOpNames[] = {
#define OP_EMULATOR_X(name, init) #name,
    OP_EMULATOR_SFPU_OPS(OP_EMULATOR_X)
#undef OP_EMULATOR_X
};

constexpr const char* kInitNames[] = {
#define OP_EMULATOR_X(name, owns) #name,
    OP_EMULATOR_SFPU_INITS(OP_EMULATOR_X)
#undef OP_EMULATOR_X
};

constexpr bool kOwns[] = {
#define OP_EMULATOR_X(name, owns) owns != 0,
    OP_EMULATOR_SFPU_INITS(OP_EMULATOR_X)
#undef OP_EMULATOR_X
};

constexpr SfpuInit kInitOf[] = {
#define OP_EMULATOR_X(name, init) SfpuInit::init,
    OP_EMULATOR_SFPU_OPS(OP_EMULATOR_X)
#undef OP_EMULATOR_X
};

SfpuTable make_table() {
    SfpuTable table{};
    add_float_functions(table);
    add_float_arithmetic(table);
    add_integer_operations(table);
    return table;
}

void require_init(const ComputeState& state, SfpuOp op, Where where) {
    const SfpuInit needed = init_of(op);
    if (!state.sfpu.done[static_cast<std::size_t>(needed)]) {
        raise_fault(
            "sfpu_init_missing", std::string(name_of(op)) + " without " + name_of(needed), where,
            std::string("call ") + name_of(needed) + "() before it");
    }
    if (owns_state(needed) && state.sfpu.owner != needed) {
        raise_fault(
            "init_mismatch",
            std::string(name_of(op)) + ", but the last init of the vector unit was " + name_of(*state.sfpu.owner) +
                " at " + at(state.sfpu.owner_where),
            where, std::string("call ") + name_of(needed) + "() again before it: that init replaced its constants");
    }
}

// Operations whose init or operands carry more than a name.
void apply_specials(const ComputeState& state, SfpuOp op, SfpuCall& call, Where where) {
    const auto& init = state.sfpu.init_values;
    switch (op) {
        case SfpuOp::fmod_tile:
        case SfpuOp::remainder_tile: call.value[0] = init[0]; break;
        case SfpuOp::exp_tile:  // init: scale of the approximate mode, and whether it is meant
            if (init[1] != call.value[1]) {
                raise_fault(
                    "init_mismatch",
                    std::string("exp_tile<approx = ") + (call.value[1] != 0 ? "true" : "false") +
                        "> after exp_tile_init with the other mode at " + at(state.sfpu.owner_where),
                    where, "give init and operation the same approx argument");
            }
            call.value[0] = bits_of(float_of(call.value[0]) * float_of(init[0]));
            break;
        case SfpuOp::mask_tile:
        case SfpuOp::mask_posinf_tile:
            if (call.in[1] != call.in[0] + 1) {
                raise_fault(
                    "bad_argument",
                    std::string(name_of(op)) + ": the mask is DST tile " + std::to_string(call.in[1]) +
                        ", the operation always reads the tile after the data",
                    where, "put the mask at the index of the data + 1");
            }
            break;
        default: break;
    }
}

[[noreturn]] void wrong_kind(SfpuOp op, std::uint32_t dst, TileKind is, const char* wanted, Where where) {
    raise_fault(
        "dst_format",
        std::string(name_of(op)) + ": DST tile " + std::to_string(dst) + " holds " + name_of(is) + ", not " + wanted,
        where, "use the operation's variant for that type, or typecast_tile before it");
}

// 32-bit integers may be looked at as signed or unsigned.
bool fits(TileKind kind, DataFormat format) {
    if (is_float(format)) return kind == TileKind::Float;
    if (format == DataFormat::UInt16) return kind == TileKind::UInt16;
    return kind == TileKind::Int32 || kind == TileKind::UInt32;
}

void check_operand(
    SfpuOp op, const SfpuEntry& entry, const SfpuCall& call, std::uint32_t i, TileKind kind, Where where) {
    switch (entry.operands) {
        case Operands::Float:
            if (kind != TileKind::Float) wrong_kind(op, call.in[i], kind, "floats", where);
            break;
        case Operands::Any: break;
        default:
            if (!fits(kind, call.format)) wrong_kind(op, call.in[i], kind, name_of(call.format), where);
    }
}

TileKind result_kind(const SfpuEntry& entry, const SfpuCall& call, TileKind last_operand) {
    switch (entry.operands) {
        case Operands::Float: return TileKind::Float;
        case Operands::Any: return last_operand;
        case Operands::Typecast: return kind_of(call.to);
        default: return kind_of(call.format);
    }
}

void check_width(const ComputeState& state, SfpuOp op, TileKind kind, Where where) {
    if (state.fp32 || (kind != TileKind::Int32 && kind != TileKind::UInt32)) return;
    raise_fault(
        "dst_format", std::string(name_of(op)) + ": " + name_of(kind) + " does not fit a 16-bit DST", where,
        "set fp32_dest_acc_en in the compute configuration");
}

}  // namespace

const SfpuEntry& entry_of(SfpuOp op) {
    static const SfpuTable table = make_table();
    return table.at(static_cast<std::size_t>(op));
}
const char* name_of(SfpuOp op) { return kOpNames[static_cast<std::size_t>(op)]; }
const char* name_of(SfpuInit init) { return kInitNames[static_cast<std::size_t>(init)]; }
SfpuInit init_of(SfpuOp op) { return kInitOf[static_cast<std::size_t>(op)]; }
bool owns_state(SfpuInit init) { return kOwns[static_cast<std::size_t>(init)]; }

void sfpu_init(SfpuInit init, Where where) { sfpu_init_values(init, 0, 0, where); }

void sfpu_init_values(SfpuInit init, std::uint32_t value0, std::uint32_t value1, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name_of(init), where);
    state.sfpu.done.set(static_cast<std::size_t>(init));
    if (owns_state(init)) {
        state.sfpu.owner = init;
        state.sfpu.owner_where = where;
        state.sfpu.init_values = {value0, value1};
    }
}

void sfpu(SfpuOp op, const SfpuCall& requested, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name_of(op), where);
    const SfpuEntry& entry = entry_of(op);
    SfpuCall call = requested;
    require_init(state, op, where);
    apply_specials(state, op, call, where);

    const float* in[3] = {};
    TileKind last = TileKind::Float;
    for (std::uint32_t i = 0; i < entry.inputs; ++i) {
        const DstTile& tile = readable_tile(state, call.in[i], name_of(op), where);
        check_operand(op, entry, call, i, tile.kind, where);
        in[i] = tile.values.data();
        last = tile.kind;
    }
    DstTile& out = writable_tile(state, call.out, name_of(op), where);
    const TileKind kind = result_kind(entry, call, last);
    check_width(state, op, kind, where);
    if (call.faces != kAllFaces && out.kind == TileKind::Unwritten) out.values.fill(0.0F);
    const bool narrow = kind == TileKind::Float && !state.fp32;
    const bool nearest = entry.store == Store::Nearest || call.nearest;
    for (std::uint32_t face = 0; face < 4; ++face) {
        if ((call.faces >> face & 1u) == 0) continue;
        const std::size_t offset = face * kFaceElements;
        SfpuArgs args{out.values.data() + offset, {}, call};
        for (std::uint32_t i = 0; i < entry.inputs; ++i) args.in[i] = in[i] + offset;
        entry.run(args);
        if (narrow) (nearest ? round_nearest_even : round_truncate)(args.out, kFaceElements);
    }
    out.kind = kind;
}

}  // namespace op_emulator::compute
