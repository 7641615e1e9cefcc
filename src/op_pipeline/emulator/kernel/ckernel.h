// What data movement kernels take from the device's processor header.
#pragma once
#include <stdint.h>

#include "op_emulator/macros.h"

namespace ckernel {

// On the device: a load that has arrived before the next instruction. Here every load has.
template <typename T>
FORCE_INLINE T load_blocking(volatile T* ptr) {
    static_assert(sizeof(T) == 2 || sizeof(T) == 4, "load_blocking takes 16 or 32 bits");
    return *ptr;
}

}  // namespace ckernel
