#pragma once
#include <array>
#include <cstdint>
#include <string>

#include <tt-metalium/constants.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

namespace tt::tt_metal {

// Shape of a tile and of its faces. TT_FATAL for a shape the hardware has not: height 1, 2, 4, 8, 16 or 32,
// width 16 or 32.
class Tile {
public:
    explicit Tile(
        std::array<std::uint32_t, 2> tile_shape = {constants::TILE_HEIGHT, constants::TILE_WIDTH},
        bool transpose_tile = false);

    const std::array<std::uint32_t, 2>& get_tile_shape() const { return tile_shape_; }
    const std::array<std::uint32_t, 2>& get_face_shape() const { return face_shape_; }
    std::uint32_t get_height() const { return tile_shape_[0]; }
    std::uint32_t get_width() const { return tile_shape_[1]; }
    std::uint32_t get_tile_hw() const { return tile_shape_[0] * tile_shape_[1]; }
    std::uint32_t get_face_hw() const { return face_shape_[0] * face_shape_[1]; }
    std::uint32_t get_num_faces() const { return get_tile_hw() / get_face_hw(); }
    bool get_partial_face() const { return tile_shape_[0] < constants::TILE_HEIGHT; }
    bool get_narrow_tile() const { return tile_shape_[1] < constants::TILE_WIDTH; }
    bool get_transpose_of_faces() const { return transpose_; }
    bool get_transpose_within_face() const { return transpose_; }
    std::uint32_t get_tile_size(tt::DataFormat format) const;  // bytes

    friend bool operator==(const Tile&, const Tile&) = default;

private:
    std::array<std::uint32_t, 2> tile_shape_;
    std::array<std::uint32_t, 2> face_shape_;
    bool transpose_;
};

std::string format_as(const Tile& tile);

}  // namespace tt::tt_metal
