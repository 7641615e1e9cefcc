// Where the pages of a sharded buffer lie: shards of any rank, dealt out to a list of cores or DRAM banks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/shape.hpp>
#include <tt-metalium/shape2d.hpp>

namespace tt::tt_metal {

// Per core, the page of the tensor at each place in its memory; PADDING where a shard sticks out of the tensor.
struct UncompressedBufferPageMapping {
    static constexpr std::uint32_t PADDING = 0xFFFFFFFF;
    std::vector<CoreCoord> all_cores;
    std::vector<std::vector<std::uint32_t>> core_host_page_indices;
};

class BufferDistributionSpec {
public:
    struct CoreGroups {
        CoreRangeSet cores_with_data;
        CoreRangeSet cores_in_group_1, cores_in_group_2;
        std::size_t num_shards_per_core_in_group_1 = 0, num_shards_per_core_in_group_2 = 0;
    };
    struct Place {
        std::size_t core;  // index into cores()
        std::size_t slot;  // pages from the start of that core's part of the buffer
    };

    // Shapes in elements. TT_FATAL for a shard of no volume, a rank above the tensor's, or, with GRID_2D, a grid that is
    // no single rectangle or has fewer rows or columns than there are shards.
    static BufferDistributionSpec from_shard_spec(
        const Shape& tensor_shape, const Shape& shard_shape, const Shape2D& page_shape, const CoreRangeSet& grid,
        ShardOrientation orientation,
        ShardDistributionStrategy strategy = ShardDistributionStrategy::ROUND_ROBIN_1D);
    // Shapes in pages. Neighbouring extents that make no difference are joined, as the real library does: accessors
    // are told the joined shapes.
    BufferDistributionSpec(
        const Shape& tensor_shape_in_pages, const Shape& shard_shape_in_pages, const CoreRangeSet& grid,
        ShardOrientation orientation,
        ShardDistributionStrategy strategy = ShardDistributionStrategy::ROUND_ROBIN_1D);

    const Shape& tensor_shape_in_pages() const { return tensor_shape_; }
    const Shape& shard_shape_in_pages() const { return shard_shape_; }
    ShardOrientation orientation() const { return orientation_; }
    bool is_shard_contiguous() const { return contiguous_; }
    const std::vector<CoreCoord>& cores() const { return cores_; }
    const std::vector<CoreCoord>& cores_with_data() const { return cores_with_data_; }
    std::size_t num_cores() const { return cores_.size(); }
    std::size_t num_cores_with_data() const { return cores_with_data_.size(); }
    std::size_t num_shards() const { return shards_; }
    std::size_t shard_volume() const { return static_cast<std::size_t>(shard_shape_.volume()); }
    std::size_t num_shards_per_core(std::size_t core) const;
    std::size_t num_dev_pages_per_core(std::size_t core) const { return num_shards_per_core(core) * shard_volume(); }
    std::size_t max_num_shards_per_core() const;
    std::size_t max_num_dev_pages_per_core() const { return max_num_shards_per_core() * shard_volume(); }
    CoreGroups core_groups() const;
    std::tuple<std::uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, std::uint32_t, std::uint32_t> core_groups_tuple() const;

    Place place_of(std::uint64_t page) const;  // of the tensor, row-major
    UncompressedBufferPageMapping compute_page_mapping() const;

private:
    Shape tensor_shape_, shard_shape_;  // in pages, of equal rank
    ShardOrientation orientation_;
    bool contiguous_;
    std::size_t shards_ = 0;
    std::vector<CoreCoord> cores_, cores_with_data_;
};

}  // namespace tt::tt_metal
