// Number formats the device stores, with the numbers tt-metal gives them.
#pragma once
#include <cstddef>
#include <cstdint>

namespace op_emulator {

// Values as in tt::DataFormat (see the format table in docs/emulator.md). Those without a tile size here are names that
// kernels compare with; no buffer of the emulator holds them.
enum class DataFormat : std::uint8_t {
    Float32 = 0,
    Float16 = 1,
    Bfp8 = 2,
    Bfp4 = 3,
    Tf32 = 4,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Int32 = 8,
    UInt16 = 9,
    Lf8 = 10,
    Bfp2 = 11,
    Int8 = 14,
    Bfp2_b = 15,
    UInt32 = 24,
    UInt8 = 30,
    Invalid = 255,
};

inline constexpr std::uint32_t kTileHeight = 32;
inline constexpr std::uint32_t kTileWidth = 32;
inline constexpr std::uint32_t kTileElements = kTileHeight * kTileWidth;
inline constexpr std::uint32_t kFaceSide = 16;  // a tile is four 16x16 faces, stored face after face

// Bytes of one 32x32 tile in `format`; 0 for a format without tiles.
constexpr std::uint32_t tile_bytes(DataFormat format) {
    switch (format) {
        case DataFormat::Float32:
        case DataFormat::Int32:
        case DataFormat::UInt32: return 4096;
        case DataFormat::Float16_b:
        case DataFormat::UInt16: return 2048;
        case DataFormat::Bfp8_b: return 1088;
        case DataFormat::Bfp4_b: return 576;
        case DataFormat::UInt8: return 1024;
        default: return 0;
    }
}

}  // namespace op_emulator
