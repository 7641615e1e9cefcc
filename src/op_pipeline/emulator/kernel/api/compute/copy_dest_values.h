// One DST tile to another, bit for bit.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

template <DataFormat DATA_FORMAT>
ALWI void copy_dest_values(uint32_t idst_in, uint32_t idst_out, OP_EMULATOR_HERE) {
    op_emulator::compute::on_copy(idst_in, idst_out, where);
}

[[deprecated("use copy_dest_values<DataFormat>")]] ALWI void copy_dest_values(
    uint32_t idst_in, uint32_t idst_out, OP_EMULATOR_HERE) {
    op_emulator::compute::on_copy(idst_in, idst_out, where);
}

ALWI void copy_dest_values_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::copy_dest_values_init, where);
}

}  // namespace ckernel
