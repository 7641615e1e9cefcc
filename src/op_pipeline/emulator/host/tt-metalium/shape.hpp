#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>

#include <tt_stl/small_vector.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

// Extents of a tensor, outermost first. Indices may be negative and then count from the end.
class Shape {
public:
    using Container = ttsl::SmallVector<std::uint32_t>;

    Shape() = default;
    Shape(const Shape& other);
    Shape(Shape&& other) noexcept;
    Shape& operator=(const Shape& other);
    Shape& operator=(Shape&& other) noexcept;
    ~Shape();
    explicit Shape(std::initializer_list<std::uint32_t> values) : values_(values) {}
    explicit Shape(Container values) : values_(std::move(values)) {}
    explicit Shape(ttsl::Span<const std::uint32_t> values) : values_(values.begin(), values.end()) {}
    template <std::size_t N>
    explicit Shape(const std::array<std::uint32_t, N>& values) : values_(values.begin(), values.end()) {}

    std::size_t rank() const { return values_.size(); }
    std::size_t size() const { return values_.size(); }
    bool empty() const { return values_.empty(); }
    std::uint64_t volume() const;
    std::uint32_t operator[](std::int32_t index) const { return values_[get_normalized_index(index)]; }
    std::uint32_t& operator[](std::int32_t index) { return values_[get_normalized_index(index)]; }
    // TT_FATAL when the index is outside [-rank, rank).
    std::uint32_t get_normalized_index(std::int64_t index) const;
    // Leading ones added, or leading ones dropped; TT_FATAL when another extent would be dropped.
    Shape to_rank(std::size_t rank) const;
    std::array<std::uint32_t, 4> to_array_4D() const;

    ttsl::Span<const std::uint32_t> view() const { return {values_.data(), values_.size()}; }
    auto begin() const { return values_.cbegin(); }
    auto end() const { return values_.cend(); }
    auto cbegin() const { return values_.cbegin(); }
    auto cend() const { return values_.cend(); }
    auto begin() { return values_.begin(); }
    auto end() { return values_.end(); }

    friend bool operator==(const Shape&, const Shape&) = default;

private:
    Container values_;
};

std::string format_as(const Shape& shape);  // "Shape([1, 32])"

}  // namespace tt::tt_metal
