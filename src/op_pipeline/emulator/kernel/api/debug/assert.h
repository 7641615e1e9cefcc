// ASSERT is live here; on the device only under the watcher.
#pragma once
#include "op_emulator/abi.h"
#include "op_emulator/macros.h"

#define ASSERT(condition, ...)                                                              \
    do {                                                                                    \
        if (!(condition)) {                                                                 \
            ::op_emulator::abi::assertion_failed(#condition, ::op_emulator::Where::here()); \
        }                                                                                   \
    } while (false)

namespace op_emulator {

// What a header of the device asserts about its caller, told with the caller's line.
FORCE_INLINE void assert_that(bool holds, const char* what, Where where) {
    if (!holds) [[unlikely]] {
        abi::assertion_failed(what, where);
    }
}

}  // namespace op_emulator
