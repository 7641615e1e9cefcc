// Operations of the vector unit that have no header of their own.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

constexpr bool sfpu_reduce_format_supported(DataFormat format) {
    return format == DataFormat::Float32 || format == DataFormat::Float16_b || format == DataFormat::Int32 ||
           format == DataFormat::UInt32 || format == DataFormat::UInt16;
}

template <bool fast_and_approx = false>
ALWI void sigmoid_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sigmoid_tile_init, where);
}

template <VectorMode vec_mode = VectorMode::RC, bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sigmoid_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(
        op_emulator::SfpuOp::sigmoid_tile, idst, where, 0, 0, 0, op_emulator::compute::faces_of(vec_mode));
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void silu_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::silu_tile, idst, where);
}

ALWI void silu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::silu_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tanh_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::tanh_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tanh_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::tanh_tile, idst, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void square_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::square_tile, idst, where);
}

ALWI void square_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::square_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void log_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::log_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void log_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::log_tile, idst, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void log_with_base_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::log_with_base_tile_init, where);
}

template <bool fast_and_approx = false, bool base_is_two = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void log_with_base_tile(uint32_t idst, uint32_t base_scale, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::log_with_base_tile, idst, where, base_scale);
}

ALWI void signbit_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::signbit_tile, idst, where);
}

ALWI void signbit_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::signbit_tile_init, where);
}

ALWI void abs_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::abs_tile, idst, where);
}

ALWI void abs_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::abs_tile_init, where);
}

ALWI void abs_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::abs_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void sign_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::sign_tile, idst, where);
}

ALWI void sign_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sign_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void power_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::power_tile, idst, where, param0);
}

ALWI void power_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::power_tile_init, where);
}

ALWI void power_iterative_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::power_iterative_tile, idst, where, param0);
}

ALWI void power_iterative_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::power_iterative_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void exp2_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::exp2_tile, idst, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void exp2_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::exp2_tile_init, where);
}

ALWI void heaviside_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::heaviside_tile, idst, where, param0);
}

ALWI void heaviside_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::heaviside_tile_init, where);
}

template <bool approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void expm1_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::expm1_tile, idst, where);
}

template <bool approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void expm1_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::expm1_tile_init, where);
}

ALWI void unary_max_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_max_tile, idst, where, param0);
}

ALWI void unary_max_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_max_tile_init, where);
}

ALWI void unary_max_int32_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::unary_max_int32_tile, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_max_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_max_int32_tile_init, where);
}

ALWI void unary_max_uint32_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::unary_max_uint32_tile, DataFormat::UInt32, idst, where, param0);
}

ALWI void unary_max_uint32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_max_uint32_tile_init, where);
}

ALWI void unary_min_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::unary_min_tile, idst, where, param0);
}

ALWI void unary_min_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_min_tile_init, where);
}

ALWI void unary_min_int32_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::unary_min_int32_tile, DataFormat::Int32, idst, where, param0);
}

ALWI void unary_min_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_min_int32_tile_init, where);
}

ALWI void unary_min_uint32_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::unary_min_uint32_tile, DataFormat::UInt32, idst, where, param0);
}

ALWI void unary_min_uint32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::unary_min_uint32_tile_init, where);
}

ALWI void signbit_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::signbit_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void signbit_tile_int32_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::signbit_tile_int32_init, where);
}

// The packer's thread runs these on the tiles it has waited for.
template <bool fast_and_approx = false>
ALWI void sigmoid_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sigmoid_tile_init, where);
}

template <VectorMode vec_mode = VectorMode::RC, bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sigmoid_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(
        op_emulator::SfpuOp::sigmoid_tile, idst, where, 0, 0, 0, op_emulator::compute::faces_of(vec_mode));
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tanh_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::tanh_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tanh_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::tanh_tile, idst, where);
}

ALWI void silu_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::silu_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void silu_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::silu_tile, idst, where);
}

// Reduction of DST tiles in place. REDUCE_COL: one tile, result in row 0. REDUCE_ROW: a block of rt_dim x ct_dim tiles,
// results in column 0 of the first tile of each row. Other values of those tiles are left over.
template <PoolType pool_type, DataFormat format, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_reduce_init(OP_EMULATOR_HERE) {
    static_assert(sfpu_reduce_format_supported(format), "sfpu_reduce takes Float32, Float16_b, Int32, UInt32, UInt16");
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_reduce_init, where);
}

template <PoolType pool_type, DataFormat format, ReduceDim reduce_dim, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void sfpu_reduce(uint32_t idst, uint32_t ct_dim = 1, uint32_t rt_dim = 1, OP_EMULATOR_HERE) {
    static_assert(sfpu_reduce_format_supported(format), "sfpu_reduce takes Float32, Float16_b, Int32, UInt32, UInt16");
    static_assert(reduce_dim != ReduceDim::REDUCE_SCALAR, "REDUCE_COL or REDUCE_ROW");
    op_emulator::compute::sfpu_reduce(
        static_cast<op_emulator::compute::Pool>(pool_type), static_cast<op_emulator::compute::ReduceDim>(reduce_dim), format,
        idst, ct_dim, rt_dim, where);
}

}  // namespace ckernel
