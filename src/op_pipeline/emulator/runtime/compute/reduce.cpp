// Reductions of a tile along its rows, its columns, or both, weighted by a scaler tile of which row 0 of each face
// counts. Sums (and averages: the scaler holds 1/N) are products with that row, maxima take its exponents only.
// Sources: ISA documentation of MVMUL, GAPOOL, GMPOOL; remarks on the scaler and on the packer in api/compute/reduce.h.
#include <cmath>
#include <limits>

#include "fidelity.hpp"
#include "source.hpp"

namespace op_emulator::compute {

namespace {

constexpr std::size_t kFace = kFaceSide * kFaceSide;
constexpr float kLowest = -std::numeric_limits<float>::infinity();
using Line = std::array<float, kFaceSide>;

struct Reduction {
    const ComputeState& state;
    const Values& data;
    const Values& scaler;

    float weight(std::size_t face, std::size_t k) const { return scaler[face * kFace + k]; }
    float narrowed(float x) const { return state.fp32 ? x : bf16_nearest_even(x); }
};

// What silicon does at each pass: one product of 16 terms, added to `sum` and rounded to the width of DST.
template <class A, class B>
float add_dot(const Reduction& job, const Pass& pass, float sum, A a, B b) {
    float dot = 0;
    for (std::size_t k = 0; k < kFaceSide; ++k) dot += pass.b(b(k)) * pass.a(a(k));
    return job.narrowed(sum + dot);
}

Passes passes_of(const ComputeState& state) {
    const auto fidelity = static_cast<Fidelity>(state.settings.math_fidelity);
    return state.fp32 ? merged_passes(fidelity) : separate_passes(fidelity);
}

// Sums along rows multiply by the scaler in srcA: first all faces in one pass, then the next pass.
void sum_rows(const Reduction& job, Values& out) {
    const Passes passes = passes_of(job.state);
    for (std::size_t p = 0; p < passes.count; ++p) {
        for (std::size_t face = 0; face < 4; ++face) {
            for (std::size_t r = 0; r < kFaceSide; ++r) {
                float& sum = out[face / 2 * 2 * kFace + r * kFaceSide];
                sum = add_dot(
                    job, passes.pass[p], sum, [&](std::size_t k) { return job.weight(face % 2, k); },
                    [&](std::size_t k) { return job.data[face * kFace + r * kFaceSide + k]; });
            }
        }
    }
}

// One face: the data in srcA, the scaler in srcB, all passes before the next face.
void pool_sum(const Reduction& job, std::size_t face, float* sums) {
    const Passes passes = passes_of(job.state);
    for (std::size_t p = 0; p < passes.count; ++p) {
        for (std::size_t c = 0; c < kFaceSide; ++c) {
            sums[c] = add_dot(
                job, passes.pass[p], sums[c], [&](std::size_t k) { return job.data[face * kFace + k * kFaceSide + c]; },
                [&](std::size_t k) { return job.weight(face, k); });
        }
    }
}

// A weight counts as the power of two below it; 0 takes its datum out.
float scaled(float x, float weight) {
    if (weight == 0.0F) return kLowest;
    return std::ldexp(x, static_cast<int>((bits_of(weight) >> 23) & 0xFFu) - 127);
}

float larger(float a, float b) { return b >= a ? b : a; }

// `across`: maxima of the face's rows instead of its columns.
void pool_max(const Reduction& job, std::size_t face, bool across, float* maxima) {
    for (std::size_t line = 0; line < kFaceSide; ++line) {
        for (std::size_t k = 0; k < kFaceSide; ++k) {
            const std::size_t at = across ? line * kFaceSide + k : k * kFaceSide + line;
            maxima[line] = larger(maxima[line], scaled(job.data[face * kFace + at], job.weight(face, k)));
        }
    }
}

void max_rows(const Reduction& job, Values& out) {
    for (std::size_t face = 0; face < 4; ++face) {
        float* first = out.data() + face / 2 * 2 * kFace;
        Line maxima;
        for (std::size_t r = 0; r < kFaceSide; ++r) maxima[r] = first[r * kFaceSide];
        pool_max(job, face, true, maxima.data());
        for (std::size_t r = 0; r < kFaceSide; ++r) first[r * kFaceSide] = maxima[r];
    }
}

// To one value: all faces into one row, that row through the source registers, then the row.
void reduce_scalar(const Reduction& job, Pool pool, float& out) {
    Line line;
    line.fill(pool == Pool::Max ? kLowest : 0.0F);
    for (std::size_t face = 0; face < 4; ++face) {
        if (pool == Pool::Max) {
            pool_max(job, face, false, line.data());
        } else {
            pool_sum(job, face, line.data());
        }
    }
    for (float& x : line) x = job.state.fp32 ? tf32_truncate(x) : bf16_truncate(x);
    if (pool == Pool::Max) {
        for (std::size_t k = 0; k < kFaceSide; ++k) out = larger(out, scaled(line[k], job.weight(3, k)));
        return;
    }
    const Passes passes = passes_of(job.state);
    for (std::size_t p = 0; p < passes.count; ++p) {
        out = add_dot(
            job, passes.pass[p], out, [&](std::size_t k) { return line[k]; },
            [&](std::size_t k) { return job.weight(3, k); });
    }
}

void reduce(const Reduction& job, Pool pool, ReduceDim dim, Values& out) {
    if (dim == ReduceDim::Scalar) return reduce_scalar(job, pool, out[0]);
    if (dim == ReduceDim::Row) return pool == Pool::Max ? max_rows(job, out) : sum_rows(job, out);
    for (std::size_t face = 0; face < 4; ++face) {
        float* line = out.data() + face % 2 * kFace;
        if (pool == Pool::Max) {
            pool_max(job, face, false, line);
        } else {
            pool_sum(job, face, line);
        }
    }
}

const char* name_of(Pool pool) { return pool == Pool::Sum ? "SUM" : pool == Pool::Avg ? "AVG" : "MAX"; }
const char* name_of(ReduceDim dim) {
    return dim == ReduceDim::Row ? "REDUCE_ROW" : dim == ReduceDim::Col ? "REDUCE_COL" : "REDUCE_SCALAR";
}

}  // namespace

void reduce_init(
    Pool pool, ReduceDim dim, std::uint32_t cb, std::uint32_t scaler_cb, std::uint32_t out_cb, Where where) {
    reduce_math_init(pool, dim, cb, scaler_cb, where);
    reduce_mask(dim, out_cb, where);
}

void reduce_math_init(Pool pool, ReduceDim dim, std::uint32_t cb, std::uint32_t scaler_cb, Where where) {
    ComputeState& state = compute_state(where);
    cb_info(cb, where);
    cb_info(scaler_cb, where);
    set_init(state, {.op = FpuOp::Reduce, .pool = pool, .dim = dim, .name = "reduce_init", .where = where});
}

void reduce_mask(ReduceDim dim, std::uint32_t out_cb, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("reduce_init", where);
    cb_info(out_cb, where);
    state.reduce_mask = ReduceMask{dim, where};
}

void reduce_uninit(Where where) {
    ComputeState& state = compute_state(where);
    state.require_started("reduce_uninit", where);
    state.reduce_mask.reset();
}

void reduce_tile(
    Pool pool, ReduceDim dim, std::uint32_t cb, std::uint32_t scaler_cb, std::uint32_t tile, std::uint32_t scaler_tile,
    std::uint32_t dst, const char* name, Where where) {
    ComputeState& state = compute_state(where);
    state.require_started(name, where);
    const FpuInit& init = state.fpu;
    const std::string kind = std::string("<PoolType::") + name_of(pool) + ", ReduceDim::" + name_of(dim) + ">";
    const std::string needed = "reduce_init" + kind + "(" + cb_label(cb) + ", " + cb_label(scaler_cb) + ", out)";
    require_init(state, init.op == FpuOp::Reduce, name, needed, where);
    if (init.pool != pool || init.dim != dim) {
        raise_fault(
            "init_mismatch",
            std::string(name) + kind + ", but reduce_init at " + at(init.where) + " was for <PoolType::" +
                name_of(init.pool) + ", ReduceDim::" + name_of(init.dim) + ">",
            where, "call " + needed + " before it");
    }
    const bool swapped = dim == ReduceDim::Row && pool != Pool::Max;  // the scaler goes to srcA
    const std::uint32_t first = swapped ? scaler_cb : cb, second = swapped ? cb : scaler_cb;
    check_configured(
        state.srca, cb_info(first, where).format, first, name, "the unpacker (srcA)", "reconfig_data_format_srca",
        where);
    check_configured(
        state.srcb, cb_info(second, where).format, second, name, "the unpacker (srcB)", "reconfig_data_format_srcb",
        where);
    DstTile& out = writable_tile(state, dst, name, where);
    require_float(out, dst, name, where);
    require_full_tile(cb_info(cb, where), cb, name, where);
    require_full_tile(cb_info(scaler_cb, where), scaler_cb, name, where);
    Values data, scaler;
    load_source(state, cb, tile, name, where, data);
    load_source(state, scaler_cb, scaler_tile, name, where, scaler);
    if (out.kind == TileKind::Unwritten) {
        for (std::size_t i = 0; i < kTileElements; ++i) {
            out.values[i] = pool == Pool::Max && in_reduction(dim, i) ? kLowest : 0.0F;
        }
        out.kind = TileKind::Float;
    }
    reduce({state, data, scaler}, pool, dim, out.values);
    out.reduced = true;
}

}  // namespace op_emulator::compute
