// Logical coordinates of worker cores, rectangles of them, and sets of disjoint rectangles.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tt_stl/span.hpp>

namespace tt::tt_metal {

struct CoreCoord {
    std::size_t x = 0;
    std::size_t y = 0;
    constexpr CoreCoord() = default;
    constexpr CoreCoord(std::size_t x, std::size_t y) : x(x), y(y) {}
    friend constexpr bool operator==(const CoreCoord&, const CoreCoord&) = default;
    friend constexpr auto operator<=>(const CoreCoord&, const CoreCoord&) = default;
    std::string str() const;  // "(x=1,y=2)"
};

class CoreRangeSet;

// Inclusive rectangle. TT_FATAL when the end lies before the start.
struct CoreRange {
    CoreCoord start_coord;
    CoreCoord end_coord;

    CoreRange(const CoreCoord& point);
    CoreRange(const CoreCoord& start, const CoreCoord& end);

    bool contains(const CoreCoord& core) const;
    bool contains(const CoreRange& other) const;
    bool contains(const CoreRangeSet& other) const;
    bool intersects(const CoreRange& other) const;
    std::size_t size() const;
    CoreCoord grid_size() const;
    std::string str() const;  // "[(x=0,y=0) - (x=1,y=1)]"

    friend bool operator==(const CoreRange&, const CoreRange&) = default;
    friend auto operator<=>(const CoreRange&, const CoreRange&) = default;
};

// Disjoint rectangles. TT_THROW when two overlap.
class CoreRangeSet {
public:
    CoreRangeSet() = default;
    CoreRangeSet(const CoreRangeSet& other);
    CoreRangeSet(CoreRangeSet&& other) noexcept;
    CoreRangeSet& operator=(const CoreRangeSet& other);
    CoreRangeSet& operator=(CoreRangeSet&& other) noexcept;
    ~CoreRangeSet();
    explicit CoreRangeSet(std::vector<CoreRange> ranges);
    explicit CoreRangeSet(ttsl::Span<const CoreRange> ranges);
    explicit CoreRangeSet(const std::set<CoreRange>& ranges);
    explicit CoreRangeSet(const CoreCoord& point);
    CoreRangeSet(const CoreRange& range);

    const std::vector<CoreRange>& ranges() const { return ranges_; }
    std::size_t size() const { return ranges_.size(); }  // rectangles, not cores
    bool empty() const { return ranges_.empty(); }
    std::size_t num_cores() const;
    bool contains(const CoreCoord& core) const;
    bool contains(const CoreRange& range) const;
    bool contains(const CoreRangeSet& other) const;
    bool intersects(const CoreRange& range) const;
    bool intersects(const CoreRangeSet& other) const;
    CoreRangeSet merge(const CoreRangeSet& other) const;      // union, as few rectangles as a row sweep gives
    CoreRangeSet subtract(const CoreRangeSet& other) const;
    CoreRange bounding_box() const;                           // TT_FATAL when empty
    std::string str() const;

    friend bool operator==(const CoreRangeSet&, const CoreRangeSet&) = default;

private:
    void refuse_overlap() const;
    std::vector<CoreRange> ranges_;
};

std::string format_as(const CoreCoord& core);
std::string format_as(const CoreRange& range);
std::string format_as(const CoreRangeSet& set);

// All cores, rectangle after rectangle; columns first unless row_wise.
std::vector<CoreCoord> corerange_to_cores(
    const CoreRangeSet& set, std::optional<std::uint32_t> max_cores = std::nullopt, bool row_wise = false);
// The first `num_cores` of a grid of x by y cores; columns first unless row_wise.
std::vector<CoreCoord> grid_to_cores(
    std::uint32_t num_cores, std::uint32_t grid_size_x, std::uint32_t grid_size_y, bool row_wise = false);
std::vector<CoreCoord> grid_to_cores(CoreCoord start, CoreCoord end, bool row_wise = false);

}  // namespace tt::tt_metal

// Upstream these live in the global namespace; operations use both spellings.
using tt::tt_metal::CoreCoord;
using tt::tt_metal::CoreRange;
using tt::tt_metal::CoreRangeSet;
using tt::tt_metal::corerange_to_cores;
using tt::tt_metal::grid_to_cores;

template <>
struct std::hash<tt::tt_metal::CoreCoord> {
    std::size_t operator()(const tt::tt_metal::CoreCoord& core) const { return core.x * 0x9E3779B97F4A7C15ull ^ core.y; }
};
