// Reduction of tiles. The scaler tile holds the weights in row 0 of each face: 1 for SUM and MAX, 1/N for AVG, for
// REDUCE_SCALAR its root. Until reduce_uninit the packer zeroes everything but the result.
#pragma once
#include "api/compute/common.h"
#include "op_emulator/llk.h"

namespace ckernel {

namespace detail {

template <PoolType type>
constexpr op_emulator::compute::Pool pool_of() {
    static_assert(type != PoolType::MIN, "the matrix unit has no minimum: reduce -x with MAX, or use the vector unit");
    return static_cast<op_emulator::compute::Pool>(type);
}

constexpr op_emulator::compute::ReduceDim dim_of(ReduceDim dim) {
    return static_cast<op_emulator::compute::ReduceDim>(dim);
}

}  // namespace detail

// For REDUCE_ROW with SUM or AVG the scaler goes to srcA and the data to srcB; the formats must be set accordingly.
template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void reduce_init(
    uint32_t icb, uint32_t icb_scaler, uint32_t ocb, uint32_t call_line = __builtin_LINE(), OP_EMULATOR_HERE) {
    op_emulator::compute::reduce_init(
        detail::pool_of<reduce_type>(), detail::dim_of(reduce_dim), icb, icb_scaler, ocb, where);
}

ALWI void reduce_uninit(uint32_t icb = 0, OP_EMULATOR_HERE) { op_emulator::compute::reduce_uninit(where); }

// Adds to (MAX: takes the larger of) what the DST tile holds.
template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void reduce_tile(
    uint32_t icb, uint32_t icb_scaler, uint32_t itile, uint32_t itile_scaler, uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::reduce_tile(
        detail::pool_of<reduce_type>(), detail::dim_of(reduce_dim), icb, icb_scaler, itile, itile_scaler, idst,
        "reduce_tile", where);
}

template <PoolType reduce_type, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void reduce_block(
    uint32_t icb, uint32_t icb_scaler, uint32_t start_itile, uint32_t itile_scaler, uint32_t start_idst,
    uint32_t ntiles, OP_EMULATOR_HERE) {
    for (uint32_t i = 0; i < ntiles; ++i) {
        op_emulator::compute::reduce_tile(
            detail::pool_of<reduce_type>(), detail::dim_of(reduce_dim), icb, icb_scaler, start_itile + i, itile_scaler,
            start_idst + i, "reduce_block", where);
    }
}

}  // namespace ckernel
