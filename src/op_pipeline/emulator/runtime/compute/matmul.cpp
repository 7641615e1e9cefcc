// Matrix products: DST += in0 @ in1, in0 in srcB and in1 in srcA. Silicon multiplies 16 columns at a time and adds each
// product to DST, one pass of fidelity after the other; a 16-bit DST rounds at each of these additions.
#include <algorithm>
#include <vector>

#include "fidelity.hpp"
#include "source.hpp"
#include "tile_maths.hpp"

namespace op_emulator::compute {

namespace {

constexpr std::size_t kFace = kFaceSide * kFaceSide;

bool any_of(const Values& values) {
    float sum = 0;
    for (const float x : values) sum += x == 0.0F ? 0.0F : 1.0F;
    return sum != 0.0F;
}

// out += b @ a for one pass; all three in the order of faces.
void add_product(const Values& b, const Values& a, bool fp32, Values& out) {
    for (std::size_t face = 0; face < 4; ++face) {
        float* target = out.data() + face * kFace;
        for (std::size_t k = 0; k < 2; ++k) {
            tile_maths().add_face_product(
                b.data() + (face / 2 * 2 + k) * kFace, a.data() + (k * 2 + face % 2) * kFace, target);
            if (!fp32) round_nearest_even(target, kFace);
        }
    }
}

// srcA of a pass that takes all there is to take.
bool takes_all(const Passes& passes) {
    const Pass& first = passes.pass[0];
    return passes.count == 1 && first.a_high && first.a_rest && first.b_high && first.b_rest;
}

void multiply_tiles(const ComputeState& state, const Values& b, const Values& a, Values& out) {
    const auto fidelity = static_cast<Fidelity>(state.settings.math_fidelity);
    const Passes passes = state.fp32 ? merged_passes(fidelity) : separate_passes(fidelity);
    alignas(64) Values left, right;
    if (takes_all(passes)) {
        tile_maths().mask(a.data(), kSrcaUsed, right.data(), kTileElements);
        add_product(b, right, state.fp32, out);
        return;
    }
    for (std::size_t p = 0; p < passes.count; ++p) {
        const Pass pass = passes.pass[p];
        for (std::size_t i = 0; i < kTileElements; ++i) left[i] = pass.b(b[i]);
        for (std::size_t i = 0; i < kTileElements; ++i) right[i] = pass.a(a[i]);
        // A pass over zeros adds zeros: low bits that the format does not have.
        if (p != 0 && !(any_of(left) && any_of(right))) continue;
        add_product(left, right, state.fp32, out);
    }
}

std::string needed_init(std::uint32_t in0, std::uint32_t in1, const MatmulBlock& block) {
    const std::string buffers = cb_label(in0) + ", " + cb_label(in1);
    if (block.columns == 1 && block.rows == 1) return "matmul_init(" + buffers + ")";
    return "matmul_block_init(" + buffers + ", transpose, " + std::to_string(block.columns) + ", " +
           std::to_string(block.rows) + ", " + std::to_string(block.inner) + ")";
}

}  // namespace

void matmul_init(
    std::uint32_t in0, std::uint32_t in1, bool transpose, const MatmulBlock& block, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(in0, where);
    cb_info(in1, where);
    if (block.columns == 0 || block.rows == 0 || block.inner == 0) {
        raise_fault(
            "bad_argument", std::string(name) + " for a block without tiles", where,
            "ct_dim, rt_dim and kt_dim count tiles and are at least 1");
    }
    set_init(
        state, {.op = FpuOp::Matmul,
                .transpose_faces = transpose,
                .transpose_within = transpose,
                .columns = block.columns,
                .rows = block.rows,
                .inner = block.inner,
                .name = name,
                .where = where});
}

void matmul(
    std::uint32_t in0, std::uint32_t in1, std::uint32_t tile0, std::uint32_t tile1, std::uint32_t dst,
    const MatmulBlock& block, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    const FpuInit& init = state.fpu;
    require_init(state, init.op == FpuOp::Matmul, name, needed_init(in0, in1, block), where);
    if (init.columns != block.columns || init.rows != block.rows || (block.rows > 1 && init.inner != block.inner)) {
        raise_fault(
            "init_mismatch",
            std::string(name) + " on a block of " + std::to_string(block.rows) + "x" + std::to_string(block.columns) +
                " tiles, but " + init.name + " at " + at(init.where) + " set up " + std::to_string(init.rows) + "x" +
                std::to_string(init.columns) + " with kt_dim " + std::to_string(init.inner),
            where, "call " + needed_init(in0, in1, block) + " with the dimensions of the call");
    }
    check_configured(
        state.srca, cb_info(in1, where).format, in1, name, "the unpacker of the second operand (srcA)",
        "reconfig_data_format_srca", where);
    check_configured(
        state.srcb, cb_info(in0, where).format, in0, name, "the unpacker of the first operand (srcB)",
        "reconfig_data_format_srcb", where);
    static std::vector<Values> columns;  // of in1: loaded with the first row, used by all
    columns.resize(std::max<std::size_t>(columns.size(), block.columns));
    for (std::uint32_t r = 0; r < block.rows; ++r) {
        alignas(64) Values b;
        load_source(state, in0, tile0 + r * block.inner, name, where, b);
        for (std::uint32_t c = 0; c < block.columns; ++c) {
            const std::uint32_t index = dst + r * block.columns + c;
            DstTile& out = writable_tile(state, index, name, where);
            require_float(out, index, name, where);
            Values& a = columns[c];
            if (r == 0) {
                load_source(state, in1, tile1 + c, name, where, a);
                if (init.transpose_faces) transpose(a.data(), true, true);
            }
            if (out.kind == TileKind::Unwritten) out.values.fill(0.0F);
            multiply_tiles(state, b, a, out.values);
            out.kind = TileKind::Float;
        }
    }
}

}  // namespace op_emulator::compute
