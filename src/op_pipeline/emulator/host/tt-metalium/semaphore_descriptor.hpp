#pragma once
#include <cstdint>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

struct SemaphoreDescriptor {
    std::uint32_t id = 0;
    tt::CoreType core_type = tt::CoreType::WORKER;
    CoreRangeSet core_ranges;
    std::uint32_t initial_value = 0;
};

}  // namespace tt::tt_metal
