// One-time configuration of unpacker, maths and packer; the first compute call of a kernel.
#pragma once
#include "api/compute/common_globals.h"
#include "api/compute/src_order.h"
#include "op_emulator/compute_api.h"

namespace ckernel {

template <SrcOrder src_order = SrcOrder::Regular>
ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t icb1, uint32_t ocb, OP_EMULATOR_HERE) {
    constexpr bool reverse = src_order == SrcOrder::Reverse;
    op_emulator::compute::hw_startup(reverse ? icb1 : icb0, reverse ? icb0 : icb1, ocb, where);
}

ALWI void compute_kernel_hw_startup(uint32_t icb0, uint32_t ocb, OP_EMULATOR_HERE) {
    op_emulator::compute::hw_startup(icb0, icb0, ocb, where);
}

}  // namespace ckernel
