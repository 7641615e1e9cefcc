// Comparisons of two integer DST tiles: 1 or 0.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat data_format>
ALWI void eq_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::eq_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void ne_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::ne_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void lt_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::lt_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void gt_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::gt_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void le_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::le_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void ge_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::ge_int_tile, data_format, idst0, idst1, odst, where);
}

template <DataFormat data_format>
ALWI void eq_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::eq_int_tile_init, where);
}

template <DataFormat data_format>
ALWI void ne_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::ne_int_tile_init, where);
}

template <DataFormat data_format>
ALWI void lt_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::lt_int_tile_init, where);
}

template <DataFormat data_format>
ALWI void gt_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::gt_int_tile_init, where);
}

template <DataFormat data_format>
ALWI void le_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::le_int_tile_init, where);
}

template <DataFormat data_format>
ALWI void ge_int_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::ge_int_tile_init, where);
}

}  // namespace ckernel
