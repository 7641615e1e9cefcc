// GELU, its tanh form, its derivative.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void gelu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gelu_tile_init, where);
}

template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void gelu_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::gelu_tile, idst, where);
}

template <bool fast = false>
ALWI void gelu_tanh_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gelu_tanh_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE, bool fast = false>
ALWI void gelu_tanh_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::gelu_tanh_tile, idst, where);
}

template <bool fast_and_approx = false>
ALWI void gelu_derivative_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gelu_derivative_tile_init, where);
}

template <bool fast_and_approx = false, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void gelu_derivative_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::gelu_derivative_tile, idst, where);
}

// The packer's thread runs it on the tiles it has waited for.
template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void gelu_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gelu_tile_init, where);
}

template <bool fast_and_approx = true, bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void gelu_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::gelu_tile, idst, where);
}

// The packer's thread runs it on the tiles it has waited for.
template <bool fast = false>
ALWI void gelu_tanh_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gelu_tanh_tile_init, where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE, bool fast = false>
ALWI void gelu_tanh_tile_pack(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::gelu_tanh_tile, idst, where);
}

}  // namespace ckernel
