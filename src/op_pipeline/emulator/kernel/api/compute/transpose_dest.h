// Transposition of a tile that DST already holds.
#pragma once
#include "api/compute/common.h"

namespace ckernel {

template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest_init(uint32_t operand = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::transpose_dest_init(is_32bit, transpose_of_faces, where);
}

template <bool is_32bit = false, bool transpose_of_faces = true>
ALWI void transpose_dest(uint32_t idst, OP_EMULATOR_HERE) {
    op_emulator::compute::transpose_dest(is_32bit, transpose_of_faces, idst, where);
}

}  // namespace ckernel
