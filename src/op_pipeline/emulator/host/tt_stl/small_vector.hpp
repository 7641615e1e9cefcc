// ttsl::SmallVector: a vector by behaviour; the inline storage of the real one is an optimisation.
#pragma once
#include <cstddef>
#include <vector>

namespace ttsl {
inline constexpr std::size_t SMALL_VECTOR_SIZE = 8;

template <typename T, std::size_t InlineCount = SMALL_VECTOR_SIZE>
class SmallVector : public std::vector<T> {
public:
    using std::vector<T>::vector;
};
}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}
