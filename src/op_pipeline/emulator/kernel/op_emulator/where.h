// Where in a kernel's source a call stands. Shared by kernels and runtime; no standard library.
#pragma once
#include <stdint.h>

namespace op_emulator {

// As a default argument of an API function it takes the line of the kernel's call.
struct Where {
    const char* file = "";
    uint32_t line = 0;
    static constexpr Where here(const char* file = __builtin_FILE(), uint32_t line = __builtin_LINE()) {
        return Where{file, line};
    }
};

}  // namespace op_emulator
