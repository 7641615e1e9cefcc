// A range of device memory that holds the pages of one tensor.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/shard_spec.hpp>

namespace op_emulator {
struct DevicePages;
struct LiveBuffer;
}

namespace tt::tt_metal {

// How a buffer is sharded; as it stands, not at all.
struct BufferShardingArgs {
    std::optional<BufferDistributionSpec> distribution{};
    std::optional<ShardSpecBuffer> shard_spec{};  // none where the shards are not two-dimensional
    TensorMemoryLayout layout = TensorMemoryLayout::INTERLEAVED;
    const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return distribution; }
    TensorMemoryLayout buffer_layout() const { return layout; }
};

class Buffer {
public:
    // Interleaved: page i lies in bank i mod banks. TT_FATAL when the memory is full, or a shard is on no core.
    Buffer(
        std::shared_ptr<distributed::MeshDevice> device, BufferType type, std::uint64_t page_size, std::uint64_t num_pages,
        BufferShardingArgs sharding = {});
    ~Buffer();
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    std::uint32_t address() const { return static_cast<std::uint32_t>(address_); }
    std::uint64_t size() const { return page_size_ * num_pages_; }
    std::uint64_t page_size() const { return page_size_; }
    std::uint64_t aligned_page_size() const { return aligned_page_size_; }
    std::uint64_t aligned_size() const { return aligned_page_size_ * num_pages_; }
    std::uint64_t aligned_size_per_bank() const;
    std::uint32_t num_pages() const { return static_cast<std::uint32_t>(num_pages_); }
    std::uint32_t num_dev_pages() const;  // with those of shards that stick out of the tensor
    std::uint32_t alignment() const;
    BufferType buffer_type() const { return type_; }
    TensorMemoryLayout buffer_layout() const { return sharding_.layout; }
    bool has_shard_spec() const { return sharding_.shard_spec.has_value(); }
    const ShardSpecBuffer& shard_spec() const;  // TT_FATAL when there is none
    const std::optional<BufferDistributionSpec>& buffer_distribution_spec() const { return sharding_.distribution; }
    std::optional<std::uint32_t> num_cores() const;  // of the shard grid
    bool is_dram() const { return type_ == BufferType::DRAM; }
    bool is_l1() const { return type_ == BufferType::L1; }
    distributed::MeshDevice* device() const { return device_.get(); }
    bool is_allocated() const { return allocated_; }
    std::uint64_t unique_id() const { return unique_id_; }

    void deallocate();
    // `bytes` holds num_pages pages of page_size each, without the alignment gaps of the device.
    void write(const std::byte* bytes);
    void read(std::byte* bytes) const;

private:
    op_emulator::DevicePages pages() const;

    std::shared_ptr<distributed::MeshDevice> device_;
    BufferType type_;
    BufferShardingArgs sharding_;
    std::uint64_t page_size_, num_pages_, aligned_page_size_ = 0, address_ = 0, unique_id_ = 0;
    bool allocated_ = false;
};

}  // namespace tt::tt_metal
