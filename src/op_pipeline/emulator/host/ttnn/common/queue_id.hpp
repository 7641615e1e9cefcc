#pragma once
#include <cstdint>

namespace ttnn {
struct QueueId {
    explicit constexpr QueueId(std::uint8_t id) : id(id) {}
    std::uint8_t id;
};
inline constexpr QueueId DefaultQueueId{0};
}  // namespace ttnn
