// The device memory of a tensor and its spec. Copies share the memory here; the real one cannot be copied.
#pragma once
#include <memory>

#include <tt-metalium/buffer.hpp>

#include "ttnn/tensor/tensor_spec.hpp"

namespace tt::tt_metal {

class MeshTensor {
public:
    MeshTensor(std::shared_ptr<Buffer> buffer, TensorSpec spec) : buffer_(std::move(buffer)), spec_(std::move(spec)) {}
    MeshTensor(MeshTensor&&) = default;
    MeshTensor& operator=(MeshTensor&&) = default;

    const TensorSpec& tensor_spec() const { return spec_; }
    DataType dtype() const { return spec_.data_type(); }
    Layout layout() const { return spec_.layout(); }
    const Shape& logical_shape() const { return spec_.logical_shape(); }
    const Shape& padded_shape() const { return spec_.padded_shape(); }
    const MemoryConfig& memory_config() const { return spec_.memory_config(); }
    bool is_sharded() const { return memory_config().is_sharded(); }
    const std::optional<ShardSpec>& shard_spec() const { return memory_config().shard_spec(); }
    std::uint64_t logical_volume() const { return logical_shape().volume(); }
    std::uint64_t physical_volume() const { return padded_shape().volume(); }
    std::uint32_t element_size() const;
    distributed::MeshDevice& device() const { return *buffer_->device(); }
    Buffer& mesh_buffer() const { return *buffer_; }
    const std::shared_ptr<Buffer>& shared_buffer() const { return buffer_; }

private:
    std::shared_ptr<Buffer> buffer_;
    TensorSpec spec_;
};

}  // namespace tt::tt_metal
