// L1 <-> register conversions of the unpacker and the packer. Sources: Tenstorrent's ISA documentation
// (Packers/FormatConversion, Unpackers/FormatConversion, SFPSTORE); what is modelled: docs/emulator-numerics.md.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

#include "../../kernel/op_emulator/data_format.h"

namespace op_emulator {

constexpr std::uint32_t bits_of(float value) { return std::bit_cast<std::uint32_t>(value); }
constexpr float float_of(std::uint32_t bits) { return std::bit_cast<float>(bits); }

// fp32 -> value bf16 can hold.
constexpr float bf16_nearest_even(float value) {
    const std::uint32_t bits = bits_of(value);
    const std::uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) & 0xFFFF0000u;
    const std::uint32_t nan = (bits & 0xFFFF0000u) | 0x00400000u;
    return float_of((bits & 0x7FFFFFFFu) > 0x7F800000u ? nan : rounded);
}
constexpr float bf16_truncate(float value) { return float_of(bits_of(value) & 0xFFFF0000u); }
constexpr float tf32_truncate(float value) { return float_of(bits_of(value) & 0xFFFFE000u); }

// The packer's rounding step: to nearest, ties away from zero; denormals and -0 become +0, NaN becomes infinity.
constexpr std::uint16_t bf16_pack(float value) {
    const std::uint32_t bits = bits_of(value);
    const std::uint32_t sign = bits & 0x80000000u;
    const std::uint32_t magnitude = bits & 0x7FFFFFFFu;
    const std::uint32_t rounded = (magnitude + 0x8000u) & 0xFFFF0000u;
    const std::uint32_t result = magnitude >= 0x7F800000u  ? (sign | 0x7F800000u)
                                 : magnitude < 0x00800000u ? 0u
                                                           : (sign | rounded);
    return static_cast<std::uint16_t>(result >> 16);
}

// `count` is a multiple of a face.
void round_nearest_even(float* values, std::size_t count);
void round_truncate(float* values, std::size_t count);

// A view of a tile as integers; the tile itself is an array of float.
using Word = std::uint32_t __attribute__((may_alias));
using SignedWord = std::int32_t __attribute__((may_alias));

enum class FloatPath : std::uint8_t { Exact, Tf32, Bf16 };  // how much of an fp32 datum survives the unpacker

// One 32x32 tile from L1; float formats.
void unpack_float(const std::byte* page, DataFormat format, FloatPath path, float* out);
// One 32x32 tile from L1; integer formats, one 32-bit word each.
void unpack_integer(const std::byte* page, DataFormat format, Word* out);
// One 32x32 tile to L1; rounding as the packer does it, fp32 to fp32 is a plain move.
void pack_float(const float* in, DataFormat format, std::byte* page);
void pack_integer(const Word* in, DataFormat format, std::byte* page);

// Tiles smaller than 32x32: their faces have 16 columns and up to 16 rows. In registers a small tile is the upper left
// part of a full one, and the rest is zero.
struct TileShape {
    std::uint32_t height, width;
    bool full() const { return height == kTileHeight && width == kTileWidth; }
    std::size_t bytes(DataFormat format) const;
};
void expand_tile(const std::byte* page, DataFormat format, const TileShape& shape, std::byte* full);
void shrink_tile(const std::byte* full, DataFormat format, const TileShape& shape, std::byte* page);

constexpr bool is_float(DataFormat format) {
    return format == DataFormat::Float32 || format == DataFormat::Float16_b || format == DataFormat::Bfp8_b ||
           format == DataFormat::Bfp4_b;
}
constexpr bool is_integer(DataFormat format) {
    return format == DataFormat::Int32 || format == DataFormat::UInt32 || format == DataFormat::UInt16 ||
           format == DataFormat::UInt8;
}
// 32 bits a datum.
constexpr bool is_wide(DataFormat format) {
    return format == DataFormat::Float32 || format == DataFormat::Int32 || format == DataFormat::UInt32;
}

}  // namespace op_emulator
