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

// L1 address of a tile that has been waited for; and one of its words.
ALWI uint32_t get_tile_address(uint32_t cb_id, uint32_t tile_index, OP_EMULATOR_HERE) {
    return op_emulator::abi::cb_read_pointer(cb_id, where) + op_emulator::abi::cb_layout(cb_id, where).page_size * tile_index;
}

ALWI uint32_t read_tile_value(uint32_t cb_id, uint32_t tile_index, uint32_t element_offset, OP_EMULATOR_HERE) {
    return op_emulator::l1_pointer<const volatile uint32_t*>(get_tile_address(cb_id, tile_index, where), where)[element_offset];
}

}  // namespace ckernel
