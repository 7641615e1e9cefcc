// How a two-dimensional tensor is cut into shards, and over which cores.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/core_coord.hpp>

namespace tt::tt_metal {

struct ShardSpec {
    CoreRangeSet grid;                         // of DRAM: banks, as (bank, 0)
    std::array<std::uint32_t, 2> shape{0, 0};  // elements: height, width
    ShardOrientation orientation = ShardOrientation::ROW_MAJOR;  // order in which shards go to the cores

    ShardSpec(
        CoreRangeSet grid, const std::array<std::uint32_t, 2>& shape,
        ShardOrientation orientation = ShardOrientation::ROW_MAJOR)
        : grid(std::move(grid)), shape(shape), orientation(orientation) {}
    std::uint32_t num_cores() const { return static_cast<std::uint32_t>(grid.num_cores()); }
    std::uint32_t numel() const { return shape[0] * shape[1]; }
    friend bool operator==(const ShardSpec&, const ShardSpec&) = default;
};

std::string format_as(const ShardSpec& spec);

// The same, with the sizes of pages: what a buffer knows of its shards.
struct ShardSpecBuffer {
    ShardSpec tensor_shard_spec;
    std::array<std::uint32_t, 2> page_shape{};               // elements
    std::array<std::uint32_t, 2> tensor2d_shape_in_pages{};

    ShardSpecBuffer(
        ShardSpec shard_spec, const std::array<std::uint32_t, 2>& page_shape,
        const std::array<std::uint32_t, 2>& tensor2d_shape_in_pages)
        : tensor_shard_spec(std::move(shard_spec)), page_shape(page_shape), tensor2d_shape_in_pages(tensor2d_shape_in_pages) {}

    CoreRangeSet grid() const { return tensor_shard_spec.grid; }
    std::array<std::uint32_t, 2> shape() const { return tensor_shard_spec.shape; }
    ShardOrientation orientation() const { return tensor_shard_spec.orientation; }
    std::array<std::uint32_t, 2> shape_in_pages() const {
        return {(shape()[0] + page_shape[0] - 1) / page_shape[0], (shape()[1] + page_shape[1] - 1) / page_shape[1]};
    }
    std::uint64_t num_pages() const { return std::uint64_t{shape_in_pages()[0]} * shape_in_pages()[1]; }  // of a shard
};

}  // namespace tt::tt_metal
