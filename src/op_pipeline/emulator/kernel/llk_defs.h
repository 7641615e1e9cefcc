// Enumerations of the compute side; kernels and helpers include them under this name.
#pragma once
#include <stdint.h>

namespace ckernel {

enum class PoolType : uint8_t { SUM, AVG, MAX, MIN };
enum class ReduceDim : uint8_t { REDUCE_ROW, REDUCE_COL, REDUCE_SCALAR };
enum class DstSync : uint8_t { SyncHalf = 0, SyncFull = 2 };
enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4 };

}  // namespace ckernel
