#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/shard_spec.hpp>

namespace tt::tt_metal {

// Shards of any rank up to the tensor's; they may outnumber the cores.
struct NdShardSpec {
    Shape shard_shape;  // elements
    CoreRangeSet grid;
    ShardOrientation orientation = ShardOrientation::ROW_MAJOR;
    ShardDistributionStrategy shard_distribution_strategy = ShardDistributionStrategy::ROUND_ROBIN_1D;

    NdShardSpec(
        Shape shard_shape, CoreRangeSet grid, ShardOrientation orientation = ShardOrientation::ROW_MAJOR,
        ShardDistributionStrategy strategy = ShardDistributionStrategy::ROUND_ROBIN_1D)
        : shard_shape(std::move(shard_shape)), grid(std::move(grid)), orientation(orientation), shard_distribution_strategy(strategy) {}
    std::uint32_t num_cores() const { return static_cast<std::uint32_t>(grid.num_cores()); }
    NdShardSpec with_shard_shape(Shape shape) const { return {std::move(shape), grid, orientation, shard_distribution_strategy}; }
    friend bool operator==(const NdShardSpec&, const NdShardSpec&) = default;
};

class MemoryConfig {
public:
    MemoryConfig() = default;
    MemoryConfig(const MemoryConfig& other);
    MemoryConfig(MemoryConfig&& other) noexcept;
    MemoryConfig& operator=(const MemoryConfig& other);
    MemoryConfig& operator=(MemoryConfig&& other) noexcept;
    ~MemoryConfig();
    explicit MemoryConfig(
        TensorMemoryLayout memory_layout, BufferType buffer_type = BufferType::DRAM,
        std::optional<ShardSpec> shard_spec = std::nullopt);
    explicit MemoryConfig(BufferType buffer_type, std::optional<NdShardSpec> nd_shard_spec = std::nullopt);

    TensorMemoryLayout memory_layout() const { return memory_layout_; }
    BufferType buffer_type() const { return buffer_type_; }
    const std::optional<ShardSpec>& shard_spec() const { return shard_spec_; }
    const std::optional<NdShardSpec>& nd_shard_spec() const { return nd_shard_spec_; }
    bool created_with_nd_shard_spec() const { return created_with_nd_shard_spec_; }
    MemoryConfig with_shard_spec(std::optional<ShardSpec> shard_spec) const;
    bool is_sharded() const { return memory_layout_ != TensorMemoryLayout::INTERLEAVED; }
    bool is_l1() const { return buffer_type_ == BufferType::L1 || buffer_type_ == BufferType::L1_SMALL; }
    bool is_dram() const { return buffer_type_ == BufferType::DRAM; }

    // Both descriptions of the same shards, as a tensor's spec completes them.
    MemoryConfig completed(TensorMemoryLayout memory_layout, ShardSpec shard_spec, NdShardSpec nd_shard_spec) const;

    // What the caller gave decides, not what a spec added.
    friend bool operator==(const MemoryConfig& a, const MemoryConfig& b) {
        if (a.buffer_type_ != b.buffer_type_ || a.created_with_nd_shard_spec_ != b.created_with_nd_shard_spec_) return false;
        if (a.created_with_nd_shard_spec_) return a.nd_shard_spec_ == b.nd_shard_spec_;
        return a.memory_layout_ == b.memory_layout_ && a.shard_spec_ == b.shard_spec_;
    }

private:
    TensorMemoryLayout memory_layout_ = TensorMemoryLayout::INTERLEAVED;
    BufferType buffer_type_ = BufferType::DRAM;
    bool created_with_nd_shard_spec_ = false;
    std::optional<ShardSpec> shard_spec_;
    std::optional<NdShardSpec> nd_shard_spec_;
};

std::string format_as(const NdShardSpec& spec);
std::string format_as(const MemoryConfig& config);

}  // namespace tt::tt_metal
