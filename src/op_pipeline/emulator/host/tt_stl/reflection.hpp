// Hash type of program caches. The emulator rebuilds every program, so hashes have no effect on results here.
#pragma once
#include <cstdint>

namespace ttsl::hash {
using hash_t = std::uint64_t;
}  // namespace ttsl::hash

namespace tt {
namespace stl = ::ttsl;
}
