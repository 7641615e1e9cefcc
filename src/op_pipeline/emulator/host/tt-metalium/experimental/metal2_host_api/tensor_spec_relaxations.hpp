// In which ways a tensor argument may differ from the declared spec.
#pragma once
#include "ttnn/tensor/tensor_spec.hpp"

namespace tt::tt_metal::experimental {

struct TensorSpecRelaxations {
    bool match_padded_shape_only = false;
    bool dynamic_tensor_shape = false;  // the page size of row-major tensors becomes a common argument
    bool relax_logical_rank = false;    // with dynamic_tensor_shape
    bool match_page_size = false;       // with dynamic_tensor_shape
};

bool tensorspecs_match_with_relaxation(
    const tt::tt_metal::TensorSpec& a, const tt::tt_metal::TensorSpec& b, const TensorSpecRelaxations& relaxation);

}  // namespace tt::tt_metal::experimental
