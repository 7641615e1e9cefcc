#pragma once

namespace ttsl {
template <typename... Cases>
struct overloaded : Cases... {
    using Cases::operator()...;
};
}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}
