#pragma once
#include <array>
#include <cstdint>
#include <string>

namespace tt::tt_metal {

// Height and width of something two-dimensional: a page, a shard, a tensor with its leading extents folded.
class Shape2D {
public:
    Shape2D() = default;
    Shape2D(std::uint32_t height, std::uint32_t width) : height_(height), width_(width) {}
    Shape2D(const std::array<std::uint32_t, 2>& shape) : height_(shape[0]), width_(shape[1]) {}

    std::uint32_t height() const { return height_; }
    std::uint32_t width() const { return width_; }
    operator std::array<std::uint32_t, 2>() const { return {height_, width_}; }
    friend bool operator==(const Shape2D&, const Shape2D&) = default;

private:
    std::uint32_t height_ = 0, width_ = 0;
};

std::string format_as(const Shape2D& shape);  // "[32, 64]"

}  // namespace tt::tt_metal
