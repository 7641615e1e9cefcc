// Compiled for AVX2 whatever the rest of the library is compiled for; called only where the processor has it.
#include "tile_maths.hpp"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define NAME kTileMaths8
namespace {
constexpr unsigned kLanes = 8;
}
#include "tile_maths.inc"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
