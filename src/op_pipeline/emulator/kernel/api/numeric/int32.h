// int32 in two's complement: constants and order.
#pragma once
#include <stdint.h>

#include <limits>

inline constexpr uint32_t INT32_SIGN_MASK = 0x80000000;
inline constexpr int32_t POS_INF_INT32 = std::numeric_limits<int32_t>::max();
inline constexpr int32_t NEG_INF_INT32 = std::numeric_limits<int32_t>::min();

inline bool int32_greater(int32_t int32_a, int32_t int32_b) { return int32_a > int32_b; }
