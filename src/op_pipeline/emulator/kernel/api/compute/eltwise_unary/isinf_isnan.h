// Tests for infinity, NaN, finite: 1 or 0.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void isinf_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::isinf_tile, idst, where);
}

ALWI void isinf_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isinf_tile_init, where);
}

ALWI void isposinf_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::isposinf_tile, idst, where);
}

ALWI void isposinf_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isposinf_tile_init, where);
}

ALWI void isneginf_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::isneginf_tile, idst, where);
}

ALWI void isneginf_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isneginf_tile_init, where);
}

ALWI void isnan_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::isnan_tile, idst, where);
}

ALWI void isnan_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isnan_tile_init, where);
}

ALWI void isfinite_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::isfinite_tile, idst, where);
}

ALWI void isfinite_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::isfinite_tile_init, where);
}

}  // namespace ckernel
