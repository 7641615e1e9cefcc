#include "formats.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>

namespace op_emulator {

namespace {

// Bfp8_b: one exponent byte per row of 16, all exponents first, then one byte per datum: sign and a 7-bit magnitude
// whose top bit counts 1 (no implicit bit).
constexpr std::size_t kFace = kFaceSide * kFaceSide;  // a constant trip count lets -O2 vectorise
constexpr std::size_t kRows = kTileElements / kFaceSide;

void unpack_bfp8(const std::byte* page, float* out) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(page);
    for (std::size_t row = 0; row < kRows; ++row) {
        const int exponent = bytes[row] - 127 - 6;
        const float scale = exponent >= -126 ? float_of(static_cast<std::uint32_t>(exponent + 127) << 23) : 0.0F;
        for (std::size_t i = row * kFaceSide; i < (row + 1) * kFaceSide; ++i) {
            const std::uint8_t datum = bytes[kRows + i];
            const float value = static_cast<float>(datum & 0x7F) * scale;
            out[i] = (datum & 0x80) != 0 ? -value : value;
        }
    }
}

void pack_bfp8_row(const float* in, std::uint8_t* exponent_byte, std::uint8_t* out) {
    std::uint32_t exponent = 0;
    std::uint32_t narrowed[kFaceSide];
    for (std::size_t i = 0; i < kFaceSide; ++i) {
        narrowed[i] = static_cast<std::uint32_t>(bf16_pack(in[i])) << 16;
        exponent = std::max(exponent, (narrowed[i] >> 23) & 0xFFu);
    }
    *exponent_byte = static_cast<std::uint8_t>(exponent);
    for (std::size_t i = 0; i < kFaceSide; ++i) {
        const std::uint32_t own = (narrowed[i] >> 23) & 0xFFu;
        const std::uint32_t mantissa = own == 0 ? 0 : 0x80u | ((narrowed[i] >> 16) & 0x7Fu);  // 8 bits, top one set
        const std::uint32_t shift = exponent - own + 1;                                       // into 7 bits
        std::uint32_t magnitude = shift > 8 ? 0 : (mantissa + (1u << (shift - 1))) >> shift;  // ties away
        magnitude = std::min(magnitude, 0x7Fu);
        const std::uint32_t sign = magnitude == 0 ? 0 : (narrowed[i] >> 24) & 0x80u;
        out[i] = static_cast<std::uint8_t>(sign | magnitude);
    }
}

}  // namespace

void round_nearest_even(float* values, std::size_t count) {
    for (; count != 0; count -= kFace, values += kFace) {
        for (std::size_t i = 0; i < kFace; ++i) values[i] = bf16_nearest_even(values[i]);
    }
}

void round_truncate(float* values, std::size_t count) {
    for (; count != 0; count -= kFace, values += kFace) {
        for (std::size_t i = 0; i < kFace; ++i) values[i] = bf16_truncate(values[i]);
    }
}

void unpack_float(const std::byte* page, DataFormat format, FloatPath path, float* out) {
    if (format == DataFormat::Float16_b) {
        std::uint16_t raw[kTileElements];
        std::memcpy(raw, page, sizeof raw);
        for (std::size_t i = 0; i < kTileElements; ++i) out[i] = float_of(static_cast<std::uint32_t>(raw[i]) << 16);
    } else if (format == DataFormat::Float32) {
        std::memcpy(out, page, kTileElements * sizeof(float));
        if (path == FloatPath::Bf16) round_truncate(out, kTileElements);
        if (path == FloatPath::Tf32) {
            for (std::size_t i = 0; i < kTileElements; ++i) out[i] = tf32_truncate(out[i]);
        }
    } else {
        unpack_bfp8(page, out);
    }
}

void unpack_integer(const std::byte* page, DataFormat format, Word* out) {
    if (format == DataFormat::UInt16) {
        std::uint16_t raw[kTileElements];
        std::memcpy(raw, page, sizeof raw);
        std::copy(std::begin(raw), std::end(raw), out);
    } else {
        std::memcpy(out, page, kTileElements * sizeof(std::uint32_t));
    }
}

void pack_float(const float* in, DataFormat format, std::byte* page) {
    if (format == DataFormat::Float16_b) {
        std::uint16_t raw[kTileElements];
        for (std::size_t i = 0; i < kTileElements; ++i) raw[i] = bf16_pack(in[i]);
        std::memcpy(page, raw, sizeof raw);
    } else if (format == DataFormat::Float32) {
        std::memcpy(page, in, kTileElements * sizeof(float));
    } else {
        auto* bytes = reinterpret_cast<std::uint8_t*>(page);
        for (std::size_t row = 0; row < kRows; ++row) {
            pack_bfp8_row(in + row * kFaceSide, bytes + row, bytes + kRows + row * kFaceSide);
        }
    }
}

void pack_integer(const Word* in, DataFormat format, std::byte* page) {
    if (format == DataFormat::UInt16) {
        std::uint16_t raw[kTileElements];
        for (std::size_t i = 0; i < kTileElements; ++i) raw[i] = static_cast<std::uint16_t>(in[i]);
        std::memcpy(page, raw, sizeof raw);
    } else {
        std::memcpy(page, in, kTileElements * sizeof(std::uint32_t));
    }
}

}  // namespace op_emulator
