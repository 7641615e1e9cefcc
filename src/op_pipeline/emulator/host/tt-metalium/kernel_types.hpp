#pragma once
#include <cstdint>

namespace tt::tt_metal {

enum class DataMovementProcessor { RISCV_0, RISCV_1, RISCV_2, RISCV_3, RISCV_4, RISCV_5, RISCV_6, RISCV_7 };

enum NOC : std::uint8_t { RISCV_0_default = 0, RISCV_1_default = 1, NOC_0 = 0, NOC_1 = 1 };

enum NOC_MODE : std::uint8_t { DM_DEDICATED_NOC = 0, DM_DYNAMIC_NOC = 1 };

enum class KernelBuildOptLevel { O1, O2, O3, O0, Os, Ofast, Oz };

}  // namespace tt::tt_metal
