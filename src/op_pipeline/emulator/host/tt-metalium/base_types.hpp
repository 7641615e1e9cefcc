#pragma once
#include <cstdint>
#include <string_view>

namespace tt::tt_metal {

enum class MathFidelity : std::uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4, Invalid = 0xff };

enum class UnpackToDestMode : std::uint8_t { UnpackToDestFp32 = 0, Default = 1 };

// How Metal 2.0 says the same.
enum class UnpackMode : std::uint8_t { UnpackToSrc, UnpackToDest };
enum class Precision : std::uint8_t { Approximate, Precise };

std::string_view format_as(MathFidelity value);

}  // namespace tt::tt_metal

// Operations name these without the namespace as well.
using tt::tt_metal::MathFidelity;
using tt::tt_metal::UnpackToDestMode;
