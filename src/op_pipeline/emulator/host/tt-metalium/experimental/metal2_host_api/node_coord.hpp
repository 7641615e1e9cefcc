// A node is what the other model calls a core: a place in the grid.
#pragma once
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal::experimental {

using NodeCoord = tt::tt_metal::CoreCoord;
using NodeRange = tt::tt_metal::CoreRange;
using NodeRangeSet = tt::tt_metal::CoreRangeSet;
using Nodes = std::variant<NodeCoord, NodeRange, NodeRangeSet>;

inline std::vector<NodeCoord> grid_to_nodes(
    std::uint32_t num_nodes, std::uint32_t grid_size_x, std::uint32_t grid_size_y, bool row_wise = false) {
    return tt::tt_metal::grid_to_cores(num_nodes, grid_size_x, grid_size_y, row_wise);
}
inline std::vector<NodeCoord> grid_to_nodes(NodeCoord start, NodeCoord end, bool row_wise = false) {
    return tt::tt_metal::grid_to_cores(start, end, row_wise);
}
inline std::vector<NodeCoord> node_range_to_nodes(
    const NodeRangeSet& node_ranges, std::optional<std::uint32_t> max_nodes = std::nullopt, bool row_wise = false) {
    return tt::tt_metal::corerange_to_cores(node_ranges, max_nodes, row_wise);
}

}  // namespace tt::tt_metal::experimental
