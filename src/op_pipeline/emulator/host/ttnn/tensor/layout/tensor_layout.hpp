#pragma once
#include <cstdint>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/shape2d.hpp>

#include "ttnn/tensor/layout/page_config.hpp"
#include "ttnn/tensor/memory_config/memory_config.hpp"
#include "ttnn/tensor/types.hpp"

namespace tt::tt_metal {

// Everything about a tensor but its shape.
class TensorLayout {
public:
    TensorLayout(DataType dtype, const PageConfig& page_config, const MemoryConfig& memory_config)
        : dtype_(dtype), page_config_(page_config), memory_config_(memory_config) {}
    TensorLayout(const TensorLayout& other);
    TensorLayout(TensorLayout&& other) noexcept;
    TensorLayout& operator=(const TensorLayout& other);
    TensorLayout& operator=(TensorLayout&& other) noexcept;
    ~TensorLayout();

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

    // Tile layout: the last two extents rounded up to the tile, missing ones added as a whole tile. Row-major: the last
    // extent rounded up to the width of a shard, where the shards cut rows.
    Shape compute_padded_shape(const Shape& logical_shape) const;
    // The padded shape with its leading extents folded into the height.
    Shape2D compute_physical_shape(const Shape& logical_shape) const;
    // Elements of one page: a tile, a row of the padded shape, or the part of a row that is in one shard.
    Shape2D compute_page_shape(const Shape2D& physical_shape) const;
    Shape2D get_physical_shard_shape() const;  // TT_FATAL without shard spec
    // How a buffer for such a tensor is sharded. TT_FATAL when the memory layout says sharded and nothing says how.
    BufferShardingArgs compute_buffer_sharding_args(const Shape& logical_shape) const;
    std::uint64_t compute_page_size_bytes(const Shape& logical_shape) const;
    std::uint64_t compute_page_count(const Shape& logical_shape) const;

    friend bool operator==(const TensorLayout&, const TensorLayout&) = default;

private:
    std::uint32_t row_alignment() const;  // elements a row of a row-major tensor is rounded up to

    DataType dtype_;
    PageConfig page_config_;
    MemoryConfig memory_config_;
};

}  // namespace tt::tt_metal
