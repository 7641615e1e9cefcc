#pragma once
#include <cstdint>
#include <string>

#include <tt-metalium/shape.hpp>

#include "ttnn/tensor/layout/tensor_layout.hpp"

namespace tt::tt_metal {

// Shape and layout: all that is needed to allocate a tensor. TT_FATAL for combinations the device has not
// (block floats in row-major layout).
class TensorSpec {
public:
    TensorSpec(Shape logical_shape, TensorLayout tensor_layout);

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

    std::uint64_t compute_page_size_bytes() const { return tensor_layout_.compute_page_size_bytes(logical_shape_); }
    std::uint64_t compute_page_count() const { return tensor_layout_.compute_page_count(logical_shape_); }
    std::uint64_t compute_packed_buffer_size_bytes() const { return compute_page_size_bytes() * compute_page_count(); }

    friend bool operator==(const TensorSpec&, const TensorSpec&) = default;

private:
    Shape logical_shape_;
    TensorLayout tensor_layout_;
    Shape padded_shape_;
};

std::string format_as(const TensorSpec& spec);

}  // namespace tt::tt_metal
