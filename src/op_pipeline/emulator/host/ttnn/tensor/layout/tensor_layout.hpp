#pragma once
#include <cstdint>

#include <tt-metalium/shape.hpp>

#include "ttnn/tensor/layout/page_config.hpp"
#include "ttnn/tensor/memory_config/memory_config.hpp"
#include "ttnn/tensor/types.hpp"

namespace tt::tt_metal {

// Everything about a tensor but its shape.
class TensorLayout {
public:
    TensorLayout(DataType dtype, const PageConfig& page_config, const MemoryConfig& memory_config)
        : dtype_(dtype), page_config_(page_config), memory_config_(memory_config) {}

    // For a padded shape that is not what the layout would choose: the extra rows and columns are not kept here.
    static TensorLayout fromPaddedShape(
        DataType dtype, const PageConfig& page_config, const MemoryConfig& memory_config, const Shape& logical_shape,
        const Shape& padded_shape);

    DataType get_data_type() const { return dtype_; }
    Layout get_layout() const { return page_config_.get_layout(); }
    const PageConfig& get_page_config() const { return page_config_; }
    const MemoryConfig& get_memory_config() const { return memory_config_; }
    const Tile& get_tile() const { return page_config_.get_tile(); }
    TensorLayout with_memory_config(const MemoryConfig& memory_config) const {
        return TensorLayout(dtype_, page_config_, memory_config);
    }

    // Tile layout: the last two extents rounded up to the tile, missing ones added as a whole tile.
    Shape compute_padded_shape(const Shape& logical_shape) const;
    // Bytes of one page: a tile, or a row of the padded shape.
    std::uint64_t compute_page_size_bytes(const Shape& logical_shape) const;
    std::uint64_t compute_page_count(const Shape& logical_shape) const;

    friend bool operator==(const TensorLayout&, const TensorLayout&) = default;

private:
    DataType dtype_;
    PageConfig page_config_;
    MemoryConfig memory_config_;
};

}  // namespace tt::tt_metal
