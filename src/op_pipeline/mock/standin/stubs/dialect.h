// Included before every kernel: what the vendor's compiler brings along and others do not.
#pragma once

// newlib's choice, which the library's overloads count on: 32-bit integers are long.
typedef __INT32_TYPE__ int32_t;
typedef __UINT32_TYPE__ uint32_t;

#include <cstddef>
#include <cstdint>

// The pseudo instruction for an instruction word of the compute engine: the word rotated left by two.
asm(".macro .ttinsn word\n"
    "  .4byte ((\\word << 2) & 0xFFFFFFFF) | ((\\word >> 30) & 3)\n"
    ".endm\n");
