#pragma once

#include <optional>

#include "ttnn/types.hpp"

namespace ttnn {

// a * b + c, element by element.
Tensor multiply_add(
    const Tensor& a, const Tensor& b, const Tensor& c, const std::optional<MemoryConfig>& memory_config = std::nullopt);

}  // namespace ttnn
