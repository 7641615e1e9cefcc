// Circular buffers that another core fills: kernels compile, and stop by name where they use one.
#pragma once
#include "op_emulator/abi.h"
#include "op_emulator/macros.h"

namespace experimental {

[[noreturn]] inline void remote_cb_wait_front(uint32_t, uint32_t = 0, uint8_t = 0, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled("experimental::remote_cb_wait_front", "send the pages over the NOC, with a semaphore", where);
}

[[noreturn]] inline void remote_cb_pop_front(uint32_t, uint32_t = 0, uint8_t = 0, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled("experimental::remote_cb_pop_front", "send the pages over the NOC, with a semaphore", where);
}

[[noreturn]] inline void remote_cb_reserve_back(uint32_t, uint32_t = 0, uint8_t = 0, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled("experimental::remote_cb_reserve_back", "send the pages over the NOC, with a semaphore", where);
}

[[noreturn]] inline void remote_cb_sender_barrier(uint32_t, uint32_t = 0, uint8_t = 0, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled("experimental::remote_cb_sender_barrier", "send the pages over the NOC, with a semaphore", where);
}

template <bool update_remote_over_noc = false>
[[noreturn]] inline void update_remote_cb_config_in_l1(uint32_t, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled(
        "experimental::update_remote_cb_config_in_l1", "send the pages over the NOC, with a semaphore", where);
}

}  // namespace experimental
