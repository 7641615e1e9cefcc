// Constants of the chip that operations ask for without a device.
#pragma once
#include <cstdint>

#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal::hal {
std::uint32_t get_l1_alignment();    // bytes
std::uint32_t get_dram_alignment();  // bytes
std::uint32_t get_l1_size();         // bytes a program may use per core
std::uint32_t get_noc_max_burst_size_bytes();
tt::ARCH get_arch();
}  // namespace tt::tt_metal::hal
