// Python arrays <-> tensors. NumPy is the common form; torch tensors are converted when they come.
#pragma once
#include <optional>

#include "bindings.hpp"
#include "ttnn/tensor/tensor.hpp"

namespace op_emulator::bindings {

// A host tensor with the elements of `array` (NumPy array, torch tensor, or nested sequence). Without `dtype` the
// array's own type decides (int64 becomes UINT32 as in the real module); float64 needs a dtype: TypeError.
tt::tt_metal::Tensor tensor_from_array(
    nb::object array, std::optional<tt::tt_metal::DataType> dtype, tt::tt_metal::Layout layout,
    const tt::tt_metal::MemoryConfig& memory_config, const std::optional<tt::tt_metal::Tile>& tile, double pad_value);

// The elements as a new NumPy array; bfloat16 and block floats come as float32.
nb::object array_from_tensor(const tt::tt_metal::Tensor& tensor, bool padded);

}  // namespace op_emulator::bindings
