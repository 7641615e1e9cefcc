#include "formats.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "tile_maths.hpp"

namespace op_emulator {

namespace {

// Block formats: one exponent byte per row of 16, all exponents first, then sign and magnitude of each datum, the
// magnitude's top bit counting 1 (no implicit bit). Bfp8_b: 7 bits of magnitude in a byte; Bfp4_b: 3 in half a byte, the
// low half first.
constexpr std::size_t kRows = kTileElements / kFaceSide;

template <int Bits>
std::uint8_t datum_at(const std::uint8_t* data, std::size_t i) {
    if constexpr (Bits == 7) return data[i];
    return (data[i / 2] >> (i % 2 * 4)) & 0xFu;
}

template <int Bits>
void unpack_block(const std::byte* page, float* out) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(page);
    for (std::size_t row = 0; row < kRows; ++row) {
        const int exponent = bytes[row] - 127 - (Bits - 1);
        const float scale = exponent >= -126 ? float_of(static_cast<std::uint32_t>(exponent + 127) << 23) : 0.0F;
        for (std::size_t i = row * kFaceSide; i < (row + 1) * kFaceSide; ++i) {
            const std::uint8_t datum = datum_at<Bits>(bytes + kRows, i);
            const float value = static_cast<float>(datum & ((1u << Bits) - 1)) * scale;
            out[i] = (datum >> Bits & 1u) != 0 ? -value : value;
        }
    }
}

template <int Bits>
void pack_block_row(const float* in, std::uint8_t* exponent_byte, std::uint8_t* out) {
    constexpr std::uint32_t kLargest = (1u << Bits) - 1;
    std::uint32_t exponent = 0;
    std::uint32_t narrowed[kFaceSide];
    std::uint8_t code[kFaceSide];
    for (std::size_t i = 0; i < kFaceSide; ++i) {
        narrowed[i] = static_cast<std::uint32_t>(bf16_pack(in[i])) << 16;
        exponent = std::max(exponent, (narrowed[i] >> 23) & 0xFFu);
    }
    *exponent_byte = static_cast<std::uint8_t>(exponent);
    for (std::size_t i = 0; i < kFaceSide; ++i) {
        const std::uint32_t own = (narrowed[i] >> 23) & 0xFFu;
        const std::uint32_t mantissa = own == 0 ? 0 : 0x80u | ((narrowed[i] >> 16) & 0x7Fu);  // 8 bits, top one set
        const std::uint32_t shift = exponent - own + 8 - Bits;
        std::uint32_t magnitude = shift > 8 ? 0 : (mantissa + (1u << (shift - 1))) >> shift;  // ties away
        magnitude = std::min(magnitude, kLargest);
        const std::uint32_t sign = magnitude == 0 ? 0 : (narrowed[i] >> 31) << Bits;
        code[i] = static_cast<std::uint8_t>(sign | magnitude);
    }
    if constexpr (Bits == 7) {
        std::copy(code, code + kFaceSide, out);
    } else {
        for (std::size_t i = 0; i < kFaceSide; i += 2) {
            out[i / 2] = static_cast<std::uint8_t>(code[i] | static_cast<unsigned>(code[i + 1]) << 4);
        }
    }
}

template <int Bits>
void pack_block(const float* in, std::byte* page) {
    auto* bytes = reinterpret_cast<std::uint8_t*>(page);
    for (std::size_t row = 0; row < kRows; ++row) {
        pack_block_row<Bits>(in + row * kFaceSide, bytes + row, bytes + kRows + row * kFaceSide * (Bits + 1) / 8);
    }
}

// Bytes [from, from + 16 data) of a row of a face, for each row of a small tile: where it stands there and in a full one.
template <class Move>
void each_row(const TileShape& shape, Move move) {
    const std::size_t face_rows = std::min<std::size_t>(shape.height, kFaceSide);
    std::size_t small = 0;
    for (std::size_t r = 0; r < shape.height; r += face_rows) {
        for (std::size_t c = 0; c < shape.width; c += kFaceSide) {
            for (std::size_t line = 0; line < face_rows; ++line, ++small) {
                move(small, (r / kFaceSide * 2 + c / kFaceSide) * kFaceSide + line);
            }
        }
    }
}

// Exponent bytes of a block format in front of the data, and bytes of 16 data.
struct Layout {
    std::size_t exponents, row;
};
Layout layout_of(DataFormat format, std::size_t rows) {
    const bool block = format == DataFormat::Bfp8_b || format == DataFormat::Bfp4_b;
    const std::size_t full = tile_bytes(format) - (block ? kRows : 0);
    return {block ? (rows + 15) / 16 * 16 : 0, full / kRows};
}

}  // namespace

void round_nearest_even(float* values, std::size_t count) { tile_maths().round_nearest_even(values, count); }

void round_truncate(float* values, std::size_t count) { tile_maths().mask(values, 0xFFFF0000u, values, count); }

void unpack_float(const std::byte* page, DataFormat format, FloatPath path, float* out) {
    if (format == DataFormat::Float16_b) {
        tile_maths().unpack_bf16(page, out);
    } else if (format == DataFormat::Float32) {
        std::memcpy(out, page, kTileElements * sizeof(float));
        if (path == FloatPath::Bf16) round_truncate(out, kTileElements);
        if (path == FloatPath::Tf32) tile_maths().mask(out, 0xFFFFE000u, out, kTileElements);
    } else if (format == DataFormat::Bfp8_b) {
        unpack_block<7>(page, out);
    } else {
        unpack_block<3>(page, out);
    }
}

void unpack_integer(const std::byte* page, DataFormat format, Word* out) {
    if (format == DataFormat::UInt16) {
        std::uint16_t raw[kTileElements];
        std::memcpy(raw, page, sizeof raw);
        std::copy(std::begin(raw), std::end(raw), out);
    } else if (format == DataFormat::UInt8) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(page);
        std::copy(bytes, bytes + kTileElements, out);
    } else {
        std::memcpy(out, page, kTileElements * sizeof(std::uint32_t));
    }
}

void pack_float(const float* in, DataFormat format, std::byte* page) {
    if (format == DataFormat::Float16_b) {
        tile_maths().pack_bf16(in, page);
    } else if (format == DataFormat::Float32) {
        std::memcpy(page, in, kTileElements * sizeof(float));
    } else if (format == DataFormat::Bfp8_b) {
        pack_block<7>(in, page);
    } else {
        pack_block<3>(in, page);
    }
}

void pack_integer(const Word* in, DataFormat format, std::byte* page) {
    if (format == DataFormat::UInt16) {
        std::uint16_t raw[kTileElements];
        for (std::size_t i = 0; i < kTileElements; ++i) raw[i] = static_cast<std::uint16_t>(in[i]);
        std::memcpy(page, raw, sizeof raw);
    } else if (format == DataFormat::UInt8) {
        for (std::size_t i = 0; i < kTileElements; ++i) page[i] = static_cast<std::byte>(in[i]);
    } else {
        std::memcpy(page, in, kTileElements * sizeof(std::uint32_t));
    }
}

std::size_t TileShape::bytes(DataFormat format) const {
    const std::size_t rows = std::size_t{height} * width / kFaceSide;
    const Layout layout = layout_of(format, rows);
    return layout.exponents + rows * layout.row;
}

void expand_tile(const std::byte* page, DataFormat format, const TileShape& shape, std::byte* full) {
    const Layout from = layout_of(format, std::size_t{shape.height} * shape.width / kFaceSide);
    const Layout to = layout_of(format, kRows);
    std::memset(full, 0, tile_bytes(format));
    each_row(shape, [&](std::size_t small, std::size_t place) {
        if (from.exponents != 0) full[place] = page[small];
        std::memcpy(full + to.exponents + place * to.row, page + from.exponents + small * from.row, to.row);
    });
}

void shrink_tile(const std::byte* full, DataFormat format, const TileShape& shape, std::byte* page) {
    const Layout to = layout_of(format, std::size_t{shape.height} * shape.width / kFaceSide);
    const Layout from = layout_of(format, kRows);
    each_row(shape, [&](std::size_t small, std::size_t place) {
        if (to.exponents != 0) page[small] = full[place];
        std::memcpy(page + to.exponents + small * to.row, full + from.exponents + place * from.row, from.row);
    });
}

}  // namespace op_emulator
