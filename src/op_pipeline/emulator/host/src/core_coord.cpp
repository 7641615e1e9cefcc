#include <algorithm>

#include <tt-metalium/core_coord.hpp>
#include <tt_stl/assert.hpp>

#include "core_order.hpp"

namespace tt::tt_metal {
namespace {

constexpr std::size_t kMostCores = 1 << 16;  // no chip has more; a list of them must not eat up the host's memory

void refuse_endless(const CoreCoord& start, const CoreCoord& end) {
    if (end.x < start.x || end.y < start.y) return;
    const std::size_t across = end.x - start.x, down = end.y - start.y;
    TT_FATAL(
        across < kMostCores && down < kMostCores && (across + 1) * (down + 1) <= kMostCores,
        "core range {} - {} has more cores than any chip", start, end);
}

}  // namespace

CoreRangeSet::CoreRangeSet(const CoreRangeSet& other) = default;
CoreRangeSet::CoreRangeSet(CoreRangeSet&& other) noexcept = default;
CoreRangeSet& CoreRangeSet::operator=(const CoreRangeSet& other) = default;
CoreRangeSet& CoreRangeSet::operator=(CoreRangeSet&& other) noexcept = default;
CoreRangeSet::~CoreRangeSet() = default;

std::string CoreCoord::str() const { return op_emulator::format("{}-{}", x, y); }

CoreRange::CoreRange(const CoreCoord& point) : start_coord(point), end_coord(point) {}

CoreRange::CoreRange(const CoreCoord& start, const CoreCoord& end) : start_coord(start), end_coord(end) {
    TT_FATAL(
        end.x >= start.x && end.y >= start.y, "Invalid core range for start_coord: {}, end_coord: {}", start, end);
}

bool CoreRange::contains(const CoreCoord& core) const {
    return core.x >= start_coord.x && core.x <= end_coord.x && core.y >= start_coord.y && core.y <= end_coord.y;
}

bool CoreRange::contains(const CoreRange& other) const { return contains(other.start_coord) && contains(other.end_coord); }

bool CoreRange::contains(const CoreRangeSet& other) const {
    return std::ranges::all_of(other.ranges(), [this](const CoreRange& range) { return contains(range); });
}

bool CoreRange::intersects(const CoreRange& other) const {
    return start_coord.x <= other.end_coord.x && other.start_coord.x <= end_coord.x &&
           start_coord.y <= other.end_coord.y && other.start_coord.y <= end_coord.y;
}

CoreCoord CoreRange::grid_size() const {
    return {end_coord.x - start_coord.x + 1, end_coord.y - start_coord.y + 1};
}

std::size_t CoreRange::size() const { return grid_size().x * grid_size().y; }

std::string CoreRange::str() const { return op_emulator::format("[{} - {}]", start_coord, end_coord); }

CoreRangeSet::CoreRangeSet(std::vector<CoreRange> ranges) : ranges_(std::move(ranges)) { refuse_overlap(); }
CoreRangeSet::CoreRangeSet(ttsl::Span<const CoreRange> ranges) : ranges_(ranges.begin(), ranges.end()) { refuse_overlap(); }
CoreRangeSet::CoreRangeSet(const std::set<CoreRange>& ranges) : ranges_(ranges.begin(), ranges.end()) { refuse_overlap(); }
CoreRangeSet::CoreRangeSet(const CoreCoord& point) : ranges_{CoreRange(point)} {}
CoreRangeSet::CoreRangeSet(const CoreRange& range) : ranges_{range} {}

void CoreRangeSet::refuse_overlap() const {
    for (std::size_t i = 0; i < ranges_.size(); ++i) {
        for (std::size_t j = i + 1; j < ranges_.size(); ++j) {
            if (ranges_[i].intersects(ranges_[j])) {
                TT_THROW("Overlapping core ranges {} and {} in one CoreRangeSet", ranges_[i], ranges_[j]);
            }
        }
    }
}

std::size_t CoreRangeSet::num_cores() const {
    std::size_t count = 0;
    for (const CoreRange& range : ranges_) count += range.size();
    return count;
}

bool CoreRangeSet::contains(const CoreCoord& core) const {
    return std::ranges::any_of(ranges_, [&](const CoreRange& range) { return range.contains(core); });
}

bool CoreRangeSet::contains(const CoreRange& range) const { return contains(CoreRangeSet(range)); }

bool CoreRangeSet::contains(const CoreRangeSet& other) const {
    return std::ranges::all_of(corerange_to_cores(other), [this](const CoreCoord& core) { return contains(core); });
}

bool CoreRangeSet::intersects(const CoreRange& range) const {
    return std::ranges::any_of(ranges_, [&](const CoreRange& mine) { return mine.intersects(range); });
}

bool CoreRangeSet::intersects(const CoreRangeSet& other) const {
    return std::ranges::any_of(other.ranges_, [this](const CoreRange& range) { return intersects(range); });
}

CoreRangeSet CoreRangeSet::merge(const CoreRangeSet& other) const {
    auto cores = corerange_to_cores(*this);
    for (const CoreCoord& core : corerange_to_cores(other)) {
        if (!contains(core)) cores.push_back(core);
    }
    std::ranges::sort(cores, {}, [](const CoreCoord& core) { return std::pair(core.y, core.x); });
    return op_emulator::rectangles(cores, true);
}

namespace {

// What `cut` leaves of `range`: whole columns to the left and right, then rows above and below, the real order.
void cut_out(const CoreRange& range, const CoreRange& cut, std::vector<CoreRange>& rest) {
    const auto [x0, y0] = std::pair(range.start_coord.x, range.start_coord.y);
    const auto [x1, y1] = std::pair(range.end_coord.x, range.end_coord.y);
    const std::size_t left = std::max(x0, cut.start_coord.x), right = std::min(x1, cut.end_coord.x);
    const std::size_t top = std::max(y0, cut.start_coord.y), bottom = std::min(y1, cut.end_coord.y);
    if (left > right || top > bottom) {
        rest.push_back(range);
        return;
    }
    if (x0 < left) rest.push_back({{x0, y0}, {left - 1, y1}});
    if (right < x1) rest.push_back({{right + 1, y0}, {x1, y1}});
    if (y0 < top) rest.push_back({{left, y0}, {right, top - 1}});
    if (bottom < y1) rest.push_back({{left, bottom + 1}, {right, y1}});
}

}  // namespace

CoreRangeSet CoreRangeSet::subtract(const CoreRangeSet& other) const {
    std::vector<CoreRange> left = ranges_;
    for (const CoreRange& cut : other.ranges_) {
        std::vector<CoreRange> next;
        for (const CoreRange& range : left) cut_out(range, cut, next);
        left = std::move(next);
    }
    return CoreRangeSet(std::move(left));
}

CoreRange CoreRangeSet::bounding_box() const {
    TT_FATAL(!ranges_.empty(), "an empty CoreRangeSet has no bounding box");
    CoreCoord low = ranges_.front().start_coord, high = ranges_.front().end_coord;
    for (const CoreRange& range : ranges_) {
        low = {std::min(low.x, range.start_coord.x), std::min(low.y, range.start_coord.y)};
        high = {std::max(high.x, range.end_coord.x), std::max(high.y, range.end_coord.y)};
    }
    return {low, high};
}

std::string CoreRangeSet::str() const {
    std::string text;
    for (const CoreRange& range : ranges_) text += (text.empty() ? "" : ", ") + range.str();
    return "{" + text + "}";
}

std::string format_as(const CoreCoord& core) { return core.str(); }
std::string format_as(const CoreRange& range) { return range.str(); }
std::string format_as(const CoreRangeSet& set) { return set.str(); }

std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise) {
    refuse_endless(start, end);
    std::vector<CoreCoord> cores;
    if (row_wise) {
        for (std::size_t y = start.y; y <= end.y; ++y) {
            for (std::size_t x = start.x; x <= end.x; ++x) cores.emplace_back(x, y);
        }
    } else {
        for (std::size_t x = start.x; x <= end.x; ++x) {
            for (std::size_t y = start.y; y <= end.y; ++y) cores.emplace_back(x, y);
        }
    }
    return cores;
}

std::vector<CoreCoord> grid_to_cores(
    std::uint32_t num_cores, std::uint32_t grid_size_x, std::uint32_t grid_size_y, bool row_wise) {
    TT_FATAL(
        num_cores <= std::uint64_t{grid_size_x} * grid_size_y, "{} cores do not fit on a grid of {}x{}", num_cores, grid_size_x,
        grid_size_y);
    if (num_cores == 0) return {};
    auto cores = grid_to_cores(CoreCoord{0, 0}, CoreCoord{grid_size_x - 1, grid_size_y - 1}, row_wise);
    cores.resize(num_cores);
    return cores;
}

std::vector<CoreCoord> corerange_to_cores(
    const CoreRangeSet& set, std::optional<std::uint32_t> max_cores, bool row_wise) {
    std::vector<CoreCoord> cores;
    for (const CoreRange& range : set.ranges()) {
        for (const CoreCoord& core : grid_to_cores(range.start_coord, range.end_coord, row_wise)) {
            if (max_cores && cores.size() == *max_cores) return cores;
            cores.push_back(core);
        }
    }
    return cores;
}

}  // namespace tt::tt_metal
