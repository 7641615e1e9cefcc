#pragma once

namespace tt::tt_metal {
enum class HalMemType { L1, DRAM, HOST };
enum class HalProgrammableCoreType { TENSIX, ACTIVE_ETH, IDLE_ETH };
}  // namespace tt::tt_metal
