// scalar - x; the scalar as bits of a float or an integer.
#pragma once
#include "api/compute/common_globals.h"
#include "api/compute/eltwise_unary/binop_with_scalar.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void rsub_tile(uint32_t idst, uint32_t scalar, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::rsub_tile, idst, where, scalar);
}

ALWI void rsub_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rsub_tile_init, where);
}

ALWI void rsub_unary_int32_tile(uint32_t idst, uint32_t scalar, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(
        op_emulator::SfpuOp::rsub_unary_int32_tile, DataFormat::Int32, idst, where, scalar);
}

ALWI void rsub_unary_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::rsub_unary_int32_tile_init, where);
}

}  // namespace ckernel
