// Which source register the first of two operands goes to: Regular for everything but matmul.
#pragma once
#include <stdint.h>

namespace ckernel {

enum class SrcOrder : uint8_t { Regular = 0, Reverse = 1 };

}  // namespace ckernel
