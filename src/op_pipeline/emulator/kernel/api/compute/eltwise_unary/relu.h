// ReLU and its limits: relu_min_tile is max(x, param0), relu_max_tile clamps to [0, param0].
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void relu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::relu_tile_init, where);
}

ALWI void relu_tile(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::relu_tile, idst, where);
}

ALWI void relu_min_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::relu_min_tile, idst, where, param0);
}

ALWI void relu_min_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::relu_min_tile_init, where);
}

ALWI void relu_max_tile(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::relu_max_tile, idst, where, param0);
}

ALWI void relu_max_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::relu_max_tile_init, where);
}

ALWI void relu_tile_int32(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_tile_int32, DataFormat::Int32, idst, where);
}

ALWI void leaky_relu_tile(uint32_t idst, uint32_t slope = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::leaky_relu_tile, idst, where, slope);
}

ALWI void leaky_relu_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::leaky_relu_tile_init, where);
}

ALWI void relu_max_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_max_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void relu_max_tile_uint32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_max_tile_uint32, DataFormat::UInt32, idst, where, param0);
}

ALWI void relu_max_tile_uint16(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_max_tile_uint16, DataFormat::UInt16, idst, where, param0);
}

ALWI void relu_min_tile_int32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_min_tile_int32, DataFormat::Int32, idst, where, param0);
}

ALWI void relu_min_tile_uint32(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_min_tile_uint32, DataFormat::UInt32, idst, where, param0);
}

ALWI void relu_min_tile_uint16(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::relu_min_tile_uint16, DataFormat::UInt16, idst, where, param0);
}

// The packer's thread runs it on the tiles it has waited for.
ALWI void relu_max_tile_init_pack(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::relu_max_tile_init, where);
}

ALWI void relu_max_tile_pack(uint32_t idst, uint32_t param0, OP_EMULATOR_HERE) {
    op_emulator::compute::on_packed_tile(op_emulator::SfpuOp::relu_max_tile, idst, where, param0);
}

}  // namespace ckernel
