// L1 that one kernel has to itself on each of its nodes while the program runs.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>
#include <tt_stl/strong_type.hpp>

namespace tt::tt_metal::experimental {

using ScratchpadSpecName = ttsl::StrongType<std::string, struct ScratchpadSpecNameTag>;

struct ScratchpadSpec {
    ScratchpadSpecName unique_id;
    std::uint32_t size_per_node = 0;  // bytes
    std::optional<tt::DataFormat> data_format_metadata = std::nullopt;
    std::optional<tt::tt_metal::Tile> tile_format_metadata = std::nullopt;
};

}  // namespace tt::tt_metal::experimental
