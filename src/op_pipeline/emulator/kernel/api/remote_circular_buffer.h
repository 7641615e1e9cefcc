// Circular buffers that another core fills: kernels compile, and stop by name where they use one.
#pragma once
#include "op_emulator/abi.h"
#include "op_emulator/macros.h"

namespace experimental {

#define OP_EMULATOR_NO_REMOTE_BUFFER(name) \
    [[noreturn]] inline void name(uint32_t, uint32_t = 0, uint8_t = 0, OP_EMULATOR_HERE) { \
        op_emulator::abi::not_modelled("experimental::" #name, "send the pages over the NOC, with a semaphore", where); \
    }
OP_EMULATOR_NO_REMOTE_BUFFER(remote_cb_wait_front)
OP_EMULATOR_NO_REMOTE_BUFFER(remote_cb_pop_front)
OP_EMULATOR_NO_REMOTE_BUFFER(remote_cb_reserve_back)
OP_EMULATOR_NO_REMOTE_BUFFER(remote_cb_sender_barrier)
#undef OP_EMULATOR_NO_REMOTE_BUFFER

template <bool update_remote_over_noc = false>
[[noreturn]] inline void update_remote_cb_config_in_l1(uint32_t, OP_EMULATOR_HERE) {
    op_emulator::abi::not_modelled(
        "experimental::update_remote_cb_config_in_l1", "send the pages over the NOC, with a semaphore", where);
}

}  // namespace experimental
