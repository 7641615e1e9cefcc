#include <tt-metalium/shape.hpp>
#include <tt-metalium/tile.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>

namespace tt::tt_metal {

Shape::Shape(const Shape& other) = default;
Shape::Shape(Shape&& other) noexcept = default;
Shape& Shape::operator=(const Shape& other) = default;
Shape& Shape::operator=(Shape&& other) noexcept = default;
Shape::~Shape() = default;

std::uint64_t Shape::volume() const {
    std::uint64_t product = 1;
    for (const std::uint32_t extent : values_) product *= extent;
    return product;
}

std::uint32_t Shape::get_normalized_index(std::int64_t index) const {
    const auto rank = static_cast<std::int64_t>(values_.size());
    TT_FATAL(index >= -rank && index < rank, "Index {} is out of range for a shape of rank {}", index, rank);
    return static_cast<std::uint32_t>(index < 0 ? index + rank : index);
}

Shape Shape::to_rank(std::size_t rank) const {
    Container values(rank, 1);
    const std::size_t dropped = values_.size() > rank ? values_.size() - rank : 0;
    for (std::size_t i = 0; i < dropped; ++i) {
        TT_FATAL(values_[i] == 1, "{} cannot have rank {}: extent {} is not 1", *this, rank, i);
    }
    std::copy(values_.begin() + dropped, values_.end(), values.end() - (values_.size() - dropped));
    return Shape(std::move(values));
}

std::array<std::uint32_t, 4> Shape::to_array_4D() const {
    const Shape four = to_rank(4);
    return {four[0], four[1], four[2], four[3]};
}

std::string format_as(const Shape& shape) { return op_emulator::format("Shape({})", shape.view()); }

Tile::Tile(std::array<std::uint32_t, 2> tile_shape, bool transpose_tile)
    : tile_shape_(tile_shape),
      face_shape_{std::min(tile_shape[0], constants::FACE_HEIGHT), std::min(tile_shape[1], constants::FACE_WIDTH)},
      transpose_(transpose_tile) {
    const auto [height, width] = tile_shape;
    const bool height_ok = height != 0 && height <= 32 && (height & (height - 1)) == 0;
    TT_FATAL(height_ok && (width == 16 || width == 32), "Tile size {}x{} is none the hardware has", height, width);
}

std::uint32_t Tile::get_tile_size(tt::DataFormat format) const {
    if (!tt::is_block_float(format)) return get_tile_hw() * tt::datum_size(format);
    const std::uint32_t exponents = (get_tile_hw() / 16 + 15) / 16 * 16;  // the section is padded to 16 bytes
    const std::uint32_t full = tt::tile_size(format) - constants::TILE_HW / 16;
    return full * get_tile_hw() / constants::TILE_HW + exponents;
}

std::string format_as(const Tile& tile) { return op_emulator::format("Tile({})", tile.get_tile_shape()); }

}  // namespace tt::tt_metal
