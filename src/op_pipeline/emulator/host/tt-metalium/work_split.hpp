#pragma once
#include <cstdint>
#include <tuple>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/math.hpp>

namespace tt::tt_metal {

using WorkSplit = std::tuple<std::uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, std::uint32_t, std::uint32_t>;

// Spreads units over cores: (cores used, all, group with one unit more, group with fewer, units of each group).
// Cores are taken column by column unless row_wise (ttnn-generic-op-api.md, section 5, item 4).
WorkSplit split_work_to_cores(CoreCoord grid_size, std::uint32_t units_to_divide, bool row_wise = false);
WorkSplit split_work_to_cores(const CoreRangeSet& core_grid, std::uint32_t units_to_divide, bool row_wise = false);

// The first cores of a grid as a set of at most a few rectangles.
CoreRangeSet num_cores_to_corerangeset(std::uint32_t target_num_cores, CoreCoord grid_size, bool row_wise = false);
CoreRangeSet num_cores_to_corerangeset_in_subcoregrids(
    CoreCoord start_core, std::uint32_t target_num_cores, const CoreRangeSet& sub_core_grids, bool row_wise = false);

}  // namespace tt::tt_metal
