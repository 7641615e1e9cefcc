#include "block_float.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>

namespace op_emulator {
namespace {

constexpr std::size_t kBlock = 16;

struct TileFormat {
    std::size_t elements, exponent_bytes, tile_bytes;
    int mantissa_bits;
};

TileFormat tile_format(const tt::tt_metal::TensorSpec& spec) {
    const std::size_t elements = spec.tile().get_tile_hw();
    const auto format = tt::tt_metal::datatype_to_dataformat_converter(spec.data_type());
    const bool eight = spec.data_type() == tt::tt_metal::DataType::BFLOAT8_B;
    return {elements, (elements / kBlock + 15) / 16 * 16, spec.tile().get_tile_size(format), eight ? 7 : 3};
}

int exponent_of(float value) { return static_cast<int>(std::bit_cast<std::uint32_t>(value) >> 23 & 0xff); }

// Sign and magnitude relative to the shared exponent; to nearest, ties to even, saturating; denormals are zero.
std::uint8_t encode_element(float value, int shared, int mantissa_bits) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const int exponent = exponent_of(value);
    if (exponent == 0) return 0;
    const std::uint64_t mantissa = (bits & 0x7fffff) | 0x800000;
    const int shift = std::min(24 - mantissa_bits + shared - exponent, 62);
    std::uint64_t rounded = mantissa >> shift;
    const std::uint64_t rest = mantissa & ((1ull << shift) - 1), half = 1ull << (shift - 1);
    if (rest > half || (rest == half && (rounded & 1))) ++rounded;
    rounded = std::min<std::uint64_t>(rounded, (1u << mantissa_bits) - 1);
    return rounded == 0 ? 0 : static_cast<std::uint8_t>(rounded | (bits >> 31) << mantissa_bits);
}

float decode_element(std::uint8_t code, int shared, int mantissa_bits) {
    const int magnitude = code & ((1 << mantissa_bits) - 1);
    const float value = std::ldexp(static_cast<float>(magnitude), shared - 127 - (mantissa_bits - 1));
    return code >> mantissa_bits & 1 ? -value : value;
}

void encode_tile(const TileFormat& format, const float* values, std::uint8_t* out) {
    for (std::size_t block = 0; block < format.elements / kBlock; ++block) {
        int shared = 0;
        for (std::size_t i = 0; i < kBlock; ++i) shared = std::max(shared, exponent_of(values[block * kBlock + i]));
        out[block] = static_cast<std::uint8_t>(shared);
        for (std::size_t i = block * kBlock; i < (block + 1) * kBlock; ++i) {
            const std::uint8_t code = encode_element(values[i], shared, format.mantissa_bits);
            std::uint8_t* mantissas = out + format.exponent_bytes;
            if (format.mantissa_bits == 7) {
                mantissas[i] = code;
            } else {
                mantissas[i / 2] = static_cast<std::uint8_t>(mantissas[i / 2] | code << (i % 2 * 4));
            }
        }
    }
}

void decode_tile(const TileFormat& format, const std::uint8_t* in, float* values) {
    const std::uint8_t* mantissas = in + format.exponent_bytes;
    for (std::size_t i = 0; i < format.elements; ++i) {
        const std::uint8_t code = format.mantissa_bits == 7 ? mantissas[i] : mantissas[i / 2] >> (i % 2 * 4) & 0xf;
        values[i] = decode_element(code, in[i / kBlock], format.mantissa_bits);
    }
}

}  // namespace

std::vector<std::byte> encode_block_float(const tt::tt_metal::TensorSpec& spec, std::span<const std::byte> floats) {
    const TileFormat format = tile_format(spec);
    const std::size_t tiles = floats.size() / 4 / format.elements;
    std::vector<std::byte> out(tiles * format.tile_bytes);
    std::vector<float> values(format.elements);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
        std::memcpy(values.data(), floats.data() + tile * format.elements * 4, format.elements * 4);
        encode_tile(format, values.data(), reinterpret_cast<std::uint8_t*>(out.data() + tile * format.tile_bytes));
    }
    return out;
}

std::vector<std::byte> decode_block_float(const tt::tt_metal::TensorSpec& spec, std::span<const std::byte> bytes) {
    const TileFormat format = tile_format(spec);
    const std::size_t tiles = bytes.size() / format.tile_bytes;
    std::vector<std::byte> out(tiles * format.elements * 4);
    std::vector<float> values(format.elements);
    for (std::size_t tile = 0; tile < tiles; ++tile) {
        decode_tile(format, reinterpret_cast<const std::uint8_t*>(bytes.data() + tile * format.tile_bytes), values.data());
        std::memcpy(out.data() + tile * format.elements * 4, values.data(), format.elements * 4);
    }
    return out;
}

}  // namespace op_emulator
