// Words between the processors of one core. The three of a compute kernel are one here, so all it sends to itself goes
// through one queue, in order.
#pragma once
#include "abi.h"
#include "macros.h"

namespace ckernel {

enum ThreadId : uint8_t { BriscThreadId = 0, UnpackThreadId = 1, MathThreadId = 2, PackThreadId = 3 };

FORCE_INLINE void mailbox_write(uint8_t thread, uint32_t data, OP_EMULATOR_HERE) {
    static_cast<void>(thread);
    op_emulator::abi::mailbox_write(data, where);
}
FORCE_INLINE uint32_t mailbox_read(uint8_t thread, OP_EMULATOR_HERE) {
    return op_emulator::abi::mailbox_read(thread == BriscThreadId, where);
}

}  // namespace ckernel
