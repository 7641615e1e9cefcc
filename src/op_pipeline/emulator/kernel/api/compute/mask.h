// Zero or infinity where the mask is zero; the mask must be the tile after the data.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void mask_tile_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::mask_tile_init, where);
}

ALWI void mask_tile(
    uint32_t idst_data, uint32_t idst2_mask, DataFormat data_format = DataFormat::Float16_b, OP_EMULATOR_HERE) {
    if (data_format != DataFormat::Float16_b) {
        op_emulator::abi::not_modelled("mask_tile of integers", "where_tile", where);
    }
    op_emulator::compute::on_pair(op_emulator::SfpuOp::mask_tile, idst_data, idst2_mask, idst_data, where);
}

ALWI void mask_posinf_tile(uint32_t idst_data, uint32_t idst2_mask, OP_EMULATOR_HERE) {
    op_emulator::compute::on_pair(op_emulator::SfpuOp::mask_posinf_tile, idst_data, idst2_mask, idst_data, where);
}

}  // namespace ckernel
