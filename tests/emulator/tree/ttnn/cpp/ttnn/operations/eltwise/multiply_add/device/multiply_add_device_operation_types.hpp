#pragma once

#include "ttnn/types.hpp"

namespace ttnn::operations::eltwise::multiply_add {

struct MultiplyAddParams {
    MemoryConfig output_memory_config;
};

struct MultiplyAddInputs {
    Tensor a;
    Tensor b;
    Tensor c;
};

}  // namespace ttnn::operations::eltwise::multiply_add
