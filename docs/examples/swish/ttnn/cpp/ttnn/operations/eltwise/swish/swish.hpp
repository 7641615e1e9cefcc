// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include <optional>

#include "ttnn/tensor/tensor.hpp"
#include "ttnn/types.hpp"

namespace ttnn {

// x * sigmoid(beta * x), element by element.
Tensor swish(const Tensor& x, float beta = 1.0f, const std::optional<MemoryConfig>& memory_config = std::nullopt);

}  // namespace ttnn
