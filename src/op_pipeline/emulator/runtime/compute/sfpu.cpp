// The vector unit: checks of an operation's init, operands and types, then its row of the table, face by face.
#include "formats.hpp"
#include "source.hpp"
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
    add_word_operations(table);
    add_gamma_functions(table);
    add_tile_operations(table);
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
        case SfpuOp::quant_tile:
        case SfpuOp::requant_tile:
        case SfpuOp::dequant_tile:  // init: zero point, and which of its variants; the call names bytes in and out
            if ((init[1] & 3u) != call.value[1]) {
                raise_fault(
                    "init_mismatch",
                    std::string(name_of(op)) + ": the operation and its init at " + at(state.sfpu.owner_where) +
                        " are not of the same int8 variant",
                    where, "pair quant_int8_tile with quant_int8_tile_init, and so on");
            }
            call.value[0] = init[0];
            call.value[1] = init[1];
            break;
        case SfpuOp::ema_tile:
            call.value[0] = init[0];
            call.value[1] = init[1];
            break;
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

// Sums that run over several tiles stay in the vector unit's registers, where any other operation overwrites them.
void require_carry(const ComputeState& state, SfpuOp op, const SfpuCall& call, Where where) {
    const bool carried = op == SfpuOp::ema_tile || (op == SfpuOp::cumsum_tile && call.value[0] == 0);
    if (!carried || state.sfpu.memory.owner == op) return;
    const std::string lost =
        state.sfpu.memory.owner ? std::string("but ") + name_of(*state.sfpu.memory.owner) + " has overwritten them"
                                : "but nothing has set them";
    raise_fault(
        "init_mismatch", std::string(name_of(op)) + " continues from the values of the tile before, " + lost, where,
        op == SfpuOp::ema_tile ? "call ema_clear_previous_output() before the first tile, and no other operation of "
                                 "the vector unit between tiles"
                               : "begin with cumsum_tile(idst, true), and call no other operation of the vector unit "
                                 "between tiles");
}

[[noreturn]] void wrong_kind(SfpuOp op, std::uint32_t dst, TileKind is, const char* wanted, Where where) {
    raise_fault(
        "dst_format",
        std::string(name_of(op)) + ": DST tile " + std::to_string(dst) + " holds " + name_of(is) + ", not " + wanted,
        where, "use the operation's variant for that type, or typecast_tile before it");
}

void check_operand(
    SfpuOp op, const SfpuEntry& entry, const SfpuCall& call, std::uint32_t i, TileKind kind, Where where) {
    if (entry.operands == Operands::Any) return;
    const bool floats = entry.operands == Operands::Float || (entry.operands == Operands::Scaled && i > 0);
    const DataFormat wanted = floats ? DataFormat::Float32 : call.format;
    if (!fits(kind, wanted)) wrong_kind(op, call.in[i], kind, floats ? "floats" : name_of(wanted), where);
}

TileKind result_kind(const SfpuEntry& entry, const SfpuCall& call, TileKind last_operand) {
    switch (entry.operands) {
        case Operands::Float: return TileKind::Float;
        case Operands::Any: return last_operand;
        case Operands::Typecast:
        case Operands::Scaled: return kind_of(call.to);
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

void sfpu_seed(SfpuInit init, std::uint32_t seed, std::uint32_t stream, Where where) {
    sfpu_init(init, where);
    compute_state(where).sfpu.memory.random = (std::uint64_t{stream} << 32) | seed;
}

void ema_clear(Where where) {
    SfpuMemory& memory = compute_state(where).sfpu.memory;
    memory.lines[0].fill(0.0F);
    memory.owner = SfpuOp::ema_tile;
}

namespace {

// A tile of the section the maths works on, or, for the packer's thread, of the one it waited for.
DstTile& tile_of(ComputeState& state, SfpuOp op, const SfpuCall& call, std::uint32_t dst, bool read, Where where) {
    if (!call.packer) return (read ? readable_tile : writable_tile)(state, dst, name_of(op), where);
    packable_tile(state, dst, name_of(op), where);
    return state.sections.front()->tiles[dst];
}

void run_entry(const SfpuEntry& entry, SfpuArgs args, std::uint32_t faces, void (*round)(float*, std::size_t)) {
    if (entry.whole_tile) {
        entry.run(args);
        if (round != nullptr) round(args.out, kTileElements);
        return;
    }
    const SfpuArgs first = args;
    for (std::uint32_t face = 0; face < 4; ++face) {
        if ((faces >> face & 1u) == 0) continue;
        const std::size_t offset = face * kFaceElements;
        args.out = first.out + offset;
        for (std::uint32_t i = 0; i < entry.inputs; ++i) args.in[i] = first.in[i] + offset;
        entry.run(args);
        if (round != nullptr) round(args.out, kFaceElements);
    }
}

}  // namespace

void sfpu(SfpuOp op, const SfpuCall& requested, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name_of(op), where);
    const SfpuEntry& entry = entry_of(op);
    SfpuCall call = requested;
    require_init(state, op, where);
    apply_specials(state, op, call, where);
    require_carry(state, op, call, where);

    const float* in[4] = {};
    TileKind last = TileKind::Float;
    for (std::uint32_t i = 0; i < entry.inputs; ++i) {
        const DstTile& tile = tile_of(state, op, call, call.in[i], true, where);
        check_operand(op, entry, call, i, tile.kind, where);
        in[i] = tile.values.data();
        last = tile.kind;
    }
    DstTile& out = tile_of(state, op, call, call.out, false, where);
    const TileKind kind = result_kind(entry, call, last);
    check_width(state, op, kind, where);
    if (call.faces != kAllFaces && out.kind == TileKind::Unwritten) out.values.fill(0.0F);
    const bool narrow = kind == TileKind::Float && !state.fp32;
    const bool nearest = entry.store == Store::Nearest || call.nearest;
    run_entry(
        entry, {out.values.data(), {in[0], in[1], in[2], in[3]}, call, state.sfpu.memory}, call.faces,
        !narrow ? nullptr : nearest ? round_nearest_even : round_truncate);
    state.sfpu.memory.owner = op;
    out.kind = kind;
}

bool fits(TileKind kind, DataFormat format) {
    if (is_float(format)) return kind == TileKind::Float;
    if (format == DataFormat::UInt16) return kind == TileKind::UInt16;
    if (format == DataFormat::UInt8 || format == DataFormat::Int8) return kind == TileKind::UInt8;
    if (format == DataFormat::Int32 && kind == TileKind::UInt8) return true;  // bytes are whole words in a register
    return kind == TileKind::Int32 || kind == TileKind::UInt32;
}

void sfpu_check(ComputeState& state, SfpuOp op, Where where) {
    state.require_started(name_of(op), where);
    require_init(state, op, where);
    state.sfpu.memory.owner = op;
}

}  // namespace op_emulator::compute
