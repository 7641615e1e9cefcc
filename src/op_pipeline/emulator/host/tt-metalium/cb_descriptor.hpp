#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/tile.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

class Buffer;

struct TileDescriptor {
    TileDescriptor() = default;
    TileDescriptor(const Tile& tile)
        : height(tile.get_height()), width(tile.get_width()), transpose(tile.get_transpose_of_faces()) {}
    TileDescriptor(std::uint32_t height, std::uint32_t width, bool transpose)
        : height(height), width(width), transpose(transpose) {}
    std::uint32_t height = constants::TILE_HEIGHT;
    std::uint32_t width = constants::TILE_WIDTH;
    bool transpose = false;
};

struct FaceGeometry {
    std::uint32_t face_r_dim = constants::FACE_HEIGHT;
    std::uint32_t num_faces = 4;
};

struct CBFormatDescriptor {
    std::uint8_t buffer_index = 0;
    tt::DataFormat data_format = tt::DataFormat::Float32;
    std::uint32_t page_size = 0;
    std::optional<TileDescriptor> tile = std::nullopt;
    std::optional<FaceGeometry> face_geometry = std::nullopt;
};

struct CBDescriptor {
    using FormatDescriptors = std::vector<CBFormatDescriptor>;

    std::uint32_t total_size = 0;
    CoreRangeSet core_ranges;
    FormatDescriptors format_descriptors;  // several: indices that share the memory
    FormatDescriptors remote_format_descriptors;
    Buffer* buffer = nullptr;              // set: the CB sits on that tensor's memory
    std::uint32_t address_offset = 0;
};

}  // namespace tt::tt_metal
