#pragma once
#include <concepts>
#include <type_traits>

#include <tt-metalium/math.hpp>

namespace tt {

// `value` rounded up to `alignment` bytes.
template <std::integral A, std::integral B>
constexpr auto align(A value, B alignment) {
    return round_up(value, alignment);
}

}  // namespace tt
