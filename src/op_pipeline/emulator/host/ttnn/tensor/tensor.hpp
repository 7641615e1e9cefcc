// A tensor on the host or on the device. Copies share their storage, as in the real library.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/experimental/tensor/mesh_tensor.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt_stl/assert.hpp>

#include "ttnn/tensor/tensor_spec.hpp"

namespace tt::tt_metal {

// Page after page, in the order the device would hold them.
using HostBytes = std::vector<std::byte>;

// Gives away the device memory of a tensor, for programs that keep it (ProgramArtifacts::op_owned_tensors).
class DeviceStorage {
public:
    explicit DeviceStorage(const MeshTensor& mesh) : mesh_(&mesh) {}
    MeshTensor release_mesh_tensor() const { return MeshTensor(mesh_->shared_buffer(), mesh_->tensor_spec()); }

private:
    const MeshTensor* mesh_;
};

class Tensor {
public:
    Tensor(std::shared_ptr<HostBytes> bytes, TensorSpec spec);
    Tensor(std::shared_ptr<Buffer> buffer, TensorSpec spec);
    Tensor(const Tensor& other);
    Tensor(Tensor&& other) noexcept;
    Tensor& operator=(const Tensor& other);
    Tensor& operator=(Tensor&& other) noexcept;
    ~Tensor();

    DataType dtype() const { return spec_.data_type(); }
    Layout layout() const { return spec_.layout(); }
    const Shape& logical_shape() const { return spec_.logical_shape(); }
    const Shape& padded_shape() const { return spec_.padded_shape(); }
    const TensorSpec& tensor_spec() const { return spec_; }
    const MemoryConfig& memory_config() const { return spec_.memory_config(); }
    const std::optional<ShardSpec>& shard_spec() const { return memory_config().shard_spec(); }
    const std::optional<NdShardSpec>& nd_shard_spec() const { return memory_config().nd_shard_spec(); }
    bool is_sharded() const { return memory_config().is_sharded(); }
    std::uint64_t logical_volume() const { return logical_shape().volume(); }
    std::uint64_t physical_volume() const { return padded_shape().volume(); }
    std::uint32_t element_size() const;  // bytes; TT_THROW for block floats

    StorageType storage_type() const;
    bool is_allocated() const;
    distributed::MeshDevice* device() const;  // null on the host
    Buffer* buffer() const;                   // null on the host; TT_FATAL once deallocated
    const MeshTensor& mesh_tensor() const;    // TT_FATAL on the host; shared by copies of this tensor
    DeviceStorage device_storage() const { return DeviceStorage(mesh_tensor()); }
    void deallocate(bool force = false);

    // Emulator side: the bytes of a host tensor. TT_FATAL on the device.
    const HostBytes& host_bytes() const;
    const std::shared_ptr<Buffer>& shared_buffer() const;

    Tensor cpu(bool blocking = true) const;
    Tensor to_device(
        distributed::MeshDevice* device, const std::optional<MemoryConfig>& memory_config = std::nullopt) const;

private:
    TensorSpec spec_;
    std::variant<std::shared_ptr<HostBytes>, std::shared_ptr<Buffer>> storage_;
    std::shared_ptr<const MeshTensor> mesh_;  // of a device tensor
};

std::string format_as(const Tensor& tensor);

}  // namespace tt::tt_metal

namespace ttnn {
using tt::tt_metal::Tensor;
}
