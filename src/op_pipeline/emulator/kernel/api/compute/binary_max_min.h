// Larger and smaller of two DST tiles.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void binary_max_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(
        op_emulator::SfpuOp::binary_max_int32_tile, DataFormat::Int32, idst0, idst1, odst, where);
}

ALWI void binary_max_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_max_int32_tile_init, where);
}

ALWI void binary_max_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(
        op_emulator::SfpuOp::binary_max_uint32_tile, DataFormat::UInt32, idst0, idst1, odst, where);
}

ALWI void binary_max_uint32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_max_uint32_tile_init, where);
}

ALWI void binary_min_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(
        op_emulator::SfpuOp::binary_min_int32_tile, DataFormat::Int32, idst0, idst1, odst, where);
}

ALWI void binary_min_int32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_min_int32_tile_init, where);
}

ALWI void binary_min_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(
        op_emulator::SfpuOp::binary_min_uint32_tile, DataFormat::UInt32, idst0, idst1, odst, where);
}

ALWI void binary_min_uint32_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_min_uint32_tile_init, where);
}

ALWI void binary_max_tile(
    uint32_t idst0, uint32_t idst1, uint32_t odst, VectorMode vector_mode = VectorMode::RC, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(
        op_emulator::SfpuOp::binary_max_tile, idst0, idst1, odst, where, false,
        op_emulator::compute::faces_of(vector_mode));
}

ALWI void binary_max_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_max_tile_init, where);
}

ALWI void binary_min_tile(
    uint32_t idst0, uint32_t idst1, uint32_t odst, VectorMode vector_mode = VectorMode::RC, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(
        op_emulator::SfpuOp::binary_min_tile, idst0, idst1, odst, where, false,
        op_emulator::compute::faces_of(vector_mode));
}

ALWI void binary_min_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::binary_min_tile_init, where);
}

}  // namespace ckernel
