// ASSERT is live here; on the device only under the watcher.
#pragma once
#include "op_emulator/abi.h"

#define ASSERT(condition, ...)                                                              \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            ::op_emulator::abi::assertion_failed(#condition, ::op_emulator::Where::here()); \
        }                                                                                   \
    } while (false)
