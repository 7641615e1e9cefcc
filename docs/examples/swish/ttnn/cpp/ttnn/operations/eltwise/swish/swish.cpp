// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#include "swish.hpp"

#include "device/swish_device_operation.hpp"

namespace ttnn {

Tensor swish(const Tensor& x, float beta, const std::optional<MemoryConfig>& memory_config) {
    return ttnn::prim::swish(x, beta, memory_config);
}

}  // namespace ttnn
