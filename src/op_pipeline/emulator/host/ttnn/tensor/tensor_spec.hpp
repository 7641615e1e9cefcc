#pragma once
#include <cstdint>
#include <string>

#include <tt-metalium/shape.hpp>

#include "ttnn/tensor/layout/tensor_layout.hpp"

namespace tt::tt_metal {

// Shape and layout: all that is needed to allocate a tensor. TT_FATAL for combinations the device has not: block floats
// in row-major layout, shards that do not fit the tensor, the tile or the grid. The memory config comes back with both
// descriptions of the shards where both exist.
class TensorSpec {
public:
    enum class ShardShapeAlignment { NONE, REQUIRED, RECOMMENDED };  // of a shard shape, by rounding it up

    TensorSpec(Shape logical_shape, TensorLayout tensor_layout);
    TensorSpec(const TensorSpec& other);
    TensorSpec(TensorSpec&& other) noexcept;
    TensorSpec& operator=(const TensorSpec& other);
    TensorSpec& operator=(TensorSpec&& other) noexcept;
    ~TensorSpec();

    const Shape& logical_shape() const { return logical_shape_; }
    const Shape& padded_shape() const { return padded_shape_; }
    const TensorLayout& tensor_layout() const { return tensor_layout_; }
    DataType data_type() const { return tensor_layout_.get_data_type(); }
    Layout layout() const { return tensor_layout_.get_layout(); }
    const PageConfig& page_config() const { return tensor_layout_.get_page_config(); }
    const MemoryConfig& memory_config() const { return tensor_layout_.get_memory_config(); }
    const Tile& tile() const { return tensor_layout_.get_tile(); }
    TensorSpec with_memory_config(const MemoryConfig& memory_config) const {
        return TensorSpec(logical_shape_, tensor_layout_.with_memory_config(memory_config));
    }

    Shape2D physical_shape() const { return tensor_layout_.compute_physical_shape(logical_shape_); }
    BufferShardingArgs compute_buffer_sharding_args() const { return tensor_layout_.compute_buffer_sharding_args(logical_shape_); }

    // The same tensor in shards, one for each core of the grid where the name says in which direction.
    TensorSpec height_sharded(CoreRangeSet grid, ShardOrientation orientation = ShardOrientation::ROW_MAJOR) const;
    TensorSpec width_sharded(CoreRangeSet grid, ShardOrientation orientation = ShardOrientation::ROW_MAJOR) const;
    TensorSpec block_sharded(CoreRange grid, ShardOrientation orientation = ShardOrientation::ROW_MAJOR) const;
    TensorSpec sharded(NdShardSpec nd_shard_spec, ShardShapeAlignment alignment) const;

    std::uint64_t compute_page_size_bytes() const { return tensor_layout_.compute_page_size_bytes(logical_shape_); }
    std::uint64_t compute_page_count() const { return tensor_layout_.compute_page_count(logical_shape_); }
    std::uint64_t compute_packed_buffer_size_bytes() const { return compute_page_size_bytes() * compute_page_count(); }

    friend bool operator==(const TensorSpec&, const TensorSpec&) = default;

private:
    void check_shards() const;
    void complete_shard_specs();

    Shape logical_shape_;
    TensorLayout tensor_layout_;
    Shape padded_shape_;
};

std::string format_as(const TensorSpec& spec);

}  // namespace tt::tt_metal
