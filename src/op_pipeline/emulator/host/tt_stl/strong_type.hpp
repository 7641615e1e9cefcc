// ttsl::StrongType: a value that converts neither to nor from others of the same kind by itself.
#pragma once
#include <compare>
#include <functional>
#include <ostream>
#include <utility>

namespace ttsl {

template <typename T, typename Tag = decltype([]() {})>
class StrongType {
public:
    using value_type = T;
    using tag_type = Tag;

    constexpr StrongType() = default;
    constexpr explicit StrongType(T value) : value_(std::move(value)) {}

    constexpr const T& operator*() const { return value_; }
    constexpr const T& get() const { return value_; }
    friend constexpr bool operator==(const StrongType&, const StrongType&) = default;
    friend constexpr auto operator<=>(const StrongType&, const StrongType&) = default;
    friend std::ostream& operator<<(std::ostream& stream, const StrongType& name) { return stream << name.value_; }

private:
    T value_{};
};

}  // namespace ttsl

template <typename T, typename Tag>
struct std::hash<ttsl::StrongType<T, Tag>> {
    std::size_t operator()(const ttsl::StrongType<T, Tag>& name) const { return std::hash<T>{}(*name); }
};
