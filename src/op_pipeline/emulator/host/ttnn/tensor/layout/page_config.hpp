#pragma once
#include <optional>

#include <tt-metalium/tile.hpp>

#include "ttnn/tensor/types.hpp"

namespace tt::tt_metal {

// How a tensor is cut into pages: rows, or tiles of a shape.
class PageConfig {
public:
    explicit PageConfig(Layout layout, const std::optional<Tile>& tile = std::nullopt)
        : layout_(layout), tile_(tile.value_or(Tile())) {}
    Layout get_layout() const { return layout_; }
    const Tile& get_tile() const { return tile_; }
    friend bool operator==(const PageConfig&, const PageConfig&) = default;

private:
    Layout layout_;
    Tile tile_;
};

}  // namespace tt::tt_metal
