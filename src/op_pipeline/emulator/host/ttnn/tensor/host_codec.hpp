// Bytes of elements on the host <-> pages of a tensor: padding, tiles of faces, rounding.
#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "ttnn/tensor/tensor_spec.hpp"

namespace tt::tt_metal {

// `elements`: row-major, unpadded, one storage element each (see storage_bytes). Padding gets `pad_value`.
std::vector<std::byte> pages_from_elements(const TensorSpec& spec, std::span<const std::byte> elements, double pad_value);
// The reverse; padding is dropped, or kept when `padded`.
std::vector<std::byte> elements_from_pages(const TensorSpec& spec, std::span<const std::byte> pages, bool padded = false);

// Bytes of one element on the host side of the codec: as stored, but 4 (a float) for block floats.
std::uint32_t storage_bytes(DataType dtype);

// Rounds to nearest, ties to even; a NaN stays a NaN.
std::vector<std::byte> bfloat16_from_float(std::span<const float> values);
std::vector<float> float_from_bfloat16(std::span<const std::byte> bytes);

}  // namespace tt::tt_metal
