// Block floats: 16 neighbouring elements of a face row share one 8-bit exponent.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "ttnn/tensor/tensor_spec.hpp"

namespace op_emulator {

// A tile is a section of exponents, one byte per 16 elements, padded to 16 bytes; then sign and mantissa of each
// element: 8 bits (bfp8_b), or 4 bits with the first element in the lower half (bfp4_b).
std::vector<std::byte> encode_block_float(const tt::tt_metal::TensorSpec& spec, std::span<const std::byte> floats);
std::vector<std::byte> decode_block_float(const tt::tt_metal::TensorSpec& spec, std::span<const std::byte> tiles);

}  // namespace op_emulator
