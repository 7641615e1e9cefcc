#include "ttnn/tensor/host_codec.hpp"

#include <tt-metalium/bfloat16.hpp>
#include <tt_stl/assert.hpp>

#include <algorithm>
#include <cstring>

#include "block_float.hpp"

namespace tt::tt_metal {
namespace {

template <typename T>
void store(std::byte* place, T value) {
    std::memcpy(place, &value, sizeof value);
}

// One element of `dtype` with that value, as the codec stores it.
void store_value(std::byte* place, DataType dtype, double value) {
    switch (dtype) {
        case DataType::BFLOAT16: return store(place, bfloat16(static_cast<float>(value)));
        case DataType::FLOAT32:
        case DataType::BFLOAT8_B:
        case DataType::BFLOAT4_B: return store(place, static_cast<float>(value));
        case DataType::UINT32: return store(place, static_cast<std::uint32_t>(static_cast<std::int64_t>(value)));
        case DataType::INT32: return store(place, static_cast<std::int32_t>(value));
        case DataType::UINT16: return store(place, static_cast<std::uint16_t>(value));
        case DataType::INT8: return store(place, static_cast<std::int8_t>(value));
        case DataType::UINT8: return store(place, static_cast<std::uint8_t>(value));
        default: TT_THROW("tensors of {} are not modelled by the emulator", dtype);
    }
}

struct Extents {
    std::uint64_t batch, rows, columns;                 // logical
    std::uint64_t padded_rows, padded_columns;
    std::uint64_t tile_rows, tile_columns, face_rows, face_columns;
};

Extents extents(const TensorSpec& spec) {
    const Shape logical = spec.logical_shape().rank() < 2 ? spec.logical_shape().to_rank(2) : spec.logical_shape();
    const Shape& padded = spec.padded_shape();
    const Tile& tile = spec.tile();
    TT_FATAL(!tile.get_transpose_of_faces(), "transposed tiles are not modelled by the emulator");
    std::uint64_t batch = 1;
    for (std::size_t i = 0; i + 2 < logical.rank(); ++i) batch *= logical[i];
    return {batch,          logical[-2],      logical[-1],         padded[-2],
            padded[-1],     tile.get_height(), tile.get_width(), tile.get_face_shape()[0],
            tile.get_face_shape()[1]};
}

// Calls visit(index of the first element in row-major order, index in tile order, elements) for each run that is
// contiguous in both, i.e. for each row of each face; `padded` includes the padding.
template <typename Visit>
void for_each_face_row(const Extents& e, bool padded, Visit visit) {
    const std::uint64_t rows = padded ? e.padded_rows : e.rows, columns = padded ? e.padded_columns : e.columns;
    const std::uint64_t tiles_across = e.padded_columns / e.tile_columns, tile_volume = e.tile_rows * e.tile_columns;
    const std::uint64_t faces_across = e.tile_columns / e.face_columns, face_volume = e.face_rows * e.face_columns;
    for (std::uint64_t batch = 0; batch < e.batch; ++batch) {
        for (std::uint64_t row = 0; row < rows; ++row) {
            const std::uint64_t tile_row = (batch * e.padded_rows + row) / e.tile_rows * tiles_across;
            const std::uint64_t in_tile = row % e.tile_rows;
            for (std::uint64_t column = 0; column < columns; column += e.face_columns) {
                const std::uint64_t tile = tile_row + column / e.tile_columns;
                const std::uint64_t face =
                    in_tile / e.face_rows * faces_across + column % e.tile_columns / e.face_columns;
                visit(
                    (batch * rows + row) * columns + column,
                    tile * tile_volume + face * face_volume + in_tile % e.face_rows * e.face_columns,
                    std::min(e.face_columns, columns - column));
            }
        }
    }
}

// Rows of `from` elements in a place of `to` each, row after row; what is added keeps its contents.
void copy_rows(
    std::span<const std::byte> source, std::uint64_t from, std::span<std::byte> target, std::uint64_t to, std::uint32_t size) {
    const std::uint64_t bytes = std::min(from, to) * size;
    if (bytes == 0) return;
    for (std::uint64_t row = 0; row * from * size < source.size(); ++row) {
        std::memcpy(&target[row * to * size], &source[row * from * size], bytes);
    }
}

std::uint64_t row_of(const Shape& shape) { return shape.rank() == 0 ? 1 : shape[-1]; }

std::vector<std::byte> filled(std::uint64_t elements, DataType dtype, double value) {
    const std::uint32_t size = storage_bytes(dtype);
    std::vector<std::byte> bytes(elements * size);
    std::byte element[8];
    store_value(element, dtype, value);
    for (std::size_t i = 0; i < bytes.size(); i += size) std::memcpy(&bytes[i], element, size);
    return bytes;
}

}  // namespace

std::uint32_t storage_bytes(DataType dtype) {
    return is_block_float(dtype) ? 4 : tt::datum_size(datatype_to_dataformat_converter(dtype));
}

std::vector<std::byte> pages_from_elements(
    const TensorSpec& spec, std::span<const std::byte> elements, double pad_value) {
    const std::uint32_t size = storage_bytes(spec.data_type());
    TT_FATAL(
        elements.size() == spec.logical_shape().volume() * size, "{} bytes of data for a tensor of {} bytes",
        elements.size(), spec.logical_shape().volume() * size);
    const std::uint64_t padded_volume = spec.padded_shape().volume();
    const bool is_padded = padded_volume * size != elements.size();
    if (spec.layout() != Layout::TILE) {
        if (!is_padded) return {elements.begin(), elements.end()};
        std::vector<std::byte> rows = filled(padded_volume, spec.data_type(), pad_value);
        copy_rows(elements, row_of(spec.logical_shape()), rows, row_of(spec.padded_shape()), size);
        return rows;
    }
    std::vector<std::byte> tiles =
        is_padded ? filled(padded_volume, spec.data_type(), pad_value) : std::vector<std::byte>(padded_volume * size);
    for_each_face_row(extents(spec), false, [&](std::uint64_t from, std::uint64_t to, std::uint64_t count) {
        std::memcpy(tiles.data() + to * size, elements.data() + from * size, count * size);
    });
    return is_block_float(spec.data_type()) ? op_emulator::encode_block_float(spec, tiles) : tiles;
}

std::vector<std::byte> elements_from_pages(const TensorSpec& spec, std::span<const std::byte> pages, bool padded) {
    const std::uint32_t size = storage_bytes(spec.data_type());
    if (spec.layout() != Layout::TILE) {
        if (padded || spec.padded_shape().volume() == spec.logical_shape().volume()) return {pages.begin(), pages.end()};
        std::vector<std::byte> elements(spec.logical_shape().volume() * size);
        copy_rows(pages, row_of(spec.padded_shape()), elements, row_of(spec.logical_shape()), size);
        return elements;
    }
    std::vector<std::byte> decoded;
    if (is_block_float(spec.data_type())) {
        decoded = op_emulator::decode_block_float(spec, pages);
        pages = decoded;
    }
    const Shape& shape = padded ? spec.padded_shape() : spec.logical_shape();
    std::vector<std::byte> elements(shape.volume() * size);
    for_each_face_row(extents(spec), padded, [&](std::uint64_t to, std::uint64_t from, std::uint64_t count) {
        std::memcpy(elements.data() + to * size, pages.data() + from * size, count * size);
    });
    return elements;
}

std::vector<std::byte> bfloat16_from_float(std::span<const float> values) {
    std::vector<std::byte> bytes(values.size() * 2);
    for (std::size_t i = 0; i < values.size(); ++i) store(&bytes[2 * i], bfloat16(values[i]));
    return bytes;
}

std::vector<float> float_from_bfloat16(std::span<const std::byte> bytes) {
    std::vector<float> values(bytes.size() / 2);
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, &bytes[2 * i], 2);
        values[i] = bfloat16::from_bits(bits);
    }
    return values;
}

}  // namespace tt::tt_metal
