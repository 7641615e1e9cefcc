#include "multiply_add.hpp"

#include "device/multiply_add_device_operation.hpp"

namespace ttnn {

Tensor multiply_add(
    const Tensor& a, const Tensor& b, const Tensor& c, const std::optional<MemoryConfig>& memory_config) {
    return ttnn::prim::multiply_add(a, b, c, memory_config.value_or(a.memory_config()));
}

}  // namespace ttnn
