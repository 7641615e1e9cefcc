#include <tt-metalium/buffer_distribution_spec.hpp>
#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>

#include "core_order.hpp"

namespace tt::tt_metal {
namespace {

Shape in_pages(const Shape& shape, const Shape2D& page) {
    Shape pages = shape;
    if (pages.rank() >= 1) pages[-1] = div_up(pages[-1], page.width());
    if (pages.rank() >= 2) pages[-2] = div_up(pages[-2], page.height());
    return pages;
}

// From the innermost extent outwards: one that the shard takes whole can be joined with the next, since the order of
// pages is the same; so can one before which the shard has a single row of whole shards. What the shard does not name is
// part of its outermost extent.
std::pair<Shape, Shape> joined(const Shape& tensor, const Shape& shard) {
    TT_FATAL(
        tensor.rank() >= shard.rank(), "Tensor shape rank ({}) can't be less than shard shape rank ({})!", tensor.rank(),
        shard.rank());
    Shape::Container tensor_extents, shard_extents;  // innermost first
    const auto rank = static_cast<std::int32_t>(shard.rank());
    std::uint64_t tensor_volume = 1, shard_volume = 1;
    bool all_whole = false, divides = false;
    for (std::int32_t dim = -1; dim >= -rank; --dim) {
        if (dim < -1 && (all_whole || (shard[dim] == 1 && divides))) {
            tensor_extents.back() *= tensor[dim];
            shard_extents.back() *= shard[dim];
        } else {
            tensor_extents.push_back(tensor[dim]);
            shard_extents.push_back(shard[dim]);
            all_whole = true;
        }
        all_whole = all_whole && tensor[dim] == shard[dim];
        divides = tensor[dim] % shard[dim] == 0;
        tensor_volume *= tensor[dim];
        shard_volume *= shard[dim];
        if (tensor_volume == tensor.volume() && shard_volume == shard.volume()) break;  // only ones are left
    }
    for (std::int32_t dim = -rank - 1; dim >= -static_cast<std::int32_t>(tensor.rank()); --dim) {
        tensor_extents.back() *= tensor[dim];
    }
    std::ranges::reverse(tensor_extents);
    std::ranges::reverse(shard_extents);
    return {Shape(tensor_extents), Shape(shard_extents)};
}

std::vector<CoreCoord> core_list(
    const Shape& tensor, const Shape& shard, const CoreRangeSet& grid, bool row_wise, ShardDistributionStrategy strategy) {
    if (strategy != ShardDistributionStrategy::GRID_2D) return corerange_to_cores(grid, std::nullopt, row_wise);
    TT_FATAL(shard.rank() <= 2, "2D grid distribution is only supported for 2D sharding!");
    TT_FATAL(grid.ranges().size() == 1, "2D grid distribution is only supported for one contiguous core grid!");
    const CoreRange& range = grid.ranges().front();
    std::uint64_t across = div_up(tensor[-1], shard[-1]), down = 1;
    if (shard.rank() == 2) down = div_up(tensor.volume() / std::max(tensor[-1], 1u), std::uint64_t{shard[-2]});
    if (!row_wise) std::swap(across, down);
    TT_FATAL(across <= range.grid_size().x, "Number of shards along width must not exceed core grid width!");
    TT_FATAL(down <= range.grid_size().y, "Number of shards along height must not exceed core grid height!");
    const CoreCoord last{
        range.start_coord.x + std::max<std::size_t>(across, 1) - 1, range.start_coord.y + std::max<std::size_t>(down, 1) - 1};
    return grid_to_cores(range.start_coord, last, row_wise);
}

}  // namespace

BufferDistributionSpec BufferDistributionSpec::from_shard_spec(
    const Shape& tensor_shape, const Shape& shard_shape, const Shape2D& page_shape, const CoreRangeSet& grid,
    ShardOrientation orientation, ShardDistributionStrategy strategy) {
    return BufferDistributionSpec(
        in_pages(tensor_shape, page_shape), in_pages(shard_shape, page_shape), grid, orientation, strategy);
}

BufferDistributionSpec::BufferDistributionSpec(
    const Shape& tensor_shape_in_pages, const Shape& shard_shape_in_pages, const CoreRangeSet& grid,
    ShardOrientation orientation, ShardDistributionStrategy strategy)
    : orientation_(orientation), contiguous_(strategy == ShardDistributionStrategy::CONTIGUOUS_1D) {
    TT_FATAL(tensor_shape_in_pages.rank() >= 1, "Tensor rank must be at least 1!");
    TT_FATAL(shard_shape_in_pages.rank() >= 1, "Shard rank must be at least 1!");
    TT_FATAL(shard_shape_in_pages.volume() != 0, "Shard shape must have non zero volume!");
    cores_ = core_list(
        tensor_shape_in_pages, shard_shape_in_pages, grid, orientation == ShardOrientation::ROW_MAJOR, strategy);
    std::tie(tensor_shape_, shard_shape_) = joined(tensor_shape_in_pages, shard_shape_in_pages);
    if (tensor_shape_.volume() != 0) {
        TT_FATAL(!cores_.empty(), "Can't distribute non zero volume tensor over an empty set of cores");
        shards_ = 1;
        for (std::size_t i = 0; i < tensor_shape_.rank(); ++i) {
            const auto dim = static_cast<std::int32_t>(i);
            shards_ *= div_up(tensor_shape_[dim], shard_shape_[dim]);
        }
    }
    TT_FATAL(
        !contiguous_ || cores_.empty() || shards_ % cores_.size() == 0,
        "contiguous shards: {} shards cannot be dealt out evenly to {} banks", shards_, cores_.size());
    cores_with_data_.assign(cores_.begin(), cores_.begin() + static_cast<std::ptrdiff_t>(std::min(cores_.size(), shards_)));
}

std::size_t BufferDistributionSpec::num_shards_per_core(std::size_t core) const {
    return shards_ / num_cores() + (core < shards_ % num_cores() ? 1 : 0);
}

std::size_t BufferDistributionSpec::max_num_shards_per_core() const {
    return cores_.empty() ? 0 : div_up(shards_, cores_.size());
}

BufferDistributionSpec::CoreGroups BufferDistributionSpec::core_groups() const {
    CoreGroups groups;
    if (shards_ == 0) return groups;
    const bool row_wise = orientation_ == ShardOrientation::ROW_MAJOR;
    const auto set = [&](std::size_t from, std::size_t to) {
        return op_emulator::rectangles(
            {cores_.begin() + static_cast<std::ptrdiff_t>(from), cores_.begin() + static_cast<std::ptrdiff_t>(to)}, row_wise);
    };
    const std::size_t few = shards_ / num_cores(), with_more = shards_ % num_cores();
    groups.cores_with_data = set(0, num_cores_with_data());
    groups.cores_in_group_1 = with_more == 0 ? groups.cores_with_data : set(0, with_more);
    groups.num_shards_per_core_in_group_1 = with_more == 0 ? few : few + 1;
    if (with_more != 0 && few != 0) groups.cores_in_group_2 = set(with_more, num_cores());
    if (with_more != 0) groups.num_shards_per_core_in_group_2 = few;
    return groups;
}

std::tuple<std::uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, std::uint32_t, std::uint32_t>
BufferDistributionSpec::core_groups_tuple() const {
    const CoreGroups groups = core_groups();
    return {
        static_cast<std::uint32_t>(groups.cores_with_data.num_cores()), groups.cores_with_data, groups.cores_in_group_1,
        groups.cores_in_group_2, static_cast<std::uint32_t>(groups.num_shards_per_core_in_group_1),
        static_cast<std::uint32_t>(groups.num_shards_per_core_in_group_2)};
}

BufferDistributionSpec::Place BufferDistributionSpec::place_of(std::uint64_t page) const {
    std::uint64_t shard = 0, in_shard = 0, shard_stride = 1, page_stride = 1;
    for (auto dim = static_cast<std::int32_t>(tensor_shape_.rank()) - 1; dim >= 0; --dim) {
        const std::uint64_t at = page % tensor_shape_[dim];
        page /= tensor_shape_[dim];
        shard += at / shard_shape_[dim] * shard_stride;
        in_shard += at % shard_shape_[dim] * page_stride;
        shard_stride *= div_up(tensor_shape_[dim], shard_shape_[dim]);
        page_stride *= shard_shape_[dim];
    }
    const std::size_t per_core = contiguous_ ? shards_ / num_cores() : 0;
    const std::size_t core = contiguous_ ? shard / per_core : shard % num_cores();
    const std::size_t nth = contiguous_ ? shard % per_core : shard / num_cores();
    return {core, nth * shard_volume() + in_shard};
}

UncompressedBufferPageMapping BufferDistributionSpec::compute_page_mapping() const {
    UncompressedBufferPageMapping mapping{cores_, {}};
    if (shards_ == 0) return mapping;
    mapping.core_host_page_indices.assign(
        num_cores(), std::vector<std::uint32_t>(max_num_dev_pages_per_core(), UncompressedBufferPageMapping::PADDING));
    for (std::uint64_t page = 0; page < tensor_shape_.volume(); ++page) {
        const Place place = place_of(page);
        mapping.core_host_page_indices[place.core][place.slot] = static_cast<std::uint32_t>(page);
    }
    return mapping;
}

}  // namespace tt::tt_metal
