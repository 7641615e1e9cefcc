#pragma once
#include "ttnn/tensor/tensor.hpp"

namespace tt::tt_metal {

// Memory for a tensor, contents undefined (poisoned). TT_FATAL when it does not fit.
Tensor create_device_tensor(const TensorSpec& spec, distributed::MeshDevice* device);

// Same elements, other layout; host tensors only.
Tensor to_layout_on_host(const Tensor& tensor, Layout layout, double pad_value = 0.0);

}  // namespace tt::tt_metal

namespace ttnn {
using tt::tt_metal::create_device_tensor;
}
