// Circular buffers by index, from the compute side: the unpacker consumes, the packer produces.
#pragma once
#include "api/compute/common_globals.h"
#include "op_emulator/abi.h"

namespace ckernel {

ALWI void cb_wait_front(uint32_t cbid, uint32_t ntiles, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_wait_front(cbid, static_cast<int32_t>(ntiles), where);
}

ALWI void cb_pop_front(uint32_t cbid, uint32_t ntiles, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_pop_front(cbid, static_cast<int32_t>(ntiles), where);
}

ALWI void cb_reserve_back(uint32_t cbid, uint32_t ntiles, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_reserve_back(cbid, static_cast<int32_t>(ntiles), where);
}

ALWI void cb_push_back(uint32_t cbid, uint32_t ntiles, OP_EMULATOR_HERE) {
    op_emulator::abi::cb_push_back(cbid, static_cast<int32_t>(ntiles), where);
}

}  // namespace ckernel
