// Partial sums of an Int32 DST tile. Columns: four rows are left, row r the sum of rows r, r + 4, …. Rows: the even
// columns of the left half hold sums of four.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void sfpu_sum_int_init(OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_init(op_emulator::SfpuInit::sfpu_sum_int_init, where);
}

ALWI void sfpu_sum_int_col(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::sfpu_sum_int_col, DataFormat::Int32, idst, where);
}

ALWI void sfpu_sum_int_row(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integers(op_emulator::SfpuOp::sfpu_sum_int_row, DataFormat::Int32, idst, where);
}

// Adds the tile after idst. `dst_offset` changes nothing, as on silicon.
ALWI void sfpu_add_int(uint32_t idst, uint32_t dst_offset = 2, int32_t iterations = 8, OP_EMULATOR_HERE) {
    op_emulator::compute::on_integer_pair(op_emulator::SfpuOp::sfpu_add_int, DataFormat::Int32, idst, idst + 1, idst, where);
}

}  // namespace ckernel
