// Hand-over of DST between maths and packer: acquire, operations, commit; wait, pack_tile, release.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_api.h"

namespace ckernel {

ALWI void tile_regs_acquire(OP_EMULATOR_HERE) { op_emulator::compute::regs_acquire(where); }

ALWI void tile_regs_wait(OP_EMULATOR_HERE) { op_emulator::compute::regs_wait(where); }

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tile_regs_commit(OP_EMULATOR_HERE) {
    op_emulator::compute::regs_commit(where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
ALWI void tile_regs_release(OP_EMULATOR_HERE) {
    op_emulator::compute::regs_release(where);
}

[[deprecated("use tile_regs_acquire()")]] ALWI void acquire_dst(OP_EMULATOR_HERE) {
    op_emulator::compute::legacy_acquire(where);
}

template <bool is_fp32_dest_acc_en = DST_ACCUM_MODE>
[[deprecated("use tile_regs_release()")]] ALWI void release_dst(OP_EMULATOR_HERE) {
    op_emulator::compute::legacy_release(where);
}

}  // namespace ckernel
