#pragma once
#include <concepts>
#include <type_traits>

namespace tt {

template <std::integral A, std::integral B>
constexpr auto div_up(A dividend, B divisor) {
    using Common = std::common_type_t<A, B>;
    return static_cast<Common>((static_cast<Common>(dividend) + static_cast<Common>(divisor) - 1) / static_cast<Common>(divisor));
}

// Smallest multiple of `multiple` that is not below `value`.
template <std::integral A, std::integral B>
constexpr auto round_up(A value, B multiple) {
    return div_up(value, multiple) * static_cast<std::common_type_t<A, B>>(multiple);
}

template <std::integral A, std::integral B>
constexpr auto round_down(A value, B multiple) {
    using Common = std::common_type_t<A, B>;
    return static_cast<Common>(value) / static_cast<Common>(multiple) * static_cast<Common>(multiple);
}

}  // namespace tt
