#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/shape.hpp>

namespace tt::tt_metal {

struct ShardSpec {
    CoreRangeSet grid;
    std::array<std::uint32_t, 2> shape{0, 0};
    ShardOrientation orientation = ShardOrientation::ROW_MAJOR;

    ShardSpec(
        CoreRangeSet grid, const std::array<std::uint32_t, 2>& shape,
        ShardOrientation orientation = ShardOrientation::ROW_MAJOR)
        : grid(std::move(grid)), shape(shape), orientation(orientation) {}
    std::uint32_t num_cores() const { return static_cast<std::uint32_t>(grid.num_cores()); }
    std::uint32_t numel() const { return shape[0] * shape[1]; }
    friend bool operator==(const ShardSpec&, const ShardSpec&) = default;
};

struct NdShardSpec {
    Shape shard_shape;
    CoreRangeSet grid;
    ShardOrientation orientation = ShardOrientation::ROW_MAJOR;
    ShardDistributionStrategy shard_distribution_strategy = ShardDistributionStrategy::ROUND_ROBIN_1D;
    friend bool operator==(const NdShardSpec&, const NdShardSpec&) = default;
};

class MemoryConfig {
public:
    MemoryConfig() = default;
    explicit MemoryConfig(
        TensorMemoryLayout memory_layout, BufferType buffer_type = BufferType::DRAM,
        std::optional<ShardSpec> shard_spec = std::nullopt);
    explicit MemoryConfig(BufferType buffer_type, std::optional<NdShardSpec> nd_shard_spec = std::nullopt);

    TensorMemoryLayout memory_layout() const { return memory_layout_; }
    BufferType buffer_type() const { return buffer_type_; }
    const std::optional<ShardSpec>& shard_spec() const { return shard_spec_; }
    const std::optional<NdShardSpec>& nd_shard_spec() const { return nd_shard_spec_; }
    bool created_with_nd_shard_spec() const { return nd_shard_spec_.has_value(); }
    MemoryConfig with_shard_spec(std::optional<ShardSpec> shard_spec) const;
    bool is_sharded() const { return memory_layout_ != TensorMemoryLayout::INTERLEAVED; }
    bool is_l1() const { return buffer_type_ == BufferType::L1 || buffer_type_ == BufferType::L1_SMALL; }
    bool is_dram() const { return buffer_type_ == BufferType::DRAM; }

    friend bool operator==(const MemoryConfig&, const MemoryConfig&) = default;

private:
    TensorMemoryLayout memory_layout_ = TensorMemoryLayout::INTERLEAVED;
    BufferType buffer_type_ = BufferType::DRAM;
    std::optional<ShardSpec> shard_spec_;
    std::optional<NdShardSpec> nd_shard_spec_;
};

std::string format_as(const ShardSpec& spec);
std::string format_as(const MemoryConfig& config);

}  // namespace tt::tt_metal
