// Names and values of the members of a plain struct. C++20 has no reflection: members are counted by how many
// initialisers the struct takes, and named by what the compiler prints for the address of each.
#pragma once
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace op_emulator {

inline constexpr std::size_t kMostFields = 12;

struct AnyField {
    template <typename T>
    operator T() const noexcept;
};

template <typename T, std::size_t... I>
constexpr bool takes_initialisers(std::index_sequence<I...>) {
    return requires { T{(static_cast<void>(I), AnyField{})...}; };
}

// 0 for what is no aggregate or has more than kMostFields members.
template <typename T, std::size_t N = kMostFields>
constexpr std::size_t field_count() {
    if constexpr (!std::is_aggregate_v<T> || N == 0) {
        return 0;
    } else if constexpr (N == kMostFields && takes_initialisers<T>(std::make_index_sequence<N + 1>{})) {
        return 0;
    } else if constexpr (takes_initialisers<T>(std::make_index_sequence<N>{})) {
        return N;
    } else {
        return field_count<T, N - 1>();
    }
}

// Pointers to all members.
template <typename T>
constexpr auto field_pointers(const T& value) {
    constexpr std::size_t count = field_count<T>();
    const auto pointers = [](const auto&... members) { return std::tuple(&members...); };
    // clang-format off
    if constexpr (count == 1) { const auto& [a] = value; return pointers(a); }
    else if constexpr (count == 2) { const auto& [a, b] = value; return pointers(a, b); }
    else if constexpr (count == 3) { const auto& [a, b, c] = value; return pointers(a, b, c); }
    else if constexpr (count == 4) { const auto& [a, b, c, d] = value; return pointers(a, b, c, d); }
    else if constexpr (count == 5) { const auto& [a, b, c, d, e] = value; return pointers(a, b, c, d, e); }
    else if constexpr (count == 6) { const auto& [a, b, c, d, e, f] = value; return pointers(a, b, c, d, e, f); }
    else if constexpr (count == 7) { const auto& [a, b, c, d, e, f, g] = value; return pointers(a, b, c, d, e, f, g); }
    else if constexpr (count == 8) { const auto& [a, b, c, d, e, f, g, h] = value; return pointers(a, b, c, d, e, f, g, h); }
    else if constexpr (count == 9) { const auto& [a, b, c, d, e, f, g, h, i] = value; return pointers(a, b, c, d, e, f, g, h, i); }
    else if constexpr (count == 10) { const auto& [a, b, c, d, e, f, g, h, i, j] = value; return pointers(a, b, c, d, e, f, g, h, i, j); }
    else if constexpr (count == 11) { const auto& [a, b, c, d, e, f, g, h, i, j, k] = value; return pointers(a, b, c, d, e, f, g, h, i, j, k); }
    else if constexpr (count == 12) { const auto& [a, b, c, d, e, f, g, h, i, j, k, l] = value; return pointers(a, b, c, d, e, f, g, h, i, j, k, l); }
    else { return std::tuple(); }
    // clang-format on
}

template <typename T>
struct Specimen {
    T value;
};
template <typename T>
extern const Specimen<T> specimen;  // never defined: only the addresses of its members are named

template <typename T>
struct FieldAddress {
    const T* address;
};
template <typename T>
FieldAddress(const T*) -> FieldAddress<T>;

template <FieldAddress Address>
constexpr std::string_view printed_address() {
    return __PRETTY_FUNCTION__;
}

template <typename T, std::size_t I>
concept HasFieldAddress = requires {  // a reference member has none
    printed_address<FieldAddress{std::get<I>(field_pointers(specimen<T>.value))}>();
};

template <typename T, std::size_t I>
constexpr std::string_view field_name() {
    if constexpr (HasFieldAddress<T, I>) {
        // "... = FieldAddress<float>{(& specimen<Params>....value.Params::beta)}; ..."
        const std::string_view text = printed_address<FieldAddress{std::get<I>(field_pointers(specimen<T>.value))}>();
        const auto end = text.find(")}");
        if (end == std::string_view::npos) return {};
        const auto start = text.find_last_of(".:", end) + 1;
        return text.substr(start, end - start);
    } else {
        return {};
    }
}

}  // namespace op_emulator
