// Values that host and kernels agree on.
#pragma once
#include <cstddef>
#include <cstdint>

// What a semaphore holds while it waits and once it was signalled.
constexpr static std::uint32_t INVALID = 0;
constexpr static std::uint32_t VALID = 1;
