// Uniform random numbers in [from, from + scale). Reproducible for a seed, but not the numbers silicon draws; the seed
// does not outlive the kernel.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/compute_calls.h"

namespace ckernel {

ALWI void rand_tile(uint32_t idst, uint32_t from, uint32_t scale, OP_EMULATOR_HERE) {
    op_emulator::compute::on_tile(op_emulator::SfpuOp::rand_tile, idst, where, from, scale);
}

ALWI void rand_tile_init(uint32_t seed = 0, uint32_t stream_id = 0, OP_EMULATOR_HERE) {
    op_emulator::compute::sfpu_seed(op_emulator::SfpuInit::rand_tile_init, seed, stream_id, where);
}

}  // namespace ckernel
