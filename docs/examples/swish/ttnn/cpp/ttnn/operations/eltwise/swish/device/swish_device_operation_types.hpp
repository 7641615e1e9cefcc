// SPDX-FileCopyrightText: © 2026 Tenstorrent AI ULC
//
// SPDX-License-Identifier: Apache-2.0

#pragma once

#include "ttnn/tensor/tensor.hpp"
#include "ttnn/types.hpp"

namespace ttnn::operations::eltwise::swish {

// What a call is made with besides tensors.
struct SwishParams {
    float beta;
    MemoryConfig output_memory_config;
};

struct SwishInputs {
    Tensor x;
};

}  // namespace ttnn::operations::eltwise::swish
