#pragma once
#include <vector>

#include <tt-metalium/core_coord.hpp>

namespace op_emulator {

// Rectangles that cover cores listed in column order (row order with row_wise): runs along a column, then equal runs
// of neighbouring columns joined.
CoreRangeSet rectangles(const std::vector<CoreCoord>& cores, bool row_wise);

}  // namespace op_emulator
