#include <tt-metalium/work_split.hpp>
#include <tt_stl/assert.hpp>

#include "core_order.hpp"

namespace op_emulator {
namespace {

struct Run {  // `line` is the column (row with row_wise), [first, last] the cores along it, joined up to last_line
    std::size_t line, last_line, first, last;
};

}  // namespace

CoreRangeSet rectangles(const std::vector<CoreCoord>& cores, bool row_wise) {
    std::vector<Run> runs;
    for (const CoreCoord& core : cores) {
        const std::size_t line = row_wise ? core.y : core.x, along = row_wise ? core.x : core.y;
        if (!runs.empty() && runs.back().line == line && runs.back().last + 1 == along) {
            runs.back().last = along;
        } else {
            runs.push_back({line, line, along, along});
        }
    }
    std::vector<Run> joined;
    for (const Run& run : runs) {
        const bool fits = !joined.empty() && joined.back().last_line + 1 == run.line &&
                          joined.back().first == run.first && joined.back().last == run.last;
        if (fits) {
            joined.back().last_line = run.line;
        } else {
            joined.push_back(run);
        }
    }
    std::vector<CoreRange> ranges;
    for (const Run& run : joined) {
        const CoreCoord start = row_wise ? CoreCoord(run.first, run.line) : CoreCoord(run.line, run.first);
        const CoreCoord end = row_wise ? CoreCoord(run.last, run.last_line) : CoreCoord(run.last_line, run.last);
        ranges.emplace_back(start, end);
    }
    return CoreRangeSet(std::move(ranges));
}

}  // namespace op_emulator

namespace tt::tt_metal {
namespace {

WorkSplit split_over(std::vector<CoreCoord> cores, std::uint32_t units, bool row_wise) {
    if (units == 0) return {0, CoreRangeSet(), CoreRangeSet(), CoreRangeSet(), 0, 0};
    TT_FATAL(!cores.empty(), "cannot split {} units of work over no cores", units);
    if (cores.size() > units) cores.resize(units);
    const auto count = static_cast<std::uint32_t>(cores.size());
    const std::uint32_t fewer = units / count, with_more = units % count;
    const CoreRangeSet all = op_emulator::rectangles(cores, row_wise);
    if (with_more == 0) return {count, all, all, CoreRangeSet(), fewer, 0};
    const std::vector<CoreCoord> first(cores.begin(), cores.begin() + with_more), rest(cores.begin() + with_more, cores.end());
    return {
        count, all, op_emulator::rectangles(first, row_wise), op_emulator::rectangles(rest, row_wise), fewer + 1, fewer};
}

}  // namespace

WorkSplit split_work_to_cores(CoreCoord grid_size, std::uint32_t units_to_divide, bool row_wise) {
    const auto x = static_cast<std::uint32_t>(grid_size.x), y = static_cast<std::uint32_t>(grid_size.y);
    return split_over(grid_to_cores(x * y, x, y, row_wise), units_to_divide, row_wise);
}

WorkSplit split_work_to_cores(const CoreRangeSet& core_grid, std::uint32_t units_to_divide, bool row_wise) {
    return split_over(corerange_to_cores(core_grid, std::nullopt, row_wise), units_to_divide, row_wise);
}

CoreRangeSet num_cores_to_corerangeset(std::uint32_t target_num_cores, CoreCoord grid_size, bool row_wise) {
    const auto x = static_cast<std::uint32_t>(grid_size.x), y = static_cast<std::uint32_t>(grid_size.y);
    return op_emulator::rectangles(grid_to_cores(target_num_cores, x, y, row_wise), row_wise);
}

CoreRangeSet num_cores_to_corerangeset_in_subcoregrids(
    CoreCoord start_core, std::uint32_t target_num_cores, const CoreRangeSet& sub_core_grids, bool row_wise) {
    const auto all = corerange_to_cores(sub_core_grids, std::nullopt, row_wise);
    std::size_t begin = 0;
    while (begin < all.size() && !(all[begin] == start_core)) ++begin;
    TT_FATAL(
        begin + target_num_cores <= all.size(), "{} cores from {} on do not fit into {}", target_num_cores, start_core,
        sub_core_grids);
    const std::vector<CoreCoord> chosen(all.begin() + begin, all.begin() + begin + target_num_cores);
    return op_emulator::rectangles(chosen, row_wise);
}

}  // namespace tt::tt_metal
